"""Iceberg tables as Spark writes them, read back by Spark: usage: make_fixtures_spark_iceberg.py [NAME...]"""

from __future__ import annotations

import sys
from collections.abc import Callable

from pyspark.sql import SparkSession

from scratch import SCRATCH, Fixture, each, fresh
from spark import WAREHOUSE, iceberg_writer, rows, session

MAKERS: dict[str, Callable[[Making], None]] = {}
MERGE_ON_READ = "'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', 'write.merge.mode'='merge-on-read'"


class Making:
    """A table on its way to become a fixture; `{t}` stands for its name in SQL."""

    def __init__(self, spark: SparkSession, name: str, catalog: str = "ice") -> None:
        self.spark = spark
        self.table = f"{catalog}.db.{name}"
        self.folder = WAREHOUSE / "db" / name
        self.fixture = Fixture("iceberg", name, (), iceberg_writer(), iceberg_writer())

    def sql(self, *statements: str) -> None:
        for statement in statements:
            self.spark.sql(statement.replace("{t}", self.table)).collect()

    def create(self, columns: str, properties: str = "", partitioned: str = "", version: int = 2) -> None:
        kept = "'write.metadata.previous-versions-max'='1'"
        if "delete-after-commit" not in properties:
            kept += ", 'write.metadata.delete-after-commit.enabled'='true'"
        by = f"PARTITIONED BY ({partitioned})" if partitioned else ""
        more = f", {properties}" if properties else ""
        self.sql(
            f"CREATE TABLE {{t}} ({columns}) USING iceberg {by} TBLPROPERTIES ('format-version'='{version}', {kept}{more})"
        )

    def insert(self, *batches: str) -> None:
        for batch in batches:
            self.sql(f"INSERT INTO {{t}} VALUES {batch}")

    def snapshot(self) -> str:
        """The newest snapshot's id."""
        found = self.spark.sql(f"SELECT snapshot_id FROM {self.table}.refs WHERE name = 'main'").collect()
        return str(found[0][0])

    def expect_version(self, name: str, ref: str | None = None) -> None:
        """By snapshot id (the newest one's by default), branch or tag, as it is now."""
        wanted = ref or self.snapshot()
        quoted = wanted if wanted.isdigit() else f"'{wanted}'"
        at = None
        if wanted.isdigit():
            moments = f"SELECT committed_at FROM {self.table}.snapshots WHERE snapshot_id = {wanted}"
            at = self.spark.sql(moments).toArrow()["committed_at"][0].as_py().isoformat(timespec="milliseconds")
        found = rows(self.spark, f"SELECT * FROM {self.table} VERSION AS OF {quoted}")
        self.fixture.expect_version(name, wanted, found, at)

    def save(self, *features: str, refused: dict[str, str] | None = None, keep: bool = False) -> None:
        """Without older snapshots, which take room, if none is told of."""
        if not keep and not self.fixture.versions and self.spark.sql(f"SELECT * FROM {self.table}.snapshots").count() > 1:
            catalog, _, name = self.table.partition(".")
            older = "older_than => TIMESTAMP'2999-01-01 00:00:00', retain_last => 1"
            self.sql(f"CALL {catalog}.system.expire_snapshots(table => '{name}', {older})")
        self.fixture.features, self.fixture.refused = features, refused
        self.fixture.expect(rows(self.spark, f"SELECT * FROM {self.table}"))
        self.fixture.save(self.folder, keep_metadata=self.fixture.name in ("history", "hadoop_catalog"))


def maker(make: Callable[[Making], None]) -> Callable[[Making], None]:
    MAKERS[make.__name__] = make
    return make


def numbered(first: int, last: int, *expressions: str) -> str:
    """Rows of `id` and expressions over it, as a query."""
    return f"SELECT CAST(id AS INT) AS id, {', '.join(expressions)} FROM range({first}, {last + 1})"


