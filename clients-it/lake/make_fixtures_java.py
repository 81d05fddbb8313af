"""Iceberg tables that the Java program in `writer/` writes, read back by Spark, or by pyiceberg where Spark lacks a type.

usage: make_fixtures_java.py [NAME...]
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from pyiceberg.table import StaticTable
from pyspark.sql import SparkSession

import told
from scratch import HERE, SCRATCH, Fixture, each, fresh, maven
from spark import iceberg_writer, session

WAREHOUSE = SCRATCH / "iceberg-java"
POM = HERE / "writer" / "pom.xml"

BY_SPARK = {
    "equality_deletes": ("equality deletes", "equality deletes with NULL keys", "equality deletes on several columns"),
    "equality_deletes_partitioned": ("equality deletes in partitions", "equality deletes for all partitions"),
    "equality_deletes_v3": ("equality deletes and deletion vectors",),
    "equality_deletes_types": ("equality deletes on every type",),
    "equality_deletes_nested": ("equality deletes on nested fields",),
    "defaults": ("default values",),
    "defaults_nested": ("default values of nested fields",),
    "v1_dropped_partition": ("partitions: void",),
}
BY_PYICEBERG = {
    "types": ("types uuid, fixed and time",),
    "types_nanoseconds": ("types timestamp_ns and timestamptz_ns",),
    "type_unknown": ("type unknown",),
}
# No reader at hand reads these: the rows follow from what the program was told to write.
BY_HAND = {
    "equality_deletes_evolved": (told.equality_deletes_evolved, "equality deletes on widened and dropped columns"),
    "partition_odd_types": (told.partition_odd_types, "partitions on uuid, fixed, time, binary and timestamp_ns"),
    "defaults_odd_types": (told.defaults_odd_types, "default values of decimal, uuid, fixed, time and timestamp_ns"),
}
# Tables that Spark reads and Bowyer refuses.
NOT_YET = {"equality_deletes_nested": {"code": "UNSUPPORTED", "names": "place.city"}}
REFUSED = {"type_geometry": ("type geometry", {"code": "UNSUPPORTED", "names": "geometry"})}


def main(names: list[str]) -> None:
    written = write()
    spark = session()
    about = BY_SPARK | BY_PYICEBERG | BY_HAND | REFUSED
    assert written.keys() == about.keys(), written.keys() ^ about.keys()
    each(names, about, lambda name: make(spark, name, written[name]))


def write() -> dict[str, Path]:
    """Runs the program; the newest metadata file of each table."""
    fresh(WAREHOUSE)
    listed = SCRATCH / "writer.classpath"
    maven(POM, "compile", "dependency:build-classpath", f"-Dmdep.outputFile={listed}")
    path = os.pathsep.join((str(POM.parent / "target" / "classes"), listed.read_text(encoding="utf-8")))
    command = ["java", "-Duser.timezone=UTC", "-cp", path, "dev.bowyer.fixtures.Main", str(WAREHOUSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    lines = (line.split("\t") for line in done.stdout.splitlines())
    return {name: Path(metadata.removeprefix("file:")) for name, metadata in lines}


def make(spark: SparkSession, name: str, metadata: Path) -> None:
    fixture = Fixture("iceberg", name, (), f"iceberg-java {writer_version()}")
    if name in REFUSED:
        fixture.features, fixture.refused = (REFUSED[name][0],), REFUSED[name][1]
    elif name in BY_SPARK:
        fixture.features, fixture.reader = BY_SPARK[name], iceberg_writer()
        fixture.expect(spark.read.format("iceberg").load(f"file:{metadata}").toArrow())
        fixture.refused = NOT_YET.get(name)
    elif name in BY_HAND:
        rows, feature = BY_HAND[name]
        fixture.features, fixture.reader = (feature,), "none; rows as they were given to the writer"
        fixture.expect(rows())
    else:
        fixture.features, fixture.reader = BY_PYICEBERG[name], f"pyiceberg {version('pyiceberg')}"
        fixture.expect(plain(StaticTable.from_metadata(f"file://{metadata}").scan().to_arrow()))
    fixture.save(metadata.parent.parent)


def plain(table: pa.Table) -> pa.Table:
    """Without large types and extension types, which other Parquet readers do not have."""
    columns = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        storage = [chunk.storage if isinstance(chunk.type, pa.BaseExtensionType) else chunk for chunk in column.chunks]
        columns[field.name] = pa.chunked_array(storage) if storage else column
    return pa.table(columns)


def writer_version() -> str:
    text = POM.read_text(encoding="utf-8")
    return text.split("<iceberg.version>")[1].split("<")[0]


if __name__ == "__main__":
    main(sys.argv[1:])
