"""Rows of tables that no second reader reads, as `writer/` wrote them."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pyarrow as pa

ID = UUID("00112233-4455-6677-8899-aabbccddeeff").bytes
ONES = b"\xff" * 16
NOON = 12 * 3600 * 10**6
# 2024-02-29T23:59:59.999999999Z in nanoseconds.
LEAP = 1_709_251_199_999_999_999


def equality_deletes_evolved() -> pa.Table:
    """The column that a delete named was dropped; the new one of its name is another one."""
    schema = pa.schema([("id", pa.int64()), ("price", pa.float64()), ("city", pa.string())])
    return pa.table({"id": [5, 7, 8], "price": [5.0, 7.0, 8.0], "city": [None, None, "c"]}, schema=schema)


def partition_odd_types() -> pa.Table:
    fixed = b"\x01\x02\xfd"
    columns = {
        "id": ([1, 2, 3, 4], pa.int32()),
        "u": ([ID, ONES, None, ID], pa.binary(16)),
        "fix": ([fixed, bytes(3), None, fixed], pa.binary(3)),
        "clock": ([NOON, 0, None, NOON], pa.time64("us")),
        "raw": ([b"\xff\x01", b"", None, b"\xff\x02"], pa.binary()),
        "local": ([-1, 0, None, -1], pa.timestamp("ns")),
        "at": ([LEAP, LEAP + 1, None, LEAP], pa.timestamp("ns", "UTC")),
    }
    return pa.table({name: pa.array(values, data_type) for name, (values, data_type) in columns.items()})


def defaults_odd_types() -> pa.Table:
    """Rows 1 and 2 are older than the columns; 3 and 4 have NULL in them."""
    defaults = {
        "renamed": (Decimal("1.50"), pa.decimal128(9, 2)),
        "price": (Decimal("-12345678901234567.891"), pa.decimal128(20, 3)),
        "u": (ID, pa.binary(16)),
        "fix": (b"\x01\xff", pa.binary(2)),
        "clock": (24 * 3600 * 10**6 - 1, pa.time64("us")),
        "local": (-1, pa.timestamp("ns")),
        "at": (-1, pa.timestamp("ns", "UTC")),
    }
    columns = {"id": pa.array([1, 2, 3, 4], pa.int32())}
    columns |= {name: pa.array([value, value, None, None], data_type) for name, (value, data_type) in defaults.items()}
    columns["needed"] = pa.array([9, 9, 9, 11], pa.int32())
    columns["plain"] = pa.array([None] * 4, pa.string())
    return pa.table(columns)
