"""Long streams: readers that stop, readers that die, files that change under a query."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as flight
import pytest

from big_data import ROW_BYTES, write_big
from bowyer_process import BowyerProcess, poll_until
from conftest import StartServer

MIB = 1024 * 1024
BIG_ROWS = 4_000_000
GROWTH_LIMIT = 64 * MIB

# Reads one batch, says so, and never reads on.
STALLED_READER = """
import sys, pyarrow.flight as flight
reader = flight.connect(sys.argv[1]).do_get(flight.Ticket(sys.argv[2].encode()))
reader.read_chunk()
print("reading", flush=True)
sys.stdin.read()
"""

# Runs a statement that takes minutes.
BUSY_READER = """
import sys, adbc_driver_flightsql.dbapi as flightsql
with flightsql.connect(sys.argv[1], autocommit=True) as connection, connection.cursor() as cursor:
    print("reading", flush=True)
    cursor.execute(sys.argv[2])
    cursor.fetchall()
"""


@pytest.fixture(scope="session")
def big_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a gigabyte as Arrow, a few megabytes on disk."""
    path = tmp_path_factory.mktemp("big") / "big.parquet"
    write_big(path, BIG_ROWS)
    return path


def start_reader(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Runs `program` and returns once it says that it reads."""
    reader = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdout.readline() == "reading\n"
    return reader


def warm_up(client: flight.FlightClient) -> None:
    """Loads the code that a stream runs through, so that what grows later is the stream."""
    reader = client.do_get(flight.Ticket(b"big"))
    for _ in range(5):
        reader.read_chunk()
    reader.cancel()


def wait_until_memory_rests(server: BowyerProcess) -> int:
    """Resident bytes once they have changed by less than a mebibyte over half a second."""
    sizes = [server.rss_bytes()]

    def rests() -> bool:
        sizes.append(server.rss_bytes())
        return len(sizes) > 5 and max(sizes[-5:]) - min(sizes[-5:]) < MIB

    poll_until(rests, 15, "the server's memory rests", interval=0.1)
    return sizes[-1]


def test_a_stalled_reader_costs_little_and_gets_everything_later(start_server: StartServer, big_file: Path) -> None:
    server = start_server("serve", f"big={big_file}")
    with flight.connect(server.uri) as client:
        warm_up(client)
        before = wait_until_memory_rests(server)

        reader = client.do_get(flight.Ticket(b"big"))
        rows, ids = 0, 0
        while rows * ROW_BYTES < 32 * MIB:
            batch = reader.read_chunk().data
            rows, ids = rows + batch.num_rows, ids + pc.sum(batch["id"]).as_py()
        stalled = wait_until_memory_rests(server)
        assert stalled - before < GROWTH_LIMIT, f"{(stalled - before) / MIB:.0f} MiB"

        for chunk in reader:
            rows, ids = rows + chunk.data.num_rows, ids + pc.sum(chunk.data["id"]).as_py()
        assert rows == BIG_ROWS
        assert ids == BIG_ROWS * (BIG_ROWS - 1) // 2


def test_a_killed_reader_frees_its_files_and_connection_within_a_second(
    start_server: StartServer, big_file: Path
) -> None:
    server = start_server("serve", f"big={big_file}")
    reader = start_reader(STALLED_READER, server.uri, "big")
    assert server.connections() == 1
    reader.kill()
    poll_until(
        lambda: not server.open_files(big_file) and server.connections() == 0, 1, "the stream's files are closed"
    )


def test_killed_readers_leave_no_memory_behind(start_server: StartServer, big_file: Path) -> None:
    server = start_server("serve", f"big={big_file}")
    # The allocator keeps what the first rounds needed for the next ones; what is lost would add up for ever.
    for _ in range(4):
        kill_readers(server, 10)
    before = wait_until_memory_rests(server)
    for _ in range(4):
        kill_readers(server, 10)
    after = wait_until_memory_rests(server)
    assert after - before < GROWTH_LIMIT, f"{(after - before) / MIB:.0f} MiB"


def kill_readers(server: BowyerProcess, count: int) -> None:
    readers = [start_reader(STALLED_READER, server.uri, "big") for _ in range(count)]
    for reader in readers:
        reader.kill()
    poll_until(lambda: server.connections() == 0, 5, "the connections are closed")


def test_a_killed_reader_stops_its_query_within_a_second(start_server: StartServer, big_file: Path) -> None:
    server = start_server("serve", f"big={big_file}")
    sql = "SELECT count(*) FROM big a CROSS JOIN big b WHERE (a.id * b.id) % 7 = 3"
    reader = start_reader(BUSY_READER, server.uri, sql)
    poll_until(lambda: server.cpu_load() > 0.5, 20, "the query runs", interval=0)
    # Running for real, not just planning: still busy after a while.
    assert server.cpu_load(window=1.0) > 0.5
    reader.kill()
    poll_until(lambda: server.cpu_load(0.1) < 0.3, 1, "the query stops", interval=0)


def test_a_cancelled_reader_leaves_the_connection_usable(start_server: StartServer, big_file: Path) -> None:
    server = start_server("serve", f"big={big_file}")
    with flight.connect(server.uri) as client:
        for _ in range(20):
            reader = client.do_get(flight.Ticket(b"big"))
            reader.read_chunk()
            reader.cancel()
        assert client.get_flight_info(flight.FlightDescriptor.for_path("big")).total_records == BIG_ROWS


def test_a_file_replaced_while_it_is_read_is_an_error_and_never_mixed_rows(
    start_server: StartServer, tmp_path: Path
) -> None:
    served, replacement = tmp_path / "served.parquet", tmp_path / "replacement.parquet"
    write_big(served, 1_000_000, marker=1)
    write_big(replacement, 1_000_000, marker=2)
    server = start_server("serve", f"big={served}")
    with flight.connect(server.uri) as client:
        reader = client.do_get(flight.Ticket(b"big"))
        seen = set(pc.unique(reader.read_chunk().data["marker"]).to_pylist())
        replacement.rename(served)
        with pytest.raises((pa.ArrowException, flight.FlightError, OSError), match=r"served\.parquet"):
            for chunk in reader:
                seen |= set(pc.unique(chunk.data["marker"]).to_pylist())
        assert seen == {1}

        after = client.do_get(flight.Ticket(b"big")).read_all()
        assert after.num_rows == 1_000_000
        assert pc.unique(after["marker"]).to_pylist() == [2]
