"""c. The smallest query, and d. how soon a server is ready."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow.flight as flight

from measure import AdbcClient, Settings, seconds, serve, statement_query
from report import Section, Target
from throughput import pyarrow_server

SQL = "SELECT 1"
# The JVM compiles what runs often; a server that has been up for a while has run this many.
WARM_UP = 2_000
QUERIES = 1_000
# Clients take turns in blocks: one that waits for the others in between starts with cold threads each time.
BLOCK = 100
FLOOR = "pyarrow server, ADBC"
SELECT_LIMIT_MS = 2.0
READY_LIMIT_SECONDS = 1.5


def measure_select_1(settings: Settings) -> Section:
    """Beside it, as the least that the client itself costs: the driver against the C++ server and 25 rows."""
    with ExitStack() as stack:
        server = stack.enter_context(serve(settings, "nation"))
        floor = stack.enter_context(pyarrow_server(settings.file("nation")))
        client = stack.enter_context(AdbcClient(server.uri))
        floor_client = stack.enter_context(AdbcClient(floor))
        plain = stack.enter_context(flight.connect(server.uri))
        connection = stack.enter_context(flightsql.connect(server.uri, autocommit=True))
        cursor = stack.enter_context(connection.cursor())
        times = interleaved(
            {
                "Bowyer, ADBC": partial(client.drain, SQL),
                "Bowyer, ADBC through Python's DB-API (prepares first)": partial(fetch, cursor),
                "Bowyer, pyarrow (GetFlightInfo and DoGet)": partial(fetch_plainly, plain),
                FLOOR: partial(floor_client.drain, SQL),
            }
        )
    return latency_section(times)


def latency_section(times: dict[str, list[float]]) -> Section:
    section = Section(
        f"`{SQL}`, {QUERIES:,} times a client, in blocks of {BLOCK} in turns, after {WARM_UP:,} to warm up",
        ["server, client", "p50, ms", "p99, ms"],
    )
    for name, values in times.items():
        p50, p99 = statistics.median(values) * 1e3, statistics.quantiles(values, n=100)[98] * 1e3
        section.rows.append([name, f"{p50:.2f}", f"{p99:.2f}"])
        if name != FLOOR:
            section.targets.append(Target(f"p50, {name}", p50, SELECT_LIMIT_MS, " ms"))
    return section


def interleaved(runs: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for first in range(0, WARM_UP + QUERIES, BLOCK):
        for name, run in runs.items():
            block = [seconds(run) for _ in range(BLOCK)]
            if first >= WARM_UP:
                times[name] += block
    return times


def fetch(cursor: flightsql.Cursor) -> None:
    cursor.execute(SQL)
    cursor.fetchall()


def fetch_plainly(client: flight.FlightClient) -> None:
    info = client.get_flight_info(flight.FlightDescriptor.for_command(statement_query(SQL)))
    client.do_get(info.endpoints[0].ticket).read_all()


def measure_ready(settings: Settings) -> Section:
    """The ready line's own figure, from the start of the JVM."""
    values = []
    for _ in range(settings.rounds):
        with serve(settings, "lineitem") as server:
            values.append(server.ready_seconds)
    median = statistics.median(values)
    return Section(
        "`serve` of one file, from the start of the JVM to the ready line",
        ["start", "s"],
        [Target("median", median, READY_LIMIT_SECONDS, " s")],
        [[str(number), f"{value:.2f}"] for number, value in enumerate(values, 1)],
    )
