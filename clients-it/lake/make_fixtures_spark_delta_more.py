"""More tables of `make_fixtures_spark_delta.py`: checkpoints, table features, layouts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from delta_edits import forget_commits_before

if TYPE_CHECKING:
    from make_fixtures_spark_delta import Making

MAKERS: dict[str, Callable[["Making"], None]] = {}


def maker(make: Callable[["Making"], None]) -> Callable[["Making"], None]:
    MAKERS[make.__name__] = make
    return make


@contextmanager
def settings(t: "Making", **values: str) -> Iterator[None]:
    """Settings of Delta for a while; `partSize` is `spark.databricks.delta.checkpoint.partSize`."""
    names = {
        "part_size": "spark.databricks.delta.checkpoint.partSize",
        "top_level": "spark.databricks.delta.checkpointV2.topLevelFileFormat",
    }
    for key, value in values.items():
        t.spark.conf.set(names[key], value)
    try:
        yield
    finally:
        for key in values:
            t.spark.conf.unset(names[key])


def append(t: "Making", first: int, last: int) -> None:
    for number in range(first, last + 1):
        t.insert(f"({number}, 'c{number % 3}', {number}.5)")


@maker
def checkpoint_v1(t: "Making") -> None:
    t.create("id INT, city STRING, fare DOUBLE", "'delta.checkpointInterval'='4'", "city")
    append(t, 1, 6)
    t.sql("DELETE FROM {t} WHERE id = 2")
    forget_commits_before(t.folder, 4)
    t.expect_version("at_checkpoint", 4)
    t.save("V1 checkpoints", "cleaned logs", notes="The commits before the checkpoint are gone.")


@maker
def checkpoint_multipart(t: "Making") -> None:
    with settings(t, part_size="2"):
        t.create("id INT, city STRING, fare DOUBLE", "'delta.checkpointInterval'='4'")
        append(t, 1, 6)
    forget_commits_before(t.folder, 4)
    t.save("multi-part checkpoints")


@maker
def checkpoint_struct_stats(t: "Making") -> None:
    """Statistics and partition values as structs only."""
    struct = "'delta.checkpoint.writeStatsAsStruct'='true', 'delta.checkpoint.writeStatsAsJson'='false'"
    t.create("id INT, city STRING, fare DOUBLE", f"'delta.checkpointInterval'='3', {struct}", "city")
    append(t, 1, 5)
    forget_commits_before(t.folder, 3)
    t.save("checkpoints with statistics as structs")


@maker
def checkpoint_v2(t: "Making") -> None:
    vectors = "'delta.enableDeletionVectors'='true'"
    with settings(t, part_size="2", top_level="parquet"):
        t.create("id INT, city STRING, fare DOUBLE", f"'delta.checkpointInterval'='4', 'delta.checkpointPolicy'='v2', {vectors}")
        append(t, 1, 6)
        t.insert("(7,'x',7.5),(8,'y',8.5)")
        t.sql("DELETE FROM {t} WHERE id IN (3, 7)")
    forget_commits_before(t.folder, 8)
    t.save("V2 checkpoints: Parquet with sidecars")


@maker
def checkpoint_v2_json(t: "Making") -> None:
    with settings(t, part_size="2", top_level="json"):
        t.create("id INT, city STRING, fare DOUBLE", "'delta.checkpointInterval'='4', 'delta.checkpointPolicy'='v2'", "city")
        append(t, 1, 6)
    forget_commits_before(t.folder, 4)
    t.save("V2 checkpoints: JSON with sidecars")


@maker
def type_widening(t: "Making") -> None:
    t.create(
        "id INT, a TINYINT, b SMALLINT, c INT, f FLOAT, d DECIMAL(9,2), day DATE, n INT, i INT, s STRUCT<x: SMALLINT>, "
        "l ARRAY<INT>, m MAP<STRING, TINYINT>, p SMALLINT",
        "'delta.enableTypeWidening'='true', 'delta.feature.timestampNtz'='supported'",
        partitioned="p",
    )
    t.insert(
        "(1, -1, -2, -3, 1.25F, -1.25, DATE'2024-02-29', 5, 6, named_struct('x', 7), array(1, NULL), map('k', 2), 3)",
        "(2" + ", NULL" * 12 + ")",
    )
    changes = {"a": "INT", "b": "BIGINT", "c": "BIGINT", "f": "DOUBLE", "d": "DECIMAL(20,4)", "day": "TIMESTAMP_NTZ"}
    changes |= {"n": "DOUBLE", "i": "DECIMAL(12,1)", "s.x": "INT", "l.element": "BIGINT", "m.value": "INT", "p": "INT"}
    for column, wider in changes.items():
        t.sql(f"ALTER TABLE {{t}} ALTER COLUMN {column} TYPE {wider}")
    t.insert(
        "(3, 2147483647, 5000000000, 5000000000, 1e300D, 1234567890123456.7891, TIMESTAMP_NTZ'2024-02-29 12:00:00', 0.5D, 12345678901.5, "
        "named_struct('x', 70000), array(5000000000), map('k', 300), 70000)"
    )
    t.save("type widening")


@maker
def generated_columns(t: "Making") -> None:
    from delta.tables import DeltaTable

    t.folder.rmdir()
    (
        DeltaTable.create(t.spark)
        .location(str(t.folder))
        .addColumn("id", "BIGINT", generatedByDefaultAs=_identity())
        .addColumn("at", "TIMESTAMP")
        .addColumn("day", "DATE", generatedAlwaysAs="CAST(at AS DATE)")
        .addColumn("twice", "BIGINT", generatedAlwaysAs="id * 2")
        .partitionedBy("day")
        .execute()
    )
    t.sql("INSERT INTO {t} (id, at) VALUES (1, TIMESTAMP'2024-02-29 23:00:00'), (7, NULL)")
    t.sql("INSERT INTO {t} (at) VALUES (TIMESTAMP'2024-03-01 00:00:00')")
    t.save("generated columns", "identity columns")


def _identity() -> object:
    from delta.tables import IdentityGenerator

    return IdentityGenerator(100, 5)


@maker
def clustered(t: "Making") -> None:
    t.create("id INT, city STRING, n INT", clustered="city, n")
    t.sql("INSERT INTO {t} SELECT CAST(id AS INT), concat('c', id % 5), CAST(id * 7 % 11 AS INT) FROM range(1, 31)")
    t.sql("OPTIMIZE {t}")
    t.insert("(31, 'late', 1)")
    t.save("liquid clustering", "domain metadata")


@maker
def optimized(t: "Making") -> None:
    t.create("id INT, city STRING", "'delta.enableDeletionVectors'='true'")
    t.insert("(1,'a'),(2,'b'),(3,'c')", "(4,'d'),(5,'e')")
    t.sql("DELETE FROM {t} WHERE id IN (2, 5)", "OPTIMIZE {t} ZORDER BY (city)")
    t.insert("(6,'f')")
    t.save("compaction (OPTIMIZE)")


@maker
def vacuumed(t: "Making") -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'a')", "(2,'b')")
    t.sql("INSERT OVERWRITE {t} VALUES (3,'c')")
    t.spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    t.sql("VACUUM {t} RETAIN 0 HOURS")
    t.spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    t.fixture.versions.append({"name": "vacuumed", "ref": "2", "refused": {"code": "SOURCE_NOT_FOUND", "names": ".parquet"}})
    t.save("vacuumed versions")


@maker
def change_data_feed(t: "Making") -> None:
    t.create("id INT, city STRING", "'delta.enableChangeDataFeed'='true', 'delta.enableRowTracking'='true'")
    t.insert("(1,'a'),(2,'b')")
    t.sql("UPDATE {t} SET city = 'c' WHERE id = 1", "DELETE FROM {t} WHERE id = 2")
    t.insert("(3,'d')")
    t.save("change data feed", "row tracking")


@maker
def constraints(t: "Making") -> None:
    t.create("id INT NOT NULL, n INT DEFAULT 5, text STRING", "'delta.feature.allowColumnDefaults'='supported'")
    t.sql("ALTER TABLE {t} ADD CONSTRAINT positive CHECK (id > 0)", "INSERT INTO {t} (id) VALUES (1)", "INSERT INTO {t} VALUES (2, 3, 'x')")
    t.save("constraints and column defaults")


@maker
def no_statistics(t: "Making") -> None:
    t.create("id INT, city STRING, fare DOUBLE", "'delta.dataSkippingNumIndexedCols'='0'", "city")
    t.insert("(1,'Bonn',1.5),(2,'Oslo',2.5)", "(3,'Bonn',NULL),(4,NULL,4.5)")
    t.save("files without statistics")


@maker
def truncated_bounds(t: "Making") -> None:
    t.create("id INT, text STRING")
    t.insert("(1, concat(repeat('a', 40), '1')), (2, concat(repeat('a', 40), '2'))", "(3, concat(repeat('\U0010ffff', 40), 'z'))")
    t.save("truncated bounds")


@maker
def converted(t: "Making") -> None:
    """Hive-style Parquet that became a table where it lies."""
    t.spark.sql(
        "SELECT CAST(id AS INT) AS id, concat('c', id) AS city, CASE WHEN id % 2 = 0 THEN 'even' WHEN id < 9 THEN 'odd ü/x' END AS kind FROM range(1, 11)"
    ).write.mode("overwrite").partitionBy("kind").parquet(str(t.folder))
    t.sql(f"CONVERT TO DELTA parquet.`{t.folder}` PARTITIONED BY (kind STRING)")
    t.insert("(20, 'new', 'even')")
    t.save("converted Parquet folders")


@maker
def added_columns(t: "Making") -> None:
    t.create("id INT, s STRUCT<a: INT>")
    t.insert("(1, named_struct('a', 1))")
    t.sql("ALTER TABLE {t} ADD COLUMNS (city STRING FIRST, s.b STRING, l ARRAY<INT>)")
    t.insert("('Bonn', 2, named_struct('a', 2, 'b', 'b2'), array(1))")
    t.save("added columns", "added fields of structs")


@maker
def variant(t: "Making") -> None:
    t.create("id INT, v VARIANT")
    t.sql("INSERT INTO {t} SELECT 1, parse_json('{\"a\": 1}')")
    t.save_unread("type variant", refused={"code": "UNSUPPORTED", "names": "variant"})


@maker
def prefixed(t: "Making") -> None:
    """Data files and vectors in folders of random names."""
    prefixes = "'delta.randomizeFilePrefixes'='true', 'delta.randomPrefixLength'='3'"
    t.create("id INT, city STRING", f"'delta.enableDeletionVectors'='true', {prefixes}")
    t.insert("(1,'a'),(2,'b'),(3,'c')", "(4,'d'),(5,'e')")
    t.sql("DELETE FROM {t} WHERE id IN (2, 4)")
    t.save("random file prefixes", "deletion vectors in folders")


@maker
def in_commit_timestamps_later(t: "Making") -> None:
    t.create("id INT, city STRING")
    t.insert("(1,'c1')")
    t.sql("ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableInCommitTimestamps'='true')")
    for number in (2, 3, 4):
        t.insert(f"({number},'c{number}')")
        t.expect_version(f"v{number + 1}")
    t.save("in-commit timestamps turned on later")


@maker
def padded_text(t: "Making") -> None:
    t.create("id INT NOT NULL, fixed CHAR(5), short VARCHAR(5)")
    t.insert("(1,'abcde','b'),(2,NULL,NULL)")
    t.save("types char and varchar")
