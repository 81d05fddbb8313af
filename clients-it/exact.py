"""Rows in plain values that compare exactly, whichever reader they come from; and conditions over them, in SQL and here."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pandas as pd
import pyarrow as pa

EPOCH = dt.datetime(1970, 1, 1)
# Stands for NaN, which does not equal itself.
NAN = "NaN"
MOST_CONDITIONS_OF_A_COLUMN = 12


def plain(value: Any) -> Any:
    """Hashable; moments as nanoseconds since 1970 in UTC, UUIDs as bytes, maps without an order."""
    if isinstance(value, float):
        return NAN if math.isnan(value) else value
    if isinstance(value, pd.Timestamp):
        return value.value
    if isinstance(value, dt.datetime):
        naive = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        return (naive - EPOCH) // dt.timedelta(microseconds=1) * 1000
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, dict):
        return tuple((key, plain(inner)) for key, inner in value.items())
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return frozenset((plain(key), plain(inner)) for key, inner in value)
    if isinstance(value, list):
        return tuple(plain(inner) for inner in value)
    return value


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [[plain(value) for value in column.to_pylist()] for column in table.columns]
    return list(zip(*columns, strict=True))


def assert_same(actual: pa.Table, expected: pa.Table) -> None:
    """The same columns in the same order, and the same rows in any order, each as often."""
    assert actual.column_names == expected.column_names
    got, wanted = Counter(rows(actual)), Counter(rows(expected))
    assert got == wanted, f"too many: {list((got - wanted).items())[:5]}; missing: {list((wanted - got).items())[:5]}"


def assert_same_types(actual: pa.Schema, expected: pa.Schema) -> None:
    for got, wanted in zip(actual, expected, strict=True):
        assert shape(got.type) == shape(wanted.type), f"column {got.name}: {got.type} (expected: {wanted.type})"


def shape(data_type: pa.DataType) -> str:
    """What a type is without what readers differ in: names of inner columns, offsets' width, extension types."""
    if isinstance(data_type, pa.BaseExtensionType):
        return shape(data_type.storage_type)
    if pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type):
        return "string"
    if pa.types.is_large_binary(data_type) or pa.types.is_binary_view(data_type):
        return "binary"
    if pa.types.is_dictionary(data_type):
        return shape(data_type.value_type)
    if pa.types.is_list(data_type) or pa.types.is_large_list(data_type):
        return f"list<{shape(data_type.value_type)}>"
    if pa.types.is_map(data_type):
        return f"map<{shape(data_type.key_type)}, {shape(data_type.item_type)}>"
    if pa.types.is_struct(data_type):
        return "struct<" + ", ".join(f"{field.name}: {shape(field.type)}" for field in data_type) + ">"
    if pa.types.is_timestamp(data_type):
        return f"timestamp[{data_type.unit}{', UTC' if data_type.tz else ''}]"
    return str(data_type)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Condition:
    """Text of a WHERE, and whether a row's value of the column fulfils it."""

    sql: str
    holds: Callable[[Any], bool]


def conditions(field: pa.Field, values: list[Any]) -> Iterator[Condition]:
    """Comparisons of a column of a primitive type with values that are in it, and with some that are not."""
    name = quoted(field.name)
    yield Condition(f"{name} IS NULL", lambda value: value is None)
    yield Condition(f"{name} IS NOT NULL", lambda value: value is not None)
    if pa.types.is_nested(field.type) or pa.types.is_null(field.type):
        return
    known = sorted({plain(value) for value in values if value is not None} - {NAN}, key=order)
    literals = {plain(value): literal(value, field.type) for value in values if value is not None}
    # Zero equals minus zero in some readers and not in others.
    known = [value for value in known if not (isinstance(value, float) and value == 0)]
    for value in spread(known, (MOST_CONDITIONS_OF_A_COLUMN - 2) // 3):
        text = literals[value]
        yield Condition(f"{name} = {text}", lambda got, value=value: got == value)
        if not pa.types.is_boolean(field.type):
            yield Condition(f"{name} < {text}", lambda got, value=value: got is not None and order(got) < order(value))
            yield Condition(f"{name} >= {text}", lambda got, value=value: got is not None and order(got) >= order(value))
    if len(known) > 1:
        first, last = known[0], known[-1]
        listed = f"({literals[first]}, {literals[last]})"
        yield Condition(f"{name} IN {listed}", lambda got: got in (first, last))
        yield Condition(f"{name} NOT IN {listed}", lambda got: got is not None and got not in (first, last))


def spread(values: list[Any], most: int) -> list[Any]:
    if len(values) <= most:
        return values
    return [values[i * (len(values) - 1) // (most - 1)] for i in range(most)]


def order(value: Any) -> Any:
    """Texts by their bytes, NaN after everything, as the engine has it."""
    if value == NAN:
        return math.inf, 1
    if isinstance(value, float):
        return value, 0
    return value.encode() if isinstance(value, str) else value


def literal(value: Any, data_type: pa.DataType) -> str:
    """SQL of a value in exactly that type."""
    if isinstance(data_type, pa.BaseExtensionType):
        data_type = data_type.storage_type
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, UUID):
        value = value.bytes
    if isinstance(value, bytes):
        text = f"X'{value.hex()}'"
        fixed = pa.types.is_fixed_size_binary(data_type)
        return f"arrow_cast({text}, 'FixedSizeBinary({data_type.byte_width})')" if fixed else text
    return f"arrow_cast('{text_of(value)}', '{arrow_name(data_type)}')"


def text_of(value: Any) -> str:
    if isinstance(value, (dt.datetime, pd.Timestamp)):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def arrow_name(data_type: pa.DataType) -> str:
    """The type as the engine's `arrow_cast` spells it."""
    if pa.types.is_timestamp(data_type):
        unit = {"us": "Microsecond", "ns": "Nanosecond", "ms": "Millisecond", "s": "Second"}[data_type.unit]
        zone = 'Some("UTC")' if data_type.tz else "None"
        return f"Timestamp({unit}, {zone})"
    if pa.types.is_decimal(data_type):
        return f"Decimal128({data_type.precision}, {data_type.scale})"
    names = {"int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64", "float": "Float32"}
    names |= {"double": "Float64", "date32[day]": "Date32", "time64[us]": "Time64(Microsecond)", "string": "Utf8"}
    return names[str(data_type)]
