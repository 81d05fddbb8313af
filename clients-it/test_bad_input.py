"""Bytes and names that no good client sends: the right code, the value named, nothing of the server let out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from conftest import StartServer, write_config
from lake import Lake, numbered, write_parquet
from messages import FLIGHT_SQL, fields, message, packed, sql_command, unpacked
from test_flight_rpcs import act, query

CALLER_S_MISTAKE = (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError)

COMMANDS = [
    "CommandStatementQuery",
    "CommandPreparedStatementQuery",
    "CommandGetCatalogs",
    "CommandGetDbSchemas",
    "CommandGetTables",
    "CommandGetTableTypes",
    "CommandGetPrimaryKeys",
    "CommandGetExportedKeys",
    "CommandGetImportedKeys",
    "CommandGetCrossReference",
    "CommandGetXdbcTypeInfo",
    "CommandGetSqlInfo",
]

MALFORMED = {
    "a tag and nothing else": b"\x0a",
    "a length past the end": b"\x0a\x7fabc",
    "an endless varint": b"\x08" + b"\xff" * 20,
    "a group that stays open": b"\x0b",
    "wire type 7": b"\x0f",
    "text that is not UTF-8": message((1, b"\xff\xfe")),
}

WITHOUT_TEXT = {"CommandGetCatalogs", "CommandGetTableTypes", "CommandGetXdbcTypeInfo"}

PATTERNS = ["%", "_", "\\", "\\%", "\\\\", "'", '"', "'; --", "[a-z]", "*", "?", ".", "(", "^$", "{1}", "é", "世界", "\x00", " ", "%" * 5000]


def command(data: bytes) -> flight.FlightDescriptor:
    return flight.FlightDescriptor.for_command(data)


def refused(failure: pytest.ExceptionInfo[Exception]) -> str:
    """The text of a refusal that is the caller's to act on and tells nothing of the machine."""
    text = str(failure.value)
    for leak in ("INTERNAL", "Exception", "java.", "org.apache", "panicked", "/root", "/tmp", ".rs:"):
        assert leak not in text.split("gRPC client debug context")[0], text
    return text


# ---- commands


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_command_is_refused(client: flight.FlightClient, name: str, kind: str) -> None:
    if kind == "text that is not UTF-8" and name in WITHOUT_TEXT:
        return  # Then it is a field of a later version.
    with pytest.raises(CALLER_S_MISTAKE) as failure:
        client.get_flight_info(command(packed(FLIGHT_SQL + name, MALFORMED[kind])))
    refused(failure)


@pytest.mark.client("pyarrow", "unknown commands are refused")
@pytest.mark.parametrize(
    "name", ["CommandNoSuchThing", "CommandStatementSubstraitPlan", "TicketStatementQuery", "commandgetcatalogs", ""]
)
def test_an_unknown_command_is_refused_by_name(client: flight.FlightClient, name: str) -> None:
    with pytest.raises((pa.ArrowNotImplementedError, pa.ArrowInvalid)) as failure:
        client.get_flight_info(command(packed(FLIGHT_SQL + name, b"")))
    assert name in refused(failure)


@pytest.mark.parametrize(
    "url", ["", "x", "/", "type.googleapis.com/", "type.googleapis.com/google.protobuf.Empty", "a" * 100_000, "\x00"], ids=len
)
def test_a_wrong_type_url_is_refused(client: flight.FlightClient, url: str) -> None:
    with pytest.raises(CALLER_S_MISTAKE) as failure:
        client.get_flight_info(command(message((1, url), (2, b""))))
    assert len(refused(failure)) < 5_000


def test_noise_as_a_command_is_refused(client: flight.FlightClient) -> None:
    noise = random.Random(4)
    for _ in range(300):
        data = noise.randbytes(noise.randrange(1, 60))
        with pytest.raises(CALLER_S_MISTAKE) as failure:
            client.get_flight_info(command(data))
        refused(failure)


def test_every_truncation_of_a_command_is_refused_or_understood(client: flight.FlightClient) -> None:
    whole = sql_command("CommandGetTables", (3, "trips"), (5, 1))
    for length in range(1, len(whole)):
        try:
            client.get_flight_info(command(whole[:length]))
        except CALLER_S_MISTAKE:
            continue


# ---- tickets


def issued(client: flight.FlightClient, sql: str = "SELECT 1 AS one") -> bytes:
    return client.get_flight_info(query(sql)).endpoints[0].ticket.ticket


