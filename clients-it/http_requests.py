"""Asking a server over HTTP: URLs for clients that take one, and requests with everything in the body."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import requests

from bowyer_process import BowyerProcess

SECONDS = 60
PROBLEM = "application/problem+json"
# Of the table `big` of the server `big`: a row far behind the first byte divides by zero.
BIG_ROWS = 2_000_000
FAILS_LATE = f"SELECT id, 100 / ({BIG_ROWS * 3 // 4} - id) AS share FROM big"
MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


def url(server: BowyerProcess, sql: str, format_name: str, **options: Any) -> str:
    """For GET."""
    return f"{server.http}/v1/sql?{urlencode({'q': sql, 'format': format_name} | options)}"


def post(server: BowyerProcess, sql: str, format_name: str = "json", **body: Any) -> requests.Response:
    """`body`: parameters, limit, timeout."""
    return requests.post(f"{server.http}/v1/sql?format={format_name}", json={"sql": sql} | body, timeout=SECONDS)


def arrow(server: BowyerProcess, sql: str, **body: Any) -> pa.Table:
    answer = post(server, sql, "arrow", **body)
    answer.raise_for_status()
    return pa.ipc.open_stream(answer.content).read_all()


def problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The problem JSON of an answer that must be one."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    assert answer.headers["Content-Type"].split(";")[0] == PROBLEM
    told = answer.json()
    assert (told["status"], told["code"]) == (status, code), told
    assert told["detail"]
    return told
