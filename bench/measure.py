"""What the measurements share: settings, timing in turns, the clients."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import adbc_driver_flightsql
import adbc_driver_manager
import pyarrow as pa
import pyarrow.flight as flight
from adbc_driver_flightsql import DatabaseOptions

from bowyer_process import BowyerProcess

TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]

# The driver's own limit is 16 MiB; the pyarrow server's messages are larger.
MAX_MESSAGE_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Settings:
    """`data` is a folder with one Parquet file a TPC-H table."""

    data: Path
    scale: float
    rounds: int

    def file(self, table: str) -> Path:
        return self.data / f"{table}.parquet"


@contextmanager
def serve(settings: Settings, *tables: str) -> Iterator[BowyerProcess]:
    """A server of its own over some of the tables; all, if none is named."""
    sources = [f"{table}={settings.file(table)}" for table in tables or TABLES]
    server = BowyerProcess(["serve", *sources])
    try:
        yield server
    finally:
        server.stop()


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def in_turns(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each run. The runs take turns, and every other round goes backwards, so that a slow minute of
    the machine and whatever one run leaves in a cache meet all of them. One more round comes first and does not count.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        order = list(runs) if number % 2 else list(runs)[::-1]
        for name in order:
            elapsed = seconds(runs[name])
            if number:
                times[name].append(elapsed)
    return {name: statistics.median(values) for name, values in times.items()}


class AdbcClient:
    """The ADBC driver without the DB-API around it: one execution is one CommandStatementQuery. Its one statement is
    used again and again, since to make and close one costs the driver about a millisecond of its own."""

    def __init__(self, uri: str, schema: str | None = None) -> None:
        """`schema` is that of table names without one."""
        options = {DatabaseOptions.WITH_MAX_MSG_SIZE.value: str(MAX_MESSAGE_BYTES)}
        if schema:
            options[DatabaseOptions.RPC_CALL_HEADER_PREFIX.value + "x-bowyer-schema"] = schema
        self.database = adbc_driver_flightsql.connect(uri, db_kwargs=options)
        self.connection = adbc_driver_manager.AdbcConnection(self.database)
        self.statement = adbc_driver_manager.AdbcStatement(self.connection)

    def __enter__(self) -> AdbcClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.statement.close()
        self.connection.close()
        self.database.close()

    def drain(self, sql: str) -> int:
        """Runs `sql`, reads every batch as it comes and keeps none. Returns the number of rows."""
        self.statement.set_sql_query(sql)
        stream, _ = self.statement.execute_query()
        with pa.RecordBatchReader.from_stream(stream) as reader:
            return sum(batch.num_rows for batch in reader)


def drain_ticket(uri: str, ticket: bytes) -> int:
    """Reads a stream with pyarrow's client on a new connection and keeps no batch. Returns the number of rows."""
    with flight.connect(uri) as client:
        return sum(chunk.data.num_rows for chunk in client.do_get(flight.Ticket(ticket)))


def statement_query(sql: str) -> bytes:
    return flight_sql_command("CommandStatementQuery", _field(1, sql.encode()))


def flight_sql_command(name: str, content: bytes) -> bytes:
    """`google.protobuf.Any` around a command of Flight SQL, for clients that have no Flight SQL."""
    return _field(1, f"type.googleapis.com/arrow.flight.protocol.sql.{name}".encode()) + _field(2, content)


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
