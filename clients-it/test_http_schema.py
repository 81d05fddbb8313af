"""schemathesis over /openapi.json: requests that fit the document and requests that do not, against a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from bowyer_process import BowyerProcess
from conftest import StartServer
from http_requests import SECONDS
from lake import Lake

SEED = "7"
EXAMPLES = "12"
RUN_SECONDS = 150
# Checks that are left out, each with its reason.
EXCLUDED = {
    "positive_data_acceptance": "any text fits the schema of a statement or a name; most of it is no SQL and names nothing",
}


@pytest.fixture
def own_server(start_server: StartServer, lake: Lake) -> BowyerProcess:
    """Datasets come and go here."""
    return start_server("serve", f"trips={lake.locations['trips']}", f"many={lake.locations['many']}")


def test_every_operation_does_what_the_document_says(own_server: BowyerProcess, tmp_path: Path) -> None:
    document = requests.get(f"{own_server.http}/openapi.json", timeout=SECONDS).json()
    operations = [
        f"{verb.upper()} {path}" for path, verbs in document["paths"].items() for verb in verbs if verb in VERBS
    ]
    assert len(operations) >= 10, operations
    report = tmp_path / "report.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{own_server.http}/openapi.json"),
        *("--mode", "all", "--phases", "examples,coverage,fuzzing,stateful", "--checks", "all"),
        *("--seed", SEED, "--max-examples", EXAMPLES, "--generation-database", "none", "--workers", "1"),
        *("--request-timeout", "20", "--report", "json", "--report-json-path", str(report), "--no-color"),
    ]
    if EXCLUDED:
        command += ["--exclude-checks", ",".join(EXCLUDED)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert own_server.alive()
    assert requests.get(f"{own_server.http}/health/live", timeout=SECONDS).ok
    json.loads(report.read_text())


VERBS = ("get", "put", "post", "delete", "patch")
