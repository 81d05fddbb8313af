#!/bin/sh
# Measures Bowyer beside its peers on this machine. A whole run writes RESULTS.md.
#
# usage: run.sh [--only a,b,...] [--scale 1] [--rounds 5]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
venv=$("$here/../clients-it/venv.sh" "$here/requirements.txt")
export PYTHONPATH="$here/../clients-it"
exec "$venv/bin/python" -B "$here/run.py" "$@"