def read(client: flight.FlightClient, ticket: bytes) -> pa.Table:
    return client.do_get(flight.Ticket(ticket)).read_all()


@pytest.mark.client("pyarrow", "tampered tickets are refused")
def test_no_changed_byte_of_a_ticket_is_accepted(client: flight.FlightClient) -> None:
    ticket = issued(client)
    for place in range(len(ticket)):
        changed = ticket[:place] + bytes([ticket[place] ^ 0x01]) + ticket[place + 1 :]
        with pytest.raises(CALLER_S_MISTAKE) as failure:
            read(client, changed)
        refused(failure)
    assert read(client, ticket).to_pylist() == [{"one": 1}]


def test_no_shortened_or_lengthened_ticket_is_accepted(client: flight.FlightClient) -> None:
    ticket = issued(client)
    for changed in [*(ticket[:length] for length in range(0, len(ticket), 3)), ticket + b"\x00", ticket + ticket]:
        with pytest.raises(CALLER_S_MISTAKE):
            read(client, changed)


def test_a_ticket_of_another_server_is_refused(client: flight.FlightClient, start_server: StartServer, lake: Lake) -> None:
    other = start_server("serve", f"trips={lake.locations['trips']}")
    with flight.connect(other.uri) as stranger, pytest.raises(CALLER_S_MISTAKE) as failure:
        read(stranger, issued(client))
    refused(failure)


KEYS = ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=", "enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmEwMTIzNDU2Nzg="]


def config(lake: Lake, keys: list[str], expiry: str = "15m") -> str:
    return f"""
        tickets:
          keys: [{", ".join(f'"{key}"' for key in keys)}]
          expiry: {expiry}
        datasets:
          - {{ name: trips, from: "{lake.locations["trips"]}" }}
          - {{ name: many, from: "{lake.locations["many"]}" }}
    """


def replica(start_server: StartServer, folder: Path, lake: Lake, keys: list[str], expiry: str = "15m") -> BowyerProcess:
    path = write_config(folder / f"{len(list(folder.iterdir()))}.yaml", config(lake, keys, expiry))
    return start_server("serve", "--config", path)


@pytest.mark.client("pyarrow", "tickets of a replica")
def test_a_ticket_is_good_at_a_replica_with_the_key(start_server: StartServer, tmp_path: Path, lake: Lake) -> None:
    """The second has changed its key and still knows the first; the first does not know the second's."""
    older = replica(start_server, tmp_path, lake, KEYS[:1])
    newer = replica(start_server, tmp_path, lake, KEYS[::-1])
    with flight.connect(older.uri) as first, flight.connect(newer.uri) as second:
        ticket = issued(first, "SELECT count(*) AS n FROM many")
        assert read(second, ticket) == read(first, ticket)
        with pytest.raises(CALLER_S_MISTAKE) as failure:
            read(first, issued(second))
        refused(failure)


@pytest.mark.client("pyarrow", "expired tickets are refused")
def test_an_expired_ticket_says_what_to_do(start_server: StartServer, tmp_path: Path, lake: Lake) -> None:
    server = replica(start_server, tmp_path, lake, KEYS[:1], "1s")
    with flight.connect(server.uri) as client:
        ticket = issued(client)
        read(client, ticket)
        with pytest.raises(KeyError, match="TICKET_EXPIRED.*again"):
            for _ in range(10_000):
                read(client, ticket)


# ---- prepared statements


def prepare(client: flight.FlightClient, sql: str) -> bytes:
    (body,) = act(client, "CreatePreparedStatement", sql_command("ActionCreatePreparedStatementRequest", (1, sql)))
    handle = unpacked(body)[1][0]
    assert isinstance(handle, bytes)
    return handle


def by_handle(handle: bytes) -> flight.FlightDescriptor:
    return command(sql_command("CommandPreparedStatementQuery", (1, handle)))


@pytest.mark.parametrize("handle", [b"", b"x", b"\x01" * 40, b"\xff" * 1_000_000, b"trips"], ids=len)
def test_a_made_up_handle_is_refused(client: flight.FlightClient, handle: bytes) -> None:
    with pytest.raises(CALLER_S_MISTAKE) as failure:
        client.get_flight_info(by_handle(handle))
    assert len(refused(failure)) < 5_000


