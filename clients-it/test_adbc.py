"""The ADBC Flight SQL driver, which Python, R, Go, Rust and C# users share."""

from __future__ import annotations

import datetime as dt
import threading
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import pyarrow as pa
import pytest
from adbc_driver_manager import AdbcStatusCode

from bowyer_process import BowyerProcess, poll_until
from lake import Lake
from values import assert_same_rows

# Minutes of work for the engine; every test that runs it cancels it.
SLOW = "SELECT count(*) FROM many a CROSS JOIN many b CROSS JOIN many c WHERE (a.id * b.id + c.id) % 7 = 3"

REFUSED_STATEMENTS = [
    "CREATE TABLE t (x INT)",
    "CREATE TABLE t AS SELECT * FROM trips",
    "CREATE VIEW v AS SELECT 1",
    "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/etc/passwd'",
    "CREATE FUNCTION f(INT) RETURNS INT RETURN $1",
    "DROP TABLE trips",
    "INSERT INTO trips VALUES (7, 'x', 1.0, DATE '2026-01-01', 1.0)",
    "UPDATE trips SET fare = 0",
    "DELETE FROM trips",
    "COPY trips TO '{target}.parquet'",
    "COPY (SELECT 1) TO '{target}' STORED AS CSV",
    "SET datafusion.execution.batch_size = 1",
    "EXPLAIN ANALYZE INSERT INTO trips SELECT * FROM trips",
]

