"""Several endpoints for one result: each row in exactly one of them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from bowyer_process import BowyerProcess
from lake import Lake, numbered
from test_flight_rpcs import query
from values import assert_same_rows

DIVISIBLE = {
    "SELECT * FROM wide_parts": lambda row: True,
    "SELECT id, square, name FROM wide_parts WHERE id % 3 = 1": lambda row: row % 3 == 1,
    "SELECT * FROM (SELECT id, square, name FROM wide_parts) WHERE square > 100": lambda row: row * row > 100,
}

WHOLE = [
    "SELECT id FROM wide_parts ORDER BY id",
    "SELECT count(*) FROM wide_parts",
    "SELECT id FROM wide_parts LIMIT 10",
    "SELECT DISTINCT name FROM wide_parts",
    "SELECT id % 7 AS rest, count(*) FROM wide_parts GROUP BY id % 7",
    "SELECT a.id FROM wide_parts a JOIN trips b ON a.id = b.id",
    "SELECT id, row_number() OVER () FROM wide_parts",
    "SELECT id, random() FROM wide_parts",
    "SELECT 1",
]


def options(parallelism: int) -> flight.FlightCallOptions:
    return flight.FlightCallOptions(headers=[(b"x-bowyer-parallelism", str(parallelism).encode())])


def parts(server: BowyerProcess, info: flight.FlightInfo) -> list[pa.Table]:
    """Each endpoint on a connection of its own, all at once."""

    def read(ticket: flight.Ticket) -> pa.Table:
        with flight.connect(server.uri) as client:
            return client.do_get(ticket).read_all()

    with ThreadPoolExecutor(max_workers=len(info.endpoints)) as pool:
        return list(pool.map(read, [endpoint.ticket for endpoint in info.endpoints]))


@pytest.mark.client("pyarrow", "parallel endpoints")
@pytest.mark.parametrize("parallelism", [2, 3, 4, 16])
@pytest.mark.parametrize("sql", DIVISIBLE)
def test_all_endpoints_together_give_each_row_once(
    client: flight.FlightClient, server: BowyerProcess, sql: str, parallelism: int
) -> None:
    info = client.get_flight_info(query(sql), options(parallelism))
    assert 1 < len(info.endpoints) <= parallelism
    assert not info.ordered
    got = parts(server, info)
    assert all(part.schema.equals(info.schema, check_metadata=True) for part in got)
    everything = numbered(40_000)
    wanted = everything.filter(pa.array([DIVISIBLE[sql](row) for row in range(40_000)]))
    assert_same_rows(pa.concat_tables(got), wanted)


@pytest.mark.client("pyarrow", "ordered results")
@pytest.mark.parametrize("sql", WHOLE)
def test_what_cannot_be_divided_has_one_endpoint(client: flight.FlightClient, sql: str) -> None:
    assert len(client.get_flight_info(query(sql), options(8)).endpoints) == 1


def test_without_asking_there_is_one_endpoint_without_a_location(client: flight.FlightClient) -> None:
    for asked in (query("SELECT * FROM wide_parts"), flight.FlightDescriptor.for_path("wide_parts")):
        (endpoint,) = client.get_flight_info(asked).endpoints
        assert endpoint.locations == []


def test_a_read_command_is_divided_too(client: flight.FlightClient, server: BowyerProcess) -> None:
    asked = json.dumps({"dataset": "wide_parts", "filter": "id >= 1000", "parallelism": 4}).encode()
    info = client.get_flight_info(flight.FlightDescriptor.for_command(asked))
    assert 1 < len(info.endpoints) <= 4
    got = pa.concat_tables(parts(server, info))
    assert_same_rows(got, numbered(39_000, first=1000))


@pytest.mark.parametrize("name", ["types_parquet", "prices_csv", "prices_ndjson", "stream_arrow", "sales", "gained"])
def test_every_format_is_divided_without_loss(
    client: flight.FlightClient, server: BowyerProcess, lake: Lake, name: str
) -> None:
    info = client.get_flight_info(flight.FlightDescriptor.for_path(name), options(4))
    got = pa.concat_tables(parts(server, info))
    assert sorted(got["id"].to_pylist()) == sorted(lake.tables[name]["id"].to_pylist())


@pytest.mark.parametrize("value", ["0", "-1", "many", "", "1000000", "2.5"])
def test_a_wrong_parallelism_is_refused_with_its_value(client: flight.FlightClient, value: str) -> None:
    wrong = flight.FlightCallOptions(headers=[(b"x-bowyer-parallelism", value.encode())])
    with pytest.raises(pa.ArrowInvalid, match="parallelism"):
        client.get_flight_info(query("SELECT 1"), wrong)


def test_a_part_is_cancelled_alone_or_with_all(client: flight.FlightClient) -> None:
    """A reader that leaves one endpoint unread keeps the others usable."""
    info = client.get_flight_info(query("SELECT * FROM wide_parts"), options(3))
    first, *others = info.endpoints
    client.do_get(first.ticket).cancel()
    rows = sum(client.do_get(endpoint.ticket).read_all().num_rows for endpoint in others)
    assert 0 < rows < 40_000
