"""Iceberg tables as pyiceberg writes them, read back by Spark. usage: make_fixtures_pyiceberg.py [NAME...]"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, TimestampType
from pyspark.sql import SparkSession

from scratch import SCRATCH, Fixture, each, fresh
from spark import iceberg_writer, session

WAREHOUSE = SCRATCH / "pyiceberg"

CITIES = Schema(
    NestedField(1, "id", IntegerType(), required=True),
    NestedField(2, "city", StringType()),
    NestedField(3, "at", TimestampType()),
)


class Making:
    def __init__(self, spark: SparkSession, catalog: SqlCatalog, name: str) -> None:
        self.spark = spark
        self.catalog = catalog
        self.fixture = Fixture("iceberg", name, (), f"pyiceberg {version('pyiceberg')}", iceberg_writer())

    def create(self, spec: PartitionSpec = UNPARTITIONED_PARTITION_SPEC, schema: Schema = CITIES) -> Table:
        kept = {"write.metadata.previous-versions-max": "1", "write.metadata.delete-after-commit.enabled": "true"}
        name = f"db.{self.fixture.name}"
        return self.catalog.create_table(name, schema=schema, partition_spec=spec, properties=kept)

    def save(self, table: Table, *features: str) -> None:
        self.fixture.features = features
        self.fixture.expect(self.spark.read.format("iceberg").load(table.metadata_location).toArrow())
        self.fixture.save(folder(table))


def folder(table: Table) -> Path:
    return Path(table.location().removeprefix("file://"))


def cities(table: Table, *rows: tuple[object, ...]) -> pa.Table:
    schema = table.schema().as_arrow()
    return pa.table([pa.array(column, field.type) for column, field in zip(zip(*rows), schema)], schema=schema)


def without_ids(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.remove_metadata() for field in schema])


def hour(day: int, at: int) -> dt.datetime:
    return dt.datetime(2024, 2, day, at)


def pyiceberg_plain(making: Making) -> None:
    table = making.create()
    table.append(cities(table, (1, "Bonn", hour(1, 1)), (2, None, None)))
    table.append(cities(table, (3, "Oslo", hour(2, 2)), (4, "Rome", hour(3, 3))))
    table.delete("id = 3")
    with table.update_schema() as update:
        update.rename_column("city", "town")
        update.update_column("id", LongType())
        update.add_column("n", IntegerType())
        update.move_first("n")
    table.append(cities(table, (7, 5_000_000_000, "Nice", None)))
    making.save(table, "written by pyiceberg")


def pyiceberg_partitioned(making: Making) -> None:
    spec = PartitionSpec(
        PartitionField(2, 1000, IdentityTransform(), "city"),
        PartitionField(1, 1001, BucketTransform(4), "id_bucket"),
        PartitionField(3, 1002, DayTransform(), "at_day"),
    )
    table = making.create(spec)
    table.append(cities(table, (1, "Bonn", hour(1, 1)), (2, None, None), (3, "a/b=c d%é", hour(28, 23))))
    table.append(cities(table, (4, "Bonn", hour(1, 2)), (5, "", hour(2, 1))))
    table.delete("city = 'Bonn' and id = 1")
    making.save(table, "written by pyiceberg: partitions")


def position_fallback(making: Making) -> None:
    """Files without field ids in a table without a name mapping: columns are found by position."""
    table = making.create()
    path = folder(table) / "data" / "foreign.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = cities(table, (1, "a", hour(1, 1)), (2, None, None))
    pq.write_table(rows.replace_schema_metadata(None).cast(without_ids(rows.schema)), path)
    table.add_files([f"file://{path}"])
    with table.transaction() as change:
        change.remove_properties("schema.name-mapping.default")
    with table.update_schema() as update:
        update.rename_column("city", "town")
    making.save(table, "files without field ids and name mapping")


def many_snapshots(making: Making) -> None:
    table = making.create()
    for number in range(1, 13):
        table.append(cities(table, (number, f"c{number}", hour(number, 0))))
    for snapshot in (table.snapshots()[0], table.snapshots()[5]):
        at = dt.datetime.fromtimestamp(snapshot.timestamp_ms / 1000, dt.UTC).isoformat(timespec="milliseconds")
        number = str(snapshot.sequence_number)
        rows = making.spark.read.format("iceberg").option("snapshot-id", snapshot.snapshot_id)
        making.fixture.expect_version(f"n{number}", snapshot.snapshot_id, rows.load(table.metadata_location).toArrow(), at)
    making.save(table, "many manifests")


MAKERS: dict[str, Callable[[Making], None]] = {
    make.__name__: make for make in (pyiceberg_plain, pyiceberg_partitioned, position_fallback, many_snapshots)
}


def main(names: list[str]) -> None:
    fresh(WAREHOUSE)
    catalog = SqlCatalog("scratch", uri=f"sqlite:///{WAREHOUSE}/catalog.db", warehouse=f"file://{WAREHOUSE}")
    catalog.create_namespace("db")
    spark = session()
    each(names, MAKERS, lambda name: MAKERS[name](Making(spark, catalog, name)))


if __name__ == "__main__":
    main(sys.argv[1:])
