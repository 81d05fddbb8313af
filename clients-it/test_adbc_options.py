"""What ADBC offers beside statements: options, sessions, partitions, polling, browsing, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pytest
from adbc_driver_flightsql import ConnectionOptions, DatabaseOptions
from adbc_driver_manager import AdbcStatusCode

from bowyer_process import BowyerProcess
from conftest import Secured
from lake import Lake, numbered
from values import assert_same_rows

HEADER = DatabaseOptions.RPC_CALL_HEADER_PREFIX.value
SESSION = ConnectionOptions.OPTION_SESSION_OPTION_PREFIX.value
COOKIES = {DatabaseOptions.WITH_COOKIE_MIDDLEWARE.value: "true"}
INCREMENTAL = "adbc.statement.exec.incremental"

READ_PARTITION = """
import sys, adbc_driver_flightsql.dbapi as flightsql, pyarrow as pa
with flightsql.connect(sys.argv[1], autocommit=True) as connection, connection.cursor() as cursor:
    cursor.adbc_read_partition(bytes.fromhex(sys.argv[2]))
    print(cursor.fetch_arrow_table().num_rows)
"""

# name, value, statement, wanted type
TYPE_OPTIONS = [
    ("wire", "native", "SELECT u8 FROM widened_arrow", pa.uint8()),
    ("wire", "native", "SELECT text_view FROM widened_arrow", pa.string_view()),
    ("wire", "compat", "SELECT u8 FROM widened_arrow", pa.int16()),
    ("timestamp-unit", "ns", "SELECT at_ms FROM types_parquet", pa.timestamp("ns")),
    ("timestamp-zone", "drop", "SELECT at_utc FROM types_parquet", pa.timestamp("us")),
    ("decimal", "double", "SELECT tip FROM trips", pa.float64()),
]


def table(connection: flightsql.Connection, sql: str) -> pa.Table:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table()


def connect(server: BowyerProcess, **options: str) -> flightsql.Connection:
    return flightsql.connect(server.uri, db_kwargs=options, autocommit=True)


# ---- headers


@pytest.mark.client("ADBC Python", "options as headers")
@pytest.mark.parametrize(("name", "value", "sql", "wanted"), TYPE_OPTIONS, ids=str)
def test_a_header_chooses_the_types(server: BowyerProcess, name: str, value: str, sql: str, wanted: pa.DataType) -> None:
    with connect(server, **{f"{HEADER}x-bowyer-{name}": value}) as connection:
        got = table(connection, sql)
        assert got.schema.types == [wanted]
        assert got.num_rows > 0


@pytest.mark.client("ADBC Python", "native types")
def test_native_types_keep_their_values(server: BowyerProcess, lake: Lake) -> None:
    with connect(server, **{f"{HEADER}x-bowyer-wire": "native"}) as connection:
        for name in ("widened_arrow", "types_arrow", "many"):
            got = table(connection, f"SELECT * FROM {name}")
            got.validate(full=True)
            assert_same_rows(got, lake.tables[name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no-such-option", "x"),
        ("wire", "fast"),
        ("timestamp-unit", "weeks"),
        ("timestamp-zone", "keep it"),
        ("decimal", "float"),
        ("parallelism", "many"),
        ("schema", ""),
    ],
)
def test_a_wrong_header_is_refused_by_name(server: BowyerProcess, name: str, value: str) -> None:
    with pytest.raises(flightsql.Error) as caught, connect(server, **{f"{HEADER}x-bowyer-{name}": value}) as connection:
        table(connection, "SELECT 1")
    assert caught.value.status_code == AdbcStatusCode.INVALID_ARGUMENT
    assert name in str(caught.value)


@pytest.fixture(scope="module")
def spaces(lake: Lake) -> Iterator[BowyerProcess]:
    locations = {"public.trips": "trips", "sales.orders": "many", "sales.trips": "empty_rows"}
    process = BowyerProcess(["serve", *(f"{name}={lake.locations[at]}" for name, at in locations.items())])
    yield process
    assert process.stop() == 0


@pytest.mark.client("ADBC Python", "default schema")
def test_a_header_chooses_the_schema(spaces: BowyerProcess) -> None:
    with connect(spaces, **{f"{HEADER}x-bowyer-schema": "sales"}) as connection:
        assert table(connection, "SELECT * FROM orders").num_rows == 50_000
        assert table(connection, "SELECT * FROM trips").num_rows == 0
        assert table(connection, "SELECT * FROM public.trips").num_rows == 6
    with connect(spaces) as connection:
        assert table(connection, "SELECT * FROM trips").num_rows == 6


# ---- sessions


def choose(connection: flightsql.Connection, name: str, value: str) -> None:
    """Sets an option, again if the driver lost it.

    arrow-go's middleware takes the cookie out of an answer only if it sees the stream's end before gRPC has cancelled the
    stream's context; about one time in a thousand it does not, and goes on with the cookie from before.
    """
    for _ in range(3):
        connection.adbc_connection.set_options(**{SESSION + name: value})
        if connection.adbc_connection.get_option(SESSION + name) == value:
            return
    pytest.fail(f"{name} does not become {value}")


@pytest.mark.client("ADBC Python", "session options")
@pytest.mark.parametrize(("name", "value", "sql", "wanted"), TYPE_OPTIONS, ids=str)
def test_a_session_option_chooses_the_types(
    server: BowyerProcess, name: str, value: str, sql: str, wanted: pa.DataType
) -> None:
    with connect(server, **COOKIES) as connection:
        choose(connection, name, value)
        assert table(connection, sql).schema.types == [wanted]
        erase = ConnectionOptions.OPTION_ERASE_SESSION_OPTION_PREFIX.value + name
        connection.adbc_connection.set_options(**{erase: ""})
        connection.adbc_connection.set_options(**{erase: ""})
        with connect(server) as other:
            assert table(connection, sql).schema == table(other, sql).schema


def test_sessions_do_not_touch_each_other(server: BowyerProcess) -> None:
    sql = "SELECT u8 FROM widened_arrow"
    with connect(server, **COOKIES) as first, connect(server, **COOKIES) as second:
        choose(first, "wire", "native")
        choose(second, "decimal", "double")
        assert table(first, sql).schema.types == [pa.uint8()]
        assert table(second, sql).schema.types == [pa.int16()]


@pytest.mark.client("ADBC Python", "wrong session options are refused")
@pytest.mark.parametrize(("name", "value"), [("no-such-option", "x"), ("wire", "fast"), ("parallelism", "-3")])
def test_a_wrong_session_option_is_refused(server: BowyerProcess, name: str, value: str) -> None:
    with connect(server, **COOKIES) as connection:
        with pytest.raises(flightsql.Error, match=name):
            connection.adbc_connection.set_options(**{SESSION + name: value})
        assert table(connection, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


@pytest.mark.client("ADBC Python", "session options without cookies are refused")
def test_without_cookies_an_option_is_refused_rather_than_forgotten(server: BowyerProcess) -> None:
    with connect(server) as connection:
        try:
            connection.adbc_connection.set_options(**{SESSION + "wire": "native"})
        except flightsql.Error:
            return
        with pytest.raises(flightsql.Error):
            connection.adbc_connection.get_option(SESSION + "wire")


@pytest.mark.client("ADBC Python", "default schema")
def test_the_current_schema_is_a_session_option(spaces: BowyerProcess) -> None:
    with connect(spaces, **COOKIES) as connection:
        choose(connection, "schema", "sales")
        assert connection.adbc_current_db_schema == "sales"
        connection.adbc_current_db_schema = "public"
        choose(connection, "schema", "sales")
        assert table(connection, "SELECT count(*) AS n FROM orders").to_pylist() == [{"n": 50_000}]
        connection.adbc_current_catalog = "bowyer"
        assert connection.adbc_current_catalog == "bowyer"
        with pytest.raises(flightsql.Error):
            connection.adbc_current_catalog = "elsewhere"


@pytest.mark.client("ADBC Python", "session options")
def test_a_login_holds_a_session_without_cookies(secured: Secured) -> None:
    login = {"username": secured.user, "password": secured.password}
    with connect(secured.process, **login) as connection:
        connection.adbc_connection.set_options(**{SESSION + "decimal": "double"})
        assert table(connection, "SELECT tip FROM trips").schema.types == [pa.float64()]


# ---- login


@pytest.mark.client("ADBC Python", "login with a password")
def test_a_login_with_a_password(secured: Secured) -> None:
    with connect(secured.process, username=secured.user, password=secured.password) as connection:
        assert table(connection, "SELECT count(*) AS n FROM trips").to_pylist() == [{"n": 6}]


@pytest.mark.parametrize("login", [{}, {"username": "ann", "password": "wrong"}, {"username": "bob", "password": "x"}], ids=str)
def test_without_the_right_password_nothing_is_answered(secured: Secured, login: dict[str, str]) -> None:
    with pytest.raises(flightsql.Error) as caught, connect(secured.process, **login) as connection:
        table(connection, "SELECT 1")
    assert caught.value.status_code == AdbcStatusCode.UNAUTHENTICATED


# ---- partitions and polling


@pytest.mark.client("ADBC Python", "partitions in another process")
def test_partitions_are_read_in_another_process(server: BowyerProcess) -> None:
    with connect(server, **{f"{HEADER}x-bowyer-parallelism": "4"}) as connection, connection.cursor() as cursor:
        partitions, schema = cursor.adbc_execute_partitions("SELECT * FROM wide_parts")
    assert 1 < len(partitions) <= 4
    assert schema.names == ["id", "square", "name"]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ_PARTITION, server.uri, partition.hex()], stdout=subprocess.PIPE, text=True
        )
        for partition in partitions
    ]
    counts = [int(reader.communicate(timeout=30)[0]) for reader in readers]
    assert sum(counts) == 40_000
    assert all(counts)


@pytest.mark.client("ADBC Python", "parallel endpoints")
def test_parallel_endpoints_are_read_by_one_cursor(server: BowyerProcess) -> None:
    with connect(server, **{f"{HEADER}x-bowyer-parallelism": "4"}) as connection:
        assert_same_rows(table(connection, "SELECT * FROM wide_parts"), numbered(40_000))


@pytest.mark.client("ADBC Python", "PollFlightInfo")
def test_an_incremental_execution_gives_all_rows(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{INCREMENTAL: "true"})
        rows, asked = 0, 0
        while True:
            partitions, _ = cursor.adbc_execute_partitions("SELECT id FROM wide_parts WHERE id % 2 = 0")
            if not partitions:
                break
            asked += 1
            for partition in partitions:
                with connection.cursor() as reader:
                    reader.adbc_read_partition(partition)
                    rows += len(reader.fetchall())
        assert rows == 20_000
        assert 0 < asked < 1000


# ---- browsing


@pytest.mark.client("ADBC Python", "browsing")
def test_get_objects_at_every_depth(connection: flightsql.Connection, lake: Lake) -> None:
    def found(depth: str) -> dict[str, Any]:
        (catalog,) = connection.adbc_get_objects(depth=depth, catalog_filter="bowyer").read_all().to_pylist()  # type: ignore[arg-type]
        return catalog

    assert found("catalogs")["catalog_db_schemas"] is None
    schemas = {schema["db_schema_name"]: schema for schema in found("db_schemas")["catalog_db_schemas"]}
    assert schemas["public"]["db_schema_tables"] is None
    (public,) = [one for one in found("tables")["catalog_db_schemas"] if one["db_schema_name"] == "public"]
    tables = {one["table_name"]: one for one in public["db_schema_tables"]}
    assert set(tables) == set(lake.locations)
    assert tables["trips"]["table_columns"] is None
    (public,) = [one for one in found("all")["catalog_db_schemas"] if one["db_schema_name"] == "public"]
    (trips,) = [one for one in public["db_schema_tables"] if one["table_name"] == "trips"]
    names = {column["column_name"]: column for column in trips["table_columns"]}
    assert list(names) == ["id", "city", "fare", "day", "tip"]
    assert all(column["xdbc_type_name"] for column in names.values())


@pytest.mark.client("ADBC Python", "browsing")
def test_get_objects_filters_columns_and_types(connection: flightsql.Connection) -> None:
    catalogs = connection.adbc_get_objects(table_name_filter="trips", column_name_filter="ti%").read_all().to_pylist()
    columns = [
        column["column_name"]
        for catalog in catalogs
        for schema in catalog["catalog_db_schemas"]
        for one in schema["db_schema_tables"]
        for column in one["table_columns"]
    ]
    assert columns == ["tip"]
    none = connection.adbc_get_objects(depth="tables", table_types_filter=["NO SUCH TYPE"]).read_all().to_pylist()
    assert not [s for catalog in none for s in catalog["catalog_db_schemas"] or [] if s["db_schema_tables"]]


@pytest.mark.client("ADBC Python", "schema of a table")
def test_the_schema_of_a_table_that_is_not_there(connection: flightsql.Connection) -> None:
    assert connection.adbc_get_table_schema("trips", catalog_filter="bowyer", db_schema_filter="public").names[0] == "id"
    with pytest.raises(flightsql.Error) as caught:
        connection.adbc_get_table_schema("no_such_table")
    assert caught.value.status_code == AdbcStatusCode.NOT_FOUND


@pytest.mark.client("ADBC Python", "information_schema and SHOW")
@pytest.mark.parametrize("sql", ["SHOW TABLES", "SHOW COLUMNS FROM trips", "DESCRIBE trips", "SHOW DATABASES"])
def test_people_s_words_for_browsing(connection: flightsql.Connection, sql: str) -> None:
    assert table(connection, sql).num_rows > 0


@pytest.mark.client("ADBC Python", "information_schema and SHOW")
def test_the_information_schema(connection: flightsql.Connection, lake: Lake) -> None:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    assert set(table(connection, sql)["table_name"].to_pylist()) == set(lake.locations)
    sql = "SELECT column_name FROM information_schema.columns WHERE table_name = 'trips' ORDER BY ordinal_position"
    assert table(connection, sql)["column_name"].to_pylist() == ["id", "city", "fare", "day", "tip"]
    assert "public" in table(connection, "SELECT schema_name FROM information_schema.schemata")["schema_name"].to_pylist()


# ---- transactions and writing


@pytest.mark.client("ADBC Python", "transactions", works=False, note="not offered: the driver warns and goes on")
def test_without_transactions_the_driver_warns_and_works(server: BowyerProcess) -> None:
    with pytest.warns(Warning, match="autocommit"), flightsql.connect(server.uri, autocommit=False) as connection:
        assert table(connection, "SELECT 1 AS one").to_pylist() == [{"one": 1}]
        connection.commit()
        connection.rollback()
        assert table(connection, "SELECT 2 AS two").to_pylist() == [{"two": 2}]


@pytest.mark.client("ADBC Python", "ingestion is refused")
@pytest.mark.parametrize("mode", ["create", "append", "replace", "create_append"])
def test_an_ingestion_is_refused_in_one_sentence(connection: flightsql.Connection, mode: str) -> None:
    with connection.cursor() as cursor, pytest.raises(flightsql.NotSupportedError) as caught:
        cursor.adbc_ingest("created", pa.table({"id": [1]}), mode=mode)  # type: ignore[arg-type]
    assert "UNSUPPORTED" in str(caught.value)
    with connection.cursor() as cursor, pytest.raises(flightsql.Error):
        cursor.execute("SELECT * FROM created")


@pytest.mark.client("ADBC Python", "updates are refused")
def test_an_update_is_refused(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor, pytest.raises(flightsql.Error) as caught:
        cursor.executemany("INSERT INTO trips (id) VALUES (?)", [(7,), (8,)])
    assert caught.value.status_code != AdbcStatusCode.INTERNAL
    assert table(connection, "SELECT count(*) AS n FROM trips").to_pylist() == [{"n": 6}]
