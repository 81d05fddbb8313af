"""Reading a dataset by JSON and protobuf commands, and tickets that a person can write."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from messages import message, packed
from test_flight_rpcs import query

CHEAP = {"dataset": "trips", "columns": ["id", "city"], "filter": "fare > 5 AND city IS NOT NULL", "limit": 10}
CHEAP_ROWS = [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}, {"id": 6, "city": "Rome"}]

# What is wrong with a command, and the word that its refusal holds.
WRONG_COMMANDS: list[tuple[Any, str]] = [
    ({"dataset": "trips", "colums": ["id"]}, "colums"),
    ({"dataset": "trips", "where": "id = 1"}, "where"),
    ({"columns": ["id"]}, "dataset"),
    ({"dataset": []}, "dataset"),
    ({"dataset": 5}, "dataset"),
    ({"dataset": []}, "dataset"),
    ({"dataset": "trips", "columns": "id"}, "columns"),
    ({"dataset": "trips", "columns": ["ID"]}, "ID"),
    ({"dataset": "trips", "columns": ["nope"]}, "nope"),
    ({"dataset": "trips", "filter": "fares > 1"}, "fares"),
    ({"dataset": "trips", "filter": "id +"}, "INVALID_SQL"),
    ({"dataset": "trips", "filter": "id"}, "condition"),
    ({"dataset": "trips", "filter": "id = 1; SELECT 1"}, "INVALID_SQL"),
    ({"dataset": "trips", "filter": "id IN (SELECT id FROM trips)"}, "subquer"),
    ({"dataset": "trips", "filter": "id = ?"}, "parameter"),
    ({"dataset": "trips", "filter": 7}, "filter"),
    ({"dataset": "trips", "limit": -1}, "limit"),
    ({"dataset": "trips", "limit": "ten"}, "limit"),
    ({"dataset": "trips", "limit": 1.5}, "limit"),
    ({"dataset": "trips", "parallelism": 0}, "parallelism"),
    ({"dataset": "trips", "parallelism": 10**9}, "parallelism"),
    ({"dataset": "trips", "wire": "fast"}, "wire"),
    ({"dataset": "trips", "snapshot": 1.5}, "snapshot"),
]


def command(body: dict[str, Any] | bytes) -> flight.FlightDescriptor:
    return flight.FlightDescriptor.for_command(body if isinstance(body, bytes) else json.dumps(body).encode())


def ticket(body: dict[str, Any] | bytes | str) -> flight.Ticket:
    if isinstance(body, dict):
        body = json.dumps(body)
    return flight.Ticket(body)


def rows(client: flight.FlightClient, descriptor: flight.FlightDescriptor) -> list[dict[str, Any]]:
    info = client.get_flight_info(descriptor)
    assert info.descriptor == descriptor
    tables = [client.do_get(endpoint.ticket).read_all() for endpoint in info.endpoints]
    assert all(table.schema.equals(info.schema, check_metadata=True) for table in tables)
    return by_id(pa.concat_tables(tables))


def by_id(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: row["id"])


def protobuf(**values: Any) -> bytes:
    """`bowyer.v1.ReadDataset` in an `Any`."""
    numbers = {"dataset": 1, "columns": 2, "filter": 3, "limit": 4, "snapshot": 5, "parallelism": 6, "wire": 7}
    fields = []
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            fields.append((numbers[name], one))
    return packed("bowyer.v1.ReadDataset", message(*fields))


# ---- JSON


@pytest.mark.client("pyarrow", "read commands in JSON")
def test_a_json_command_reads_columns_of_some_rows(client: flight.FlightClient) -> None:
    assert rows(client, command(CHEAP)) == CHEAP_ROWS


@pytest.mark.client("pyarrow", "read commands in JSON")
@pytest.mark.parametrize("dataset", ["trips", "public.trips", ["trips"], ["public", "trips"], ["public.trips"]], ids=str)
def test_a_json_command_names_a_dataset_in_any_form(client: flight.FlightClient, dataset: str | list[str]) -> None:
    assert len(rows(client, command({"dataset": dataset}))) == 6


def test_blanks_before_a_json_command_do_no_harm(client: flight.FlightClient) -> None:
    assert rows(client, command(b" \n\t" + json.dumps(CHEAP).encode())) == CHEAP_ROWS


@pytest.mark.client("pyarrow", "JSON tickets")
def test_a_json_command_is_a_ticket_too(client: flight.FlightClient) -> None:
    assert by_id(client.do_get(ticket(CHEAP)).read_all()) == CHEAP_ROWS


def test_a_limit_of_zero_gives_the_columns_only(client: flight.FlightClient) -> None:
    table = client.do_get(ticket(CHEAP | {"limit": 0})).read_all()
    assert (table.num_rows, table.column_names) == (0, ["id", "city"])


def test_columns_come_in_the_order_asked_for(client: flight.FlightClient) -> None:
    table = client.do_get(ticket({"dataset": "trips", "columns": ["tip", "id"]})).read_all()
    assert table.column_names == ["tip", "id"]


def test_a_command_may_ask_for_native_types(client: flight.FlightClient) -> None:
    table = client.do_get(ticket({"dataset": "widened_arrow", "columns": ["u8"], "wire": "native"})).read_all()
    assert table.schema.types == [pa.uint8()]
    table = client.do_get(ticket({"dataset": "widened_arrow", "columns": ["u8"], "wire": "compat"})).read_all()
    assert table.schema.types == [pa.int16()]


@pytest.mark.parametrize(("body", "word"), WRONG_COMMANDS, ids=lambda value: str(value)[:60])
def test_a_wrong_command_is_refused_by_name(client: flight.FlightClient, body: dict[str, Any], word: str) -> None:
    for ask in (lambda: client.get_flight_info(command(body)), lambda: client.do_get(ticket(body)).read_all()):
        with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError)) as caught:
            ask()
        assert word in str(caught.value)
        assert "INTERNAL" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"{}",
        b'{"dataset":"trips"',
        b'{"dataset":"trips"}}',
        b'{"dataset":"trips"} SELECT 1',
        b'{"dataset":"trips","dataset":"many"}',
        b'{"dataset":"\xff\xfe"}',
        b"{'dataset':'trips'}",
        b'{"dataset":"trips","limit":1e400}',
        b'{"a":' * 10_000,
        b'{"dataset":"' + b"x" * 1_000_000 + b'"}',
        b'{"dataset":null}',
        b'{"dataset":"trips","columns":[null]}',
        b'{"dataset":"trips","columns":[' + b'"id",' * 100_000 + b'"id"]}',
    ],
    ids=lambda text: str(text[:40]),
)
def test_what_is_no_command_is_refused_as_the_caller_s_mistake(client: flight.FlightClient, text: bytes) -> None:
    for ask in (lambda: client.get_flight_info(command(text)), lambda: client.do_get(ticket(text)).read_all()):
        with pytest.raises((pa.ArrowInvalid, KeyError)) as caught:
            ask()
        assert "INTERNAL" not in str(caught.value)
    assert client.do_get(ticket("trips")).read_all().num_rows == 6


def test_an_unknown_dataset_of_a_command_is_not_found(client: flight.FlightClient) -> None:
    with pytest.raises(KeyError, match="trips"):
        client.get_flight_info(command({"dataset": "trip"}))


# ---- protobuf


@pytest.mark.client("pyarrow", "read commands in protobuf")
def test_a_protobuf_command_says_the_same(client: flight.FlightClient) -> None:
    body = protobuf(dataset=["public", "trips"], columns=["id", "city"], filter=CHEAP["filter"], limit=10)
    assert rows(client, command(body)) == CHEAP_ROWS
    assert rows(client, command(protobuf(dataset="trips", columns="id", limit=2, wire="native")))[0].keys() == {"id"}


@pytest.mark.parametrize("prefix", ["type.googleapis.com/", "/", "example.org/types/"])
def test_only_the_name_in_a_type_url_counts(client: flight.FlightClient, prefix: str) -> None:
    body = packed("bowyer.v1.ReadDataset", message((1, "trips")), prefix)
    assert len(rows(client, command(body))) == 6


def test_a_wrong_protobuf_command_is_refused(client: flight.FlightClient) -> None:
    wrong = [
        packed("bowyer.v1.ReadDataset", b""),
        packed("bowyer.v1.ReadDataset", b"\x0a\xff"),
        packed("bowyer.v1.ReadDatasets", message((1, "trips"))),
        packed("bowyer.v2.ReadDataset", message((1, "trips"))),
        protobuf(dataset="trips", limit=-5),
        protobuf(dataset="trips", wire="fast"),
        protobuf(dataset="trips", parallelism=0),
        protobuf(dataset="trips") + b"\xff",
        packed("bowyer.v1.ReadDataset", message((1, "trips"), (50, "unknown field"))),
    ]
    for body in wrong:
        with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError)) as caught:
            client.get_flight_info(command(body))
        assert "INTERNAL" not in str(caught.value), body


# ---- tickets that a person writes


@pytest.mark.client("pyarrow", "plain tickets")
@pytest.mark.parametrize("name", ["trips", "public.trips"])
def test_a_name_is_a_ticket(client: flight.FlightClient, name: str) -> None:
    assert client.do_get(ticket(name)).read_all().num_rows == 6


@pytest.mark.client("pyarrow", "tickets of InfluxDB 3 clients")
@pytest.mark.parametrize("more", [{}, {"query_type": "sql"}], ids=str)
def test_an_influx_ticket_runs_its_statement(client: flight.FlightClient, more: dict[str, str]) -> None:
    asked = {"database": "public", "sql_query": "SELECT id FROM trips WHERE id < 3"} | more
    assert by_id(client.do_get(ticket(asked)).read_all()) == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    "asked",
    [
        {"database": "public", "sql_query": "SELECT 1", "unknown_key": 1},
        {"database": "public", "sql_query": "SELECT 1", "query_type": "influxql"},
        {"database": "public"},
        {"sql_query": 5, "database": "public"},
        {"database": "public", "sql_query": "SELEC 1"},
    ],
    ids=str,
)
def test_a_wrong_influx_ticket_is_refused(client: flight.FlightClient, asked: dict[str, Any]) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError)):
        client.do_get(ticket(asked)).read_all()


def test_bare_sql_is_no_command_by_default(client: flight.FlightClient) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError)):
        client.get_flight_info(command(b"SELECT 1"))
    assert client.get_flight_info(query("SELECT 1")).endpoints
