"""k. A whole table as an Arrow stream over HTTP beside Flight."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import urllib3

from bowyer_process import BowyerProcess
from go_client import drain
from measure import Settings, drain_ticket, in_turns, serve
from report import Section, Target
from throughput import expect

SQL = "SELECT * FROM lineitem"
# HTTP has to reach 0.8 of Flight's rate.
LIMIT = 1 / 0.8
GO_FLIGHT, GO_HTTP, GO_COPY = "Flight, arrow-go", "HTTP, arrow-go", "HTTP, Go, bytes not looked at"
PYTHON_FLIGHT, PYTHON_HTTP = "Flight, pyarrow", "HTTP, pyarrow over urllib3"


def measure_http_stream(settings: Settings) -> Section:
    """The same rows, read by the same process with the same Arrow library, decoded and dropped."""
    rows = pq.read_metadata(settings.file("lineitem")).num_rows
    with serve(settings, "lineitem") as server, drain(server.address, server.http) as go:
        medians = in_turns(
            {
                GO_FLIGHT: lambda: expect(rows, go.ask("flight", SQL)),
                GO_HTTP: lambda: expect(rows, go.ask("http", SQL)),
                GO_COPY: lambda: go.ask("copy", SQL),
                PYTHON_FLIGHT: lambda: expect(rows, drain_ticket(server.uri, b"lineitem")),
                PYTHON_HTTP: lambda: expect(rows, drain_http(server)),
            },
            settings.rounds,
        )
    return Section(
        f"`{SQL}` ({rows:,} rows) as an Arrow stream over HTTP beside Flight, from one server",
        ["protocol, client", "s", "million rows/s", "to Flight with arrow-go"],
        [Target("both drained by arrow-go, HTTP / Flight", medians[GO_HTTP] / medians[GO_FLIGHT], LIMIT)],
        [
            [name, f"{median:.2f}", f"{rows / median / 1e6:.2f}", f"{median / medians[GO_FLIGHT]:.2f}"]
            for name, median in medians.items()
        ],
    )


def drain_http(server: BowyerProcess) -> int:
    pool = urllib3.PoolManager()
    answer = pool.request("POST", f"{server.http}/v1/sql?format=arrow", json={"sql": SQL}, preload_content=False)
    with pa.ipc.open_stream(pa.PythonFile(answer, mode="r")) as reader:
        return sum(batch.num_rows for batch in reader)
