"""What the pyarrow server serves: each a name, and how its rows are cut into parts, batches and messages."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc

ROWS = 2_000
BIG_MESSAGE_BYTES = 48 * 1024 * 1024


@dataclass(frozen=True)
class Served:
    """A table in parts, of which each is an endpoint."""

    parts: list[pa.Table]
    ordered: bool = False
    compression: str | None = None
    deltas: bool = False
    # URIs that an endpoint names: none; "self", this server; "reuse", the connection that is there.
    locations: str = "none"
    announced_schema: bool = True
    announced_rows: int | None = None

    @property
    def schema(self) -> pa.Schema:
        return self.parts[0].schema

    def whole(self) -> pa.Table:
        return pa.concat_tables(self.parts) if len(self.parts) > 1 else self.parts[0]

    def write_options(self) -> ipc.IpcWriteOptions:
        return ipc.IpcWriteOptions(compression=self.compression, emit_dictionary_deltas=self.deltas)


def numbers(first: int, count: int) -> pa.Table:
    n = pa.array(range(first, first + count), pa.int64())
    return pa.table({"n": n, "half": pc.divide(pc.cast(n, pa.float64()), 2.0), "name": pc.cast(n, pa.string())})


def quarters() -> list[pa.Table]:
    quarter = ROWS // 4
    return [numbers(i * quarter, quarter) for i in range(4)]


def colours(*batches: list[str | None]) -> pa.Table:
    """A dictionary for each batch: its values are those of the batch."""
    chunks = [pa.array(batch, pa.string()).dictionary_encode() for batch in batches]
    return pa.table({"colour": pa.chunked_array(chunks)})


def growing() -> pa.Table:
    """Each batch's dictionary begins with the one before: sent as deltas."""
    values = ["red", "green", "blue", "black"]
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([size - 1, 0, None], pa.int32()), pa.array(values[:size]))
        for size in (1, 2, 4)
    ]
    return pa.table({"colour": pa.chunked_array(chunks)})


def nested_dictionaries() -> pa.Table:
    batches = []
    for words in (["a", "b", "a"], ["c", "a", "d"]):
        inner = pa.array(words).dictionary_encode()
        lists = pa.ListArray.from_arrays(pa.array([0, 1, 1, 3], pa.int32()), inner)
        struct = pa.StructArray.from_arrays([inner, pa.array([1, 2, None])], ["word", "n"])
        batches.append(pa.record_batch({"words": lists, "pair": struct}))
    return pa.Table.from_batches(batches)


def every_type() -> pa.Table:
    """Three rows of each type of pyarrow that arrow-java has a vector for; the second is NULL."""
    day = datetime.date(2024, 2, 29)
    columns: dict[str, pa.Array] = {"null": pa.nulls(3)}
    for width in (8, 16, 32, 64):
        columns[f"int{width}"] = pa.array([-(2 ** (width - 1)), None, 2 ** (width - 1) - 1], f"int{width}")
        columns[f"uint{width}"] = pa.array([0, None, 2**width - 1], f"uint{width}")
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        columns[str(kind)] = pa.array([-0.0, None, math.nan], kind)
    columns["bool"] = pa.array([True, None, False])
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        columns[str(kind)] = pa.array(["", None, "länger als zwölf Bytes \U0001f3f9"], kind)
    for kind in (pa.binary(), pa.large_binary(), pa.binary_view()):
        columns[str(kind)] = pa.array([b"", None, bytes(range(256))], kind)
    columns["fixed"] = pa.array([b"abc", None, b"\0\1\2"], pa.binary(3))
    for width, digits in ((128, 38), (256, 76)):
        largest = "9" * (digits - 5) + ".99999"
        values = [decimal.Decimal(largest), None, decimal.Decimal("-" + largest)]
        columns[f"decimal{width}"] = pa.array(values, getattr(pa, f"decimal{width}")(digits, 5))
    columns["date32"] = pa.array([day, None, datetime.date(1, 1, 1)], pa.date32())
    columns["date64"] = pa.array([day, None, datetime.date(9999, 12, 31)], pa.date64())
    for unit in ("s", "ms"):
        columns[f"time32_{unit}"] = pa.array([0, None, 86_399], pa.int32()).cast(pa.time32(unit))
    for unit in ("us", "ns"):
        columns[f"time64_{unit}"] = pa.array([0, None, 86_399_999_999], pa.int64()).cast(pa.time64(unit))
    for unit in ("s", "ms", "us", "ns"):
        moments = pa.array([-1, None, 1_709_164_800], pa.int64())
        columns[f"timestamp_{unit}"] = moments.cast(pa.timestamp(unit))
        columns[f"timestamp_{unit}_zone"] = moments.cast(pa.timestamp(unit, "Europe/Berlin"))
        columns[f"duration_{unit}"] = moments.cast(pa.duration(unit))
    columns["interval"] = pa.array([pa.MonthDayNano([1, -2, 3]), None, pa.MonthDayNano([-13, 40, -5])])
    columns["uuid"] = pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([uuid.UUID(int=1).bytes, None, uuid.UUID(int=2**128 - 1).bytes], pa.binary(16))
    )
    columns["json"] = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None, "[]"]))
    return pa.table(columns)


