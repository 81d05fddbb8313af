#!/bin/sh
# Drives a real Bowyer server with the Python clients that people use. Arguments go to pytest.
#
# usage: run.sh [pytest arguments]      for example: run.sh test_adbc.py -k cancel
set -eu

cd "$(dirname "$0")"
venv=$(./venv.sh requirements.txt)
exec "$venv/bin/python" -B -m pytest "$@"
