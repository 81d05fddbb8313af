"""pyiceberg and deltalake over the fixtures, and which ones they cannot read or read otherwise than their writers."""

from __future__ import annotations

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from pyiceberg.io import InputFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import StaticTable

from table_formats import Fixture, newest_metadata

EQUALITY_DELETES = "pyiceberg refuses equality deletes"
EMPTY_FOR_NULL = "pyiceberg gives empty lists and maps where they are NULL"

# By fixture, why the other reader of its format is not asked; `test_lake_readers.py` asserts that it still is so.
NOT_READ = {
    "iceberg-defaults_nested": EMPTY_FOR_NULL,
    "iceberg-defaults_odd_types": "pyiceberg has no default values of timestamp_ns",
    "iceberg-equality_deletes": EQUALITY_DELETES,
    "iceberg-equality_deletes_evolved": EQUALITY_DELETES,
    "iceberg-equality_deletes_partitioned": EQUALITY_DELETES,
    "iceberg-equality_deletes_types": EQUALITY_DELETES,
    "iceberg-equality_deletes_v3": EQUALITY_DELETES,
    "iceberg-partition_odd_types": "pyiceberg cannot decode the partition values",
    "iceberg-schema_evolution": EMPTY_FOR_NULL,
    "iceberg-spark_types": EMPTY_FOR_NULL,
    "iceberg-position_fallback": "pyiceberg refuses files without field ids and name mapping",
    "delta-type_widening": "deltalake refuses type widening",
}


class MovedFileIO(PyArrowFileIO):
    """Finds the files of a table below another folder than the one that its metadata names."""

    def new_input(self, location: str) -> InputFile:
        path = without_scheme(location)
        recorded = self.properties["moved.from"]
        assert path.startswith(recorded), (path, recorded)
        return super().new_input(self.properties["moved.to"] + path[len(recorded) :])


def without_scheme(location: str) -> str:
    return location.removeprefix("file://").removeprefix("file:")


def read(fixture: Fixture, version: str | None = None) -> pa.Table:
    """The newest version, or a snapshot id or version number."""
    return by_pyiceberg(fixture, version) if fixture.format == "iceberg" else by_deltalake(fixture, version)


def by_pyiceberg(fixture: Fixture, snapshot: str | None) -> pa.Table:
    recorded = without_scheme(fixture.recorded)
    properties = {
        "py-io-impl": f"{MovedFileIO.__module__}.{MovedFileIO.__name__}",
        "moved.from": recorded,
        "moved.to": str(fixture.folder),
    }
    metadata = f"{recorded}/metadata/{newest_metadata(fixture.folder).name}"
    table = StaticTable.from_metadata(metadata, properties)
    return table.scan(snapshot_id=int(snapshot) if snapshot else None).to_arrow()


def by_deltalake(fixture: Fixture, version: str | None) -> pa.Table:
    table = DeltaTable(fixture.folder, version=int(version) if version else None)
    return pa.table(QueryBuilder().register("t", table).execute("SELECT * FROM t"))
