"""pyarrow's plain way: names as paths and tickets, no SQL."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from lake import Lake, numbered, plain_types, widened_types, wire_type, write_parquet
from values import assert_same_rows, canonical

# Room for the metadata of a message beside its body.
MESSAGE_LIMIT = 2 * 1024 * 1024


def read(client: flight.FlightClient, name: str) -> pa.Table:
    return client.do_get(flight.Ticket(name.encode())).read_all()


def by_path(*parts: str) -> flight.FlightDescriptor:
    return flight.FlightDescriptor.for_path(*parts)


def path_names(infos: list[flight.FlightInfo]) -> set[str]:
    """The last part of each path, which is the dataset's name without its namespace."""
    return {info.descriptor.path[-1].decode() for info in infos}


# ---- discovery


@pytest.mark.client("pyarrow", "list datasets")
def test_list_flights_names_every_dataset(client: flight.FlightClient, lake: Lake) -> None:
    assert path_names(list(client.list_flights())) == set(lake.locations)


def test_listed_descriptors_can_be_used(client: flight.FlightClient, lake: Lake) -> None:
    for listed in client.list_flights():
        name = listed.descriptor.path[-1].decode()
        info = client.get_flight_info(listed.descriptor)
        assert info.schema == listed.schema, name
        assert client.do_get(info.endpoints[0].ticket).read_all().schema == info.schema, name


@pytest.mark.client("pyarrow", "PATH descriptors")
def test_flight_info_of_a_path(client: flight.FlightClient, lake: Lake) -> None:
    info = client.get_flight_info(by_path("trips"))
    assert info.descriptor == by_path("trips")
    assert len(info.endpoints) == 1
    assert info.endpoints[0].locations == []
    assert info.total_records == lake.tables["trips"].num_rows
    assert info.total_bytes != 0
    assert_same_rows(client.do_get(info.endpoints[0].ticket).read_all(), lake.tables["trips"])


@pytest.mark.client("pyarrow", "PATH descriptors")
@pytest.mark.parametrize("path", [["public", "trips"], ["public.trips"]])
def test_a_path_may_name_the_namespace(client: flight.FlightClient, lake: Lake, path: list[str]) -> None:
    info = client.get_flight_info(by_path(*path))
    assert info.descriptor == by_path(*path)
    assert_same_rows(client.do_get(info.endpoints[0].ticket).read_all(), lake.tables["trips"])


def test_a_ticket_may_be_read_on_another_connection(
    client: flight.FlightClient, server: BowyerProcess, lake: Lake
) -> None:
    ticket = client.get_flight_info(by_path("trips")).endpoints[0].ticket
    with flight.connect(server.uri) as other:
        assert_same_rows(other.do_get(ticket).read_all(), lake.tables["trips"])


def test_one_schema_everywhere(client: flight.FlightClient, lake: Lake) -> None:
    for name in lake.locations:
        info = client.get_flight_info(by_path(name))
        asked = client.get_schema(by_path(name)).schema
        stream = client.do_get(flight.Ticket(name.encode()))
        for other in (asked, stream.schema, client.do_get(info.endpoints[0].ticket).schema):
            assert other.equals(info.schema, check_metadata=True), name


# ---- rows


@pytest.mark.client("pyarrow", "compatible types")
def test_every_dataset_comes_back_value_for_value(client: flight.FlightClient, lake: Lake) -> None:
    for name, expected in lake.tables.items():
        actual = read(client, name)
        actual.validate(full=True)
        if name == "prices_ndjson":
            # The members of a JSON object have no order, so neither have the columns.
            actual = actual.select(expected.column_names)
        if name != "sales":
            assert_same_rows(actual, expected)


@pytest.mark.parametrize("name", ["types_parquet", "types_arrow"])
def test_plain_types_travel_as_they_are(client: flight.FlightClient, name: str) -> None:
    assert_types(read(client, name).schema, plain_types().schema)


@pytest.mark.parametrize("name", ["widened_parquet", "widened_arrow"])
def test_types_that_clients_cannot_read_are_widened(client: flight.FlightClient, name: str) -> None:
    assert_types(read(client, name).schema, widened_types().schema)


def assert_types(actual: pa.Schema, stored: pa.Schema) -> None:
    got = {column.name: canonical(column.type) for column in actual}
    assert got == {column.name: canonical(wire_type(column.type)) for column in stored}


def test_csv_types_are_found(client: flight.FlightClient, lake: Lake) -> None:
    assert read(client, "prices_csv").schema.types == lake.tables["prices_csv"].schema.types


def test_ndjson_types_are_found(client: flight.FlightClient, lake: Lake) -> None:
    got = {column.name: canonical(column.type) for column in read(client, "prices_ndjson").schema}
    assert got == {column.name: canonical(column.type) for column in lake.tables["prices_ndjson"].schema}


