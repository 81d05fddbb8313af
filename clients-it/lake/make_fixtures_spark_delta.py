"""Delta tables as Spark writes them, read back by Spark. usage: make_fixtures_spark_delta.py [NAME...]"""

from __future__ import annotations

import sys
from collections.abc import Callable

from pyspark.sql import SparkSession

from delta_edits import add_reader_feature, inline_deletion_vectors
from scratch import Fixture, each, fresh
from spark import DELTA, delta_writer, rows, session

MAKERS: dict[str, Callable[[Making], None]] = {}
CHECKSUMS = ("plain", "partitioned", "column_mapping_name", "in_commit_timestamps")
VECTORS = "'delta.enableDeletionVectors'='true'"


class Making:
    """A table on its way to become a fixture; `{t}` stands for its name in SQL."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self.spark = spark
        self.folder = fresh(DELTA / name)
        self.table = f"delta.`{self.folder}`"
        self.fixture = Fixture("delta", name, (), delta_writer(), delta_writer())

    def sql(self, *statements: str) -> None:
        for statement in statements:
            self.spark.sql(statement.replace("{t}", self.table)).collect()

    def create(self, columns: str, properties: str = "", partitioned: str = "", clustered: str = "") -> None:
        by = f"PARTITIONED BY ({partitioned})" if partitioned else ""
        by += f"CLUSTER BY ({clustered})" if clustered else ""
        self.folder.rmdir()
        # Checksums of versions take room; readers must do with and without.
        self.spark.conf.set("spark.databricks.delta.writeChecksumFile.enabled", str(self.fixture.name in CHECKSUMS).lower())
        with_properties = f"TBLPROPERTIES ({properties})" if properties else ""
        self.sql(f"CREATE TABLE {{t}} ({columns}) USING delta {by} {with_properties}")

    def insert(self, *batches: str) -> None:
        for batch in batches:
            self.sql(f"INSERT INTO {{t}} VALUES {batch}")

    def version(self) -> int:
        return int(self.spark.sql(f"DESCRIBE HISTORY {self.table} LIMIT 1").collect()[0]["version"])

    def expect_version(self, name: str, version: int | None = None) -> None:
        """By number, the newest one's by default."""
        number = self.version() if version is None else version
        history = self.spark.sql(f"DESCRIBE HISTORY {self.table}").toArrow()
        (at,) = [row["timestamp"] for row in history.to_pylist() if row["version"] == number]
        found = rows(self.spark, f"SELECT * FROM {self.table} VERSION AS OF {number}")
        self.fixture.expect_version(name, number, found, at.isoformat(timespec="milliseconds"))

    def save(self, *features: str, notes: str = "") -> None:
        self.fixture.features, self.fixture.notes = features, notes
        self.fixture.expect(rows(self.spark, f"SELECT * FROM {self.table}"))
        self.fixture.save(self.folder)

    def save_unread(self, *features: str, refused: dict[str, str], notes: str = "") -> None:
        self.fixture.features, self.fixture.notes, self.fixture.refused = features, notes, refused
        self.fixture.save(self.folder)


def maker(make: Callable[[Making], None]) -> Callable[[Making], None]:
    MAKERS[make.__name__] = make
    return make


def numbered(first: int, last: int, *expressions: str) -> str:
    return f"INSERT INTO {{t}} SELECT CAST(id AS INT) AS id, {', '.join(expressions)} FROM range({first}, {last + 1})"


@maker
def plain(t: Making) -> None:
    t.create("id INT, city STRING, fare DOUBLE")
    t.insert("(1,'Bonn',1.5),(2,'Oslo',NULL)", "(3,NULL,2.5)")
    t.expect_version("appended")
    t.sql("UPDATE {t} SET city = 'Rome' WHERE id = 1", "DELETE FROM {t} WHERE id = 2")
    t.expect_version("deleted")
    t.sql("INSERT OVERWRITE {t} VALUES (4,'Riga',4.5)")
    t.expect_version("overwritten")
    t.insert("(5,'Nice',NULL)")
    t.save("plain tables", "time travel by version")


