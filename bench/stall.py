"""e. What a client costs that stops reading in the middle of a large result."""

from __future__ import annotations

import pyarrow.flight as flight
import pyarrow.parquet as pq

from bowyer_process import BowyerProcess, poll_until
from measure import Settings, serve
from report import Section, Target

MIB = 2**20
LIMIT_MIB = 64
TICKET = flight.Ticket(b"lineitem")
STALL_SECONDS = 3.0


def measure_stalled_client(settings: Settings) -> Section:
    """Reads a third of lineitem, stops until the server's memory rests, then reads the rest and counts the rows."""
    wanted = pq.read_metadata(settings.file("lineitem")).num_rows
    with serve(settings, "lineitem") as server, flight.connect(server.uri) as client:
        warm_up(client)
        before = resting_memory(server)
        reader = client.do_get(TICKET)
        rows = size = 0
        while rows < wanted // 3:
            batch = reader.read_chunk().data
            rows, size = rows + batch.num_rows, size + batch.nbytes
        at_stop = server.rss_bytes()
        stalled = resting_memory(server)
        for chunk in reader:
            rows, size = rows + chunk.data.num_rows, size + chunk.data.nbytes
        after = server.rss_bytes()
    if rows != wanted:
        raise RuntimeError(f"the stream ended after {rows} rows (expected: {wanted})")
    growth = (max(at_stop, stalled) - before) / MIB
    return Section(
        f"A client that stops in the middle of {size / 1e9:.2f} GB and reads on later: all {rows:,} rows arrive",
        ["server memory (resident)", "MiB"],
        [Target("growth while the client stands still", growth, LIMIT_MIB, " MiB")],
        [
            ["before the stream", f"{before / MIB:.0f}"],
            ["when the client stops", f"{at_stop / MIB:.0f}"],
            ["while it stands still", f"{stalled / MIB:.0f}"],
            ["after the whole stream", f"{after / MIB:.0f}"],
        ],
    )


def warm_up(client: flight.FlightClient) -> None:
    """Loads the code that a stream runs through: a few batches, then cancel."""
    reader = client.do_get(TICKET)
    for _ in range(5):
        reader.read_chunk()
    reader.cancel()


def resting_memory(server: BowyerProcess) -> int:
    """Resident bytes once they have changed by less than a mebibyte over `STALL_SECONDS`."""
    interval = 0.25
    window = int(STALL_SECONDS / interval)
    sizes: list[int] = []

    def rests() -> bool:
        sizes.append(server.rss_bytes())
        return len(sizes) > window and max(sizes[-window:]) - min(sizes[-window:]) < MIB

    poll_until(rests, 60, "the server's memory rests", interval)
    return max(sizes[-window:])
