"""curl over HTTP: each format, compression, entity tags, errors before and after the first byte."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import program
from bowyer_process import BowyerProcess
from conftest import StartServer
from features import FeatureLines
from http_requests import FAILS_LATE, MEDIA_TYPES, PROBLEM, SECONDS, url
from lake import Lake
from values import assert_same_rows

CURL = "curl"
MANY = "SELECT * FROM many ORDER BY id"
PARTIAL_FILE = 18
HTTP_ERROR = 22


@pytest.fixture(scope="module", autouse=True)
def curl_version(feature_lines: FeatureLines) -> None:
    program.needs(CURL)
    told = subprocess.run([CURL, "--version"], capture_output=True, text=True, check=True).stdout
    feature_lines.versions[CURL] = told.split()[1]


def curl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [CURL, "--silent", "--show-error", "--max-time", str(SECONDS), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False)


def body(*arguments: str | Path) -> bytes:
    done = curl("--fail", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def headers(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if value}


def rows_of(content: bytes, format_name: str, schema: pa.Schema) -> pa.Table:
    match format_name:
        case "arrow":
            return pa.ipc.open_stream(content).read_all()
        case "parquet":
            return pq.read_table(pa.BufferReader(content))
        case "csv":
            return pyarrow.csv.read_csv(pa.BufferReader(content))
        case "json":
            return pa.Table.from_pylist(json.loads(content), schema)
        case _:
            return pa.Table.from_pylist([json.loads(line) for line in content.splitlines()], schema)


@pytest.mark.parametrize(
    "format_name",
    [
        pytest.param(name, marks=pytest.mark.client(CURL, f"over HTTP: {shown}"))
        for name, shown in [
            ("json", "JSON"),
            ("ndjson", "NDJSON"),
            ("csv", "CSV"),
            ("arrow", "Arrow stream"),
            ("parquet", "Parquet"),
        ]
    ],
)
def test_format(server: BowyerProcess, lake: Lake, tmp_path: Path, format_name: str) -> None:
    expected = lake.tables["many"]
    by_key = body(url(server, MANY, format_name), "--dump-header", tmp_path / "headers")
    by_type = body(
        url(server, MANY, format_name).replace(f"&format={format_name}", ""),
        "-H",
        f"Accept: {MEDIA_TYPES[format_name]}",
    )
    posted = body(f"{server.http}/v1/sql?format={format_name}", "--json", json.dumps({"sql": MANY}))
    as_text = body(f"{server.http}/v1/sql?format={format_name}", "-H", "Content-Type: application/sql", "--data", MANY)
    for content in (by_key, by_type, posted, as_text):
        assert_same_rows(rows_of(content, format_name, expected.schema), expected)
    assert headers(tmp_path / "headers")["content-type"].split(";")[0] == MEDIA_TYPES[format_name]


@pytest.mark.client(CURL, "over HTTP: parameters")
@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT id FROM trips WHERE city = $city AND day >= $day ORDER BY id", {"city": "Rome", "day": "2026-01-02"}),
        ("SELECT id FROM trips WHERE city = ? AND day >= ? ORDER BY id", ["Rome", "2026-01-02"]),
    ],
)
def test_parameters(server: BowyerProcess, sql: str, values: object) -> None:
    asked = json.dumps({"sql": sql, "parameters": values})
    assert json.loads(body(f"{server.http}/v1/sql", "--json", asked)) == [{"id": 6}]


@pytest.mark.client(CURL, "over HTTP: limit and timeout")
def test_limit_and_timeout(server: BowyerProcess, big: BowyerProcess) -> None:
    assert len(json.loads(body(url(server, MANY, "json", limit=7)))) == 7
    assert json.loads(body(url(server, MANY, "json", limit=0))) == []
    slow = "SELECT count(*) FROM big a JOIN big b ON a.c1 = b.c1 AND a.id < b.id"
    done = curl(url(big, slow, "json", timeout="300ms"), "--write-out", "\n%{http_code}")
    told, status = done.stdout.decode().rsplit("\n", 1)
    assert (status, json.loads(told)["code"]) == ("504", "TIMEOUT")


@pytest.mark.client(CURL, "over HTTP: compression")
@pytest.mark.parametrize("format_name", ["json", "csv", "ndjson"])
def test_compression(server: BowyerProcess, tmp_path: Path, format_name: str) -> None:
    plain = body(url(server, MANY, format_name), "--dump-header", tmp_path / "plain")
    packed = body(url(server, MANY, format_name), "-H", "Accept-Encoding: gzip", "--dump-header", tmp_path / "packed")
    assert "content-encoding" not in headers(tmp_path / "plain")
    assert headers(tmp_path / "packed")["content-encoding"] == "gzip"
    assert "accept-encoding" in headers(tmp_path / "packed")["vary"].lower()
    assert len(packed) < len(plain) / 2
    assert gzip.decompress(packed) == plain
    assert body(url(server, MANY, format_name), "--compressed") == plain


@pytest.mark.client(CURL, "over HTTP: ETag and 304")
@pytest.mark.parametrize("format_name", MEDIA_TYPES)
def test_entity_tags(server: BowyerProcess, tmp_path: Path, format_name: str) -> None:
    asked, tag = url(server, "SELECT * FROM trips ORDER BY id", format_name), tmp_path / "tag"
    first = body(asked, "--etag-save", tag)
    assert first
    assert tag.read_text().strip().startswith('"'), "a strong one"
    again = body(asked, "--etag-compare", tag, "--write-out", "%{http_code}")
    assert again == b"304"
    other = body(url(server, "SELECT * FROM trips ORDER BY id DESC", format_name), "--etag-compare", tag)
    assert other


def test_a_tag_changes_with_the_files(tmp_path: Path, start_server: StartServer, lake: Lake) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(lake.tables["trips"], path)
    server = start_server("serve", f"table={path}")
    asked, tag = url(server, 'SELECT count(*) AS n FROM "table"', "json"), tmp_path / "tag"
    assert json.loads(body(asked, "--etag-save", tag)) == [{"n": 6}]
    assert body(asked, "--etag-compare", tag, "--write-out", "%{http_code}") == b"304"
    replacement = tmp_path / "new"
    pq.write_table(lake.tables["trips"].slice(0, 2), replacement)
    replacement.rename(path)
    assert json.loads(body(asked, "--etag-compare", tag)) == [{"n": 2}]


@pytest.mark.client(CURL, "over HTTP: errors")
def test_errors(server: BowyerProcess) -> None:
    asked = url(server, "SELECT fares FROM trips", "csv")
    assert curl("--fail", asked).returncode == HTTP_ERROR
    told, status, kind = curl(asked, "--write-out", "\n%{http_code}\n%{content_type}").stdout.decode().rsplit("\n", 2)
    assert (status, kind.split(";")[0]) == ("400", PROBLEM)
    problem = json.loads(told)
    assert problem["code"] == "UNKNOWN_COLUMN"
    assert 'did you mean "fare"' in json.dumps(problem, ensure_ascii=False).replace('\\"', '"')
    assert "^^^^^" in told, "a caret under the SQL"


@pytest.mark.client(CURL, "over HTTP: broken-off bodies")
@pytest.mark.parametrize("format_name", ["json", "ndjson", "csv", "arrow"])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_a_body_that_breaks_off_is_an_error(
    big: BowyerProcess, tmp_path: Path, format_name: str, compressed: bool
) -> None:
    target = tmp_path / "rows"
    done = curl("--fail", url(big, FAILS_LATE, format_name), "--output", target, *["--compressed"] * compressed)
    assert done.returncode == PARTIAL_FILE, done
    content = target.read_bytes()
    assert len(content) > 2**20, "rows came before the error"
    if format_name == "json":
        with pytest.raises(json.JSONDecodeError):
            json.loads(content)
