"""Delta tables as `deltalake` (delta-rs) writes them, read back by Spark. usage: make_fixtures_deltalake.py [NAME...]"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, Field, Schema, write_deltalake
from deltalake.schema import PrimitiveType
from pyspark.sql import SparkSession

from scratch import SCRATCH, Fixture, each, fresh
from spark import delta_writer, session

FOLDER = SCRATCH / "deltalake"


class Making:
    def __init__(self, spark: SparkSession, name: str) -> None:
        self.spark = spark
        self.folder: Path = fresh(FOLDER / name)
        self.fixture = Fixture("delta", name, (), f"deltalake {version('deltalake')}", delta_writer())

    def save(self, *features: str) -> None:
        self.fixture.features = features
        self.fixture.expect(self.spark.read.format("delta").load(str(self.folder)).toArrow())
        self.fixture.save(self.folder)


def cities(*rows: tuple[object, ...]) -> pa.Table:
    schema = pa.schema([("id", pa.int32()), ("city", pa.string()), ("day", pa.date32()), ("price", pa.decimal128(9, 2))])
    return pa.table([pa.array(column, field.type) for column, field in zip(zip(*rows), schema)], schema=schema)


DAY = dt.date(2024, 2, 29)


def deltalake_plain(making: Making) -> None:
    write_deltalake(making.folder, cities((1, "Bonn", DAY, Decimal("1.50")), (2, None, None, None)))
    write_deltalake(making.folder, cities((3, "Oslo", DAY, Decimal("-0.01"))), mode="append")
    table = DeltaTable(making.folder)
    table.delete("id = 1")
    table.update(updates={"city": "'moved'"}, predicate="id = 3")
    source = cities((3, "merged", DAY, Decimal("3")), (4, "new", DAY, Decimal("4")))
    merge = table.merge(source, "s.id = t.id", source_alias="s", target_alias="t")
    merge.when_matched_update_all().when_not_matched_insert_all().execute()
    extra = source.append_column("extra", pa.array([1, 2], pa.int64()))
    write_deltalake(making.folder, extra, mode="append", schema_mode="merge")
    making.save("written by deltalake")


def deltalake_partitioned(making: Making) -> None:
    rows = cities((1, "a/b=c d%é", DAY, Decimal("1.50")), (2, None, None, None), (3, "x:y+z", DAY, Decimal("1.5")))
    write_deltalake(making.folder, rows, partition_by=["city", "day"])
    write_deltalake(making.folder, cities((4, "Bonn", DAY, Decimal("4"))), mode="append", partition_by=["city", "day"])
    making.save("written by deltalake: partitions")


def deltalake_checkpoint(making: Making) -> None:
    for number in range(1, 6):
        write_deltalake(making.folder, cities((number, f"c{number}", DAY, Decimal(number))), mode="append")
    DeltaTable(making.folder).create_checkpoint()
    DeltaTable(making.folder).optimize.compact()
    write_deltalake(making.folder, cities((6, "c6", DAY, Decimal(6))), mode="append")
    making.save("written by deltalake: checkpoint")


def deltalake_empty(making: Making) -> None:
    schema = Schema([Field("id", PrimitiveType("integer")), Field("city", PrimitiveType("string"))])
    DeltaTable.create(making.folder, schema)
    making.save("table without files")


MAKERS: dict[str, Callable[[Making], None]] = {
    make.__name__: make for make in (deltalake_plain, deltalake_partitioned, deltalake_checkpoint, deltalake_empty)
}


def main(names: list[str]) -> None:
    spark = session()
    each(names, MAKERS, lambda name: MAKERS[name](Making(spark, name)))


if __name__ == "__main__":
    main(sys.argv[1:])