@maker
def v1(t: Making) -> None:
    t.create("id INT, city STRING, fare DOUBLE", version=1)
    t.insert("(1,'Bonn',1.5),(2,'Oslo',NULL)", "(3,NULL,2.5)", "(4,'Rome',9.25)")
    t.sql("DELETE FROM {t} WHERE id = 1")
    t.save("format v1", keep=True)


@maker
def history(t: Making) -> None:
    t.create("id INT, city STRING", "'write.metadata.delete-after-commit.enabled'='false'")
    t.insert("(1,'Bonn'),(2,'Oslo')")
    t.expect_version("first")
    t.sql("ALTER TABLE {t} CREATE TAG start")
    t.insert("(3,'Rome')")
    t.expect_version("second")
    t.sql("ALTER TABLE {t} CREATE BRANCH audit", "INSERT INTO {t}.branch_audit VALUES (90,'Kiev')")
    t.sql("ALTER TABLE {t} RENAME COLUMN city TO town", "ALTER TABLE {t} ADD COLUMN fare DOUBLE")
    t.insert("(4,'Riga',4.5)")
    t.expect_version("third")
    t.sql("INSERT OVERWRITE {t} VALUES (5,'Nice',5.5)")
    t.expect_version("audit", "audit")
    t.expect_version("start", "start")
    t.save("format v2", "snapshots", "branches", "tags", "time travel across renamed columns")


@maker
def rollback(t: Making) -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'Bonn')", "(2,'Oslo')")
    kept = t.snapshot()
    t.insert("(3,'Rome')")
    t.expect_version("abandoned")
    t.sql(f"CALL ice.system.rollback_to_snapshot('db.rollback', {kept})")
    t.insert("(4,'Riga')")
    t.save("rolled back history")


@maker
def expired(t: Making) -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'Bonn')")
    gone = t.snapshot()
    t.sql("INSERT OVERWRITE {t} VALUES (2,'Oslo')", "INSERT INTO {t} VALUES (3,'Rome')")
    t.sql(f"CALL ice.system.expire_snapshots(table => 'db.expired', snapshot_ids => ARRAY({gone}))")
    t.fixture.versions.append({"name": "expired", "ref": gone, "refused": {"code": "SOURCE_NOT_FOUND", "names": gone}})
    t.save("expired snapshots")


@maker
def empty(t: Making) -> None:
    t.create("id INT, city STRING, tags ARRAY<STRING>", partitioned="city")
    t.save("table without a snapshot")


@maker
def emptied(t: Making) -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'Bonn')")
    t.sql("DELETE FROM {t} WHERE true")
    t.save("table without rows")


@maker
def position_deletes(t: Making) -> None:
    granularity = "'write.delete.granularity'='partition'"
    t.create("id INT, city STRING, fare DOUBLE", f"{MERGE_ON_READ}, {granularity}")
    t.sql(
        "INSERT INTO {t} " + numbered(1, 20, "concat('c', id % 4)", "id / 2D"),
        "INSERT INTO {t} " + numbered(21, 40, "concat('c', id % 4)", "id / 2D"),
    )
    t.expect_version("whole")
    t.sql("DELETE FROM {t} WHERE id IN (1, 5, 20, 21, 33)")
    t.expect_version("deleted")
    t.sql("INSERT INTO {t} VALUES (5, 'again', 0.5)", "DELETE FROM {t} WHERE id % 10 = 4")
    t.sql("UPDATE {t} SET city = 'moved' WHERE id IN (7, 27)", "DELETE FROM {t} WHERE id BETWEEN 30 AND 32")
    t.save("position deletes", "position deletes: one delete file for several data files")


@maker
def position_deletes_by_file(t: Making) -> None:
    t.create("id INT, city STRING", f"{MERGE_ON_READ}, 'write.delete.granularity'='file'", "city")
    t.sql("INSERT INTO {t} " + numbered(1, 30, "CASE WHEN id % 3 > 0 THEN concat('c', id % 3) END"))
    t.sql("DELETE FROM {t} WHERE id IN (3, 4, 5, 30)", "DELETE FROM {t} WHERE city = 'c1' AND id > 20")
    t.sql(
        "MERGE INTO {t} USING (SELECT 6 AS id UNION SELECT 100) AS s ON s.id = {t}.id "
        "WHEN MATCHED THEN UPDATE SET city = 'c2' WHEN NOT MATCHED THEN INSERT (id, city) VALUES (s.id, 'new')"
    )
    t.save("position deletes in partitions", "MERGE INTO")


