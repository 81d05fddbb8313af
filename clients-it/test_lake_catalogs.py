"""Whole catalogs mounted: a database that pyiceberg made, and the same behind REST."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pyarrow.parquet
import pytest
from pyiceberg.catalog.sql import SqlCatalog

import rest_catalog
from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from exact import assert_same
from lake_server import ask, assert_refused, refusal, serve
from rest_catalog import RestCatalog

BOUND_SECONDS = 20
KINDS = ["jdbc", "rest"]


def rows(first: int, count: int = 5) -> pa.Table:
    return pa.table({"id": pa.array(range(first, first + count), pa.int64()), "city": [f"c{i}" for i in range(count)]})


@pytest.fixture
def tables(tmp_path: Path) -> SqlCatalog:
    """`sales.orders` and, two levels down, `eu.sales.orders`."""
    settings = {"uri": f"sqlite:///{tmp_path}/catalog.db", "warehouse": f"file://{tmp_path}/warehouse"}
    catalog = SqlCatalog("lake", **settings)
    for namespace in ("sales", "eu", "eu.sales"):
        catalog.create_namespace(namespace)
    for number, name in enumerate(("sales.orders", "eu.sales.orders")):
        catalog.create_table(name, rows(0).schema).append(rows(100 * number))
    return catalog


@pytest.fixture
def rest(tables: SqlCatalog) -> Iterator[RestCatalog]:
    with rest_catalog.running(tables) as running:
        yield running


@pytest.fixture(params=KINDS)
def mounted(request: pytest.FixtureRequest, rest: RestCatalog, tmp_path: Path) -> Iterator[BowyerProcess]:
    jdbc = {"name": "lake", "type": "jdbc", "uri": f"jdbc:sqlite:{tmp_path}/catalog.db", "refresh": "1ms"}
    entry = jdbc if request.param == "jdbc" else rest.settings("lake")
    datasets = {"named": {"catalog": "lake", "table": "eu.sales.orders"}}
    process = serve(tmp_path, datasets, catalogs=[entry])
    yield process
    stop_cleanly(process)


@pytest.fixture
def adbc(mounted: BowyerProcess) -> Iterator[flightsql.Connection]:
    with flightsql.connect(mounted.uri, autocommit=True) as connection:
        yield connection


def listed(connection: flightsql.Connection) -> set[tuple[str, ...]]:
    found = ask(connection, "SELECT table_catalog, table_schema, table_name FROM information_schema.tables")
    return {(row["table_schema"], row["table_name"]) for row in found.to_pylist()}


@pytest.mark.table_format("Iceberg", "mounted catalogs")
def test_tables_are_there_without_being_named(adbc: flightsql.Connection) -> None:
    assert_same(ask(adbc, "SELECT * FROM lake.sales.orders"), rows(0))
    assert_same(ask(adbc, 'SELECT * FROM "lake.eu.sales".orders'), rows(100))
    assert_same(ask(adbc, "SELECT * FROM named"), rows(100))
    joined = ask(adbc, 'SELECT count(*) AS n FROM lake.sales.orders a JOIN "lake.eu.sales".orders b ON a.id + 100 = b.id')
    assert joined["n"].to_pylist() == [5]


@pytest.mark.table_format("Iceberg", "mounted catalogs")
def test_tables_are_listed(adbc: flightsql.Connection) -> None:
    names = {table for _, table in listed(adbc)}
    assert {"orders", "named"} <= names


@pytest.mark.table_format("Iceberg", "mounted catalogs")
def test_commits_new_tables_and_drops_are_seen(mounted: BowyerProcess, adbc: flightsql.Connection, tables: SqlCatalog) -> None:
    assert ask(adbc, "SELECT count(*) AS n FROM lake.sales.orders")["n"].to_pylist() == [5]
    tables.load_table("sales.orders").append(rows(5))
    assert ask(adbc, "SELECT count(*) AS n FROM lake.sales.orders")["n"].to_pylist() == [10]
    tables.create_table("sales.late", rows(0).schema).append(rows(7))
    assert_same(ask(adbc, "SELECT * FROM lake.sales.late"), rows(7))
    tables.drop_table("sales.late")
    text = refusal(mounted, "lake.sales.late", "SELECT * FROM lake.sales.late")
    assert "late" in text and "INTERNAL" not in text


@pytest.mark.table_format("Iceberg", "mounted catalogs")
def test_versions_of_a_mounted_table(adbc: flightsql.Connection, tables: SqlCatalog) -> None:
    table = tables.load_table("sales.orders")
    first = table.current_snapshot()
    assert first
    table.append(rows(5))
    assert_same(ask(adbc, f'SELECT * FROM lake.sales."orders@{first.snapshot_id}"'), rows(0))
    snapshots = ask(adbc, 'SELECT snapshot_id FROM lake.sales."orders$snapshots"')
    assert snapshots.num_rows == 2


def test_unknown_names_are_refused(mounted: BowyerProcess) -> None:
    for name in ("lake.sales.order", "lake.nowhere.orders", "lak.sales.orders"):
        text = refusal(mounted, name, f"SELECT * FROM {name}")
        assert "INTERNAL" not in text and name.rsplit(".", 1)[1] in text, text


# ---- REST


def served(folder: Path, rest: RestCatalog, **more: object) -> BowyerProcess:
    return serve(folder, {}, catalogs=[rest.settings("lake", **more)])


@pytest.mark.table_format("Iceberg", "REST catalogs: logins and faults")
def test_an_expired_token_is_renewed(rest: RestCatalog, tmp_path: Path) -> None:
    rest.uses = 4
    server = served(tmp_path, rest)
    with flightsql.connect(server.uri, autocommit=True) as connection:
        for _ in range(5):
            assert_same(ask(connection, "SELECT * FROM lake.sales.orders"), rows(0))
    assert rest.logins > 1
    stop_cleanly(server)


@pytest.mark.table_format("Iceberg", "REST catalogs: logins and faults")
def test_a_wrong_secret_is_refused_and_not_shown(rest: RestCatalog, tmp_path: Path) -> None:
    secret = "a wrong secret"
    server = served(tmp_path, rest, credential=f"bowyer:{secret}")
    text = refusal(server, "lake.sales.orders", "SELECT * FROM lake.sales.orders")
    assert_refused(text, "UNAVAILABLE", "lake")
    assert secret not in text + server.stderr.text() + server.stdout.text()
    stop_cleanly(server)


@pytest.mark.table_format("Iceberg", "REST catalogs: logins and faults")
@pytest.mark.parametrize(("status", "seconds"), [(503, 0.0), (500, 0.0), (None, 60.0)], ids=["503", "500", "stalls"])
def test_a_catalog_that_fails_is_unavailable_within_bounds(
    rest: RestCatalog, tmp_path: Path, status: int | None, seconds: float
) -> None:
    server = served(tmp_path, rest)
    with flightsql.connect(server.uri, autocommit=True) as connection:
        assert_same(ask(connection, "SELECT * FROM lake.sales.orders"), rows(0))
        rest.status, rest.seconds = status, seconds
        started = time.monotonic()
        text = refusal(server, "lake.eu.sales.orders", 'SELECT * FROM "lake.eu.sales".orders')
        assert time.monotonic() - started < BOUND_SECONDS
        assert_refused(text, "UNAVAILABLE", "lake")
        rest.status, rest.seconds = None, 0.0
        assert_same(ask(connection, 'SELECT * FROM "lake.eu.sales".orders'), rows(100))
    stop_cleanly(server)


@pytest.mark.table_format("Iceberg", "REST catalogs: logins and faults")
def test_other_datasets_do_not_suffer_from_a_catalog_that_is_down(rest: RestCatalog, tmp_path: Path) -> None:
    rest.status = 503
    folder = tmp_path / "files"
    folder.mkdir()
    pa.parquet.write_table(rows(0), folder / "plain.parquet")
    server = serve(tmp_path, {"plain": {"from": str(folder)}}, catalogs=[rest.settings("lake")])
    with flightsql.connect(server.uri, autocommit=True) as connection:
        assert_same(ask(connection, "SELECT * FROM plain"), rows(0))
    stop_cleanly(server)
