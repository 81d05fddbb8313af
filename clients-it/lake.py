"""The files behind the test server, written by pyarrow, and what a client must get back for each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq


@dataclass
class Lake:
    """Datasets by name: the location to register and the rows that are expected back."""

    folder: Path
    locations: dict[str, Path] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)

    def add(self, name: str, location: Path, table: pa.Table) -> None:
        self.locations[name] = location
        self.tables[name] = table

    def arguments(self) -> list[str]:
        """What `bowyer serve` takes."""
        return [f"{name}={location}" for name, location in self.locations.items()]


def trips() -> pa.Table:
    """Small and plain; what the SQL tests ask about."""
    return pa.table(
        {
            "id": pa.array(range(1, 7), pa.int64()),
            "city": ["Oslo", "Rome", "Oslo", None, "Bonn", "Rome"],
            "fare": pa.array([10.5, 20.0, None, 7.25, 3.0, 42.0], pa.float64()),
            "day": pa.array([dt.date(2026, 1, day) for day in (1, 1, 2, 2, 3, 3)], pa.date32()),
            "tip": pa.array(
                [Decimal(text) for text in ("1.10", "0.00", "2.25", "0.75", "0.10", "9.99")], pa.decimal128(9, 2)
            ),
        }
    )


def plain_types() -> pa.Table:
    """Types that travel as they are, with the limits of each and a null."""
    moment = dt.datetime(2026, 2, 3, 4, 5, 6, 789000)
    columns = {
        "id": pa.array([1, 2, 3], pa.int64()),
        "flag": pa.array([True, False, None]),
        "i8": pa.array([-128, 127, None], pa.int8()),
        "i16": pa.array([-(2**15), 2**15 - 1, None], pa.int16()),
        "i32": pa.array([-(2**31), 2**31 - 1, None], pa.int32()),
        "i64": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
        "f32": pa.array([1.5, float("-inf"), None], pa.float32()),
        "f64": pa.array([5e-324, float("nan"), None], pa.float64()),
        "text": pa.array(["Grüße, 世界 🏹", "", None], pa.string()),
        "bytes": pa.array([b"\x00\xff", b"", None], pa.binary()),
        "fixed": pa.array([b"abcd", b"\x00\x01\x02\x03", None], pa.binary(4)),
        "day32": pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31), None], pa.date32()),
        "time_ms": pa.array([dt.time(23, 59, 59, 999000), dt.time(0), None], pa.time32("ms")),
        "time_us": pa.array([dt.time(23, 59, 59, 999999), dt.time(0), None], pa.time64("us")),
        "time_ns": pa.array([86_399_999_999_999, 1, None], pa.time64("ns")),
        "at_ms": pa.array([moment, dt.datetime(1969, 12, 31, 23, 59, 59), None], pa.timestamp("ms")),
        "at_us": pa.array([moment, dt.datetime(1, 1, 1), None], pa.timestamp("us")),
        "at_ns": pa.array([1_700_000_000_123_456_789, -1, None], pa.timestamp("ns")),
        "at_utc": pa.array([moment.replace(tzinfo=dt.UTC), None, None], pa.timestamp("us", "UTC")),
        "money": pa.array([Decimal("-9999999.99"), Decimal("0.01"), None], pa.decimal128(9, 2)),
        "huge": pa.array([Decimal(10**37), Decimal(-1), None], pa.decimal128(38, 0)),
        "numbers": pa.array([[1, None, 3], [], None], pa.list_(pa.int32())),
        "names": pa.array([["a", None], [""], None], pa.list_(pa.string())),
        "nested": pa.array([[[1], [2, 3]], [None, []], None], pa.list_(pa.list_(pa.int64()))),
        "place": pa.array(
            [{"x": 1, "label": "a"}, {"x": None, "label": None}, None],
            pa.struct({"x": pa.int32(), "label": pa.string()}),
        ),
        "tags": pa.array([[("k", 1), ("l", None)], [], None], pa.map_(pa.string(), pa.int64())),
    }
    return pa.table(columns)


def widened_types() -> pa.Table:
    """Types that some clients cannot read; the wire carries a compatible type instead."""
    columns = {
        "id": pa.array([1, 2, 3], pa.int64()),
        "u8": pa.array([0, 255, None], pa.uint8()),
        "u16": pa.array([0, 2**16 - 1, None], pa.uint16()),
        "u32": pa.array([0, 2**32 - 1, None], pa.uint32()),
        "u64": pa.array([0, 2**64 - 1, None], pa.uint64()),
        "f16": pa.array([1.5, -65504.0, None], pa.float16()),
        "big_text": pa.array(["long", "", None], pa.large_string()),
        "big_bytes": pa.array([b"long", b"", None], pa.large_binary()),
        "text_view": pa.array(["short", "longer than twelve bytes", None], pa.string_view()),
        "bytes_view": pa.array([b"short", b"longer than twelve bytes", None], pa.binary_view()),
        "word": pa.array(["red", "green", None], pa.string()).dictionary_encode(),
        "views": pa.array([["longer than twelve bytes", None], [], None], pa.list_(pa.string_view())),
        "box": pa.array(
            [{"u": 255, "t": "x"}, {"u": None, "t": None}, None], pa.struct({"u": pa.uint8(), "t": pa.large_string()})
        ),
    }
    return pa.table(columns)


def wire_type(stored: pa.DataType) -> pa.DataType:
    """The type that a client sees for a stored one, unless it asks for native types."""
    simple = {
        pa.uint8(): pa.int16(),
        pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(),
        pa.uint64(): pa.decimal128(20, 0),
        pa.float16(): pa.float32(),
        pa.large_string(): pa.string(),
        pa.string_view(): pa.string(),
        pa.large_binary(): pa.binary(),
        pa.binary_view(): pa.binary(),
    }
    if pa.types.is_dictionary(stored):
        return wire_type(stored.value_type)
    if pa.types.is_list(stored):
        return pa.list_(wire_type(stored.value_type))
    if pa.types.is_struct(stored):
        return pa.struct([(child.name, wire_type(child.type)) for child in stored])
    if pa.types.is_map(stored):
        return pa.map_(wire_type(stored.key_type), wire_type(stored.item_type))
    return simple.get(stored, stored)


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=1000)


def write_csv(table: pa.Table, path: Path) -> None:
    pyarrow.csv.write_csv(table, path)


def write_arrow_file(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def write_arrow_stream(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def numbered(count: int, first: int = 0) -> pa.Table:
    """Rows whose columns all follow from `id`, so that any mix-up shows."""
    ids = range(first, first + count)
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "square": pa.array([i * i for i in ids], pa.int64()),
            "name": [f"row {i}" for i in ids],
        }
    )


def write_lake(folder: Path) -> Lake:
    """Writes every file that the shared server serves. All but `growing` stay as they are."""
    lake = Lake(folder)
    _add_single_files(lake)
    _add_text_files(lake)
    _add_folders(lake)
    return lake


def _add_single_files(lake: Lake) -> None:
    files: dict[str, tuple[str, Callable[[], pa.Table], Callable[[pa.Table, Path], None]]] = {
        "trips": ("trips.parquet", trips, write_parquet),
        "types_parquet": ("types.parquet", plain_types, write_parquet),
        "widened_parquet": ("widened.parquet", widened_types, write_parquet),
        "types_arrow": ("types.arrow", plain_types, write_arrow_file),
        "widened_arrow": ("widened.arrow", widened_types, write_arrow_file),
        "stream_arrow": ("stream.arrow", lambda: numbered(2500), write_arrow_stream),
        "empty_rows": ("empty_rows.parquet", lambda: trips().slice(0, 0), write_parquet),
        "many": ("many.parquet", lambda: numbered(50_000), write_parquet),
    }
    for name, (file_name, make, write) in files.items():
        table = make()
        write(table, lake.folder / file_name)
        lake.add(name, lake.folder / file_name, table)


def _add_text_files(lake: Lake) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int64()),
            "price": pa.array([1.25, None, -3.5], pa.float64()),
            "name": ['comma, quote " and ü', "line\nbreak", None],
            "ok": [True, False, None],
            "day": pa.array([dt.date(2026, 1, 2), None, dt.date(1999, 12, 31)], pa.date32()),
        }
    )
    write_csv(table, lake.folder / "prices.csv")
    lake.add("prices_csv", lake.folder / "prices.csv", table)

    lines = [
        '{"id": 1, "price": 1.25, "name": "ü \\"x\\"", "ok": true, "list": [1, 2], "at": {"x": 1}}',
        '{"id": 2, "price": null, "name": "", "ok": false, "list": [], "at": {"x": null}}',
        '{"id": 3, "ok": null, "list": null, "at": null}',
    ]
    (lake.folder / "prices.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    expected = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int64()),
            "price": pa.array([1.25, None, None], pa.float64()),
            "name": ['ü "x"', "", None],
            "ok": [True, False, None],
            "list": pa.array([[1, 2], [], None], pa.list_(pa.int64())),
            "at": pa.array([{"x": 1}, {"x": None}, None], pa.struct({"x": pa.int64()})),
        }
    )
    lake.add("prices_ndjson", lake.folder / "prices.ndjson", expected)


def _add_folders(lake: Lake) -> None:
    parts = lake.folder / "parts"
    (parts / "deeper").mkdir(parents=True)
    write_parquet(numbered(3000), parts / "a.parquet")
    write_parquet(numbered(2000, first=3000), parts / "deeper" / "b.parquet")
    lake.add("parts", parts, numbered(5000))

    # Enough of it that a result can be divided.
    wide = lake.folder / "wide_parts"
    wide.mkdir()
    for index in range(4):
        write_parquet(numbered(10_000, first=10_000 * index), wide / f"{index}.parquet")
    lake.add("wide_parts", wide, numbered(40_000))

    logs = lake.folder / "logs"
    logs.mkdir()
    write_parquet(numbered(10), logs / "log-1.parquet")
    write_parquet(numbered(10, first=10), logs / "log-2.parquet")
    write_parquet(numbered(99, first=500), logs / "other.parquet")
    lake.add("logs", logs / "log-*.parquet", numbered(20))

    gained = lake.folder / "gained"
    gained.mkdir()
    older, newer = numbered(10), numbered(10, first=10).append_column("extra", pa.array(range(10), pa.int32()))
    write_parquet(older, gained / "1.parquet")
    write_parquet(newer, gained / "2.parquet")
    lake.add("gained", gained, pa.concat_tables([older, newer], promote_options="default"))

    growing = lake.folder / "growing"
    growing.mkdir()
    write_parquet(numbered(10), growing / "1.parquet")
    lake.add("growing", growing, numbered(10))

    sales = lake.folder / "sales"
    pieces = []
    for index, (year, region) in enumerate([("2025", "north"), ("2025", "south"), ("2026", "north")]):
        piece = numbered(5, first=5 * index)
        (sales / f"year={year}" / f"region={region}").mkdir(parents=True)
        write_parquet(piece, sales / f"year={year}" / f"region={region}" / "data.parquet")
        pieces.append(piece.append_column("year", pa.array([year] * 5)).append_column("region", pa.array([region] * 5)))
    lake.add("sales", sales, pa.concat_tables(pieces))