@maker
def in_commit_timestamps(t: Making) -> None:
    t.create("id INT, city STRING", "'delta.enableInCommitTimestamps'='true'")
    for number in (1, 2, 3):
        t.insert(f"({number},'c{number}')")
        t.expect_version(f"v{number}")
    t.save("time travel by timestamp", "in-commit timestamps")


@maker
def restored(t: Making) -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'Bonn')", "(2,'Oslo')")
    t.sql("DELETE FROM {t} WHERE id = 1")
    t.expect_version("deleted")
    t.sql("RESTORE TABLE {t} TO VERSION AS OF 2")
    t.save("restored tables")


@maker
def empty(t: Making) -> None:
    t.create("id INT, city STRING, tags ARRAY<STRING>", partitioned="city")
    t.save("table without rows")


@maker
def types(t: Making) -> None:
    t.create(
        "id INT, flag BOOLEAN, i8 TINYINT, i16 SMALLINT, big BIGINT, f FLOAT, x DOUBLE, d DATE, at TIMESTAMP, "
        "d9 DECIMAL(9,2), d18 DECIMAL(18,4), d38 DECIMAL(38,10), text STRING, raw BINARY, l ARRAY<INT>, "
        "ll ARRAY<ARRAY<STRING>>, m MAP<STRING, DOUBLE>, s STRUCT<a: INT, b: STRUCT<c: STRING, d: ARRAY<DATE>>>"
    )
    t.insert(
        "(1, true, -128, -32768, -9223372036854775808, -0.0F, 1e308D, DATE'0001-01-01', TIMESTAMP'1900-01-01 00:00:00.000001', "
        "-9999999.99, 12345678901234.5678, 1234567890123456789012345678.0123456789, 'ünï \U0001f600', X'00ff', "
        "array(1, NULL, 3), array(array('a'), array(), NULL), map('k', 1.5D, 'n', NULL), "
        "named_struct('a', 1, 'b', named_struct('c', 'x', 'd', array(DATE'2024-02-29'))))",
        "(2, false, 127, 32767, 9223372036854775807, CAST('NaN' AS FLOAT), CAST('NaN' AS DOUBLE), DATE'9999-12-31', TIMESTAMP'2024-02-29 12:00:00', "
        "0.01, -0.0001, -0.0000000001, '', X'', array(), array(), map(), named_struct('a', NULL, 'b', NULL))",
        "(3" + ", NULL" * 17 + ")",
        "(4, true, 0, 0, 0, CAST('-Infinity' AS FLOAT), CAST('Infinity' AS DOUBLE), DATE'1970-01-01', TIMESTAMP'1970-01-01 00:00:00', "
        "0, 0, 0, 'plain', X'01', NULL, NULL, NULL, named_struct('a', 4, 'b', named_struct('c', NULL, 'd', NULL)))",
    )
    t.save("primitive types", "lists, maps and structs", "NaN and infinity")


@maker
def timestamp_ntz(t: Making) -> None:
    t.create("id INT, local TIMESTAMP_NTZ, day TIMESTAMP_NTZ", partitioned="day")
    t.insert("(1, TIMESTAMP_NTZ'2024-02-29 12:34:56.789123', TIMESTAMP_NTZ'2024-01-01 00:00:00')")
    t.insert("(2, TIMESTAMP_NTZ'0001-01-01 00:00:00', NULL), (3, NULL, TIMESTAMP_NTZ'2024-01-01 10:11:12.131415')")
    t.save("timestampNtz")


