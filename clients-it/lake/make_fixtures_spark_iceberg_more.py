"""More tables of `make_fixtures_spark_iceberg.py`: names, layouts, files of other formats, files from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scratch import fresh

if TYPE_CHECKING:
    from make_fixtures_spark_iceberg import Making

MAKERS: dict[str, Callable[["Making"], None]] = {}


def maker(make: Callable[["Making"], None]) -> Callable[["Making"], None]:
    MAKERS[make.__name__] = make
    return make


@maker
def spark_types(t: "Making") -> None:
    t.create(
        "id INT, flag BOOLEAN, n INT, big BIGINT, f FLOAT, x DOUBLE, d DATE, at TIMESTAMP, local TIMESTAMP_NTZ, "
        "d9 DECIMAL(9,2), d18 DECIMAL(18,4), d38 DECIMAL(38,10), text STRING, raw BINARY, l ARRAY<INT>, "
        "ll ARRAY<ARRAY<STRING>>, m MAP<STRING, DOUBLE>, s STRUCT<a: INT, b: STRUCT<c: STRING, d: ARRAY<DATE>>>, "
        "ms MAP<INT, STRUCT<a: DECIMAL(9,2)>>"
    )
    t.insert(
        "(1, true, -2147483648, -9223372036854775808, -0.0F, 1e308D, DATE'0001-01-01', TIMESTAMP'1900-01-01 00:00:00.000001', "
        "TIMESTAMP_NTZ'9999-12-31 23:59:59.999999', -9999999.99, 12345678901234.5678, 1234567890123456789012345678.0123456789, "
        "'ünï \U0001f600', X'00ff', array(1, NULL, 3), array(array('a'), array(), NULL), map('k', 1.5D, 'n', NULL), "
        "named_struct('a', 1, 'b', named_struct('c', 'x', 'd', array(DATE'2024-02-29'))), map(1, named_struct('a', 1.25)))",
        "(2, false, 2147483647, 9223372036854775807, CAST('NaN' AS FLOAT), CAST('NaN' AS DOUBLE), DATE'9999-12-31', TIMESTAMP'2024-02-29 12:00:00', "
        "TIMESTAMP_NTZ'1970-01-01 00:00:00', 0.01, -0.0001, -0.0000000001, '', X'', array(), array(), map(), "
        "named_struct('a', NULL, 'b', NULL), map())",
        "(3" + ", NULL" * 18 + ")",
        "(4, true, 0, 0, CAST('-Infinity' AS FLOAT), CAST('Infinity' AS DOUBLE), DATE'1970-01-01', TIMESTAMP'1970-01-01 00:00:00', "
        "TIMESTAMP_NTZ'1582-10-04 00:00:00', 0, 0, 0, 'plain', X'01', NULL, NULL, NULL, named_struct('a', 4, 'b', named_struct('c', NULL, 'd', NULL)), NULL)",
    )
    t.save("primitive types", "lists, maps and structs", "NaN and infinity")


@maker
def names(t: "Making") -> None:
    columns = ["`a.b` INT", "`with space` STRING", "`ünïcode 日本` STRING", "UPPER INT", "upper INT", "`quo\"te` INT"]
    columns += ["`a` STRUCT<`c`: INT, `B c.d`: STRING>", "`100%` INT", "`x/y=z` STRING", "`select` INT"]
    t.create("id INT, " + ", ".join(columns), partitioned="`x/y=z`, `with space`")
    row = "({0}, {0}0, 's p{0}', 'u{0}', {0}, -{0}, {0}1, named_struct('c', {0}2, 'B c.d', 'n{0}'), {0}3, 'p=/{0}', {0}4)"
    t.insert(", ".join(row.format(i) for i in (1, 2, 3)), "(4" + ", NULL" * 10 + ")")
    t.save("names with dots, spaces, unicode, upper case")


@maker
def metadata_gz(t: "Making") -> None:
    t.create("id INT, city STRING", "'write.metadata.compression-codec'='gzip'")
    t.insert("(1,'Bonn')", "(2,'Oslo')")
    t.save("compressed metadata")


@maker
def hadoop_catalog(t: "Making") -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'Bonn')", "(2,'Oslo')")
    t.sql("DELETE FROM {t} WHERE id = 1")
    t.save("metadata with version-hint.text", keep=True)


@maker
def no_statistics(t: "Making") -> None:
    t.create("id INT, city STRING, fare DOUBLE", "'write.metadata.metrics.default'='none'", "city")
    t.insert("(1,'Bonn',1.5),(2,'Oslo',2.5)", "(3,'Bonn',NULL),(4,NULL,4.5)")
    t.save("files without statistics")


@maker
def counts_only(t: "Making") -> None:
    t.create("id INT, city STRING", "'write.metadata.metrics.default'='counts', 'write.metadata.metrics.column.id'='full'")
    t.insert("(1,'Bonn'),(2,NULL)", "(3,NULL)", "(4,'Rome')")
    t.save("files with counts only")


@maker
def truncated_bounds(t: "Making") -> None:
    """Bounds that are shorter than the values; the last one has no upper bound, since nothing is above it."""
    t.create("id INT, text STRING, raw BINARY", "'write.metadata.metrics.default'='truncate(4)'")
    t.insert(
        "(1,'aaaaaaaa1',X'0000000001'),(2,'aaaaaaaa2',X'0000000002')",
        "(3,'ünïcodeÿÿ',X'ffffffffff'),(4,'ünïcodezz',X'fffffffff0')",
        "(5,concat(repeat('\U0010ffff', 6), 'z'),NULL)",
    )
    t.save("truncated bounds")


@maker
def sorted_files(t: "Making") -> None:
    t.create("id INT, city STRING, n INT", "'write.parquet.bloom-filter-enabled.column.city'='true'")
    t.sql("ALTER TABLE {t} WRITE ORDERED BY city DESC NULLS LAST, n")
    for first in (1, 21, 41):
        t.sql(f"INSERT INTO {{t}} SELECT CAST(id AS INT), concat('city', id % 7), CAST(100 - id AS INT) FROM range({first}, {first + 20})")
    t.sql("CALL ice.system.compute_table_stats('db.sorted_files')", "CALL ice.system.rewrite_manifests('db.sorted_files')")
    t.save("sort order", "bloom filters", "statistics files", "rewritten manifests")


@maker
def codecs(t: "Making") -> None:
    t.create("id INT, text STRING")
    for number, codec in enumerate(("uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "brotli"), 1):
        if codec in ("brotli", "lz4_raw"):
            continue
        t.sql(f"ALTER TABLE {{t}} SET TBLPROPERTIES ('write.parquet.compression-codec'='{codec}')")
        t.insert(f"({number}, '{codec} {codec} {codec}')")
    t.save("codecs of data files")


@maker
def object_storage(t: "Making") -> None:
    t.create("id INT, city STRING", "'write.object-storage.enabled'='true'", "city")
    t.insert("(1,'Bonn'),(2,'Oslo'),(3,NULL)")
    t.save("object storage layout")


@maker
def copy_on_write(t: "Making") -> None:
    t.create("id INT, city STRING", partitioned="city")
    t.insert("(1,'a'),(2,'a'),(3,'b')", "(4,'b')")
    t.sql("UPDATE {t} SET city = 'c' WHERE id = 2", "DELETE FROM {t} WHERE id = 3")
    t.sql("INSERT OVERWRITE {t} VALUES (5,'b')")
    t.save("copy on write")


@maker
def write_audit_publish(t: "Making") -> None:
    """A staged snapshot that no branch has, which must not be seen."""
    t.create("id INT, city STRING", "'write.wap.enabled'='true'")
    t.insert("(1,'Bonn')")
    t.sql("SET spark.wap.id=staged", "INSERT INTO {t} VALUES (2,'Oslo')", "RESET spark.wap.id")
    t.save("staged snapshots", keep=True)


@maker
def orc_files(t: "Making") -> None:
    t.create("id INT, city STRING", "'write.format.default'='orc'")
    t.insert("(1,'Bonn')")
    t.save("ORC data files", refused={"code": "UNSUPPORTED", "names": "ORC"})


@maker
def avro_files(t: "Making") -> None:
    """Parquet first: the one Avro file spoils the newest version only."""
    t.create("id INT, city STRING")
    t.insert("(1,'Bonn')")
    t.expect_version("parquet")
    t.sql("ALTER TABLE {t} SET TBLPROPERTIES ('write.format.default'='avro')")
    t.insert("(2,'Oslo')")
    t.save("Avro data files", refused={"code": "UNSUPPORTED", "names": "AVRO"})


@maker
def variant(t: "Making") -> None:
    t.create("id INT, v VARIANT", version=3)
    t.sql("INSERT INTO {t} SELECT 1, parse_json('{\"a\": 1}')")
    t.fixture.features, t.fixture.refused = ("type variant",), {"code": "UNSUPPORTED", "names": "variant"}
    t.fixture.save(t.folder)


@maker
def migrated(t: "Making") -> None:
    """Files of a Hive-style folder, which have no field ids and lack the partition column."""
    t.create("id INT, city STRING, fare DOUBLE, p STRUCT<x: BIGINT, y: STRING>, l ARRAY<STRUCT<k: BIGINT>>, kind STRING", partitioned="kind")
    source = fresh(t.folder / "hive")
    t.spark.sql(
        "SELECT CAST(id AS INT) AS id, concat('c', id) AS city, id * 1.5D AS fare, named_struct('x', id, 'y', 'y') AS p, "
        "array(named_struct('k', id)) AS l, CASE WHEN id % 2 = 0 THEN 'even' WHEN id < 9 THEN 'odd ü/x' END AS kind FROM range(1, 11)"
    ).write.mode("overwrite").partitionBy("kind").parquet(str(source))
    t.sql(f"CALL ice.system.add_files(table => 'db.migrated', source_table => '`parquet`.`{source}`')")
    files = [row[0] for row in t.spark.sql(f"SELECT file_path FROM {t.table}.files").collect()]
    t.expect_version("added")
    t.sql(
        "ALTER TABLE {t} RENAME COLUMN city TO town",
        "ALTER TABLE {t} RENAME COLUMN p.y TO renamed",
        "ALTER TABLE {t} DROP COLUMN fare",
        "ALTER TABLE {t} ADD COLUMN fare DOUBLE",
        "ALTER TABLE {t} ADD COLUMN p.z INT",
    )
    t.sql("INSERT INTO {t} VALUES (20, 'town', named_struct('x', 1, 'renamed', 'r', 'z', 3), array(), 'even', 9.5)")
    assert all(str(source) in file for file in files), files
    t.save("name mapping", "partition columns that are not in the files")
