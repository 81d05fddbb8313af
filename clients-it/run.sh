#!/bin/sh
# Drives a real Bowyer server with the clients that people use. Arguments go to pytest; without any, all tests run, and
# docs/reference/clients.md and table-formats.md must say what they found.
#
# usage: run.sh [pytest arguments]      for example: run.sh test_adbc.py -k cancel
#        run.sh --write-report          everything, and then write the pages
set -eu

cd "$(dirname "$0")"
venv=$(./venv.sh requirements.txt)
case $#:${1:-} in
0:) report=--check ;;
1:--write-report) report=--write ;;
*) exec "$venv/bin/python" -B -m pytest "$@" ;;
esac
"$venv/bin/python" -B -m pytest
"$venv/bin/python" -B report_tables.py "$report"
exec "$venv/bin/python" -B report.py "$report"
