"""One server over one folder of small files for most tests; `start_server` for tests that need their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow.flight as flight
import pytest

from big_data import write_big
from bowyer_process import BowyerProcess
from features import MARK, FeatureLines
from http_requests import BIG_ROWS
from lake import Lake, write_lake
from table_formats import MARK as TABLE_FORMAT_MARK
from table_formats import TableFormatLines

StartServer = Callable[..., BowyerProcess]

USER = "ann"
PASSWORD = "open sesame"
# bcrypt of it, with the lowest cost.
PASSWORD_HASH = "$2b$04$OLIWXjRksyiHN0voN5ONRu28qsin19eHULAuZ34VKH2Gj8ZRQmPb."


@dataclass(frozen=True)
class Secured:
    """A server with one user."""

    process: BowyerProcess
    user: str = USER
    password: str = PASSWORD

    @property
    def uri(self) -> str:
        return self.process.uri

    def options(self, open_server: BowyerProcess) -> list[str]:
        """What the programs of the other languages take."""
        return [
            *("--server", open_server.address),
            *("--secured", self.process.address),
            *("--user", self.user),
            *("--password", self.password),
        ]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)
    config.addinivalue_line("markers", TABLE_FORMAT_MARK)
    config.pluginmanager.register(FeatureLines(), "feature-lines")
    config.pluginmanager.register(TableFormatLines(), "table-format-lines")


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


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    """A server over one table, `big`, whose rows take a while to send."""
    path = tmp_path_factory.mktemp("big") / "big.parquet"
    write_big(path, BIG_ROWS)
    process = BowyerProcess(["serve", f"big={path}"])
    yield process
    stop_cleanly(process)


def write_config(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def secured(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    config = f"""
        auth:
          users:
            - {{ name: {USER}, password-hash: "{PASSWORD_HASH}" }}
        datasets:
          - {{ name: trips, from: "{lake.locations["trips"]}" }}
    """
    path = write_config(tmp_path_factory.mktemp("secured") / "bowyer.yaml", config)
    process = BowyerProcess(["serve", "--config", str(path)])
    yield Secured(process)
    stop_cleanly(process)


@pytest.fixture(scope="session")
def feature_lines(pytestconfig: pytest.Config) -> FeatureLines:
    plugin = pytestconfig.pluginmanager.get_plugin("feature-lines")
    assert isinstance(plugin, FeatureLines)
    return plugin


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
