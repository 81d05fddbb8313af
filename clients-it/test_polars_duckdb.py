"""Data frames: what polars, pandas and DuckDB make of a result."""

from __future__ import annotations

from decimal import Decimal

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

from bowyer_process import BowyerProcess
from lake import Lake
from values import assert_same_rows

CITIES = (
    "SELECT city, count(*) AS trips, sum(tip) AS tips FROM trips WHERE city IS NOT NULL GROUP BY city ORDER BY city"
)


def test_polars_reads_a_query_by_uri(server: BowyerProcess) -> None:
    uri = f"flightsql://{server.host}:{server.port}?transport=tcp"
    frame = pl.read_database_uri(CITIES, uri, engine="adbc")
    assert frame["city"].to_list() == ["Bonn", "Oslo", "Rome"]
    assert frame["trips"].to_list() == [1, 2, 2]
    assert frame["tips"].to_list() == [Decimal("0.10"), Decimal("3.35"), Decimal("9.99")]


def test_polars_reads_a_query_over_a_connection(connection: flightsql.Connection) -> None:
    frame = pl.read_database("SELECT * FROM many ORDER BY id", connection)
    assert frame.height == 50_000
    assert frame["id"].is_sorted()
    assert (frame["square"] == frame["id"] ** 2).all()


def test_polars_reads_every_type_that_it_has(connection: flightsql.Connection, lake: Lake) -> None:
    """polars has no map and gives its own types to the rest, so its values are compared after a round trip to Arrow."""
    columns = ["id", "flag", "i8", "i64", "f64", "text", "bytes", "day32", "at_us", "money", "numbers", "place"]
    frame = pl.read_database(f"SELECT {', '.join(columns)} FROM types_parquet", connection)
    assert_same_rows(frame.to_arrow(), lake.tables["types_parquet"].select(columns))


def test_pandas_read_sql(connection: flightsql.Connection) -> None:
    frame = pd.read_sql(CITIES, connection)
    assert list(frame.columns) == ["city", "trips", "tips"]
    assert frame["trips"].tolist() == [1, 2, 2]


def test_duckdb_queries_a_fetched_table(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM trips")
        fetched: pa.Table = cursor.fetch_arrow_table()
    with duckdb.connect() as peer:
        peer.register("fetched", fetched)
        assert peer.execute("SELECT sum(tip), count(city), max(day) - min(day) FROM fetched").fetchall() == [
            (Decimal("14.19"), 5, 2)
        ]


def test_duckdb_streams_from_a_reader(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor, duckdb.connect() as peer:
        cursor.execute("SELECT id, square FROM many")
        peer.register("stream", cursor.fetch_record_batch())
        assert peer.execute("SELECT count(*), sum(id) FROM stream").fetchall() == [(50_000, 49_999 * 50_000 // 2)]
