"""Every fixture of `lake/fixtures/`: all rows, projections, conditions and aggregates, against what a second reader found."""

from __future__ import annotations

from collections.abc import Iterator

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pyarrow as pa
import pytest

from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from exact import Condition, assert_same, assert_same_types, conditions, plain, quoted
from lake_server import ask, assert_refused, refusal, serve_fixtures
from table_formats import Fixture, all_fixtures, cases

# Readers without the type give another one.
OTHER_TYPES = {"iceberg-types", "iceberg-types_nanoseconds", "iceberg-type_unknown"}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    process = serve_fixtures(tmp_path_factory.mktemp("fixtures"), all_fixtures())
    yield process
    stop_cleanly(process)


@pytest.fixture(scope="module")
def adbc(tables: BowyerProcess) -> Iterator[flightsql.Connection]:
    with flightsql.connect(tables.uri, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("fixture", cases())
def test_all_rows(adbc: flightsql.Connection, fixture: Fixture) -> None:
    found, expected = ask(adbc, f"SELECT * FROM {fixture.dataset}"), fixture.expected()
    assert_same(found, expected)
    if str(fixture) not in OTHER_TYPES:
        assert_same_types(found.schema, expected.schema)


@pytest.mark.parametrize("fixture", cases())
def test_each_column_alone_and_all_backwards(adbc: flightsql.Connection, fixture: Fixture) -> None:
    expected = fixture.expected()
    names = expected.column_names
    for wanted in ([name] for name in names):
        found = ask(adbc, f"SELECT {quoted(wanted[0])} FROM {fixture.dataset}")
        assert_same(found, expected.select(wanted))
    backwards = names[::-1]
    found = ask(adbc, f"SELECT {', '.join(map(quoted, backwards))} FROM {fixture.dataset}")
    assert_same(found, expected.select(backwards))


@pytest.mark.parametrize("fixture", cases())
def test_counts(adbc: flightsql.Connection, fixture: Fixture) -> None:
    """Statistics of files tell how many rows they have, not how many are left."""
    expected = fixture.expected()
    assert ask(adbc, f"SELECT count(*) AS n FROM {fixture.dataset}")["n"].to_pylist() == [expected.num_rows]
    counted = ", ".join(f"count({quoted(name)}) AS c{i}" for i, name in enumerate(expected.column_names))
    found = ask(adbc, f"SELECT {counted} FROM {fixture.dataset}")
    wanted = [expected.num_rows - expected[name].null_count for name in expected.column_names]
    assert [column.to_pylist()[0] for column in found.columns] == wanted


@pytest.mark.parametrize("fixture", cases())
def test_extremes_and_groups(adbc: flightsql.Connection, fixture: Fixture) -> None:
    """min and max may come from statistics, which deleted rows are still part of."""
    expected = fixture.expected()
    ids = [value for value in expected["id"].to_pylist() if value is not None]
    found = ask(adbc, f"SELECT min(id) AS low, max(id) AS high, sum(id) AS total FROM {fixture.dataset}").to_pylist()
    assert found == [{"low": min(ids, default=None), "high": max(ids, default=None), "total": sum(ids) if ids else None}]
    for field in expected.schema:
        if not (pa.types.is_string(field.type) or pa.types.is_boolean(field.type) or pa.types.is_date(field.type)):
            continue
        name = quoted(field.name)
        found = ask(adbc, f"SELECT {name} AS k, count(*) AS n, max(id) AS high FROM {fixture.dataset} GROUP BY {name}")
        with duckdb.connect() as peer:
            peer.register("expected", expected.select(list(dict.fromkeys(("id", field.name)))))
            wanted = peer.sql(f"SELECT {name} AS k, count(*) AS n, max(id) AS high FROM expected GROUP BY {name}")
            assert_same(found, wanted.to_arrow_table())


@pytest.mark.parametrize("fixture", cases())
def test_conditions_on_each_column(adbc: flightsql.Connection, fixture: Fixture) -> None:
    """Conditions prune files, row groups and pages; what they leave must be exactly the rows that fulfil them."""
    expected = fixture.expected()
    ids = expected["id"].to_pylist()
    for field in expected.schema:
        values = expected[field.name].to_pylist()
        for condition in conditions(field, values):
            check(adbc, fixture, condition, sorted(i for i, value in zip(ids, values) if condition.holds(plain(value))))


def check(adbc: flightsql.Connection, fixture: Fixture, condition: Condition, wanted: list[int]) -> None:
    found = ask(adbc, f"SELECT id FROM {fixture.dataset} WHERE {condition.sql}")
    assert sorted(found["id"].to_pylist()) == wanted, condition.sql
    counted = ask(adbc, f"SELECT count(*) AS n FROM {fixture.dataset} WHERE {condition.sql}")
    assert counted["n"].to_pylist() == [len(wanted)], condition.sql


@pytest.mark.parametrize("fixture", cases())
def test_the_first_rows_in_an_order(adbc: flightsql.Connection, fixture: Fixture) -> None:
    ids = sorted(value for value in fixture.expected()["id"].to_pylist())
    for direction, wanted in (("", ids[:3]), (" DESC", ids[::-1][:3])):
        found = ask(adbc, f"SELECT id FROM {fixture.dataset} ORDER BY id{direction} LIMIT 3")
        assert found["id"].to_pylist() == wanted


@pytest.mark.parametrize("fixture", cases())
def test_a_join_with_itself(adbc: flightsql.Connection, fixture: Fixture) -> None:
    """The filter of the build side reaches the other scan while it runs."""
    sql = f"SELECT a.id FROM {fixture.dataset} a JOIN {fixture.dataset} b ON a.id = b.id WHERE b.id % 2 = 0"
    even = [value for value in fixture.expected()["id"].to_pylist() if value % 2 == 0]
    wanted = sorted(value for value in even for other in even if value == other)
    assert sorted(ask(adbc, sql)["id"].to_pylist()) == wanted


@pytest.mark.parametrize("fixture", cases(lambda one: one.refused is not None))
def test_what_is_not_read_is_refused(tables: BowyerProcess, fixture: Fixture) -> None:
    assert fixture.refused
    text = refusal(tables, fixture.dataset)
    assert_refused(text, fixture.refused["code"], fixture.refused["names"])
