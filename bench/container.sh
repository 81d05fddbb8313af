#!/bin/sh
# The size of the container image, and the time from `docker run` to the first answer with and without the AOT cache.
# ./bowyer image builds the image. Results: the table on standard output.
#
# usage: bench/container.sh [--image TAG] [--runs N]
set -eu

cd "$(dirname "$0")"
venv=$(../clients-it/venv.sh requirements.txt)
exec "$venv/bin/python" -B container.py "$@"
