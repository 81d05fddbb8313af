#!/bin/sh
# Makes (once) the virtual environment that a requirements file describes and prints its folder.
# The folder's name carries a hash of the requirements and of Python's version, so a change makes a new one.
#
# usage: venv.sh REQUIREMENTS
set -eu

requirements=$1
python=${PYTHON:-python3}

command -v "$python" >/dev/null 2>&1 || {
  echo "error: $python is not installed; install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)" >&2
  exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "error: $("$python" --version) is too old (expected: Python 3.11 or newer; set PYTHON to choose another one)" >&2
  exit 1
}
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
  echo "error: $python cannot make virtual environments; install its venv package (Debian: apt-get install python3-venv)" >&2
  exit 1
}

hash=$("$python" - "$requirements" <<'PY'
import hashlib, pathlib, sys
text = pathlib.Path(sys.argv[1]).read_bytes() + sys.version.encode()
print(hashlib.sha256(text).hexdigest()[:16])
PY
)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/bowyer/venv-$hash

# The marker is written last: an interrupted install is made again.
if [ ! -f "$folder/complete" ]; then
  rm -rf "$folder"
  "$python" -m venv "$folder" >&2
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  : >"$folder/complete"
fi
echo "$folder"
