"""A Spark that writes Iceberg and Delta tables, one thread and one file per write, in UTC."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession

from scratch import SCRATCH, jars

WAREHOUSE = SCRATCH / "iceberg"
DELTA = SCRATCH / "delta"


def session() -> SparkSession:
    builder = SparkSession.builder.master("local[1]").appName("fixtures")
    settings = {
        "spark.jars": ",".join(str(jar) for jar in jars()),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions,"
        "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.ice.type": "jdbc",
        "spark.sql.catalog.ice.uri": f"jdbc:sqlite:{SCRATCH}/catalog.db",
        "spark.sql.catalog.ice.jdbc.schema-version": "V1",
        "spark.sql.catalog.ice.warehouse": str(WAREHOUSE),
        "spark.sql.catalog.ice.cache-enabled": "false",
        "spark.sql.catalog.files": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.files.type": "hadoop",
        "spark.sql.catalog.files.warehouse": str(WAREHOUSE),
        "spark.sql.catalog.files.cache-enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.caseSensitive": "true",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -Dderby.system.home=" + str(SCRATCH / "derby"),
        "spark.sql.warehouse.dir": str(SCRATCH / "spark-warehouse"),
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.databricks.delta.optimize.maxThreads": "1",
        "spark.ui.enabled": "false",
        "spark.driver.memory": "1g",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def jar_version(name: str) -> str:
    (found,) = [jar for jar in jars() if jar.name.startswith(name)]
    return Path(found).stem.rsplit("-", 1)[1]


def iceberg_writer() -> str:
    return f"Spark {version('pyspark')} with Iceberg {jar_version('iceberg-spark-runtime')}"


def delta_writer() -> str:
    return f"Spark {version('pyspark')} with Delta {jar_version('delta-spark')}"


def rows(spark: SparkSession, sql: str) -> pa.Table:
    return spark.sql(sql).toArrow()
