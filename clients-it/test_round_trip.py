"""Every type that pyarrow can write into an Arrow file: served, and read back natively and by default."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from lake import wire_type, write_arrow_file
from test_flight_rpcs import query
from values import canonical, plain_values, same_value

NATIVE = flight.FlightCallOptions(headers=[(b"x-bowyer-wire", b"native")])

WHEN = dt.datetime(2026, 2, 3, 4, 5, 6)
WORDS = ["", "short", None, "longer than twelve bytes", "Grüße, 世界 🏹"]


def numbers(data_type: pa.DataType) -> pa.Array:
    return pa.array([0, 1, None, 100, 7], data_type)


def money(data_type: pa.DataType) -> pa.Array:
    return pa.array([Decimal("0.00"), Decimal("-1.25"), None, Decimal("99999.99"), Decimal("0.01")], data_type)


def texts(data_type: pa.DataType) -> pa.Array:
    return pa.array(WORDS, data_type)


def blobs(data_type: pa.DataType) -> pa.Array:
    return pa.array([word.encode() if word is not None else None for word in WORDS], data_type)


def lists(data_type: pa.DataType) -> pa.Array:
    return pa.array([[1, 2], [], None, [None], [3]], data_type)


def times() -> Iterator[pa.Array]:
    for unit in ("s", "ms", "us", "ns"):
        yield pa.array([WHEN, dt.datetime(1969, 12, 31), None, WHEN, WHEN], pa.timestamp(unit))
        for zone in ("UTC", "Europe/Berlin", "+02:00"):
            yield numbers(pa.timestamp(unit, zone))
        yield numbers(pa.duration(unit))
    for data_type in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"), pa.date32()):
        yield numbers(data_type)
    yield pa.array([dt.date(1970, 1, 1), dt.date(1, 1, 1), None, dt.date(9999, 12, 31), dt.date(2026, 1, 1)], pa.date64())
    yield pa.array([(1, 2, 3), (0, 0, -1), None, (-1, -2, -3), (0, 0, 0)], pa.month_day_nano_interval())


def flat() -> Iterator[pa.Array]:
    yield pa.nulls(5)
    yield pa.array([True, False, None, True, False])
    for bits in (8, 16, 32, 64):
        yield numbers(getattr(pa, f"int{bits}")())
        yield numbers(getattr(pa, f"uint{bits}")())
    yield pa.array([0, 2**64 - 1, None, 2**63, 1], pa.uint64())
    for data_type in (pa.float16(), pa.float32(), pa.float64()):
        yield pa.array([0.0, -1.5, None, float("nan"), float("inf")], data_type)
    for data_type in (pa.decimal32(7, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2)):
        yield money(data_type)
    yield pa.array([Decimal(-100), Decimal(200), None, Decimal(0), Decimal(700)], pa.decimal128(5, -2))
    for data_type in (pa.string(), pa.large_string(), pa.string_view()):
        yield texts(data_type)
    for data_type in (pa.binary(), pa.large_binary(), pa.binary_view()):
        yield blobs(data_type)
    yield pa.array([b"abc", b"\x00\x01\x02", None, b"zzz", b"\xff\xff\xff"], pa.binary(3))


def nested() -> Iterator[pa.Array]:
    for make in (pa.list_, pa.large_list, pa.list_view, pa.large_list_view):
        yield lists(make(pa.int32()))
    yield pa.array([[1, 2], [3, 4], None, [None, 5], [6, 7]], pa.list_(pa.int64(), 2))
    yield pa.array([["a", None], [], None, ["longer than twelve bytes"], [""]], pa.list_(pa.string_view()))
    yield pa.array([[[1], []], [], None, [None, [2, 3]], [[]]], pa.list_(pa.large_list(pa.uint8())))
    point = pa.struct({"x": pa.int32(), "name": pa.large_string(), "in": pa.struct({"deep": pa.uint16()})})
    yield pa.array([{"x": 1, "name": "a", "in": {"deep": 7}}, {"x": None, "name": None, "in": None}, None, {}, {"x": 2}], point)
    yield pa.array([[("k", 1)], [], None, [("a", None), ("b", 2)], [("", 0)]], pa.map_(pa.string(), pa.int64()))
    yield pa.array([[{"u": 1}], [], None, [None], [{"u": None}]], pa.list_(pa.struct({"u": pa.uint64()})))


def encoded() -> Iterator[pa.Array]:
    for index in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()):
        yield texts(pa.string()).dictionary_encode().cast(pa.dictionary(index, pa.string()))
    yield pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 1, 1], pa.int8()), pa.array(["b", "a"]), ordered=True)
    yield numbers(pa.int64()).dictionary_encode()
    yield pa.array([["x", "y"], [], None, ["x"], [None]], pa.list_(pa.dictionary(pa.int32(), pa.string())))
    yield pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 5], pa.int32()), pa.array(["a", None, "b"]))
    yield pa.RunEndEncodedArray.from_arrays(pa.array([1, 5], pa.int16()), pa.array([1.5, 2.5]))


def unions() -> Iterator[pa.Array]:
    kinds = pa.array([0, 1, 0, 1, 0], pa.int8())
    five = [pa.array([1, 0, 2, 0, 3], pa.int64()), pa.array(["", "a", "", "b", ""])]
    yield pa.UnionArray.from_sparse(kinds, five, ["number", "text"])
    offsets = pa.array([0, 0, 1, 1, 2], pa.int32())
    yield pa.UnionArray.from_dense(kinds, offsets, [pa.array([1, 2, 3]), pa.array(["a", "b"])], ["number", "text"])


def extensions() -> Iterator[pa.Array]:
    ids = [uuid.UUID(int=i).bytes for i in range(5)]
    yield pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16)))
    yield pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}", "[1]", None, '"x"', "1"]))
    yield pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1, None, 1, 0], pa.int8()))
    tensor = pa.fixed_shape_tensor(pa.int32(), [2, 2])
    yield pa.ExtensionArray.from_storage(tensor, pa.array([[1, 2, 3, 4]] * 5, pa.list_(pa.int32(), 4)))
    yield pa.ExtensionArray.from_storage(pa.opaque(pa.string(), "point", "elsewhere"), texts(pa.string()))


GROUPS = [flat, times, nested, encoded, unions, extensions]
ARRAYS = {f"t{i}": array for i, array in enumerate(array for group in GROUPS for array in group())}

def named(name: str) -> str:
    return str(ARRAYS[name].type)[:60]


def served_table(array: pa.Array) -> pa.Table:
    return pa.table({"id": pa.array(range(5), pa.int64()), "value": array})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    folder = tmp_path_factory.mktemp("types")
    arguments = []
    tables = {name: served_table(array) for name, array in ARRAYS.items()}
    tables["none"] = served_table(ARRAYS["t1"]).slice(0, 0)
    for name, table in tables.items():
        write_arrow_file(table, folder / f"{name}.arrow")
        arguments.append(f"{name}={folder / name}.arrow")
    process = BowyerProcess(["serve", *arguments])
    yield process
    assert process.stop() == 0


@pytest.fixture
def connected(served: BowyerProcess) -> Iterator[flight.FlightClient]:
    with flight.connect(served.uri) as client:
        yield client


def read(client: flight.FlightClient, name: str, options: flight.FlightCallOptions | None = None) -> pa.Table:
    info = client.get_flight_info(flight.FlightDescriptor.for_path(name), options)
    (endpoint,) = info.endpoints
    table = client.do_get(endpoint.ticket).read_all()
    assert table.schema.equals(info.schema, check_metadata=True)
    table.validate(full=True)
    return table


def storage(data_type: pa.DataType) -> pa.DataType:
    return data_type.storage_type if isinstance(data_type, pa.BaseExtensionType) else data_type


def default_type(stored: pa.DataType) -> pa.DataType:
    """What `docs/concepts/wire-types.md` says."""
    if isinstance(stored, pa.BaseExtensionType):
        return default_type(stored.storage_type)
    if pa.types.is_dictionary(stored) or pa.types.is_run_end_encoded(stored):
        return default_type(stored.value_type)
    if pa.types.is_decimal32(stored) or pa.types.is_decimal64(stored):
        return pa.decimal128(stored.precision, stored.scale)
    if pa.types.is_fixed_size_list(stored):
        return pa.list_(default_type(stored.value_type), stored.list_size)
    if any(is_list(stored) for is_list in (pa.types.is_list, pa.types.is_large_list)) or "list_view" in str(stored)[:15]:
        return pa.list_(default_type(stored.value_type))
    if pa.types.is_struct(stored):
        return pa.struct([(child.name, default_type(child.type)) for child in stored])
    if pa.types.is_map(stored):
        return pa.map_(default_type(stored.key_type), default_type(stored.item_type))
    return wire_type(stored)


def native_type(stored: pa.DataType) -> pa.DataType:
    """As it is stored, but for the narrow decimals: Arrow's Java library, which writes the schema, has none."""
    if pa.types.is_decimal32(stored) or pa.types.is_decimal64(stored):
        return default_type(stored)
    return stored