@maker
def position_deletes_compacted(t: Making) -> None:
    """Delete files that are older than the data files, which they do not apply to."""
    t.create("id INT, city STRING", MERGE_ON_READ)
    t.insert("(1,'a'),(2,'b'),(3,'c'),(4,'d')", "(5,'e'),(6,'f')")
    t.sql("DELETE FROM {t} WHERE id IN (2, 5)")
    t.sql("CALL ice.system.rewrite_data_files(table => 'db.position_deletes_compacted', "
          "options => map('rewrite-all', 'true', 'use-starting-sequence-number', 'false'))")
    t.sql("DELETE FROM {t} WHERE id = 3")
    t.save("dangling deletes after compaction", keep=True)


@maker
def deletion_vectors(t: Making) -> None:
    t.create("id INT, city STRING, fare DOUBLE", MERGE_ON_READ, version=3)
    t.sql("INSERT INTO {t} " + numbered(1, 20, "concat('c', id % 4)", "id / 2D"))
    t.sql("INSERT INTO {t} " + numbered(21, 40, "concat('c', id % 4)", "id / 2D"))
    t.expect_version("whole")
    t.sql("DELETE FROM {t} WHERE id IN (1, 5, 20, 21, 33)")
    t.expect_version("deleted")
    t.sql("DELETE FROM {t} WHERE id IN (2, 22)", "UPDATE {t} SET city = 'moved' WHERE id IN (7, 27)")
    t.save("format v3", "deletion vectors")


@maker
def deletion_vectors_long(t: Making) -> None:
    """Several row groups and pages in a file, deleted rows alone, in runs, and whole row groups."""
    small = "'write.parquet.row-group-size-bytes'='8192', 'write.parquet.row-group-check-min-record-count'='100',"
    small += "'write.parquet.row-group-check-max-record-count'='100', 'write.parquet.page-row-limit'='128'"
    t.create("id INT, n BIGINT, bucket STRING", f"{MERGE_ON_READ}, {small}", version=3)
    t.sql("INSERT INTO {t} " + numbered(1, 6000, "id * id % 10007", "concat('b', id DIV 500)"))
    t.sql("DELETE FROM {t} WHERE id % 97 = 0 OR id BETWEEN 1000 AND 2999 OR id > 5990")
    t.save("deletion vectors over row groups and pages")


@maker
def upgraded_to_v3(t: Making) -> None:
    t.create("id INT, city STRING", MERGE_ON_READ)
    t.sql("INSERT INTO {t} " + numbered(1, 12, "concat('c', id % 4)"))
    t.sql("INSERT INTO {t} " + numbered(13, 24, "concat('c', id % 4)"))
    t.sql("DELETE FROM {t} WHERE id IN (2, 13, 14)", "ALTER TABLE {t} SET TBLPROPERTIES ('format-version'='3')")
    t.sql("DELETE FROM {t} WHERE id IN (3, 4)")
    t.insert("(25,'new')")
    t.save("upgrade from v2 to v3: position deletes and deletion vectors")


@maker
def upgraded_to_v2(t: Making) -> None:
    t.create("id INT, city STRING", partitioned="city", version=1)
    t.insert("(1,'a'),(2,'b'),(3,NULL)")
    t.sql(f"ALTER TABLE {{t}} SET TBLPROPERTIES ('format-version'='2', {MERGE_ON_READ})")
    t.insert("(4,'a'),(5,'b')")
    t.sql("DELETE FROM {t} WHERE id IN (1, 5)")
    t.save("upgrade from v1 to v2")


