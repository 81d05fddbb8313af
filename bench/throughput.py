"""b. A whole table through Flight beside the C++ Flight server of pyarrow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from measure import AdbcClient, Settings, drain_ticket, in_turns, serve
from report import Section, Target

SQL = "SELECT * FROM lineitem"


def measure_full_scan(settings: Settings) -> Section:
    """Each server answers both clients; the targets compare like with like."""
    rows = pq.read_metadata(settings.file("lineitem")).num_rows
    with serve(settings, "lineitem") as server, pyarrow_server(settings.file("lineitem")) as peer_uri:
        with AdbcClient(server.uri) as bowyer_client, AdbcClient(peer_uri) as peer_client:
            medians = in_turns(
                {
                    "Bowyer, ADBC": lambda: expect(rows, bowyer_client.drain(SQL)),
                    "pyarrow server, ADBC": lambda: expect(rows, peer_client.drain(SQL)),
                    "Bowyer, pyarrow": lambda: expect(rows, drain_ticket(server.uri, b"lineitem")),
                    "pyarrow server, pyarrow": lambda: expect(rows, drain_ticket(peer_uri, b"lineitem")),
                },
                settings.rounds,
            )
    ratios = {name: medians[f"Bowyer, {name}"] / medians[f"pyarrow server, {name}"] for name in ("ADBC", "pyarrow")}
    best_peer = min(medians["pyarrow server, ADBC"], medians["pyarrow server, pyarrow"])
    return Section(
        f"`{SQL}` ({rows:,} rows) drained, beside a pyarrow Flight server (C++) over the same file",
        ["server, client", "s", "million rows/s", "to the pyarrow server's better client"],
        [
            Target("both drained by ADBC, Bowyer / pyarrow server", ratios["ADBC"], 1.0),
            Target("both drained by pyarrow, Bowyer / pyarrow server", ratios["pyarrow"], 1.0),
        ],
        [
            [name, f"{median:.2f}", f"{rows / median / 1e6:.2f}", f"{median / best_peer:.2f}"]
            for name, median in medians.items()
        ],
    )


def expect(rows: int, got: int) -> None:
    if got != rows:
        raise RuntimeError(f"{got} rows (expected: {rows})")


@contextmanager
def pyarrow_server(file: Path) -> Iterator[str]:
    """The peer in a process of its own. Yields its URI."""
    program = Path(__file__).with_name("pyarrow_server.py")
    process = subprocess.Popen([sys.executable, "-B", str(program), str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
