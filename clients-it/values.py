"""Comparing what came back with what was written, value for value."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def assert_same_rows(actual: pa.Table, expected: pa.Table) -> None:
    """The same columns in the same order and, row by row in the order of `id`, the same values. Types may differ."""
    assert actual.column_names == expected.column_names
    assert actual.num_rows == expected.num_rows
    got_order, wanted_order = order_by_id(actual), order_by_id(expected)
    for name in expected.column_names:
        got, wanted = plain_values(actual[name]), plain_values(expected[name])
        for i, j in zip(got_order, wanted_order, strict=True):
            assert same_value(got[i], wanted[j]), f"column {name}, row {j}: {got[i]!r} (expected: {wanted[j]!r})"


def order_by_id(table: pa.Table) -> list[int]:
    """Row numbers in the order of the column `id`."""
    return pc.sort_indices(table["id"]).to_pylist()


def plain_values(column: pa.ChunkedArray) -> list[Any]:
    """Python values; times with nanoseconds as integers, since Python's own stop at microseconds."""
    if pa.types.is_time64(column.type) or (pa.types.is_timestamp(column.type) and column.type.unit == "ns"):
        column = column.cast(pa.int64())
    return column.to_pylist()


def same_value(got: Any, wanted: Any) -> bool:
    if isinstance(got, float) and isinstance(wanted, float) and math.isnan(wanted):
        return math.isnan(got)
    return got == wanted and (got is None) == (wanted is None)


def canonical(data_type: pa.DataType) -> pa.DataType:
    """The type with the usual names for the children of lists and maps: files disagree on them, values do not."""
    if pa.types.is_list(data_type):
        return pa.list_(canonical(data_type.value_type))
    if pa.types.is_struct(data_type):
        return pa.struct([(child.name, canonical(child.type)) for child in data_type])
    if pa.types.is_map(data_type):
        return pa.map_(canonical(data_type.key_type), canonical(data_type.item_type))
    return data_type