def every_nested_type() -> pa.Table:
    lists = [[1, None], None, []]
    member = pa.array([1, None, 3], pa.int32())
    words = pa.array(["x", "y", None])
    type_ids = pa.array([0, 1, 0], pa.int8())
    columns = {
        "list": pa.array(lists, pa.list_(pa.int64())),
        "large_list": pa.array(lists, pa.large_list(pa.int64())),
        "list_view": pa.array(lists, pa.list_view(pa.int64())),
        "large_list_view": pa.array(lists, pa.large_list_view(pa.int64())),
        "fixed_size_list": pa.array([[1, None], None, [3, 4]], pa.list_(pa.int64(), 2)),
        "struct": pa.array([{"a": 1, "b": [{"c": "x"}]}, None, {"a": None, "b": None}]),
        "map": pa.array([[("k", 1), ("l", None)], None, []], pa.map_(pa.string(), pa.int32())),
        "sparse_union": pa.UnionArray.from_sparse(type_ids, [member, words], ["n", "word"]),
        "dense_union": pa.UnionArray.from_dense(type_ids, pa.array([0, 1, 1], pa.int32()), [member, words], ["n", "word"]),
        "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["r", None])),
        "dictionary": pa.array(["d", None, "e"]).dictionary_encode(),
    }
    return pa.table(columns)


def small_decimals() -> pa.Table:
    values = [decimal.Decimal("1.25"), None, decimal.Decimal("-99999.99")]
    return pa.table({"d32": pa.array(values, pa.decimal32(7, 2)), "d64": pa.array(values, pa.decimal64(17, 2))})


def tables() -> dict[str, Served]:
    no_rows = numbers(0, 0)
    no_batch = pa.RecordBatch.from_pylist([], schema=no_rows.schema)
    return {
        "numbers": Served([numbers(0, ROWS)]),
        "ordered": Served(quarters(), ordered=True),
        "unordered": Served(quarters(), locations="self"),
        "reused": Served(quarters(), ordered=True, locations="reuse"),
        "unannounced": Served([numbers(0, 10)], announced_schema=False, announced_rows=-1),
        "short": Served([numbers(0, 5)], announced_rows=10),
        "lz4": Served(quarters(), compression="lz4"),
        "zstd": Served(quarters(), compression="zstd"),
        "empty": Served([no_rows]),
        "empty_batches": Served([pa.Table.from_batches([no_batch] * 3)]),
        "no_columns": Served([pa.table({"n": [1, 2, 3]}).select([])]),
        "one_message": Served([pa.table({"bytes": pa.array([b"x" * BIG_MESSAGE_BYTES])})]),
        "types": Served([every_type()]),
        "types_lz4": Served([every_type()], compression="lz4"),
        "types_zstd": Served([every_type()], compression="zstd"),
        "nested": Served([every_nested_type()]),
        "nested_lz4": Served([every_nested_type()], compression="lz4"),
        "small_decimals": Served([small_decimals()]),
        "colours": Served([colours(["red", "green"]), colours(["blue", "red"])], ordered=True),
        "replaced": Served([colours(["red", None, "green"], ["blue", "red"], ["green"])]),
        "growing": Served([growing()], deltas=True),
        "growing_lz4": Served([growing()], deltas=True, compression="lz4"),
        "nested_dictionaries": Served([nested_dictionaries()]),
        "lake.orders": Served([numbers(0, 3)]),
    }


def endless(schema: pa.Schema, wait: Callable[[float], object]) -> Iterator[pa.RecordBatch]:
    """A batch now, and then one every tenth of a second."""
    first = 0
    while True:
        yield pa.RecordBatch.from_pydict(numbers(first, 100).to_pydict(), schema=schema)
        first += 100
        wait(0.1)


def failing(schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pydict(numbers(0, 100).to_pydict(), schema=schema)
    raise OSError("the disk is on fire")
