"""Older versions of tables in SQL, tickets and configuration; metadata tables; what the command line says of them."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as pq
import pytest

from bowyer_process import LAUNCHER, BowyerProcess
from conftest import stop_cleanly
from exact import assert_same
from lake_server import ask, assert_refused, refusal, serve
from table_formats import Fixture, Version, all_fixtures, version_cases

PINNED = [one for one in version_cases() if one.values[1].refused is None]
# A table whose newest version is refused is no dataset; its older ones are, by configuration.
READ = [one for one in PINNED if not one.values[0].refused]
GONE = [one for one in version_cases() if one.values[1].refused is not None]
# Their moments are in the log; those of other Delta tables are the modification times of files that were copied.
WITH_MOMENTS = ("in_commit_timestamps", "in_commit_timestamps_later")
BY_MOMENT = [one for one in READ if one.values[1].at and (one.values[0].format == "iceberg" or one.values[0].name in WITH_MOMENTS)]


def fixture_named(table_format: str, name: str) -> Fixture:
    (found,) = [one for one in all_fixtures() if (one.format, one.name) == (table_format, name)]
    return found


@pytest.fixture(scope="module")
def versioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    """Each fixture with versions, and each version as a dataset of its own."""
    datasets = {}
    for case in version_cases():
        fixture, version = case.values
        datasets[fixture.dataset] = {"from": str(fixture.folder)}
        if version.refused is None:
            datasets[pinned(fixture, version)] = {"from": str(fixture.folder), "as-of": version.ref}
    process = serve(tmp_path_factory.mktemp("versions"), datasets)
    yield process
    stop_cleanly(process)


def pinned(fixture: Fixture, version: Version) -> str:
    return f"pinned.{fixture.format}_{fixture.name}_{version.name}"


@pytest.fixture(scope="module")
def adbc(versioned: BowyerProcess) -> Iterator[flightsql.Connection]:
    with flightsql.connect(versioned.uri, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def rpc(versioned: BowyerProcess) -> Iterator[flight.FlightClient]:
    with flight.connect(versioned.uri) as connected:
        yield connected


def at_name(fixture: Fixture, ref: str) -> str:
    return f'{fixture.format}."{fixture.name}@{ref}"'


@pytest.mark.parametrize(("fixture", "version"), READ)
def test_by_name(adbc: flightsql.Connection, fixture: Fixture, version: Version) -> None:
    assert version.rows is not None
    assert_same(ask(adbc, f"SELECT * FROM {at_name(fixture, version.ref)}"), version.rows)
    counted = ask(adbc, f"SELECT count(*) AS n FROM {at_name(fixture, version.ref)}")
    assert counted["n"].to_pylist() == [version.rows.num_rows]


@pytest.mark.parametrize(("fixture", "version"), READ)
@pytest.mark.parametrize("words", ["FOR SYSTEM_VERSION AS OF", "FOR VERSION AS OF"])
def test_by_version_in_sql(adbc: flightsql.Connection, fixture: Fixture, version: Version, words: str) -> None:
    assert version.rows is not None
    ref = version.ref if version.ref.isdigit() else f"'{version.ref}'"
    assert_same(ask(adbc, f"SELECT * FROM {fixture.dataset} {words} {ref}"), version.rows)
    found = ask(adbc, f"SELECT t.id FROM {fixture.dataset} {words} {ref} AS t WHERE t.id > 0 ORDER BY t.id")
    assert found["id"].to_pylist() == sorted(value for value in version.rows["id"].to_pylist() if value > 0)


@pytest.mark.table_format("Iceberg", "time travel by timestamp")
@pytest.mark.table_format("Delta", "time travel by timestamp")
@pytest.mark.parametrize(("fixture", "version"), BY_MOMENT)
def test_by_moment(adbc: flightsql.Connection, fixture: Fixture, version: Version) -> None:
    assert version.rows is not None and version.at is not None
    moment = version.at.replace("T", " ").replace("+00:00", "")
    for as_of in (f"TIMESTAMP '{moment}'", f"'{version.at.replace('+00:00', 'Z')}'"):
        assert_same(ask(adbc, f"SELECT * FROM {fixture.dataset} FOR SYSTEM_TIME AS OF {as_of}"), version.rows)
    named = at_name(fixture, version.at.replace("+00:00", "Z"))
    assert_same(ask(adbc, f"SELECT * FROM {named}"), version.rows)


@pytest.mark.parametrize(("fixture", "version"), READ)
def test_by_ticket(rpc: flight.FlightClient, fixture: Fixture, version: Version) -> None:
    assert version.rows is not None
    command = json.dumps({"dataset": fixture.dataset, "snapshot": version.ref}).encode()
    assert_same(rpc.do_get(flight.Ticket(command)).read_all(), version.rows)
    info = rpc.get_flight_info(flight.FlightDescriptor.for_command(command))
    assert info.schema.names == version.rows.column_names
    assert_same(pa.concat_tables([rpc.do_get(one.ticket).read_all() for one in info.endpoints]), version.rows)


@pytest.mark.parametrize(("fixture", "version"), PINNED)
def test_by_configuration(adbc: flightsql.Connection, fixture: Fixture, version: Version) -> None:
    assert version.rows is not None
    assert_same(ask(adbc, f"SELECT * FROM {pinned(fixture, version)}"), version.rows)


@pytest.mark.parametrize(("fixture", "version"), READ)
def test_two_versions_in_one_statement(adbc: flightsql.Connection, fixture: Fixture, version: Version) -> None:
    other, wanted = fixture.dataset, fixture.expected()
    sql = f"SELECT (SELECT count(*) FROM {at_name(fixture, version.ref)}) AS old, (SELECT count(*) FROM {other}) AS new"
    assert version.rows is not None
    assert ask(adbc, sql).to_pylist() == [{"old": version.rows.num_rows, "new": wanted.num_rows}]


@pytest.mark.parametrize(("fixture", "version"), GONE)
def test_a_version_that_is_gone(versioned: BowyerProcess, fixture: Fixture, version: Version) -> None:
    assert version.refused is not None
    text = refusal(versioned, fixture.dataset, f"SELECT * FROM {at_name(fixture, version.ref)}")
    assert_refused(text, version.refused["code"], version.refused["names"])


@pytest.mark.parametrize("table_format", ["iceberg", "delta"])
@pytest.mark.parametrize(
    ("ref", "code"),
    [("9999999999", "SOURCE_NOT_FOUND"), ("1971-01-01T00:00:00Z", "SOURCE_NOT_FOUND"), ("no-such-branch", "")],
)
def test_a_version_that_never_was(versioned: BowyerProcess, table_format: str, ref: str, code: str) -> None:
    fixture = fixture_named("iceberg", "history") if table_format == "iceberg" else fixture_named("delta", "in_commit_timestamps")
    text = refusal(versioned, fixture.dataset, f"SELECT * FROM {at_name(fixture, ref)}")
    assert_refused(text, code, ref[:10])


@pytest.mark.table_format("Iceberg", "rolled back history")
def test_an_abandoned_snapshot_is_not_the_newest(adbc: flightsql.Connection) -> None:
    fixture = fixture_named("iceberg", "rollback")
    snapshots = ask(adbc, f'SELECT snapshot_id, committed_at FROM {fixture.format}."rollback$snapshots"').to_pylist()
    (abandoned,) = [one for one in fixture.versions() if one.name == "abandoned"]
    assert int(abandoned.ref) in [one["snapshot_id"] for one in snapshots]
    last = max(one["committed_at"] for one in snapshots)
    found = ask(adbc, f"SELECT * FROM {at_name(fixture, moment_name(last))}")
    assert_same(found, fixture.expected())


def moment_name(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---- Metadata tables


@pytest.mark.table_format("Iceberg", "metadata tables")
def test_iceberg_snapshots_and_history(adbc: flightsql.Connection) -> None:
    fixture = fixture_named("iceberg", "history")
    snapshots = ask(adbc, 'SELECT * FROM iceberg."history$snapshots" ORDER BY committed_at').to_pylist()
    refs = [version.ref for version in fixture.versions() if version.ref.isdigit()]
    assert [str(one["snapshot_id"]) for one in snapshots][:2] == refs[:2]
    assert {one["operation"] for one in snapshots} == {"append", "overwrite"}
    assert snapshots[0]["parent_id"] is None
    assert snapshots[1]["parent_id"] == snapshots[0]["snapshot_id"]
    history = ask(adbc, 'SELECT * FROM iceberg."history$history" ORDER BY made_current_at').to_pylist()
    assert [str(one["snapshot_id"]) for one in history][:3] == refs
    assert all(one["is_current_ancestor"] for one in history)


@pytest.mark.table_format("Iceberg", "metadata tables")
def test_iceberg_refs(adbc: flightsql.Connection) -> None:
    refs = {one["name"]: one for one in ask(adbc, 'SELECT * FROM iceberg."history$refs"').to_pylist()}
    assert {name: one["type"] for name, one in refs.items()} == {"main": "BRANCH", "audit": "BRANCH", "start": "TAG"}
    (first, *_) = fixture_named("iceberg", "history").versions()
    assert str(refs["start"]["snapshot_id"]) == first.ref


@pytest.mark.table_format("Iceberg", "metadata tables")
def test_iceberg_files_manifests_and_partitions(adbc: flightsql.Connection) -> None:
    """Of the newest version, and of an older one."""
    fixture = fixture_named("iceberg", "deletion_vectors")
    files = ask(adbc, 'SELECT * FROM iceberg."deletion_vectors$files"').to_pylist()
    data = [one for one in files if one["content"] == 0]
    deleted = [one for one in files if one["content"] == 1]
    assert sum(one["record_count"] for one in data) - sum(one["record_count"] for one in deleted) == fixture.expected().num_rows
    assert all(one["file_path"].endswith(".puffin") for one in deleted) and deleted
    (whole, *_) = fixture.versions()
    older = ask(adbc, f'SELECT * FROM iceberg."deletion_vectors@{whole.ref}$files"').to_pylist()
    assert [one["content"] for one in older] == [0, 0]
    manifests = ask(adbc, 'SELECT * FROM iceberg."deletion_vectors$manifests"')
    assert manifests.num_rows >= 2 and "path" in manifests.column_names
    partitions = ask(adbc, 'SELECT record_count FROM iceberg."deletion_vectors$partitions"').to_pylist()
    assert [one["record_count"] for one in partitions] == [sum(one["record_count"] for one in data)]


@pytest.mark.table_format("Delta", "metadata tables")
def test_delta_history_and_snapshots(adbc: flightsql.Connection) -> None:
    for kind in ("history", "snapshots"):
        found = ask(adbc, f'SELECT version, timestamp, operation FROM delta."plain${kind}" ORDER BY version').to_pylist()
        operations = ["CREATE TABLE", "WRITE", "WRITE", "UPDATE", "DELETE", "WRITE", "WRITE"]
        assert [one["operation"] for one in found] == operations, kind
        assert [one["version"] for one in found] == list(range(7))


@pytest.mark.table_format("Delta", "metadata tables")
def test_delta_files(adbc: flightsql.Connection) -> None:
    fixture = fixture_named("delta", "deletion_vectors")
    files = ask(adbc, 'SELECT * FROM delta."deletion_vectors$files"').to_pylist()
    assert sum(one["rows"] - (one["deleted_rows"] or 0) for one in files) == fixture.expected().num_rows
    (whole, *_) = fixture.versions()
    older = ask(adbc, f'SELECT deleted_rows FROM delta."deletion_vectors@{whole.ref}$files"').to_pylist()
    assert [one["deleted_rows"] or 0 for one in older] == [0, 0]


@pytest.mark.parametrize("dataset", ["iceberg.history", "delta.plain"])
def test_an_unknown_metadata_table_is_named(versioned: BowyerProcess, dataset: str) -> None:
    schema, _, table = dataset.partition(".")
    text = refusal(versioned, dataset, f'SELECT * FROM {schema}."{table}$snapshot"')
    assert_refused(text, "DATASET_NOT_FOUND", "snapshot", "snapshots")


# ---- Action and command line


def snapshots_of(rpc: flight.FlightClient, dataset: str) -> list[dict]:
    return [json.loads(one.body.to_pybytes()) for one in rpc.do_action(flight.Action("list_snapshots", dataset.encode()))]


@pytest.mark.table_format("Iceberg", "list_snapshots")
@pytest.mark.table_format("Delta", "list_snapshots")
@pytest.mark.parametrize("dataset", ["iceberg.history", "delta.plain"])
def test_list_snapshots(rpc: flight.FlightClient, dataset: str) -> None:
    (fixture,) = [one for one in all_fixtures() if one.dataset == dataset]
    listed = {str(one["version"]) for one in snapshots_of(rpc, dataset)}
    assert {one.ref for one in fixture.versions() if one.ref.isdigit()} <= listed


def bowyer(server: BowyerProcess, *arguments: str) -> str:
    command = [str(LAUNCHER), *arguments, "--uri", server.uri]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("dataset", ["iceberg.history", "delta.plain"])
def test_the_command_line_shows_snapshots_and_files(
    versioned: BowyerProcess, dataset: str, tmp_path: Path
) -> None:
    (fixture,) = [one for one in all_fixtures() if one.dataset == dataset]
    shown = bowyer(versioned, "snapshots", dataset)
    for version in fixture.versions():
        if version.ref.isdigit():
            assert version.ref in shown
    file = tmp_path / "files.parquet"
    bowyer(versioned, "files", dataset, "-o", str(file))
    columns = pq.read_table(file).to_pydict()
    assert all(".parquet" in path for path in columns.get("file_path") or columns["path"])
