"""Tables that are written to while they are read: every answer is of one version, whole."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from pyiceberg.table import Table

from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from exact import assert_same
from lake_server import ask, assert_refused, refusal, serve
from test_flight_rpcs import query


class AtomicFile(io.FileIO):
    """Has its name only when it is whole, as objects of a store do; pyiceberg writes local files in place."""

    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path + ".part", "wb")
        self.path = path

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.replace(self.path + ".part", self.path)


class AtomicOutput(PyArrowFile):
    def create(self, overwrite: bool = False) -> AtomicFile:
        return AtomicFile(self.location.removeprefix("file://"))


class AtomicFileIO(PyArrowFileIO):
    def new_output(self, location: str) -> PyArrowFile:
        whole = super().new_output(location)
        return AtomicOutput(whole.location, whole._path, whole._filesystem, whole._buffer_size)


# Each version has ROWS rows (Iceberg: in FILES files), and its number in each row.
ROWS = 6000
FILES = 3
COMMITS = 12
READERS = 3
SECONDS = 120


def rows_of(version: int, first: int = 0, count: int = ROWS) -> pa.Table:
    ids = pa.array(range(first, first + count), pa.int64())
    return pa.table({"id": ids, "version": pa.array([version] * count, pa.int64())})


def parts_of(version: int) -> list[pa.Table]:
    whole = rows_of(version)
    size = ROWS // FILES
    return [whole.slice(i * size, size) for i in range(FILES)]


@dataclass
class Iceberg:
    """A table in a folder, through a catalog that the server does not know."""

    table: Table
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Iceberg:
        folder.mkdir()
        writer = f"{AtomicFileIO.__module__}.{AtomicFileIO.__name__}"
        settings = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": f"file://{folder}", "py-io-impl": writer}
        catalog = SqlCatalog("moving", **settings)
        catalog.create_namespace("db")
        table = catalog.create_table("db.moving", rows_of(0).schema)
        return cls(table, folder / "db" / "moving")

    def overwrite(self, version: int) -> None:
        with self.table.transaction() as change:
            change.delete("id >= 0")
            for part in parts_of(version):
                change.append(part)

    def append(self, rows: pa.Table) -> None:
        self.table.append(rows)

    def delete(self, condition: str) -> None:
        self.table.delete(condition)

    def read(self) -> pa.Table:
        return self.table.refresh().scan().to_arrow()

    def newest(self) -> str:
        snapshot = self.table.refresh().current_snapshot()
        assert snapshot
        return str(snapshot.snapshot_id)

    def expire(self) -> None:
        """Removes the data files of all but the newest version, as an expiry does."""
        live = {task.file.file_path.removeprefix("file://") for task in self.table.refresh().scan().plan_files()}
        for file in self.folder.glob("data/**/*.parquet"):
            if str(file) not in live:
                file.unlink()


@dataclass
class Delta:
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Delta:
        write_deltalake(folder, rows_of(0).slice(0, 0))
        return cls(folder)

    def overwrite(self, version: int) -> None:
        write_deltalake(self.folder, rows_of(version), mode="overwrite")

    def append(self, rows: pa.Table) -> None:
        write_deltalake(self.folder, rows, mode="append")

    def delete(self, condition: str) -> None:
        DeltaTable(self.folder).delete(condition)

    def read(self) -> pa.Table:
        return DeltaTable(self.folder).to_pyarrow_table()

    def newest(self) -> str:
        return str(DeltaTable(self.folder).version())

    def expire(self) -> None:
        DeltaTable(self.folder).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)


Moving = Iceberg | Delta
MAKERS: dict[str, Callable[[Path], Moving]] = {"Iceberg": Iceberg.make, "Delta": Delta.make}


def both(feature: str) -> Callable:
    marked = [
        pytest.param(make, marks=pytest.mark.table_format(name, feature), id=name.lower()) for name, make in MAKERS.items()
    ]
    return pytest.mark.parametrize("make", marked)


@contextmanager
def served(tmp_path: Path, moving: Moving) -> Iterator[BowyerProcess]:
    process = serve(tmp_path, {"moving": {"from": str(moving.folder)}})
    yield process
    stop_cleanly(process)


@both("queries while a table is written to")
def test_answers_never_mix_versions(make: Callable[[Path], Moving], tmp_path: Path) -> None:
    moving = make(tmp_path / "table")
    moving.overwrite(1)
    done = threading.Event()
    seen: list[set[int]] = [set() for _ in range(READERS)]
    failures: list[str] = []

    def reader(number: int) -> None:
        """Aggregates, and all rows of a plain scan, in turn."""
        with flightsql.connect(server.uri, autocommit=True) as connection:
            while not done.is_set():
                one = ask(
                    connection,
                    "SELECT count(*) AS n, min(version) AS low, max(version) AS high, sum(id) AS ids FROM moving",
                ).to_pylist()[0]
                rows = ask(connection, "SELECT id, version FROM moving")
                versions = set(rows["version"].to_pylist())
                if one["n"] != ROWS or one["low"] != one["high"] or one["ids"] != ROWS * (ROWS - 1) // 2:
                    failures.append(f"aggregates: {one}")
                if len(versions) != 1 or sorted(rows["id"].to_pylist()) != list(range(ROWS)):
                    failures.append(f"rows: {rows.num_rows} of versions {versions}")
                seen[number] |= versions | {one["low"]}

    def guarded(number: int) -> None:
        try:
            reader(number)
        except Exception as e:  # a thread's exception would be lost
            failures.append(str(e))

    with served(tmp_path, moving) as server:
        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(READERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + SECONDS
        version = 1
        while version <= COMMITS or any(len(versions) < 2 for versions in seen):
            version += 1
            moving.overwrite(version)
            if failures or time.monotonic() > deadline:
                break
        done.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[:3]
    assert all(len(versions) > 1 for versions in seen), f"no reader saw the table move: {seen}"


@both("queries while a table is written to")
def test_each_query_sees_the_newest_version(make: Callable[[Path], Moving], tmp_path: Path) -> None:
    moving = make(tmp_path / "table")
    with served(tmp_path, moving) as server, flightsql.connect(server.uri, autocommit=True) as connection:
        for step in (
            lambda: moving.append(rows_of(1)),
            lambda: moving.append(rows_of(2, ROWS, 10)),
            lambda: moving.delete("id < 100"),
            lambda: moving.overwrite(3),
            lambda: moving.delete("id >= 0"),
            lambda: moving.append(rows_of(4, 0, 5)),
        ):
            step()
            assert_same(ask(connection, "SELECT * FROM moving"), moving.read())


@both("tickets keep their version")
def test_a_ticket_gives_the_version_that_was_announced(make: Callable[[Path], Moving], tmp_path: Path) -> None:
    moving = make(tmp_path / "table")
    moving.overwrite(1)
    with served(tmp_path, moving) as server, flight.connect(server.uri) as client:
        announced = [
            client.get_flight_info(query("SELECT * FROM moving")),
            client.get_flight_info(query("SELECT m.id, m.version FROM moving m JOIN moving n ON m.id = n.id")),
            client.get_flight_info(flight.FlightDescriptor.for_path("moving")),
            client.get_flight_info(flight.FlightDescriptor.for_command(json.dumps({"dataset": "moving"}).encode())),
        ]
        moving.append(rows_of(2, ROWS, 10))
        moving.delete("id < 100")
        moving.overwrite(3)
        for info in announced:
            found = pa.concat_tables([client.do_get(one.ticket).read_all() for one in info.endpoints])
            assert_same(found, rows_of(1))
            again = pa.concat_tables([client.do_get(one.ticket).read_all() for one in info.endpoints])
            assert_same(again, rows_of(1))


@both("tickets keep their version")
def test_a_stream_that_is_read_slowly_keeps_its_version(make: Callable[[Path], Moving], tmp_path: Path) -> None:
    moving = make(tmp_path / "table")
    moving.overwrite(1)
    with served(tmp_path, moving) as server, flight.connect(server.uri) as client:
        info = client.get_flight_info(query("SELECT * FROM moving"))
        reader = client.do_get(info.endpoints[0].ticket)
        batches = [reader.read_chunk().data]
        moving.overwrite(2)
        moving.append(rows_of(2, ROWS, 10))
        batches += [chunk.data for chunk in reader]
        assert_same(pa.Table.from_batches(batches), rows_of(1))


@both("expired files")
def test_a_ticket_whose_files_have_expired_fails_and_names_one(make: Callable[[Path], Moving], tmp_path: Path) -> None:
    moving = make(tmp_path / "table")
    moving.overwrite(1)
    with served(tmp_path, moving) as server, flight.connect(server.uri) as client:
        old = moving.newest()
        info = client.get_flight_info(query("SELECT * FROM moving"))
        moving.overwrite(2)
        moving.expire()
        with pytest.raises((pa.ArrowException, KeyError, OSError)) as caught:
            [client.do_get(one.ticket).read_all() for one in info.endpoints]
        assert_refused(str(caught.value), "SOURCE_NOT_FOUND", ".parquet")
        assert_refused(refusal(server, "moving", f'SELECT * FROM "moving@{old}"'), "SOURCE_NOT_FOUND", ".parquet")
        assert_same(pa.concat_tables([client.do_get(flight.Ticket(b"moving")).read_all()]), rows_of(2))
