"""Requests over HTTP that no good client sends: the right status and code, the value named, nothing let out."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from bowyer_process import BowyerProcess, poll_until
from conftest import StartServer, stop_cleanly, write_config
from http_requests import PROBLEM, SECONDS, problem
from lake import Lake

JSON = {"Content-Type": "application/json"}
SQL = {"Content-Type": "application/sql"}
MAX_BODY = 1 << 20
STALL_SECONDS = 1
PASSWD = "root:"


def sql(server: BowyerProcess, data: Any, headers: dict[str, str], query: str = "") -> requests.Response:
    return requests.post(f"{server.http}/v1/sql{query}", data=data, headers=headers, timeout=SECONDS)


def raw(server: BowyerProcess, *pieces: bytes, seconds: float = SECONDS) -> bytes:
    """The bytes that come back, until the server closes."""
    host, port = server.http.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        for piece in pieces:
            connection.sendall(piece)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := connection.recv(1 << 16):
                received += chunk
        return received


def get(server: BowyerProcess, target: str, *headers: str) -> bytes:
    """A path as it is: no client of our own would send some of these."""
    lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return raw(server, "\r\n".join(lines).encode("latin-1"))


# ---- bodies


def test_a_body_that_is_too_large(server: BowyerProcess) -> None:
    told = problem(sql(server, b"SELECT '" + b"x" * MAX_BODY + b"'", SQL), 413, "LIMIT_REACHED")
    assert "http.max-body" in json.dumps(told)

    def pieces() -> Iterator[bytes]:
        for _ in range(2 * MAX_BODY // 1024):
            yield b"-" * 1024

    with contextlib.suppress(requests.exceptions.ConnectionError):
        # Without a length, and perhaps closed before all was sent.
        problem(sql(server, pieces(), SQL), 413, "LIMIT_REACHED")


@pytest.mark.parametrize(
    "content_type", ["application/xml", "image/png", "multipart/form-data; boundary=x", "nonsense"]
)
def test_content_types_that_are_not_read(server: BowyerProcess, content_type: str) -> None:
    told = problem(sql(server, "SELECT 1", {"Content-Type": content_type}), 415, "INVALID_ARGUMENT")
    assert content_type in told["detail"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"sql": "SELECT 1"', "line 1"),
        ("SELECT 1", "line 1"),
        ('["SELECT 1"]', "object"),
        ("null", "object"),
        ('{"sql": 1}', "sql"),
        ('{"sql": ""}', "sql"),
        ("{}", "sql"),
        ('{"sqll": "SELECT 1"}', 'did you mean "sql"'),
        ('{"sql": "SELECT 1", "sql": "SELECT 2"}', "sql"),
        ('{"sql": "SELECT 1"} {}', "line 1"),
        ('{"sql": "SELECT 1", "limit": -1}', "limit"),
        ('{"sql": "SELECT 1", "limit": "ten"}', "limit"),
        ('{"sql": "SELECT 1", "limit": 1.5}', "limit"),
        ('{"sql": "SELECT 1", "timeout": "soon"}', "soon"),
        ('{"sql": "SELECT 1", "timeout": 0}', "timeout"),
        ('{"sql": "SELECT 1", "parameters": 7}', "parameters"),
        ('{"sql": "' + "[" * 5 + '"' + ', "parameters": ' + "[" * 5000 + "]" * 5000 + "}", ""),
    ],
)
def test_broken_json(server: BowyerProcess, body: str, named: str) -> None:
    told = problem(sql(server, body, JSON), 400, "INVALID_ARGUMENT")
    assert named in json.dumps(told, ensure_ascii=False).replace('\\"', '"')


def test_bytes_that_are_no_text(server: BowyerProcess) -> None:
    answer = sql(server, b"SELECT '\xff\xfe'", SQL)
    assert answer.status_code == 400, answer.text


def test_values_that_do_not_fit(server: BowyerProcess) -> None:
    for parameters in ([], [1, 2], ["x"]):
        body = {"sql": "SELECT id FROM trips WHERE id = $1 + 0", "parameters": parameters}
        answer = requests.post(f"{server.http}/v1/sql", json=body, timeout=SECONDS)
        assert answer.status_code == 400, (parameters, answer.text)
        assert answer.json()["code"] in ("INVALID_ARGUMENT", "INVALID_VALUE")


# ---- formats and query strings


def test_formats_that_there_are_not(server: BowyerProcess) -> None:
    told = problem(sql(server, "SELECT 1", SQL, "?format=xml"), 400, "INVALID_ARGUMENT")
    assert "xml" in told["detail"] and "parquet" in told["detail"]
    told = problem(sql(server, "SELECT 1", SQL | {"Accept": "image/png"}), 406, "INVALID_ARGUMENT")
    assert "text/csv" in json.dumps(told)


@pytest.mark.parametrize("query", ["?formt=csv", "?format=csv&format=json", "?limit=x", "?limit=-1", "?timeout=never"])
def test_query_strings_that_mean_nothing(server: BowyerProcess, query: str) -> None:
    problem(sql(server, "SELECT 1", SQL, query), 400, "INVALID_ARGUMENT")


# ---- statements


@pytest.mark.parametrize(
    ("statement", "status", "code", "marked"),
    [
        ("SELEC 1", 400, "INVALID_SQL", "^"),
        ("SELECT fares FROM trips", 400, "UNKNOWN_COLUMN", "^^^^^"),
        ("SELECT id\nFROM trip", 404, "DATASET_NOT_FOUND", "^^^^"),
        ("SELECT nosuch(id) FROM trips", 400, "UNKNOWN_FUNCTION", "^^^^^^"),
        ("SELECT 1; SELECT 2", 400, "INVALID_SQL", ""),
        ("DROP TABLE trips", 403, "STATEMENT_NOT_ALLOWED", ""),
        ("COPY trips TO '/tmp/stolen.csv'", 403, "STATEMENT_NOT_ALLOWED", ""),
        ("SELECT * FROM '/etc/passwd'", 404, "DATASET_NOT_FOUND", ""),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, 400, "SQL_TOO_COMPLEX", ""),
    ],
)
def test_statements(server: BowyerProcess, statement: str, status: int, code: str, marked: str) -> None:
    answer = sql(server, statement, SQL)
    told = answer.json()
    assert answer.headers["Content-Type"].split(";")[0] == PROBLEM
    assert told["code"] == code, told
    # Statements that are not allowed are 403 or 400, as the code's kind says.
    assert answer.status_code in ((status, 400) if status == 403 else (status,)), told
    assert marked in answer.text, "a caret under the place"
    assert PASSWD not in answer.text


# ---- paths and names


@pytest.mark.parametrize(
    "target",
    [
        "/v1/datasets/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/datasets/../../../../etc/passwd",
        "/v1/datasets/%2e%2e/%2e%2e/etc/passwd",
        "/v1/datasets/..%5c..%5cetc%5cpasswd",
        "/../../../etc/passwd",
        "/v1/datasets/%00",
        "/v1/datasets/..;/..;/etc/passwd",
        "/v1/datasets//etc/passwd",
        "//etc/passwd",
    ],
)
def test_path_traversal(server: BowyerProcess, target: str) -> None:
    answer = get(server, target)
    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 404), answer[:500]
    assert PASSWD.encode() not in answer
    assert b"Exception" not in answer and b"\tat " not in answer


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server without a file in it."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path_factory.mktemp("store")))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_port}/"
        web.shutdown()


@pytest.fixture(scope="module")
def open_store(lake: Lake, store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    """A server that lets callers register what lies in that store."""
    config = {
        "stores": [{"prefix": store, "allow-http": True}],
        "datasets": [{"name": "trips", "from": str(lake.locations["trips"])}],
    }
    path = write_config(tmp_path_factory.mktemp("open") / "bowyer.yaml", json.dumps(config))
    process = BowyerProcess(["serve", "--config", str(path)])
    yield process
    stop_cleanly(process)


def register(server: BowyerProcess, name: str, location: object) -> requests.Response:
    path = requests.utils.quote(name, safe="")
    return requests.put(f"{server.http}/v1/datasets/{path}", json={"from": str(location)}, timeout=SECONDS)


@pytest.mark.parametrize("name", ["../evil", "x" * 300, "e/vil", "a\nb"])
def test_names_that_cannot_be_registered(server: BowyerProcess, lake: Lake, name: str) -> None:
    assert register(server, name, lake.locations["trips"]).status_code in (400, 404)


def test_files_of_the_machine_cannot_be_registered(server: BowyerProcess, lake: Lake) -> None:
    for location in (lake.locations["trips"], "/etc/passwd", "file:///etc/passwd", "s3://somebody/else/"):
        problem(register(server, "mine", location), 403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/v1/datasets/nowhere", 404, "DATASET_NOT_FOUND"),
        ("/v1/queries/0123456789abcdef", 404, "QUERY_NOT_FOUND"),
        ("/v1/queries/0123456789abcdef/events", 404, "QUERY_NOT_FOUND"),
    ],
)
def test_what_does_not_exist(server: BowyerProcess, target: str, status: int, code: str) -> None:
    told = problem(requests.get(server.http + target, timeout=SECONDS), status, code)
    assert target.split("/")[3] in told["detail"]


def test_paths_and_methods_that_there_are_not(server: BowyerProcess) -> None:
    answer = requests.get(f"{server.http}/v2/sql", timeout=SECONDS)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (404, PROBLEM)
    answer = requests.patch(f"{server.http}/v1/sql", timeout=SECONDS)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (405, PROBLEM)


def test_registering_what_is_not_there_changes_nothing(open_store: BowyerProcess, store: str) -> None:
    before = names(open_store)
    for name in ("ghost", "trips"):
        told = register(open_store, name, f"{store}nowhere.parquet")
        assert 400 <= told.status_code < 500, told.text
        assert told.headers["Content-Type"].split(";")[0] == PROBLEM
    problem(register(open_store, "ghost", f"{store}nowhere.parquet"), 404, "SOURCE_NOT_FOUND")
    problem(register(open_store, "ghost", "http://127.0.0.1:1/elsewhere.parquet"), 403, "PERMISSION_DENIED")
    assert names(open_store) == before
    assert len(before) == 1


def names(server: BowyerProcess) -> list[str]:
    listed = requests.get(f"{server.http}/v1/datasets", timeout=SECONDS).json()
    return [one["name"] for one in listed["datasets"]]


# ---- headers


@pytest.mark.parametrize(
    "target",
    [
        "/v1/sql?q=SELECT%201&format=csv%0d%0aX-Evil:%201",
        "/v1/datasets/trips%0d%0aX-Evil:%201",
        "/v1/sql?q=SELECT%201%20AS%20%22a%0d%0aX-Evil:%201%22",
        "/%0d%0aX-Evil:%201",
    ],
)
def test_no_header_of_a_request_becomes_one_of_the_answer(server: BowyerProcess, target: str) -> None:
    answer = get(server, target, "traceparent: 00-evil\x0bX-Evil: 1", "Origin: http://evil.example")
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert b"\nx-evil" not in head
    assert b"access-control" not in head, "CORS is off"
    assert 400 <= int(answer.split(b" ", 2)[1]) < 500 or b" 200 " in answer.splitlines()[0]


def test_headers_that_are_too_large(server: BowyerProcess) -> None:
    answer = get(server, "/health/live", "X-Large: " + "x" * 100_000)
    assert answer.split(b" ", 2)[1] == b"431"


@pytest.mark.parametrize(
    "request_line",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\r\n\0\0\0\r\n\r\n"],
)
def test_bytes_that_are_no_http(server: BowyerProcess, request_line: bytes) -> None:
    assert b"Exception" not in raw(server, request_line + b"\r\n\r\n")
    assert requests.get(f"{server.http}/health/live", timeout=SECONDS).ok


# ---- time


@pytest.fixture
def impatient(start_server: StartServer, tmp_path: Path, lake: Lake) -> BowyerProcess:
    config = {
        "http": {"stall-timeout": f"{STALL_SECONDS}s"},
        "datasets": [{"name": "many", "from": str(lake.locations["many"])}],
    }
    return start_server("serve", "--config", write_config(tmp_path / "bowyer.yaml", json.dumps(config)))


def test_slow_senders_and_stalled_readers_are_cut_off(impatient: BowyerProcess) -> None:
    """Half a head, half a body, and a reader that stops."""
    started = time.monotonic()
    raw(impatient, b"POST /v1/sql HTTP/1.1\r\nHost: loc")
    assert b" 200 " not in raw(impatient, head_of(20) + b"SELECT")[:20]
    assert time.monotonic() - started < 20 * STALL_SECONDS

    statement = b"SELECT a.id, b.name FROM many a CROSS JOIN many b"
    host, port = impatient.http.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(head_of(len(statement)) + statement)
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        poll_until(lambda: not running(impatient), 20 * STALL_SECONDS, "the query of a stalled reader ends")
    assert requests.get(f"{impatient.http}/health/ready", timeout=SECONDS).ok


def head_of(length: int) -> bytes:
    lines = ["POST /v1/sql?format=csv HTTP/1.1", "Host: localhost", "Content-Type: application/sql"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def running(server: BowyerProcess) -> list[Any]:
    listed = requests.get(f"{server.http}/v1/queries", timeout=SECONDS).json()["queries"]
    return [one for one in listed if one.get("state") in ("queued", "running", "planning")]


def test_a_client_that_goes_away_ends_its_query(server: BowyerProcess) -> None:
    answer = requests.post(
        f"{server.http}/v1/sql?format=csv",
        data="SELECT a.id, b.name FROM many a CROSS JOIN many b",
        headers=SQL,
        stream=True,
        timeout=SECONDS,
    )
    assert answer.ok
    assert running(server)
    answer.close()
    poll_until(lambda: not running(server), 5, "the query ends with its client")
