#!/bin/sh
# Makes the fixtures again. usage: make.sh [SCRIPT [NAME...]]
set -eu

cd "$(dirname "$0")"
venv=$(../venv.sh requirements.txt)
if [ $# -gt 0 ]; then
  exec "$venv/bin/python" -B "$@"
fi
for script in make_fixtures_spark_iceberg.py make_fixtures_spark_delta.py make_fixtures_java.py \
  make_fixtures_pyiceberg.py make_fixtures_deltalake.py; do
  "$venv/bin/python" -B "$script"
done