@maker
def partitioned(t: Making) -> None:
    t.create(
        "id INT, flag BOOLEAN, i8 TINYINT, i16 SMALLINT, n INT, big BIGINT, f FLOAT, x DOUBLE, d DATE, at TIMESTAMP, "
        "price DECIMAL(20,3), text STRING, raw BINARY",
        partitioned="flag, i8, i16, n, big, f, x, d, at, price, text, raw",
    )
    t.insert(
        "(1,true,-1,300,-7,5000000000,1.5F,-2.5D,DATE'1969-12-31',TIMESTAMP'1969-12-31 23:59:59.999999',12345678901234567.891,'a/b=c d%é?#',X'0141')",
        "(2,false,0,0,0,-1,CAST('NaN' AS FLOAT),CAST('Infinity' AS DOUBLE),DATE'2024-02-29',TIMESTAMP'2024-02-29 00:00:00',-0.001,'x:y+z\"',X'42')",
        "(3" + ", NULL" * 12 + ")",
        "(4,true,-1,300,-7,5000000000,1.5F,-2.5D,DATE'1969-12-31',TIMESTAMP'2024-02-29 12:34:56.789',12345678901234567.891,'null',X'0141'),"
        "(5,true,-1,300,-7,5000000000,1.5F,-2.5D,DATE'1969-12-31',TIMESTAMP'2024-02-29 12:34:56.789',12345678901234567.891,'a&b~c',X'0141')",
    )
    t.save("partitions of every type", "partitions: NULL values", "partitions: escaped characters")


@maker
def deletion_vectors(t: Making) -> None:
    t.create("id INT, city STRING, fare DOUBLE", VECTORS)
    t.sql(numbered(1, 20, "concat('c', id % 4)", "id / 2D"), numbered(21, 40, "concat('c', id % 4)", "id / 2D"))
    t.expect_version("whole")
    t.sql("DELETE FROM {t} WHERE id IN (1, 5, 20, 21, 33)")
    t.expect_version("deleted")
    t.sql("DELETE FROM {t} WHERE id IN (2, 22)", "UPDATE {t} SET city = 'moved' WHERE id IN (7, 27)")
    t.save("deletion vectors", "deletion vectors: several in one file")


@maker
def deletion_vectors_long(t: Making) -> None:
    """Several row groups and pages in a file, deleted rows alone, in runs, and whole row groups."""
    t.create("id INT, n BIGINT, bucket STRING", VECTORS)
    hadoop = t.spark.sparkContext._jsc.hadoopConfiguration()
    hadoop.set("parquet.block.size", "8192")
    hadoop.set("parquet.page.row.count.limit", "128")
    t.sql(numbered(1, 6000, "id * id % 10007", "concat('b', id DIV 500)"))
    hadoop.unset("parquet.block.size")
    hadoop.unset("parquet.page.row.count.limit")
    t.sql("DELETE FROM {t} WHERE id % 97 = 0 OR id BETWEEN 1000 AND 2999 OR id > 5990")
    t.save("deletion vectors over row groups and pages")


@maker
def deletion_vectors_partitioned(t: Making) -> None:
    t.create("id INT, city STRING", VECTORS, "city")
    t.sql(numbered(1, 30, "CASE WHEN id % 3 > 0 THEN concat('c d/', id % 3) END"))
    t.sql("DELETE FROM {t} WHERE id IN (3, 4, 5, 30)")
    t.sql(
        "MERGE INTO {t} AS t USING (SELECT 6 AS id UNION SELECT 100) AS s ON s.id = t.id "
        "WHEN MATCHED THEN UPDATE SET city = 'c2' WHEN NOT MATCHED THEN INSERT (id, city) VALUES (s.id, 'new')"
    )
    t.save("deletion vectors in partitions", "MERGE INTO")


@maker
def deletion_vectors_inline(t: Making) -> None:
    t.create("id INT, city STRING", VECTORS)
    t.sql(numbered(1, 20, "concat('c', id % 4)"))
    t.sql("DELETE FROM {t} WHERE id IN (1, 2, 3, 7)")
    inline_deletion_vectors(t.folder)
    t.save("deletion vectors in the log", notes="Spark wrote vectors to files; the script moved them into the log.")


