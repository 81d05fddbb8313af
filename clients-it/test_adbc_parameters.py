"""Parameters as ADBC binds them: Arrow columns of the client's own types, cast by the server to what the statement needs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pytest
from adbc_driver_manager import AdbcStatusCode

from lake import Lake, plain_types

# Columns of which each value is found again by equality; a float that is not a number is equal to nothing.
FOUND_BY_EQUALITY = [
    *("flag", "i8", "i16", "i32", "i64", "f32", "text", "bytes", "fixed", "day32", "time_ms", "time_us", "time_ns"),
    *("at_ms", "at_us", "at_ns", "at_utc", "money", "huge"),
]

# What a client may bind where the column has another type; row 1 of `plain_types` is meant each time.
OTHER_TYPES: list[tuple[str, pa.Scalar]] = [
    ("i64", pa.scalar(-1, pa.int8())),
    ("i32", pa.scalar(2**31 - 1, pa.int64())),
    ("i16", pa.scalar(2**15 - 1, pa.uint32())),
    ("i8", pa.scalar("127", pa.string())),
    ("f32", pa.scalar(1.5, pa.float64())),
    ("text", pa.scalar("", pa.large_string())),
    ("text", pa.scalar("", pa.string_view())),
    ("text", pa.scalar("Grüße, 世界 🏹", pa.string_view())),
    ("bytes", pa.scalar(b"\x00\xff", pa.large_binary())),
    ("bytes", pa.scalar(b"\x00\xff", pa.binary_view())),
    ("money", pa.scalar(Decimal("0.01"), pa.decimal128(38, 4))),
    ("money", pa.scalar(Decimal("0.01"), pa.decimal256(40, 2))),
    ("money", pa.scalar(Decimal("0.01"), pa.decimal64(9, 2))),
    ("at_us", pa.scalar(dt.datetime(2026, 2, 3, 4, 5, 6, 789000), pa.timestamp("ns"))),
    ("at_ms", pa.scalar(dt.datetime(2026, 2, 3, 4, 5, 6, 789000), pa.timestamp("us"))),
    ("at_utc", pa.scalar(dt.datetime(2026, 2, 3, 4, 5, 6, 789000, dt.UTC), pa.timestamp("ms", "Europe/Berlin"))),
    ("day32", pa.scalar(dt.date(9999, 12, 31), pa.date64())),
    ("day32", pa.scalar("9999-12-31", pa.string())),
    ("flag", pa.scalar("true", pa.string())),
]


def rows(connection: flightsql.Connection, sql: str, parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def one(value: pa.Scalar | pa.Array) -> pa.RecordBatch:
    """A row of one column."""
    column = value if isinstance(value, pa.Array) else pa.repeat(value, 1)
    return pa.record_batch({"$1": column})


@pytest.mark.client("ADBC Python", "parameters")
@pytest.mark.parametrize("column", FOUND_BY_EQUALITY)
def test_a_value_of_each_type_is_found_by_itself(connection: flightsql.Connection, column: str) -> None:
    stored = plain_types()
    for row in (0, 1):
        value = stored[column][row]
        if not value.is_valid:
            continue
        equal = [i + 1 for i in range(3) if stored[column][i] == value]
        got = rows(connection, f"SELECT id FROM types_parquet WHERE {column} = $1 ORDER BY id", one(value))
        assert [id_ for (id_,) in got] == equal, value


@pytest.mark.client("ADBC Python", "parameters of other types")
@pytest.mark.parametrize(("column", "value"), OTHER_TYPES, ids=lambda part: str(getattr(part, "type", part)))
def test_a_parameter_of_another_type_is_cast(connection: flightsql.Connection, column: str, value: pa.Scalar) -> None:
    stored = plain_types()[column].to_pylist()
    wanted = value.as_py()
    if isinstance(wanted, str) and not pa.types.is_string(plain_types()[column].type):
        wanted = pa.scalar(wanted).cast(plain_types()[column].type).as_py()
    equal = [i + 1 for i in range(3) if stored[i] == wanted]
    if column == "i64":
        equal = []
    got = rows(connection, f"SELECT id FROM types_parquet WHERE {column} = $1 ORDER BY id", one(value))
    assert [id_ for (id_,) in got] == equal
    assert equal or column == "i64"


@pytest.mark.client("ADBC Python", "parameters of other types")
def test_a_dictionary_is_cast(connection: flightsql.Connection) -> None:
    city = pa.array(["Rome"]).dictionary_encode()
    assert rows(connection, "SELECT id FROM trips WHERE city = ? ORDER BY id", one(city)) == [(2,), (6,)]


@pytest.mark.client("ADBC Python", "parameters that are NULL")
@pytest.mark.parametrize("column", [*FOUND_BY_EQUALITY, "f64"])
def test_null_may_be_bound_to_each_type(connection: flightsql.Connection, column: str) -> None:
    for null in (pa.nulls(1), pa.nulls(1, plain_types().schema.field(column).type)):
        sql = f"SELECT count(*) FROM types_parquet WHERE {column} = $1"
        assert rows(connection, sql, one(null)) == [(0,)]
        assert rows(connection, "SELECT count(*) FROM types_parquet WHERE $1 IS NULL", one(null)) == [(3,)]


@pytest.mark.client("ADBC Python", "parameters that are lists")
def test_lists_are_bound(connection: flightsql.Connection) -> None:
    wanted = pa.array([[1, 3, 5]], pa.list_(pa.int64()))
    sql = "SELECT id FROM trips WHERE array_has($1, id) ORDER BY id"
    assert rows(connection, sql, one(wanted)) == [(1,), (3,), (5,)]
    sql = "SELECT id FROM types_parquet WHERE array_has(numbers, $1)"
    assert rows(connection, sql, one(pa.scalar(3, pa.int32()))) == [(1,)]


@pytest.mark.client("ADBC Python", "parameters")
def test_python_values_are_bound(connection: flightsql.Connection) -> None:
    sql = "SELECT id FROM trips WHERE city = ? AND fare > ? AND day >= ? AND tip < ? ORDER BY id"
    assert rows(connection, sql, ("Rome", 1.5, dt.date(2026, 1, 1), Decimal("9.99"))) == [(2,)]
    assert rows(connection, "SELECT id FROM trips WHERE id IN (?, ?) ORDER BY id", (2, 5)) == [(2,), (5,)]
    assert rows(connection, "SELECT id FROM trips WHERE id BETWEEN ? AND ? ORDER BY id", (2, 3)) == [(2,), (3,)]
    assert rows(connection, "SELECT id FROM trips ORDER BY id LIMIT ?", (2,)) == [(1,), (2,)]
    assert rows(connection, "SELECT CAST(? AS BIGINT) + 1", (41,)) == [(42,)]
    assert rows(connection, "SELECT ?", ("text",)) == [("text",)]
    assert rows(connection, "SELECT city FROM trips WHERE city LIKE ? AND id < ?", ("R%", 3)) == [("Rome",)]


@pytest.mark.client("ADBC Python", "types of parameters")
def test_the_statement_tells_its_parameters(connection: flightsql.Connection) -> None:
    with connection.cursor() as cursor:
        schema = cursor.adbc_prepare("SELECT id FROM trips WHERE city = $1 AND fare > $2 AND tip = $3")
        assert schema is not None
        assert schema.names == ["$1", "$2", "$3"]
        assert schema.types[:2] == [pa.string(), pa.float64()]
        assert pa.types.is_decimal(schema.types[2])


@pytest.mark.client("ADBC Python", "binding again")
def test_one_prepared_statement_is_used_a_hundred_times(connection: flightsql.Connection) -> None:
    sql = "SELECT square FROM many WHERE id = ?"
    with connection.cursor() as cursor:
        cursor.adbc_prepare(sql)
        for number in range(100):
            cursor.execute(sql, (number,))
            assert cursor.fetchall() == [(number * number,)]


@pytest.mark.client("ADBC Python", "prepared statements")
def test_prepared_statements_stand_side_by_side(connection: flightsql.Connection) -> None:
    with connection.cursor() as first, connection.cursor() as second:
        first.adbc_prepare("SELECT city FROM trips WHERE id = ?")
        second.adbc_prepare("SELECT fare FROM trips WHERE id = ?")
        first.execute("SELECT city FROM trips WHERE id = ?", (1,))
        second.execute("SELECT fare FROM trips WHERE id = ?", (2,))
        assert (first.fetchall(), second.fetchall()) == ([("Oslo",)], [(20.0,)])


@pytest.mark.client("ADBC Python", "wrong parameters are refused")
@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT id FROM trips WHERE id = ?", (1, 2)),
        ("SELECT id FROM trips WHERE id = ? AND fare > ?", (1,)),
        ("SELECT id FROM trips WHERE id = ?", ("one",)),
        ("SELECT id FROM trips WHERE day = ?", ("not a day",)),
        ("SELECT id FROM trips WHERE id = ?", ([1, 2],)),
        ("SELECT id FROM trips", (1,)),
        ("SELECT id FROM trips WHERE id = ?", None),
        ("SELECT id FROM trips WHERE id = $2", (1,)),
        ("SELECT id FROM trips WHERE id = $0", (1,)),
    ],
    ids=str,
)
def test_parameters_that_do_not_fit_are_the_caller_s_mistake(
    connection: flightsql.Connection, sql: str, parameters: tuple | None
) -> None:
    with pytest.raises(flightsql.Error) as caught:
        rows(connection, sql, parameters)
    assert caught.value.status_code == AdbcStatusCode.INVALID_ARGUMENT, caught.value
    assert rows(connection, "SELECT count(*) FROM trips", None) == [(6,)]


@pytest.mark.client("ADBC Python", "parameter rows")
def test_several_rows_of_parameters_for_a_query_are_refused_or_all_run(connection: flightsql.Connection) -> None:
    batch = pa.record_batch({"$1": pa.array([1, 2], pa.int64())})
    try:
        got = rows(connection, "SELECT city FROM trips WHERE id = ?", batch)
    except flightsql.Error as refusal:
        assert refusal.status_code == AdbcStatusCode.INVALID_ARGUMENT
        assert "row" in str(refusal)
    else:
        assert sorted(got) == [("Oslo",), ("Rome",)]


def test_a_parameter_is_a_value_and_never_sql(connection: flightsql.Connection, lake: Lake) -> None:
    for text in ("' OR '1'='1", "Rome'; DROP TABLE trips; --", "\\", "%", "\x00"):
        assert rows(connection, "SELECT id FROM trips WHERE city = ?", (text,)) == []
        assert rows(connection, "SELECT ?", (text,)) == [(text,)]
    assert rows(connection, "SELECT count(*) FROM trips", None) == [(lake.tables["trips"].num_rows,)]