@maker
def schema_evolution(t: Making) -> None:
    point = "STRUCT<x: INT, y: FLOAT, inner: STRUCT<a: INT, b: STRING>>"
    t.create(
        f"id INT, n INT, f FLOAT, d DECIMAL(9,2), s STRING, gone STRING, p {point}, "
        "l ARRAY<STRUCT<k: INT, v: STRING>>, m MAP<STRING, STRUCT<k: INT, v: STRING>>"
    )
    values = "({0}, {0}0, {0}.25F, {0}.5, 's{0}', 'gone{0}', named_struct('x', {0}, 'y', 0.5F, 'inner', "
    values += "named_struct('a', {0}, 'b', 'b{0}')), array(named_struct('k', {0}, 'v', 'v{0}')), "
    values += "map('key', named_struct('k', {0}, 'v', 'm{0}')))"
    t.insert(", ".join(values.format(i) for i in (1, 2)))
    t.insert("(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    t.expect_version("before")
    t.sql(
        "ALTER TABLE {t} ALTER COLUMN n TYPE BIGINT",
        "ALTER TABLE {t} ALTER COLUMN f TYPE DOUBLE",
        "ALTER TABLE {t} ALTER COLUMN d TYPE DECIMAL(18,2)",
        "ALTER TABLE {t} RENAME COLUMN s TO text",
        "ALTER TABLE {t} DROP COLUMN gone",
        "ALTER TABLE {t} ADD COLUMN gone STRING",
        "ALTER TABLE {t} ADD COLUMN s INT AFTER id",
        "ALTER TABLE {t} ALTER COLUMN p.x TYPE BIGINT",
        "ALTER TABLE {t} RENAME COLUMN p.inner.b TO renamed",
        "ALTER TABLE {t} DROP COLUMN p.inner.a",
        "ALTER TABLE {t} ADD COLUMN p.inner.a STRING",
        "ALTER TABLE {t} ADD COLUMN p.z ARRAY<INT>",
        "ALTER TABLE {t} ALTER COLUMN p.y FIRST",
        "ALTER TABLE {t} ADD COLUMN l.element.extra DOUBLE",
        "ALTER TABLE {t} DROP COLUMN l.element.v",
        "ALTER TABLE {t} RENAME COLUMN m.value.v TO w",
        "ALTER TABLE {t} ALTER COLUMN m.value.k TYPE BIGINT",
        "ALTER TABLE {t} ALTER COLUMN d FIRST",
    )
    t.sql(
        "INSERT INTO {t} (id, n, f, d, s, text, gone, p, l, m) SELECT 4, 5000000000, 1e300, 1234567890123456.78, 7, "
        "'text4', 'back', named_struct('y', 1.5F, 'x', 5000000000, 'inner', named_struct('renamed', 'r', 'a', 'new'), "
        "'z', array(1, NULL)), array(named_struct('k', 4, 'extra', 4.5D)), map('key', named_struct('k', 5000000000, 'w', 'w4'))"
    )
    t.save(
        *("added columns", "dropped columns", "renamed columns", "reordered columns", "dropped and added again"),
        *("promotions", "evolution of nested fields"),
    )


@maker
def partition_transforms(t: Making) -> None:
    t.create(
        "id INT, name STRING, code BIGINT, d DATE, m DATE, at TIMESTAMP, local TIMESTAMP_NTZ, price DECIMAL(9,2), raw BINARY",
        partitioned="bucket(4, id), truncate(2, name), truncate(10, code), year(d), month(m), day(at), hour(local), "
        "bucket(3, name), truncate(50, price)",
    )
    t.insert(
        "(1,'Bonn',-1,DATE'1969-12-31',DATE'1969-12-31',TIMESTAMP'1969-12-31 23:59:59.999999',TIMESTAMP_NTZ'1969-12-31 23:00:00',-0.01,X'00ff')",
        "(2,'Oslo',0,DATE'1970-01-01',DATE'1970-01-31',TIMESTAMP'1970-01-01 00:00:00',TIMESTAMP_NTZ'1970-01-01 00:59:59',0.49,X'')",
        "(3,'Ödland',19,DATE'2024-02-29',DATE'2024-02-29',TIMESTAMP'2024-02-29 12:00:00',TIMESTAMP_NTZ'2024-02-29 12:34:56',123.45,NULL)",
        "(4,NULL,NULL,NULL,NULL,NULL,NULL,NULL,X'01')",
        "(5,'Bonn',-10,DATE'2024-03-01',DATE'2024-03-01',TIMESTAMP'2024-03-01 00:00:00',TIMESTAMP_NTZ'2024-03-01 00:00:00',99.99,X'01'),"
        "(6,'日本国',20,DATE'2024-12-31',DATE'2025-01-01',TIMESTAMP'2024-02-29 23:00:00',TIMESTAMP_NTZ'2024-02-29 13:00:00',100.00,X'02')",
    )
    t.save("partitions: bucket", "partitions: truncate", "partitions: year, month, day, hour", "partitions: NULL values")


@maker
def partition_identity(t: Making) -> None:
    t.create(
        "id INT, flag BOOLEAN, n INT, big BIGINT, d DATE, at TIMESTAMP, local TIMESTAMP_NTZ, price DECIMAL(20,3), "
        "text STRING, raw BINARY, f FLOAT, x DOUBLE",
        partitioned="flag, n, big, d, at, local, price, text, raw, f, x",
    )
    t.insert(
        "(1,true,-7,5000000000,DATE'1969-12-31',TIMESTAMP'1969-12-31 23:59:59.999999',TIMESTAMP_NTZ'2024-02-29 12:34:56.789',"
        "12345678901234567.891,'a/b=c d%é?#',X'00ff',1.5F,-2.5D)",
        "(2,false,0,-1,DATE'2024-02-29',TIMESTAMP'2024-02-29 00:00:00',TIMESTAMP_NTZ'1970-01-01 00:00:00',-0.001,'',X'',"
        "CAST('NaN' AS FLOAT),CAST('Infinity' AS DOUBLE))",
        "(3,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)",
        "(4,true,-7,5000000000,DATE'1969-12-31',TIMESTAMP'1969-12-31 23:59:59.999999',TIMESTAMP_NTZ'2024-02-29 12:34:56.789',"
        "12345678901234567.891,'null',X'00ff',1.5F,-2.5D)",
    )
    t.save("partitions: identity", "partitions: special characters in values")


@maker
def partition_evolution(t: Making) -> None:
    t.create("id INT, region STRING, at TIMESTAMP", MERGE_ON_READ)
    value = "({0}, 'r{1}', TIMESTAMP'2024-01-{0:02} 10:00:00')"
    t.insert(", ".join(value.format(i, i % 2) for i in range(1, 5)))
    t.sql("ALTER TABLE {t} ADD PARTITION FIELD region")
    t.insert(", ".join(value.format(i, i % 2) for i in range(5, 9)))
    t.sql("ALTER TABLE {t} ADD PARTITION FIELD bucket(4, id)", "ALTER TABLE {t} ADD PARTITION FIELD month(at)")
    t.insert(", ".join(value.format(i, i % 2) for i in range(9, 13)))
    t.sql("ALTER TABLE {t} DROP PARTITION FIELD region", "ALTER TABLE {t} REPLACE PARTITION FIELD at_month WITH day(at)")
    t.insert(", ".join(value.format(i, i % 2) for i in range(13, 17)))
    t.sql("DELETE FROM {t} WHERE id IN (1, 6, 11, 16)", "ALTER TABLE {t} RENAME COLUMN region TO area")
    t.insert("(17, NULL, NULL)")
    t.save("partition evolution", "hidden partitions")


def main(names: list[str]) -> None:
    import make_fixtures_spark_iceberg_more as more

    makers = MAKERS | more.MAKERS
    fresh(WAREHOUSE)
    (SCRATCH / "catalog.db").unlink(missing_ok=True)
    spark = session()
    spark.sql("CREATE NAMESPACE IF NOT EXISTS ice.db")
    catalogs = {"hadoop_catalog": "files"}
    each(names, makers, lambda name: makers[name](Making(spark, name, catalogs.get(name, "ice"))))


if __name__ == "__main__":
    main(sys.argv[1:])