def test_a_ticket_is_no_handle_and_a_handle_no_ticket(client: flight.FlightClient) -> None:
    handle = prepare(client, "SELECT 1")
    with pytest.raises(CALLER_S_MISTAKE):
        read(client, handle)
    with pytest.raises(CALLER_S_MISTAKE):
        client.get_flight_info(by_handle(issued(client)))


def test_closing_twice_or_closing_nothing_does_no_harm(client: flight.FlightClient) -> None:
    handle = prepare(client, "SELECT 1")
    for one in (handle, handle, b"never made"):
        act(client, "ClosePreparedStatement", sql_command("ActionClosePreparedStatementRequest", (1, one)))


def bind(client: flight.FlightClient, handle: bytes, table: pa.Table) -> bytes:
    writer, reader = client.do_put(by_handle(handle), table.schema)
    with writer:
        writer.write_table(table)
        writer.done_writing()
        bound = fields(reader.read().to_pybytes())[1][0]
    assert isinstance(bound, bytes)
    return bound


@pytest.mark.client("pyarrow", "parameters")
def test_parameters_are_bound_by_hand(client: flight.FlightClient) -> None:
    handle = prepare(client, "SELECT id FROM trips WHERE city = $1 ORDER BY id")
    for city, ids in {"Rome": [2, 6], "Bonn": [5], "Nowhere": []}.items():
        bound = bind(client, handle, pa.table({"$1": [city]}))
        (endpoint,) = client.get_flight_info(by_handle(bound)).endpoints
        assert client.do_get(endpoint.ticket).read_all()["id"].to_pylist() == ids


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"$1": pa.array([], pa.int64())}),
        pa.table({"$1": [1], "$2": [2]}),
        pa.table({"$1": ["not a number"]}),
        pa.table({"$1": [[1, 2]]}),
        pa.table({"$1": [{"a": 1}]}),
        pa.table({"$1": [2.5e300]}),
    ],
    ids=lambda table: str(table.to_pydict())[:40],
)
def test_parameters_that_do_not_fit_are_refused(client: flight.FlightClient, table: pa.Table) -> None:
    handle = prepare(client, "SELECT id FROM trips WHERE id = $1")
    with pytest.raises(CALLER_S_MISTAKE) as failure:
        client.get_flight_info(by_handle(bind(client, handle, table)))
    refused(failure)


# ---- names and patterns

NAMES = ["Upper", "with space", "quote'single", 'quote"double', "ünïcode", "世界", "select", "a-b", "a+b", "1st"]


@pytest.fixture(scope="module")
def odd_names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    """Columns with odd names; names of datasets are restricted when the server starts."""
    folder = tmp_path_factory.mktemp("odd")
    table = numbered(3)
    for name in NAMES:
        table = table.append_column(name, pa.array([f"{name} {i}" for i in range(3)]))
    write_parquet(table.append_column("dotted.name", table["id"]), folder / "odd.parquet")
    process = BowyerProcess(["serve", f"odd={folder / 'odd.parquet'}"])
    yield process
    assert process.stop() == 0


@pytest.mark.client("pyarrow", "columns with unusual names")
def test_columns_with_unusual_names_are_read(odd_names: BowyerProcess) -> None:
    with flight.connect(odd_names.uri) as client:
        assert read(client, b"odd").column_names == ["id", "square", "name", *NAMES, "dotted.name"]
        for name in [*NAMES, "dotted.name"]:
            quoted = '"' + name.replace('"', '""') + '"'
            (endpoint,) = client.get_flight_info(query(f"SELECT {quoted} FROM odd WHERE id = 2")).endpoints
            table = client.do_get(endpoint.ticket).read_all()
            assert table.column_names == [name]
            assert table.num_rows == 1


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: repr(pattern)[:12])
def test_patterns_with_special_characters_match_what_they_say(client: flight.FlightClient, pattern: str) -> None:
    asked = command(sql_command("CommandGetTables", (3, pattern)))
    try:
        (endpoint,) = client.get_flight_info(asked).endpoints
        table = client.do_get(endpoint.ticket).read_all()
    except CALLER_S_MISTAKE as failure:
        assert len(pattern) > 1000 or pattern == "\x00", failure
        return
    assert table.num_rows == 0 or pattern in ("%", "%" * 5000)
    assert table.column_names == ["catalog_name", "db_schema_name", "table_name", "table_type"]
