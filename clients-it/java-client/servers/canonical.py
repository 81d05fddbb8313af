"""Values in the form in which the Java tests compare them: null, true, strings of digits, and lists of these."""

from __future__ import annotations

import datetime
import decimal
import struct
import uuid
from typing import Any

import pyarrow as pa

NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DAY = 24 * 3600 * 10**9


def rows(table: pa.Table) -> list[list[Any]]:
    columns = [[cell(value) for chunk in column.chunks for value in chunk] for column in table.columns]
    return [[column[row] for column in columns] for row in range(table.num_rows)]


def cell(value: pa.Scalar) -> Any:
    """Floats as the bits of a double, moments as nanoseconds, dates as days, bytes in hex, structs and maps as pairs."""
    kind = value.type
    if isinstance(kind, pa.BaseExtensionType):
        return cell(value.value) if value.is_valid else None
    if pa.types.is_union(kind) or pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain(value.as_py())
    if not value.is_valid:
        return None
    if pa.types.is_map(kind):
        return [[plain(key), plain(item)] for key, item in value.as_py()]
    if pa.types.is_struct(kind):
        return [[kind.field(place).name, cell(value[place])] for place in range(kind.num_fields)]
    if pa.types.is_nested(kind):
        return [cell(item) for item in value.values]
    if pa.types.is_time(kind) or pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        return str(value.value * NANOSECONDS[kind.unit])
    return plain(value.as_py())


def plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, uuid.UUID):
        return value.bytes.hex()
    if isinstance(value, datetime.date):
        return str((value - datetime.date(1970, 1, 1)).days)
    if isinstance(value, pa.MonthDayNano):
        return [str(value.months), str(value.days), str(value.nanoseconds)]
    if isinstance(value, dict):
        return [[key, plain(item)] for key, item in value.items()]
    if isinstance(value, list):
        return [plain(item) for item in value]
    raise TypeError(f"no form for {value!r}")
