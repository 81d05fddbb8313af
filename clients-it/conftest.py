"""One server over one folder of small files for most tests; `start_server` for tests that need their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from lake import Lake, write_lake

StartServer = Callable[..., BowyerProcess]


def stop_cleanly(server: BowyerProcess) -> None:
    """A server that lived through its tests stops with exit code 0 on SIGTERM."""
    assert server.alive(), f"the server died: {server.stderr.text()}"
    assert server.stop() == 0, f"exit code {server.process.returncode}: {server.stderr.text()}"


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return write_lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="session")
def server(lake: Lake) -> Iterator[BowyerProcess]:
    process = BowyerProcess(["serve", *lake.arguments()])
    yield process
    stop_cleanly(process)


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts servers that end with the test: `start_server("serve", "trips=/path")`."""
    started: list[BowyerProcess] = []

    def start(*arguments: str | Path) -> BowyerProcess:
        started.append(BowyerProcess([str(argument) for argument in arguments]))
        return started[-1]

    yield start
    for process in started:
        stop_cleanly(process)


@pytest.fixture
def client(server: BowyerProcess) -> Iterator[flight.FlightClient]:
    with flight.connect(server.uri) as connected:
        yield connected


@pytest.fixture
def connection(server: BowyerProcess) -> Iterator[flightsql.Connection]:
    with flightsql.connect(server.uri, autocommit=True) as connected:
        yield connected
