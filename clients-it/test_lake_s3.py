"""Tables and files in S3, from two servers of different makers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from exact import assert_same, conditions, plain
from lake import Lake
from lake_server import ask, assert_refused, refusal, serve
from s3_servers import SECRET_KEY, SERVERS, S3, running
from table_formats import NAMES, Fixture, all_fixtures

TABLES = {
    *("iceberg-history", "iceberg-deletion_vectors_long", "iceberg-position_deletes", "iceberg-equality_deletes"),
    *("iceberg-partition_identity", "iceberg-names", "iceberg-migrated", "iceberg-schema_evolution", "iceberg-metadata_gz"),
    *("delta-plain", "delta-deletion_vectors_long", "delta-partitioned", "delta-checkpoint_v2", "delta-checkpoint_multipart"),
    *("delta-column_mapping_name", "delta-names", "delta-converted"),
}
BUCKET = "lake"
FILES = ["trips", "types_parquet", "types_arrow"]


def fixtures() -> list[Fixture]:
    found = [one for one in all_fixtures() if str(one) in TABLES]
    assert len(found) == len(TABLES)
    return found


def cases() -> list[object]:
    return [
        pytest.param(one, marks=pytest.mark.table_format(NAMES[one.format], "tables in S3"), id=str(one)) for one in fixtures()
    ]


@pytest.fixture(scope="module", params=list(SERVERS))
def s3(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, lake: Lake) -> Iterator[S3]:
    with running(request.param, tmp_path_factory.mktemp("s3") / request.param) as started:
        for fixture in fixtures():
            started.upload(fixture.folder, f"{BUCKET}/tables/{fixture.format}/{fixture.name}")
        for name in FILES:
            started.put(lake.locations[name], f"{BUCKET}/files/{lake.locations[name].name}")
        yield started


@pytest.fixture(scope="module")
def server(s3: S3, tmp_path_factory: pytest.TempPathFactory, lake: Lake) -> Iterator[BowyerProcess]:
    datasets = {one.dataset: {"from": f"s3://{BUCKET}/tables/{one.format}/{one.name}/"} for one in fixtures()}
    datasets |= {name: {"from": f"s3://{BUCKET}/files/{lake.locations[name].name}"} for name in FILES}
    datasets["missing"] = {"from": f"s3://{BUCKET}/files/nothing.parquet"}
    datasets["unregistered"] = {"from": "s3://elsewhere/files/trips.parquet"}
    process = serve(tmp_path_factory.mktemp("server"), datasets, stores=[s3.store(BUCKET)])
    yield process
    assert SECRET_KEY not in process.stderr.text() + process.stdout.text()
    stop_cleanly(process)


@pytest.fixture(scope="module")
def adbc(server: BowyerProcess) -> Iterator[flightsql.Connection]:
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("fixture", cases())
def test_all_rows(adbc: flightsql.Connection, fixture: Fixture) -> None:
    assert_same(ask(adbc, f"SELECT * FROM {fixture.dataset}"), fixture.expected())
    counted = ask(adbc, f"SELECT count(*) AS n FROM {fixture.dataset}")
    assert counted["n"].to_pylist() == [fixture.expected().num_rows]


@pytest.mark.parametrize("fixture", cases())
def test_conditions(adbc: flightsql.Connection, fixture: Fixture) -> None:
    expected = fixture.expected()
    ids = expected["id"].to_pylist()
    for condition in conditions(expected.schema.field("id"), ids):
        found = ask(adbc, f"SELECT id FROM {fixture.dataset} WHERE {condition.sql}")
        assert sorted(found["id"].to_pylist()) == sorted(i for i in ids if condition.holds(plain(i))), condition.sql


@pytest.mark.parametrize("fixture", cases())
def test_versions(adbc: flightsql.Connection, fixture: Fixture) -> None:
    for version in fixture.versions():
        if version.rows is not None:
            found = ask(adbc, f'SELECT * FROM {fixture.format}."{fixture.name}@{version.ref}"')
            assert_same(found, version.rows)


@pytest.mark.parametrize("name", FILES)
def test_files(server: BowyerProcess, lake: Lake, name: str) -> None:
    with flight.connect(server.uri) as client:
        found = client.do_get(flight.Ticket(name.encode())).read_all()
    assert_same(found, lake.tables[name])


def test_an_object_that_is_not_there(server: BowyerProcess) -> None:
    assert_refused(refusal(server, "missing"), "SOURCE_NOT_FOUND", "nothing.parquet")


def test_a_prefix_that_is_not_registered(server: BowyerProcess) -> None:
    text = refusal(server, "unregistered")
    assert "s3://elsewhere/" in text, text


def test_a_wrong_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    secret = "a secret that nobody may see"
    with running("s3proxy", tmp_path / "s3") as s3:
        s3.upload(fixtures()[0].folder, f"{BUCKET}/t")
        stores = [s3.store(BUCKET, **{"secret-access-key": secret})]
        process = serve(tmp_path, {"t": {"from": f"s3://{BUCKET}/t/"}}, stores=stores)
        text = refusal(process, "t")
        assert_refused(text, "PERMISSION_DENIED", "lake")
        assert secret not in text + process.stderr.text() + process.stdout.text()
        stop_cleanly(process)
