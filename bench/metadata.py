"""f. The listing of many tables with all their columns."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.flight as flight

from bowyer_process import CACHE, BowyerProcess
from measure import Settings, flight_sql_command, seconds
from report import Section, Target

TABLES = 10_000
COLUMNS = 50
SCHEMAS = 10
TYPES = [
    pa.int64(),
    pa.string(),
    pa.float64(),
    pa.timestamp("us"),
    pa.decimal128(18, 2),
    pa.date32(),
    pa.bool_(),
    pa.int32(),
    pa.timestamp("us", "UTC"),
    pa.binary(),
]
INCLUDE_SCHEMA = bytes([5 << 3, 1])
LISTING_LIMIT_SECONDS = 1.0
MEMORY_LIMIT_MIB = 200
MIB = 2**20


def measure_metadata(settings: Settings) -> Section:
    """GetTables with the schemas, as SQLColumns of ODBC and `getColumns` of JDBC send it, on a server that has just
    started: the first listing meets code that nobody has run before."""
    server = BowyerProcess(["serve", "--config", str(many_tables())])
    try:
        with flight.connect(server.uri) as client:
            before = server.rss_bytes()
            times = [seconds(partial(list_tables, client)) for _ in range(1 + settings.rounds)]
            growth = (server.rss_bytes() - before) / MIB
            size = list_tables(client)
    finally:
        server.stop()
    first, warm = times[0], statistics.median(times[1:])
    return Section(
        f"GetTables with `include_schema` over {TABLES:,} tables of {COLUMNS} columns ({size / 1e6:.0f} MB), pyarrow",
        ["listing", "s"],
        [
            Target("first", first, LISTING_LIMIT_SECONDS, " s"),
            Target("later, median", warm, LISTING_LIMIT_SECONDS, " s"),
            Target(f"growth of the server's memory over {len(times)} listings", growth, MEMORY_LIMIT_MIB, " MiB"),
        ],
        [[str(number), f"{value:.2f}"] for number, value in enumerate(times, 1)],
    )


def list_tables(client: flight.FlightClient) -> int:
    """Returns the size of the answer in bytes."""
    command = flight_sql_command("CommandGetTables", INCLUDE_SCHEMA)
    info = client.get_flight_info(flight.FlightDescriptor.for_command(command))
    table = client.do_get(info.endpoints[0].ticket).read_all()
    if table.num_rows != TABLES:
        raise RuntimeError(f"{table.num_rows} tables are listed (expected: {TABLES})")
    if len(pa.ipc.open_stream(table["table_schema"][TABLES // 2].as_buffer()).schema) != COLUMNS:
        raise RuntimeError(f"a table has not its {COLUMNS} columns")
    return table.nbytes


def many_tables() -> Path:
    """The configuration of a server with `TABLES` datasets, each an empty file of its own; made where it is missing."""
    folder = CACHE / "bench" / f"tables-{TABLES}-{COLUMNS}"
    config = folder / "bowyer.yaml"
    if config.exists():
        return config
    folder.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([pa.field(f"column_{i}_of_the_table", TYPES[i % len(TYPES)]) for i in range(COLUMNS)])
    empty = schema.empty_table()
    entries = ["datasets:"]
    for number in range(TABLES):
        file = folder / f"t{number:05}.arrow"
        with pa.ipc.new_file(str(file), schema) as writer:
            writer.write_table(empty)
        entries.append(f"  - {{ name: s{number % SCHEMAS}.t{number:05}, from: {file}, refresh: 1h }}")
    config.write_text("\n".join(entries) + "\n")
    return config