@maker
def column_mapping_name(t: Making) -> None:
    t.create(
        "id INT, n INT, s STRING, gone STRING, kind STRING, p STRUCT<x: INT, inner: STRUCT<a: INT, b: STRING>>, "
        "l ARRAY<STRUCT<k: INT, v: STRING>>, m MAP<STRING, STRUCT<k: INT>>",
        "'delta.columnMapping.mode'='name'",
        partitioned="kind",
    )
    t.insert(
        "(1, 10, 's1', 'gone1', 'a', named_struct('x', 1, 'inner', named_struct('a', 1, 'b', 'b1')), "
        "array(named_struct('k', 1, 'v', 'v1')), map('key', named_struct('k', 1))),"
        "(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    t.expect_version("before")
    t.sql(
        "ALTER TABLE {t} RENAME COLUMN s TO text",
        "ALTER TABLE {t} DROP COLUMN gone",
        "ALTER TABLE {t} ADD COLUMN gone STRING",
        "ALTER TABLE {t} ADD COLUMN s INT AFTER id",
        "ALTER TABLE {t} RENAME COLUMN p.inner.b TO renamed",
        "ALTER TABLE {t} DROP COLUMN p.inner.a",
        "ALTER TABLE {t} ADD COLUMN p.inner.a STRING",
        "ALTER TABLE {t} RENAME COLUMN l.element.v TO w",
        "ALTER TABLE {t} RENAME COLUMN m.value.k TO j",
        "ALTER TABLE {t} RENAME COLUMN kind TO sort",
    )
    t.sql(
        "INSERT INTO {t} (id, s, n, text, gone, sort, p, l, m) SELECT 3, 7, 30, 'text3', 'back', 'b', "
        "named_struct('x', 3, 'inner', named_struct('renamed', 'r', 'a', 'new')), array(named_struct('k', 3, 'w', 'w3')), "
        "map('key', named_struct('j', 3))"
    )
    t.save("column mapping by name", "renamed columns", "dropped columns", "dropped and added again", "added columns")


@maker
def column_mapping_id(t: Making) -> None:
    t.create("id INT, s STRING, gone INT, p STRUCT<x: INT, y: STRING>", "'delta.columnMapping.mode'='id'")
    t.insert("(1, 's1', 1, named_struct('x', 1, 'y', 'y1')), (2, NULL, NULL, NULL)")
    t.sql(
        "ALTER TABLE {t} RENAME COLUMN s TO text",
        "ALTER TABLE {t} DROP COLUMN gone",
        "ALTER TABLE {t} ADD COLUMN gone STRING",
        "ALTER TABLE {t} RENAME COLUMN p.y TO z",
    )
    t.sql("INSERT INTO {t} VALUES (3, 'text3', named_struct('x', 3, 'z', 'z3'), 'back')")
    t.save("column mapping by id")


@maker
def column_mapping_upgraded(t: Making) -> None:
    t.create("id INT, s STRING, n INT")
    t.insert("(1, 's1', 1)")
    t.sql("ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.mode'='name')", "ALTER TABLE {t} RENAME COLUMN s TO `a b,c`")
    t.sql("ALTER TABLE {t} RENAME COLUMN n TO s")
    t.insert("(2, 's2', 2)")
    t.save("column mapping turned on later")


@maker
def names(t: Making) -> None:
    columns = ["`a.b` INT", "`with space` STRING", "`ünïcode 日本` STRING", "UPPER INT", "`quo\"te` INT"]
    columns += ["`a` STRUCT<`b`: INT, `B c.d`: STRING>", "`100%` INT", "`x/y=z` STRING", "`select` INT"]
    t.create("id INT, " + ", ".join(columns), "'delta.columnMapping.mode'='name'", "`x/y=z`, `with space`")
    row = "({0}, {0}0, 's p{0}', 'u{0}', {0}, {0}1, named_struct('b', {0}2, 'B c.d', 'n{0}'), {0}3, 'p=/{0}', {0}4)"
    t.insert(", ".join(row.format(i) for i in (1, 2, 3)), "(4" + ", NULL" * 9 + ")")
    t.save("names with dots, spaces, unicode, upper case")


@maker
def unknown_feature(t: Making) -> None:
    t.create("id INT", VECTORS)
    t.insert("(1)")
    add_reader_feature(t.folder, "fromTheFuture")
    refused = {"code": "UNSUPPORTED", "names": "fromTheFuture"}
    t.save_unread("unknown reader features", refused=refused, notes="The script added the feature to the protocol.")


def main(names: list[str]) -> None:
    import make_fixtures_spark_delta_more as more

    makers = MAKERS | more.MAKERS
    spark = session()
    each(names, makers, lambda name: makers[name](Making(spark, name)))


if __name__ == "__main__":
    main(sys.argv[1:])
