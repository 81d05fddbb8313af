"""The 22 TPC-H queries at scale 0.1, against DuckDB over the same files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pytest

from bowyer_process import ROOT, BowyerProcess, demo_folder
from conftest import stop_cleanly

SCALE = 0.1
QUERIES = sorted((ROOT / "bench" / "tpch").glob("q*.sql"))
TABLES = {
    "customer": 15_000,
    "lineitem": 600_572,
    "nation": 25,
    "orders": 150_000,
    "part": 20_000,
    "partsupp": 80_000,
    "region": 5,
    "supplier": 1_000,
}
RELATIVE = 1e-9


@pytest.fixture(scope="module")
def demo() -> Iterator[BowyerProcess]:
    process = BowyerProcess(["demo", "--scale", str(SCALE)])
    yield process
    stop_cleanly(process)


@pytest.fixture(scope="module")
def bowyer(demo: BowyerProcess) -> Iterator[flightsql.Connection]:
    with flightsql.connect(demo.uri, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def peer(demo: BowyerProcess) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the files that the demo serves. Depends on the demo, which makes them."""
    with duckdb.connect() as connection:
        for table in TABLES:
            connection.read_parquet(str(demo_folder(SCALE) / f"{table}.parquet")).create_view(table)
        yield connection


def ask(connection: flightsql.Connection, sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_there_are_22_queries() -> None:
    assert [path.stem for path in QUERIES] == [f"q{number:02}" for number in range(1, 23)]


def test_the_tables_have_the_sizes_of_the_specification(bowyer: flightsql.Connection) -> None:
    assert {table: ask(bowyer, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES} == TABLES


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_gives_duckdb_s_answer(path: Path, bowyer: flightsql.Connection, peer: duckdb.DuckDBPyConnection) -> None:
    """Row by row and in order: each query's ORDER BY leaves no ties at this scale."""
    sql = path.read_text()
    wanted, got = peer.execute(sql).fetchall(), ask(bowyer, sql)
    assert wanted, "a query without rows proves nothing"
    assert len(got) == len(wanted)
    for number, (got_row, wanted_row) in enumerate(zip(got, wanted, strict=True)):
        assert len(got_row) == len(wanted_row)
        for got_value, wanted_value in zip(got_row, wanted_row, strict=True):
            assert agrees(got_value, wanted_value), f"row {number}: {got_row} (expected: {wanted_row})"


def agrees(got: Any, wanted: Any) -> bool:
    """Whether the two engines mean the same value.

    * Two decimals: equal as numbers, to the last digit (the scale may differ: 1.50 is 1.5).
    * Two floats: to `RELATIVE`, since the order of additions differs.
    * A decimal and a float: the mean and the quotient of decimals are DECIMAL in DataFusion and DOUBLE in DuckDB. The
      decimal holds what fits its scale, so they may differ by one unit in its last place beside `RELATIVE`.
    * Anything else: equal.
    """
    if isinstance(got, Decimal) and isinstance(wanted, float):
        last_place = float(Decimal(1).scaleb(int(got.as_tuple().exponent)))
        return math.isclose(float(got), wanted, rel_tol=RELATIVE, abs_tol=last_place)
    if isinstance(got, float) and isinstance(wanted, float):
        return math.isclose(got, wanted, rel_tol=RELATIVE)
    return got == wanted


def test_the_comparison_sees_a_difference_in_the_last_digit() -> None:
    assert agrees(Decimal("1.50"), Decimal("1.5"))
    assert not agrees(Decimal("1.51"), Decimal("1.50"))
    assert agrees(Decimal("0.050144"), 0.05014459706340077)
    assert not agrees(Decimal("0.050142"), 0.05014459706340077)
    assert agrees(1.0, 1.0 + 1e-12)
    assert not agrees(1.0, 1.0 + 1e-6)
    assert not agrees(None, 0)
    assert not agrees("1", 1)