FILE_READING_STATEMENTS = [
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM parquet_metadata('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
    "SELECT * FROM 'file://{file}'",
]


def rows(connection: flightsql.Connection, sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def failure(connection: flightsql.Connection, sql: str) -> flightsql.Error:
    with connection.cursor() as cursor, pytest.raises(flightsql.Error) as caught:
        cursor.execute(sql)
        cursor.fetchall()
    return caught.value


def assert_answers(connection: flightsql.Connection) -> None:
    assert rows(connection, "SELECT count(*) FROM trips") == [(6,)]


# ---- results


def test_connecting_with_the_defaults_works(server: BowyerProcess) -> None:
    """Without `autocommit=True` the driver asks for transactions first; that there are none is only a warning."""
    with pytest.warns(Warning, match="autocommit"), flightsql.connect(server.uri) as connection:
        assert rows(connection, "SELECT 1") == [(1,)]


@pytest.mark.client("ADBC Python", "queries")
def test_select_returns_python_values(connection: flightsql.Connection) -> None:
    got = rows(connection, "SELECT id, city, fare, day, tip FROM trips ORDER BY id LIMIT 3")
    assert got == [
        (1, "Oslo", 10.5, dt.date(2026, 1, 1), Decimal("1.10")),
        (2, "Rome", 20.0, dt.date(2026, 1, 1), Decimal("0.00")),
        (3, "Oslo", None, dt.date(2026, 1, 2), Decimal("2.25")),
    ]


def test_aggregates_and_joins(connection: flightsql.Connection) -> None:
    sql = """
        SELECT t.city, count(*) AS trips, sum(t.tip) AS tips
        FROM trips t JOIN (SELECT DISTINCT city FROM trips) c ON t.city = c.city
        GROUP BY t.city ORDER BY t.city
    """
    assert rows(connection, sql) == [
        ("Bonn", 1, Decimal("0.10")),
        ("Oslo", 2, Decimal("3.35")),
        ("Rome", 2, Decimal("9.99")),
    ]


@pytest.mark.client("ADBC Python", "compatible types")
def test_fetch_arrow_table_gives_the_files_rows(connection: flightsql.Connection, lake: Lake) -> None:
    for name in ("types_parquet", "widened_parquet", "many", "prices_csv", "gained"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {name}")
            table = cursor.fetch_arrow_table()
        table.validate(full=True)
        assert_same_rows(table, lake.tables[name])


@pytest.mark.client("ADBC Python", "many rows")
@pytest.mark.client("ADBC Python", "ordered results")
def test_an_ordered_result_stays_ordered(connection: flightsql.Connection) -> None:
    assert rows(connection, "SELECT id FROM many ORDER BY id DESC") == [(i,) for i in range(49_999, -1, -1)]


@pytest.mark.client("ADBC Python", "empty results")
def test_an_empty_result_has_its_columns(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, city FROM trips WHERE id < 0")
        table = cursor.fetch_arrow_table()
    assert table.schema.names == ["id", "city"]
    assert table.schema.types == [pa.int64(), pa.string()]
    assert table.num_rows == 0


def test_statements_run_side_by_side(server: BowyerProcess) -> None:
    """Eight connections at once, each with its own answer."""
    answers: dict[int, list[tuple]] = {}

    def ask(number: int) -> None:
        with flightsql.connect(server.uri, autocommit=True) as connection:
            answers[number] = rows(connection, f"SELECT count(*), min(id) FROM many WHERE id >= {number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert answers == {number: [(50_000 - number, number)] for number in range(8)}


# ---- metadata


@pytest.mark.client("ADBC Python", "catalogs")
@pytest.mark.client("ADBC Python", "schemas")
@pytest.mark.client("ADBC Python", "tables")
@pytest.mark.client("ADBC Python", "columns")
def test_get_objects_lists_datasets_and_columns(connection: flightsql.Connection, lake: Lake) -> None:
    catalogs = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    (catalog,) = [catalog for catalog in catalogs if catalog["catalog_name"] == "bowyer"]
    schemas = {schema["db_schema_name"]: schema["db_schema_tables"] for schema in catalog["catalog_db_schemas"]}
    tables = {table["table_name"]: table for table in schemas["public"]}
    assert set(tables) == set(lake.locations)
    columns = tables["trips"]["table_columns"]
    assert [column["column_name"] for column in columns] == ["id", "city", "fare", "day", "tip"]
    assert [column["ordinal_position"] for column in columns] == [1, 2, 3, 4, 5]


def test_get_objects_honours_its_filters(connection: flightsql.Connection) -> None:
    def names(**filters: Any) -> list[str]:
        catalogs = connection.adbc_get_objects(depth="tables", **filters).read_all().to_pylist()
        schemas = [schema for catalog in catalogs for schema in catalog["catalog_db_schemas"] or []]
        return sorted(table["table_name"] for schema in schemas for table in schema["db_schema_tables"] or [])

    assert names(table_name_filter="trips") == ["trips"]
    assert names(table_name_filter="types%") == ["types_arrow", "types_parquet"]
    assert names(table_name_filter="tr_ps") == ["trips"]
    assert names(table_name_filter="nothing") == []
    assert names(db_schema_filter="nowhere") == []


@pytest.mark.client("ADBC Python", "schema of a table")
def test_get_table_schema_is_the_result_s_schema(connection: flightsql.Connection, lake: Lake) -> None:
    for name in lake.locations:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {name}")
            result = cursor.fetch_arrow_table().schema
        assert connection.adbc_get_table_schema(name).equals(result), name


@pytest.mark.client("ADBC Python", "table types")
def test_get_table_types(connection: flightsql.Connection) -> None:
    assert "TABLE" in connection.adbc_get_table_types()


@pytest.mark.client("ADBC Python", "SQL info")
def test_get_info_names_the_vendor(connection: flightsql.Connection) -> None:
    info = connection.adbc_get_info()
    assert info["vendor_name"] == "Bowyer"
    assert info["vendor_version"]
    assert info["driver_name"]


@pytest.mark.client("ADBC Python", "schema of a query")
def test_execute_schema_does_not_run_the_query(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor:
        schema = cursor.adbc_execute_schema(SLOW)
    assert schema.types == [pa.int64()]


# ---- cancelling


@pytest.mark.client("ADBC Python", "gRPC cancel")
def test_cancel_ends_a_running_query_and_frees_the_server(
    server: BowyerProcess, connection: flightsql.Connection
) -> None:
    with connection.cursor() as cursor:
        ended: list[BaseException | None] = []

        def run() -> None:
            try:
                cursor.execute(SLOW)
                cursor.fetchall()
                ended.append(None)
            except flightsql.Error as error:
                ended.append(error)

        worker = threading.Thread(target=run)
        worker.start()
        poll_until(lambda: server.cpu_load() > 0.5, 20, "the query runs", interval=0)
        started = time.monotonic()
        cursor.adbc_cancel()
        worker.join(timeout=10)
        assert not worker.is_alive()
        assert time.monotonic() - started < 1
        assert isinstance(ended[0], flightsql.Error)
        assert ended[0].status_code == AdbcStatusCode.CANCELLED
    poll_until(lambda: server.cpu_load(0.1) < 0.3, 1, "the query stops", interval=0)
    assert_answers(connection)


@pytest.mark.client("ADBC Python", "query timeout")
def test_a_driver_s_timeout_ends_the_query(server: BowyerProcess) -> None:
    option = "adbc.flight.sql.rpc.timeout_seconds.fetch"
    with flightsql.connect(server.uri, conn_kwargs={option: "1"}, autocommit=True) as connection:
        error = failure(connection, SLOW)
        assert error.status_code in (AdbcStatusCode.TIMEOUT, AdbcStatusCode.CANCELLED)
        poll_until(lambda: server.cpu_load(0.1) < 0.3, 1, "the query stops", interval=0)


# ---- errors


@pytest.mark.client("ADBC Python", "errors")
def test_a_syntax_error_points_at_the_place(connection: flightsql.Connection) -> None:
    error = failure(connection, "SELECT id FORM trips WHERE")
    assert error.status_code == AdbcStatusCode.INVALID_ARGUMENT
    assert "INVALID_SQL" in str(error)
    assert "^" in str(error)


def test_an_unknown_column_names_the_nearest(connection: flightsql.Connection) -> None:
    error = failure(connection, "SELECT id, fares FROM trips")
    assert error.status_code == AdbcStatusCode.INVALID_ARGUMENT
    assert "fares" in str(error)
    assert 'did you mean "fare"' in str(error)
    assert "^" in str(error)


@pytest.mark.client("ADBC Python", "errors")
def test_an_unknown_table_names_the_nearest(connection: flightsql.Connection) -> None:
    error = failure(connection, "SELECT * FROM trip")
    assert error.status_code == AdbcStatusCode.NOT_FOUND
    assert 'did you mean "trips"' in str(error)


def test_an_unknown_function_names_the_nearest(connection: flightsql.Connection) -> None:
    error = failure(connection, "SELECT uper(city) FROM trips")
    assert error.status_code == AdbcStatusCode.INVALID_ARGUMENT
    assert "upper" in str(error)


@pytest.mark.parametrize(
    "sql", ["SELECT CAST('x' AS INT)", "SELECT 1 / (id - id) FROM trips", "SELECT CAST(city AS INT) FROM trips"]
)
def test_a_value_that_does_not_fit_is_the_caller_s_mistake(connection: flightsql.Connection, sql: str) -> None:
    assert failure(connection, sql).status_code == AdbcStatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("sql", ["", " ", ";", "-- nothing", "SELECT 1; SELECT 2", "\x00", "SELECT 'open"], ids=repr)
def test_text_that_is_not_one_statement_is_refused(connection: flightsql.Connection, sql: str) -> None:
    assert failure(connection, sql).status_code in (AdbcStatusCode.INVALID_ARGUMENT, AdbcStatusCode.INVALID_STATE)
    assert_answers(connection)


@pytest.mark.parametrize("sql", REFUSED_STATEMENTS)
def test_statements_that_change_something_are_refused(
    connection: flightsql.Connection, tmp_path: Path, sql: str
) -> None:
    error = failure(connection, sql.format(target=tmp_path / "written"))
    assert list(tmp_path.iterdir()) == []
    assert error.status_code in (AdbcStatusCode.UNAUTHORIZED, AdbcStatusCode.INVALID_ARGUMENT), error
    assert "INTERNAL" not in str(error)
    assert_answers(connection)


@pytest.mark.parametrize("sql", FILE_READING_STATEMENTS)
def test_files_cannot_be_read_by_name(connection: flightsql.Connection, lake: Lake, sql: str) -> None:
    error = failure(connection, sql.format(file=lake.locations["trips"]))
    assert error.status_code in (
        AdbcStatusCode.UNAUTHORIZED,
        AdbcStatusCode.INVALID_ARGUMENT,
        AdbcStatusCode.NOT_FOUND,
    ), error
    assert_answers(connection)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "1 + " * 2_000 + "1",
        "SELECT id FROM trips WHERE " + "id = 1 OR " * 20_000 + "id = 2",
        "SELECT " + "(" * 3_000 + "1" + ")" * 3_000,
    ],
    ids=["2000-plus", "20000-or", "3000-parentheses"],
)
def test_poison_is_refused_and_the_neighbours_live_on(
    server: BowyerProcess, connection: flightsql.Connection, sql: str
) -> None:
    with flightsql.connect(server.uri, autocommit=True) as neighbour, neighbour.cursor() as cursor:
        cursor.execute("SELECT id FROM many")
        error = failure(connection, sql)
        assert error.status_code == AdbcStatusCode.INVALID_ARGUMENT
        assert "SQL_TOO_COMPLEX" in str(error)
        assert len(cursor.fetchall()) == 50_000
    assert_answers(connection)
    assert server.alive()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT" + " -" * 5_000 + " 1",
        "SELECT " + "NOT " * 5_000 + "true",
        "SELECT count(*) FROM (SELECT 1" + " UNION ALL SELECT 1" * 5_000 + ")",
        "SELECT " + "CASE WHEN true THEN " * 3_000 + "1" + " END" * 3_000,
        "SELECT " + "abs(" * 3_000 + "1" + ")" * 3_000,
        "SELECT * FROM " + "(SELECT * FROM " * 1_000 + "trips" + ") t" * 1_000,
        "SELECT " + ", ".join(f"{i} AS c{i}" for i in range(20_000)),
        "SELECT length('" + "x" * 20_000_000 + "')",
    ],
    ids=["minus", "not", "union", "case", "calls", "subqueries", "columns", "20-MB-literal"],
)
def test_other_poison_is_answered_or_refused_and_the_server_lives_on(
    server: BowyerProcess, connection: flightsql.Connection, sql: str
) -> None:
    with connection.cursor() as cursor, suppress(flightsql.Error):
        cursor.execute(sql)
        cursor.fetchall()
    assert server.alive()
    assert_answers(connection)


def test_a_dead_server_is_an_error_not_a_hang() -> None:
    with pytest.raises(adbc_driver_manager.Error):
        flightsql.connect("grpc://127.0.0.1:1", autocommit=True).cursor().execute("SELECT 1")