@pytest.mark.client("pyarrow", "empty results")
def test_an_empty_table_keeps_its_schema(client: flight.FlightClient, lake: Lake) -> None:
    actual = read(client, "empty_rows")
    assert actual.num_rows == 0
    assert actual.schema.types == lake.tables["empty_rows"].schema.types


def test_hive_folders_become_columns(client: flight.FlightClient, lake: Lake) -> None:
    """Whether `2025` is a number or a text is the server's choice; that it is 2025 is not."""
    actual, expected = read(client, "sales"), lake.tables["sales"]
    assert_same_rows(actual.select(["id", "square", "name"]), expected.select(["id", "square", "name"]))
    got = {row["id"]: (str(row["year"]), str(row["region"])) for row in actual.to_pylist()}
    assert got == {row["id"]: (row["year"], row["region"]) for row in expected.to_pylist()}


def test_files_that_gained_a_column_give_nulls_for_the_older_rows(client: flight.FlightClient) -> None:
    rows = {row["id"]: row["extra"] for row in read(client, "gained").to_pylist()}
    assert rows == {i: None if i < 10 else i - 10 for i in range(20)}


def test_a_new_file_is_seen_by_the_next_query(client: flight.FlightClient, lake: Lake) -> None:
    folder = lake.locations["growing"]
    known = read(client, "growing").num_rows
    write_parquet(numbered(7, first=known), lake.folder / "arriving.parquet")
    (lake.folder / "arriving.parquet").rename(folder / f"from-{known}.parquet")
    lake.tables["growing"] = numbered(known + 7)
    assert_same_rows(read(client, "growing"), numbered(known + 7))
    assert client.get_flight_info(by_path("growing")).total_records == known + 7


@pytest.mark.client("pyarrow", "many rows")
def test_messages_stay_under_two_mebibytes(start_server, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Narrow rows in huge row groups, and rows of a hundred kilobytes."""
    narrow = pa.table({"id": pa.array(range(2_000_000), pa.int64())})
    wide = pa.table({"id": pa.array(range(300), pa.int64()), "text": [chr(97 + i % 26) * 100_000 for i in range(300)]})
    for name, table in {"narrow": narrow, "wide": wide}.items():
        pa.parquet.write_table(table, tmp_path / f"{name}.parquet", row_group_size=table.num_rows)
    server = start_server("serve", f"narrow={tmp_path / 'narrow.parquet'}", f"wide={tmp_path / 'wide.parquet'}")
    with flight.connect(server.uri) as client:
        for name, table in {"narrow": narrow, "wide": wide}.items():
            batches = [chunk.data for chunk in client.do_get(flight.Ticket(name.encode()))]
            assert sum(batch.num_rows for batch in batches) == table.num_rows
            assert max(pa.ipc.get_record_batch_size(batch) for batch in batches) < MESSAGE_LIMIT, name


# ---- errors


@pytest.mark.client("pyarrow", "errors")
def test_an_unknown_dataset_is_not_found_with_the_nearest_name(client: flight.FlightClient) -> None:
    for ask in (
        lambda: client.get_flight_info(by_path("trip")),
        lambda: client.get_schema(by_path("trip")),
        lambda: client.do_get(flight.Ticket(b"trip")).read_all(),
    ):
        with pytest.raises(KeyError, match=r'NOT_FOUND.*"trip".*trips'):
            ask()


def test_a_ticket_that_is_not_text_is_an_invalid_argument(client: flight.FlightClient) -> None:
    with pytest.raises(pa.ArrowInvalid):
        client.do_get(flight.Ticket(b"\xff\xfe")).read_all()


@pytest.mark.parametrize(
    "ticket", [b"", b"\x01not one of ours", b"\x0a\xff\xff\xff\xff", b"{", b"a" * 100_000], ids=repr
)
def test_odd_tickets_are_refused_as_the_caller_s_mistake(client: flight.FlightClient, ticket: bytes) -> None:
    with pytest.raises((pa.ArrowInvalid, KeyError)):
        client.do_get(flight.Ticket(ticket)).read_all()


@pytest.mark.parametrize("path", [[], [""], ["a", "b", "c", "trips"], ["no/such"]], ids=str)
def test_odd_paths_are_refused_as_the_caller_s_mistake(client: flight.FlightClient, path: list[str]) -> None:
    with pytest.raises((pa.ArrowInvalid, KeyError)):
        client.get_flight_info(by_path(*path))


def test_a_command_that_is_not_ours_is_refused_as_the_caller_s_mistake(client: flight.FlightClient) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError)):
        client.get_flight_info(flight.FlightDescriptor.for_command(b"\x00\x01\x02"))


def test_an_unknown_action_is_refused_by_name(client: flight.FlightClient) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError), match="no_such_action"):
        list(client.do_action(flight.Action("no_such_action", b"")))
