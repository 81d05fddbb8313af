"""Every RPC of Flight as pyarrow calls it, beside reading (`test_pyarrow.py`) and commands (`test_commands.py`)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from conftest import Secured, StartServer
from lake import Lake
from messages import fields, message, sql_command, unpacked

ACTIONS = {
    "CreatePreparedStatement",
    "ClosePreparedStatement",
    "CancelQuery",
    "CancelFlightInfo",
    "RenewFlightEndpoint",
    "SetSessionOptions",
    "GetSessionOptions",
    "CloseSession",
}

CANCEL_RESULTS = {1: "CANCELLED", 2: "CANCELLING", 3: "NOT_CANCELLABLE"}


def query(sql: str) -> flight.FlightDescriptor:
    return flight.FlightDescriptor.for_command(sql_command("CommandStatementQuery", (1, sql)))


def act(client: flight.FlightClient, name: str, body: bytes) -> list[bytes]:
    return [result.body.to_pybytes() for result in client.do_action(flight.Action(name, body))]


# ---- Handshake


def by_token(client: flight.FlightClient, secured: Secured) -> flight.FlightCallOptions:
    header = client.authenticate_basic_token(secured.user, secured.password)
    return flight.FlightCallOptions(headers=[header])


class LegacyLogin(flight.ClientAuthHandler):
    """The older handshake: user and password as a message, and what came back with every call."""

    def __init__(self, user: str, password: str) -> None:
        super().__init__()
        self._credentials = flight.BasicAuth(user, password)
        self.token = b""

    def authenticate(self, outgoing, incoming) -> None:  # type: ignore[no-untyped-def]
        outgoing.write(self._credentials.serialize())
        self.token = incoming.read()

    def get_token(self) -> bytes:
        return self.token


@pytest.fixture
def guarded(secured: Secured) -> Iterator[flight.FlightClient]:
    with flight.connect(secured.uri) as client:
        yield client


@pytest.mark.client("pyarrow", "login with a password")
def test_a_login_gives_a_bearer_token(guarded: flight.FlightClient, secured: Secured) -> None:
    options = by_token(guarded, secured)
    assert guarded.do_get(flight.Ticket(b"trips"), options).read_all().num_rows == 6
    assert len(list(guarded.list_flights(options=options))) == 1


def test_a_token_is_good_on_another_connection(guarded: flight.FlightClient, secured: Secured) -> None:
    options = by_token(guarded, secured)
    with flight.connect(secured.uri) as other:
        assert other.do_get(flight.Ticket(b"trips"), options).read_all().num_rows == 6


@pytest.mark.client("pyarrow", "older handshake")
def test_the_older_handshake_gives_a_token_too(secured: Secured) -> None:
    with flight.connect(secured.uri) as client:
        login = LegacyLogin(secured.user, secured.password)
        client.authenticate(login)
        assert login.token
        # From here on the client sends the token in the header of that handshake.
        assert client.do_get(flight.Ticket(b"trips")).read_all().num_rows == 6


@pytest.mark.parametrize(("user", "password"), [("ann", "wrong"), ("bob", "open sesame"), ("", ""), ("ann", "x" * 73)])
def test_a_wrong_login_is_refused(guarded: flight.FlightClient, user: str, password: str) -> None:
    with pytest.raises(flight.FlightUnauthenticatedError):
        guarded.authenticate_basic_token(user, password)


def test_an_unknown_user_and_a_wrong_password_are_told_apart_by_nothing(guarded: flight.FlightClient) -> None:
    said = set()
    for user, password in (("ann", "wrong"), ("bob", "wrong")):
        with pytest.raises(flight.FlightUnauthenticatedError) as caught:
            guarded.authenticate_basic_token(user, password)
        said.add(str(caught.value).split("(")[0].split("gRPC client debug context")[0])
    assert len(said) == 1, said


def test_no_call_goes_without_a_login(guarded: flight.FlightClient) -> None:
    calls = [
        lambda: list(guarded.list_flights()),
        lambda: guarded.get_flight_info(flight.FlightDescriptor.for_path("trips")),
        lambda: guarded.get_schema(flight.FlightDescriptor.for_path("trips")),
        lambda: guarded.do_get(flight.Ticket(b"trips")).read_all(),
        lambda: guarded.list_actions(),
        lambda: act(guarded, "CloseSession", b""),
        lambda: guarded.get_flight_info(query("SELECT 1")),
    ]
    for call in calls:
        # pyarrow has only OSError for a failure of `list_actions`.
        with pytest.raises((flight.FlightUnauthenticatedError, OSError), match="UNAUTHENTICATED.*log in"):
            call()


@pytest.mark.parametrize("token", ["", "x", "Bearer", "Bearer ", "Bearer AAAA", "Basic !", "Basic YW5u", "Digest x"])
def test_a_made_up_token_is_refused(guarded: flight.FlightClient, token: str) -> None:
    options = flight.FlightCallOptions(headers=[(b"authorization", token.encode())])
    with pytest.raises(flight.FlightUnauthenticatedError):
        guarded.do_get(flight.Ticket(b"trips"), options).read_all()


def test_a_changed_token_is_refused(guarded: flight.FlightClient, secured: Secured) -> None:
    name, value = guarded.authenticate_basic_token(secured.user, secured.password)
    assert value.startswith(b"Bearer ")
    for place in range(len(b"Bearer "), len(value), 7):
        other = b"A" if value[place : place + 1] != b"A" else b"B"
        options = flight.FlightCallOptions(headers=[(name, value[:place] + other + value[place + 1 :])])
        with pytest.raises(flight.FlightUnauthenticatedError):
            guarded.do_get(flight.Ticket(b"trips"), options).read_all()


@pytest.mark.client("pyarrow", "login to a server without users is refused")
def test_credentials_for_a_server_without_users_are_refused_in_plain_words(client: flight.FlightClient) -> None:
    with pytest.raises(flight.FlightError, match=r"(?i)no users|without users|credentials|password"):
        client.authenticate_basic_token("ann", "x")


# ---- ListFlights


@pytest.fixture(scope="module")
def spaces(lake: Lake) -> Iterator[BowyerProcess]:
    """Names in several namespaces, some of them unusual."""
    trips = lake.locations["trips"]
    names = ["sales.orders", "sales.customers", "public.trips", "salesman.x"]
    process = BowyerProcess(["serve", *(f"{name}={trips}" for name in names)])
    yield process
    assert process.stop() == 0


def listed(server: BowyerProcess, criteria: bytes | str) -> set[str]:
    data = criteria.encode() if isinstance(criteria, str) else criteria
    with flight.connect(server.uri) as client:
        infos = list(client.list_flights(data))
    return {".".join(part.decode() for part in info.descriptor.path) for info in infos}


@pytest.mark.client("pyarrow", "list datasets with criteria")
@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ("", {"sales.orders", "sales.customers", "public.trips", "salesman.x"}),
        ("sales.", {"sales.orders", "sales.customers"}),
        ("sales.or", {"sales.orders"}),
        ("nothing.", set()),
        ({"namespace": ["sales"]}, {"sales.orders", "sales.customers"}),
        ({"namespace": ["sales"], "pattern": "o%"}, {"sales.orders"}),
        ({"pattern": "%s"}, {"sales.orders", "sales.customers", "public.trips"}),
        ({"pattern": "_"}, {"salesman.x"}),
        ({"namespace": ["no"], "pattern": "%"}, set()),
    ],
    ids=str,
)
def test_list_flights_with_criteria(spaces: BowyerProcess, criteria: str | dict, names: set[str]) -> None:
    text = criteria if isinstance(criteria, str) else json.dumps(criteria)
    assert {name if "." in name else f"public.{name}" for name in listed(spaces, text)} == names


@pytest.mark.parametrize(
    "criteria", [b"\xff\xfe", '{"namespaces":["sales"]}', "{", '{"pattern":5}', '{"namespace":"a","namespace":"b"}'], ids=repr
)
def test_odd_criteria_are_refused_as_the_caller_s_mistake(spaces: BowyerProcess, criteria: bytes | str) -> None:
    with pytest.raises(pa.ArrowInvalid):
        listed(spaces, criteria)


def test_an_unknown_key_of_the_criteria_is_named(spaces: BowyerProcess) -> None:
    with pytest.raises(pa.ArrowInvalid, match="namespaces"):
        listed(spaces, '{"namespaces":["sales"]}')


# ---- GetFlightInfo, GetSchema


@pytest.mark.client("pyarrow", "queries")
def test_a_statement_is_run_from_its_descriptor(client: flight.FlightClient) -> None:
    info = client.get_flight_info(query("SELECT count(*) AS n FROM trips"))
    assert info.descriptor == query("SELECT count(*) AS n FROM trips")
    (endpoint,) = info.endpoints
    assert client.do_get(endpoint.ticket).read_all().to_pylist() == [{"n": 6}]


@pytest.mark.client("pyarrow", "schema of a query")
def test_the_schema_of_a_statement(client: flight.FlightClient) -> None:
    asked = query("SELECT id, city FROM trips")
    schema = client.get_schema(asked).schema
    assert schema.names == ["id", "city"]
    assert schema.equals(client.get_flight_info(asked).schema, check_metadata=True)


@pytest.mark.client("pyarrow", "tickets read twice")
def test_a_ticket_is_good_twice(client: flight.FlightClient) -> None:
    (endpoint,) = client.get_flight_info(query("SELECT id FROM trips ORDER BY id")).endpoints
    answers = [client.do_get(endpoint.ticket).read_all() for _ in range(2)]
    assert answers[0] == answers[1]


def test_unknown_totals_are_minus_one(client: flight.FlightClient) -> None:
    info = client.get_flight_info(query("SELECT id FROM many WHERE id % 7 = 3"))
    assert info.total_records == -1
    assert info.total_bytes == -1


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(range(256))], ids=len)
def test_a_descriptor_comes_back_byte_for_byte(client: flight.FlightClient, data: bytes) -> None:
    """Fields that the server does not know stay in the command, too."""
    command = sql_command("CommandStatementQuery", (1, "SELECT 1"), (99, data))
    asked = flight.FlightDescriptor.for_command(command)
    assert client.get_flight_info(asked).descriptor.command == command


# ---- actions


@pytest.mark.client("pyarrow", "list actions")
def test_every_action_is_listed_with_a_description(client: flight.FlightClient) -> None:
    actions = {action.type: action.description for action in client.list_actions()}
    assert set(actions) >= ACTIONS
    assert all(actions.values())


@pytest.mark.client("pyarrow", "RenewFlightEndpoint")
def test_an_endpoint_is_renewed(client: flight.FlightClient) -> None:
    (endpoint,) = client.get_flight_info(query("SELECT 1 AS one")).endpoints
    assert endpoint.expiration_time is not None
    (renewed,) = act(client, "RenewFlightEndpoint", message((1, endpoint.serialize())))
    later = flight.FlightEndpoint.deserialize(renewed)
    assert later.expiration_time.as_py() >= endpoint.expiration_time.as_py()
    assert client.do_get(later.ticket).read_all().to_pylist() == [{"one": 1}]


def test_what_is_not_an_endpoint_of_this_server_is_not_renewed(client: flight.FlightClient) -> None:
    for body in (b"", b"\xff", message((1, message((1, message((1, b"\x01no seal"))))))):
        with pytest.raises((pa.ArrowInvalid, KeyError)):
            act(client, "RenewFlightEndpoint", body)


@pytest.mark.client("pyarrow", "CancelFlightInfo")
def test_a_query_that_waits_is_cancelled(client: flight.FlightClient) -> None:
    info = client.get_flight_info(query("SELECT 1"))
    (body,) = act(client, "CancelFlightInfo", message((1, info.serialize())))
    assert CANCEL_RESULTS[fields(body)[1][0]] in ("CANCELLED", "CANCELLING", "NOT_CANCELLABLE")  # type: ignore[index]


@pytest.mark.client("pyarrow", "CancelQuery")
def test_the_older_cancel_answers_in_an_any(client: flight.FlightClient) -> None:
    info = client.get_flight_info(query("SELECT 1"))
    (body,) = act(client, "CancelQuery", sql_command("ActionCancelQueryRequest", (1, info.serialize())))
    assert unpacked(body)[1][0] in CANCEL_RESULTS


@pytest.mark.parametrize("body", [b"", b"\xff\xff", message((1, b""))], ids=repr)
def test_a_cancel_of_nothing_is_refused(client: flight.FlightClient, body: bytes) -> None:
    for action in ("CancelFlightInfo", "CancelQuery"):
        with pytest.raises((pa.ArrowInvalid, KeyError)):
            act(client, action, body)


# ---- DoPut, DoExchange


@pytest.mark.client("pyarrow", "uploads are refused")
def test_an_upload_is_refused_in_one_sentence(client: flight.FlightClient) -> None:
    table = pa.table({"id": [1]})
    with pytest.raises(pa.ArrowNotImplementedError):
        writer, _ = client.do_put(flight.FlightDescriptor.for_path("new"), table.schema)
        with writer:
            writer.write_table(table)


@pytest.mark.client("pyarrow", "DoExchange")
def test_an_exchange_runs_a_statement_or_says_that_it_cannot(client: flight.FlightClient) -> None:
    try:
        writer, reader = client.do_exchange(query("SELECT 1 AS one"))
        with writer:
            writer.done_writing()
            assert reader.read_all().to_pylist() == [{"one": 1}]
    except pa.ArrowNotImplementedError as refusal:
        assert "DoExchange" in str(refusal)


def test_waiting_until_the_server_is_there_is_cheap(start_server: StartServer, lake: Lake) -> None:
    server = start_server("serve", f"trips={lake.locations['trips']}")
    with flight.connect(server.uri) as client:
        client.wait_for_available(timeout=5)