def values(column: pa.ChunkedArray) -> list[Any]:
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    if pa.types.is_duration(column.type) or pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).to_pylist()
    return plain_values(column)


def assert_values(got: pa.Table, name: str) -> None:
    assert got["id"].to_pylist() == [0, 1, 2, 3, 4]
    wanted = values(served_table(ARRAYS[name])["value"])
    for index, (have, want) in enumerate(zip(values(got["value"]), wanted, strict=True)):
        assert same_value(have, want), f"row {index}: {have!r} (expected: {want!r})"


@pytest.mark.client("pyarrow", "native types")
@pytest.mark.parametrize("name", ARRAYS, ids=named)
def test_natively_a_type_comes_back_as_it_is(connected: flight.FlightClient, name: str) -> None:
    got = read(connected, name, NATIVE)
    assert got.schema.field("value").type == native_type(ARRAYS[name].type)
    assert_values(got, name)


@pytest.mark.client("pyarrow", "compatible types")
@pytest.mark.parametrize("name", ARRAYS, ids=named)
def test_by_default_a_type_comes_back_as_the_documented_one(connected: flight.FlightClient, name: str) -> None:
    got = read(connected, name)
    assert canonical(storage(got.schema.field("value").type)) == canonical(default_type(ARRAYS[name].type))
    assert_values(got, name)


def test_a_table_without_rows_keeps_its_types(connected: flight.FlightClient) -> None:
    for options in (None, NATIVE):
        table = read(connected, "none", options)
        assert (table.num_rows, table.column_names) == (0, ["id", "value"])


@pytest.mark.client("pyarrow", "columns of one name")
def test_a_result_may_have_two_columns_of_one_name(connected: flight.FlightClient) -> None:
    sql = "SELECT a.id, b.id FROM t1 a JOIN t1 b ON a.id = b.id + 1 WHERE b.id = 1"
    (endpoint,) = connected.get_flight_info(query(sql)).endpoints
    table = connected.do_get(endpoint.ticket).read_all()
    assert table.column_names == ["id", "id"]
    assert [column.to_pylist() for column in table.columns] == [[2], [1]]
