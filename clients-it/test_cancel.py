"""Ways to end a query. After each the server's cores are idle within a second."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess, poll_until
from lake import Lake
from messages import fields, message, sql_command, unpacked
from test_adbc import SLOW
from test_flight_rpcs import act, query
from test_pyarrow_streams import start_reader

IDLE_SECONDS = 1
CANCELLED, CANCELLING = 1, 2

READER = """
import sys, pyarrow.flight as flight
client = flight.connect(sys.argv[1])
info = client.get_flight_info(flight.FlightDescriptor.for_command(bytes.fromhex(sys.argv[2])))
print("reading", flush=True)
client.do_get(info.endpoints[0].ticket).read_all()
"""


@pytest.fixture(scope="module")
def alone(lake: Lake) -> Iterator[BowyerProcess]:
    """A server that nobody else keeps busy."""
    process = BowyerProcess(["serve", f"many={lake.locations['many']}"])
    yield process
    assert process.stop() == 0


class Reader:
    """Runs the slow statement on a connection of its own until it is ended."""

    def __init__(self, server: BowyerProcess, seconds: float | None = None) -> None:
        self.server = server
        self.failure: BaseException | None = None
        self.client = flight.connect(server.uri)
        self.info = self.client.get_flight_info(query(SLOW))
        options = flight.FlightCallOptions(timeout=seconds)
        self.stream = self.client.do_get(self.info.endpoints[0].ticket, options)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        """Chunk by chunk: `read_all` takes a cancelled call for Ctrl-C, and interrupts the main thread."""
        try:
            for _ in self.stream:
                pass
        except (pa.ArrowException, flight.FlightError) as failure:
            self.failure = failure

    def runs(self) -> None:
        poll_until(lambda: self.server.cpu_load() > 0.5, 20, "the query runs", interval=0)

    def ended(self) -> BaseException:
        """The server is idle again, and the reader knows why."""
        poll_until(lambda: self.server.cpu_load(0.1) < 0.3, IDLE_SECONDS, "the query stops", interval=0)
        self._thread.join(timeout=5)
        assert not self._thread.is_alive()
        self.client.close()
        assert self.failure is not None
        return self.failure


@pytest.mark.client("pyarrow", "gRPC cancel")
def test_a_cancelled_call(alone: BowyerProcess) -> None:
    reader = Reader(alone)
    reader.runs()
    reader.stream.cancel()
    assert isinstance(reader.ended(), (flight.FlightCancelledError, pa.ArrowCancelled))


@pytest.mark.client("pyarrow", "CancelFlightInfo")
def test_cancel_flight_info_from_another_connection(alone: BowyerProcess) -> None:
    reader = Reader(alone)
    reader.runs()
    with flight.connect(alone.uri) as other:
        (body,) = act(other, "CancelFlightInfo", message((1, reader.info.serialize())))
    assert fields(body)[1][0] in (CANCELLED, CANCELLING)
    assert isinstance(reader.ended(), (flight.FlightCancelledError, pa.ArrowCancelled))


@pytest.mark.client("pyarrow", "CancelQuery")
def test_the_older_cancel_query(alone: BowyerProcess) -> None:
    reader = Reader(alone)
    reader.runs()
    with flight.connect(alone.uri) as other:
        request = sql_command("ActionCancelQueryRequest", (1, reader.info.serialize()))
        (body,) = act(other, "CancelQuery", request)
    assert unpacked(body)[1][0] in (CANCELLED, CANCELLING)
    assert isinstance(reader.ended(), (flight.FlightCancelledError, pa.ArrowCancelled))


@pytest.mark.client("pyarrow", "query timeout")
def test_a_deadline(alone: BowyerProcess) -> None:
    reader = Reader(alone, seconds=2)
    reader.runs()
    poll_until(lambda: reader.failure is not None, 5, "the deadline passes")
    assert isinstance(reader.ended(), flight.FlightTimedOutError)


@pytest.mark.client("pyarrow", "client goes away")
def test_a_client_that_dies(alone: BowyerProcess) -> None:
    reader = start_reader(READER, alone.uri, query(SLOW).command.hex())
    poll_until(lambda: alone.cpu_load() > 0.5, 20, "the query runs", interval=0)
    reader.kill()
    poll_until(lambda: alone.cpu_load(0.1) < 0.3, IDLE_SECONDS, "the query stops", interval=0)
    reader.wait(timeout=5)


def test_a_query_cancelled_before_it_is_read_does_not_run(alone: BowyerProcess) -> None:
    with flight.connect(alone.uri) as client:
        info = client.get_flight_info(query(SLOW))
        (body,) = act(client, "CancelFlightInfo", message((1, info.serialize())))
        assert fields(body)[1][0] in (CANCELLED, CANCELLING)
        with pytest.raises((flight.FlightCancelledError, pa.ArrowCancelled, KeyError)):
            client.do_get(info.endpoints[0].ticket, flight.FlightCallOptions(timeout=5)).read_all()

