"""The fixtures as pyiceberg and deltalake read them now, against what was expected and what the server answers."""

from __future__ import annotations

from collections.abc import Iterator

import adbc_driver_flightsql.dbapi as flightsql
import pytest

import other_readers
from conftest import stop_cleanly
from exact import assert_same
from lake_server import ask, serve_fixtures
from table_formats import Fixture, all_fixtures, cases


def is_read(fixture: Fixture) -> bool:
    return not fixture.refused and str(fixture) not in other_readers.NOT_READ


@pytest.fixture(scope="module")
def adbc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flightsql.Connection]:
    process = serve_fixtures(tmp_path_factory.mktemp("readers"), filter(is_read, all_fixtures()))
    with flightsql.connect(process.uri, autocommit=True) as connection:
        yield connection
    stop_cleanly(process)


@pytest.mark.parametrize("fixture", cases(is_read))
def test_the_other_reader_agrees(adbc: flightsql.Connection, fixture: Fixture) -> None:
    assert_same(ask(adbc, f"SELECT * FROM {fixture.dataset}"), other_readers.read(fixture))


@pytest.mark.parametrize("fixture", [one for one in all_fixtures() if not one.refused], ids=str)
def test_what_is_expected_is_what_another_reader_finds(fixture: Fixture) -> None:
    """Also that a table which the other reader is not asked for is one that it does not read."""
    try:
        found = other_readers.read(fixture)
        assert_same(found, fixture.expected())
    except Exception:
        if is_read(fixture):
            raise
    else:
        assert is_read(fixture), f"read as expected: take it from NOT_READ ({other_readers.NOT_READ[str(fixture)]})"
