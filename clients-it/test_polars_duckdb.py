"""Data frames: what polars, pandas and DuckDB make of a result."""

from __future__ import annotations

from decimal import Decimal

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from bowyer_process import BowyerProcess
from lake import Lake
from values import assert_same_rows

CITIES = (
    "SELECT city, count(*) AS trips, sum(tip) AS tips FROM trips WHERE city IS NOT NULL GROUP BY city ORDER BY city"
)


@pytest.mark.client("polars", "queries")
def test_polars_reads_a_query_by_uri(server: BowyerProcess) -> None:
    uri = f"flightsql://{server.host}:{server.port}?transport=tcp"
    frame = pl.read_database_uri(CITIES, uri, engine="adbc")
    assert frame["city"].to_list() == ["Bonn", "Oslo", "Rome"]
    assert frame["trips"].to_list() == [1, 2, 2]
    assert frame["tips"].to_list() == [Decimal("0.10"), Decimal("3.35"), Decimal("9.99")]


@pytest.mark.client("polars", "many rows")
def test_polars_reads_a_query_over_a_connection(connection: flightsql.Connection) -> None:
    frame = pl.read_database("SELECT * FROM many ORDER BY id", connection)
    assert frame.height == 50_000
    assert frame["id"].is_sorted()
    assert (frame["square"] == frame["id"] ** 2).all()


@pytest.mark.client("polars", "compatible types")
def test_polars_reads_every_type_that_it_has(connection: flightsql.Connection, lake: Lake) -> None:
    """polars has no map and gives its own types to the rest, so its values are compared after a round trip to Arrow."""
    columns = ["id", "flag", "i8", "i64", "f64", "text", "bytes", "day32", "at_us", "money", "numbers", "place"]
    frame = pl.read_database(f"SELECT {', '.join(columns)} FROM types_parquet", connection)
    assert_same_rows(frame.to_arrow(), lake.tables["types_parquet"].select(columns))


@pytest.mark.client("pandas", "queries")
def test_pandas_read_sql(connection: flightsql.Connection) -> None:
    frame = pd.read_sql(CITIES, connection)
    assert list(frame.columns) == ["city", "trips", "tips"]
    assert frame["trips"].tolist() == [1, 2, 2]


@pytest.mark.client("DuckDB", "queries")
def test_duckdb_queries_a_fetched_table(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM trips")
        fetched: pa.Table = cursor.fetch_arrow_table()
    with duckdb.connect() as peer:
        peer.register("fetched", fetched)
        assert peer.execute("SELECT sum(tip), count(city), max(day) - min(day) FROM fetched").fetchall() == [
            (Decimal("14.19"), 5, 2)
        ]


@pytest.mark.client("DuckDB", "many rows")
def test_duckdb_streams_from_a_reader(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor, duckdb.connect() as peer:
        cursor.execute("SELECT id, square FROM many")
        peer.register("stream", cursor.fetch_record_batch())
        assert peer.execute("SELECT count(*), sum(id) FROM stream").fetchall() == [(50_000, 49_999 * 50_000 // 2)]


@pytest.mark.client("polars", "parameters")
def test_polars_binds_parameters(connection: flightsql.Connection) -> None:
    sql = "SELECT id FROM trips WHERE city = ? AND fare > ? ORDER BY id"
    frame = pl.read_database(sql, connection, execute_options={"parameters": ("Rome", 1.5)})
    assert frame["id"].to_list() == [2, 6]


@pytest.mark.client("polars", "empty results")
def test_polars_keeps_the_columns_of_an_empty_result(connection: flightsql.Connection) -> None:
    frame = pl.read_database("SELECT id, city FROM trips WHERE id < 0", connection)
    assert (frame.height, frame.columns) == (0, ["id", "city"])


@pytest.mark.client("polars", "errors")
def test_polars_shows_the_server_s_words(server: BowyerProcess) -> None:
    uri = f"flightsql://{server.host}:{server.port}?transport=tcp"
    with pytest.raises(Exception, match='did you mean "trips"'):
        pl.read_database_uri("SELECT * FROM trip", uri, engine="adbc")


@pytest.mark.client("pandas", "parameters", works=False, note="`params` is not implemented in pandas over ADBC")
def test_pandas_does_not_bind_parameters(connection: flightsql.Connection) -> None:
    with pytest.raises(NotImplementedError, match="params"):
        pd.read_sql("SELECT id FROM trips WHERE city = ? ORDER BY id", connection, params=("Rome",))


@pytest.mark.client("pandas", "compatible types")
def test_pandas_reads_plain_types(connection: flightsql.Connection, lake: Lake) -> None:
    frame = pd.read_sql("SELECT id, flag, i64, text, at_us, money FROM types_parquet ORDER BY id", connection)
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["at_us"][0] == lake.tables["types_parquet"]["at_us"][0].as_py()
    assert frame["money"][1] == Decimal("0.01")


@pytest.mark.client("pandas", "errors")
def test_pandas_shows_the_server_s_words(connection: flightsql.Connection) -> None:
    with pytest.raises(Exception, match='did you mean "trips"'):
        pd.read_sql("SELECT * FROM trip", connection)


@pytest.mark.client("pandas", "ingestion is refused")
def test_pandas_cannot_write(connection: flightsql.Connection) -> None:
    with pytest.raises(pd.errors.DatabaseError) as caught:
        pd.DataFrame({"id": [1]}).to_sql("created", connection, index=False)
    assert "UNSUPPORTED" in str(caught.value.__cause__)


@pytest.mark.client("DuckDB", "compatible types")
def test_duckdb_agrees_on_the_values_of_a_file(connection: flightsql.Connection, lake: Lake) -> None:
    """DuckDB reads the file itself, and what was fetched; both say the same of it."""
    columns = "id, flag, i8, i64, text, day32, at_us, money, numbers, place"
    with connection.cursor() as cursor, duckdb.connect() as peer:
        cursor.execute(f"SELECT {columns} FROM types_parquet")
        peer.register("fetched", cursor.fetch_arrow_table())
        peer.read_parquet(str(lake.locations["types_parquet"])).create_view("file")
        sql = f"SELECT {columns} FROM file EXCEPT SELECT {columns} FROM fetched"
        assert peer.execute(sql).fetchall() == []
        assert peer.execute("SELECT count(*) FROM fetched").fetchall() == [(3,)]
