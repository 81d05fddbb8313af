#!/bin/sh
# Checks the chart, the kustomizations, the Prometheus rules and the Grafana dashboards. The first run compiles its tools.
# The metrics that rules and dashboards may use are those of docs/reference/metrics.md, or of the server whose /metrics
# is named by BOWYER_METRICS_URL.
#
# usage: test.sh [pytest arguments]     for example: test.sh -k golden
#        test.sh --update               writes the golden files and the kustomize base anew; look at the difference
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
venv=$("$root/clients-it/venv.sh" "$root/k8s/tests/requirements.txt")
tools=$("$root/k8s/tools.sh" "$venv/bin/python")
eval "$tools"
cd "$root"
if [ "${1:-}" = --update ]; then
    exec "$venv/bin/python" -B k8s/tests/update.py
fi
exec "$venv/bin/python" -B -m pytest -c k8s/tests/pytest.ini --rootdir . k8s/tests deploy/tests "$@"
