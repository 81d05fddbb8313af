"""pandas, polars, pyarrow, requests and DuckDB over HTTP: what they read is what DuckDB reads in the files."""

from __future__ import annotations

import io
import subprocess
import urllib.request
from http.client import HTTPException
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from urllib3.exceptions import ProtocolError

import program
from bowyer_process import BowyerProcess
from exact import assert_same, rows
from features import FeatureLines
from http_requests import FAILS_LATE, SECONDS, arrow, post, url
from lake import Lake
from values import assert_same_rows

OTHER_DUCKDB = "DuckDB (httpfs)"
DOWNLOADED = "a file that was downloaded first: this version's httpfs extension is not in a package"
# What DuckDB reads as it was written: the types that text formats carry.
PLAIN = ("trips", "many", "parts", "logs")
TYPED = ("trips", "types_parquet", "widened_parquet", "many", "empty_rows", "gained")


def of_files(lake: Lake, name: str) -> pa.Table:
    """The rows as DuckDB reads them in the files."""
    location = lake.locations[name]
    pattern = f"{location}/**/*.parquet" if location.is_dir() else str(location)
    with duckdb.connect() as database:
        found = database.execute("SELECT * FROM read_parquet(?, union_by_name = true)", [pattern])
        return found.to_arrow_table()


# ---- Arrow and Parquet


@pytest.mark.client("pyarrow", "over HTTP: Arrow stream")
@pytest.mark.client("requests", "over HTTP: Arrow stream")
@pytest.mark.parametrize("name", TYPED)
def test_arrow_stream(server: BowyerProcess, lake: Lake, name: str) -> None:
    table = arrow(server, f"SELECT * FROM {name}")
    assert_same_rows(table, lake.tables[name])
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name}")
        assert table.schema.equals(cursor.fetch_arrow_table().schema), "as over Flight"


@pytest.mark.parametrize("name", ["trips", "many", "gained"])
def test_arrow_stream_against_duckdb(server: BowyerProcess, lake: Lake, name: str) -> None:
    assert_same(arrow(server, f"SELECT * FROM {name}"), of_files(lake, name))


@pytest.mark.client("pyarrow", "over HTTP: Parquet")
@pytest.mark.parametrize("name", TYPED)
def test_parquet(server: BowyerProcess, lake: Lake, tmp_path: Path, name: str) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(post(server, f"SELECT * FROM {name}", "parquet").content)
    assert_same_rows(pq.read_table(path, partitioning=None), lake.tables[name])


# ---- data frames


@pytest.mark.client("pandas", "over HTTP: CSV")
def test_pandas_csv(server: BowyerProcess, lake: Lake) -> None:
    frame = pd.read_csv(url(server, "SELECT * FROM trips ORDER BY id", "csv"), parse_dates=["day"])
    wanted = lake.tables["trips"].to_pandas()
    assert frame["city"].tolist()[:3] == ["Oslo", "Rome", "Oslo"]
    assert frame["city"].isna().tolist() == wanted["city"].isna().tolist()
    assert frame["fare"].equals(wanted["fare"])
    assert frame["tip"].tolist() == [float(tip) for tip in wanted["tip"]]
    assert [day.date() for day in frame["day"]] == wanted["day"].tolist()


@pytest.mark.client("pandas", "over HTTP: NDJSON")
@pytest.mark.client("pandas", "over HTTP: JSON")
@pytest.mark.parametrize("format_name", ["json", "ndjson"])
def test_pandas_json(server: BowyerProcess, lake: Lake, format_name: str) -> None:
    frame = pd.read_json(url(server, "SELECT * FROM many ORDER BY id", format_name), lines=format_name == "ndjson")
    assert_same_rows(pa.Table.from_pandas(frame, preserve_index=False), lake.tables["many"])


@pytest.mark.client("pandas", "over HTTP: Parquet")
def test_pandas_parquet(server: BowyerProcess, lake: Lake) -> None:
    frame = pd.read_parquet(url(server, "SELECT * FROM trips", "parquet"), dtype_backend="pyarrow")
    assert_same_rows(pa.Table.from_pandas(frame, preserve_index=False), lake.tables["trips"])


@pytest.mark.client("polars", "over HTTP: CSV")
@pytest.mark.client("polars", "over HTTP: NDJSON")
@pytest.mark.client("polars", "over HTTP: Parquet")
@pytest.mark.client("polars", "over HTTP: Arrow stream")
def test_polars(server: BowyerProcess, lake: Lake) -> None:
    """From bytes: by itself polars asks for the size of a file, which an answer does not have before it is made."""
    readers = {"csv": pl.read_csv, "ndjson": pl.read_ndjson, "parquet": pl.read_parquet, "arrow": pl.read_ipc_stream}
    for format_name, read in readers.items():
        with urllib.request.urlopen(url(server, "SELECT * FROM many", format_name), timeout=SECONDS) as answer:
            assert_same_rows(read(answer.read()).to_arrow(), lake.tables["many"])


@pytest.mark.client("polars", "over HTTP: the URL itself", works=False, note="it needs ranges; read the bytes first")
@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_polars_does_not_read_the_url_itself(server: BowyerProcess, format_name: str) -> None:
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet}[format_name]
    with pytest.raises(OSError, match="HEAD|Range"):
        read(url(server, "SELECT * FROM many", format_name))


# ---- text


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(
    "format_name",
    [
        pytest.param(name, marks=pytest.mark.client("DuckDB", f"over HTTP: {name.upper()}", note=DOWNLOADED))
        for name in ("csv", "json", "ndjson")
    ],
)
def test_text_read_by_duckdb(server: BowyerProcess, lake: Lake, tmp_path: Path, name: str, format_name: str) -> None:
    """DuckDB reads the text back as the rows it reads in the files."""
    path = tmp_path / f"rows.{format_name}"
    path.write_bytes(post(server, f"SELECT * FROM {name}", format_name).content)
    reader = "read_csv" if format_name == "csv" else "read_json"
    wanted = "*" if name != "trips" else "* REPLACE (CAST(tip AS DECIMAL(9, 2)) AS tip, CAST(day AS DATE) AS day)"
    with duckdb.connect() as database:
        found = database.execute(f"SELECT {wanted} FROM {reader}(?)", [str(path)]).to_arrow_table()
    if name == "logs":
        assert sorted(rows(found)) == sorted(rows(lake.tables[name]))
    else:
        assert_same(found, of_files(lake, name))


def test_json_of_every_type(server: BowyerProcess, lake: Lake) -> None:
    """What a JSON reader gets of each column: equal to what the command line shows, which test_cli.py reads back."""
    answer = post(server, "SELECT * FROM types_parquet ORDER BY id")
    answer.raise_for_status()
    got = answer.json()
    assert [row["id"] for row in got] == lake.tables["types_parquet"]["id"].to_pylist()
    assert all(list(row) == lake.tables["types_parquet"].column_names for row in got), "each row has every column"
    nulls = got[-1]
    wanted = lake.tables["types_parquet"].to_pylist()[-1]
    assert {name for name, value in nulls.items() if value is None} == {
        name for name, value in wanted.items() if value is None
    }


# ---- DuckDB, which fetches by itself


HTTPFS = """
import sys, duckdb, duckdb_extension_httpfs, pathlib
folder = pathlib.Path(duckdb_extension_httpfs.__file__).parent
(extension,) = folder.glob(f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension")
database = duckdb.connect()
database.execute(f"LOAD '{extension}'")
print(duckdb.__version__)
*readable, broken = sys.argv[1:]
for reader, url in zip(readable[::2], readable[1::2]):
    found = database.execute(f"SELECT count(*), sum(id), sum(square), max(name) FROM {reader}(?)", [url])
    print(*found.fetchone(), sep="|")
try:
    print(database.execute("SELECT count(*) FROM read_csv(?)", [broken]).fetchall())
except duckdb.Error:
    print("an error")
"""


@pytest.mark.client(OTHER_DUCKDB, "over HTTP: CSV")
@pytest.mark.client(OTHER_DUCKDB, "over HTTP: JSON")
@pytest.mark.client(OTHER_DUCKDB, "over HTTP: Parquet")
@pytest.mark.client(OTHER_DUCKDB, "over HTTP: broken-off bodies")
def test_duckdb_httpfs(server: BowyerProcess, big: BowyerProcess, feature_lines: FeatureLines) -> None:
    """An older DuckDB, whose httpfs extension a package has; that of the newest is downloaded from DuckDB's own host."""
    python = program.virtual_environment("requirements-other.txt")
    readers = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}
    asked = [word for name, reader in readers.items() for word in (reader, url(server, "SELECT * FROM many", name))]
    command = [python, "-c", HTTPFS, *asked, url(big, FAILS_LATE, "csv")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    feature_lines.versions[OTHER_DUCKDB], *found, broken = done.stdout.splitlines()
    squares = sum(i * i for i in range(50_000))
    assert found == [f"50000|{sum(range(50_000))}|{squares}|row 9999"] * len(readers)
    assert broken == "an error"


# ---- everything in the body


@pytest.mark.client("requests", "over HTTP: parameters")
def test_parameters_of_each_kind(server: BowyerProcess) -> None:
    values = {"n": 6, "f": 2.5, "t": "it's", "b": True, "d": "2026-01-02", "none": None}
    sql = """
        SELECT $n + 0 AS n, $f * 1.0 AS f, concat($t, '') AS t, $b AND true AS b, CAST($d AS DATE) AS d,
            CAST($none AS BIGINT) AS none
    """
    (row,) = arrow(server, sql, parameters=values).to_pylist()
    assert (row["n"], float(row["f"]), row["t"], row["b"], row["d"].isoformat(), row["none"]) == (*values.values(),)
    in_list = arrow(server, "SELECT id FROM trips WHERE city IN (?, ?) AND fare < ?", parameters=["Oslo", "Rome", 20.5])
    assert sorted(in_list["id"].to_pylist()) == [1, 2]


@pytest.mark.client("requests", "over HTTP: limit and timeout")
def test_limit_in_each_format(server: BowyerProcess) -> None:
    for format_name in ("json", "arrow", "parquet", "csv", "ndjson"):
        whole, some = (
            post(server, "SELECT id FROM many", format_name),
            post(server, "SELECT id FROM many", format_name, limit=3),
        )
        assert whole.status_code == some.status_code == 200
        assert len(some.content) < len(whole.content)
    assert arrow(server, "SELECT id FROM many ORDER BY id", limit=3)["id"].to_pylist() == [0, 1, 2]
    assert arrow(server, "SELECT id FROM many LIMIT 2", limit=3).num_rows == 2


# ---- errors after the first byte


@pytest.mark.client("requests", "over HTTP: broken-off bodies")
@pytest.mark.parametrize("format_name", ["json", "ndjson", "csv", "arrow"])
def test_requests_and_urllib_see_a_body_that_breaks_off(big: BowyerProcess, format_name: str) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        post(big, FAILS_LATE, format_name)
    with urllib.request.urlopen(url(big, FAILS_LATE, format_name), timeout=SECONDS) as answer:
        assert answer.status == 200
        # It asks the server to close the connection, which is a body's end for it.
        with pytest.raises((HTTPException, ConnectionError)):
            answer.read()


@pytest.mark.client("pyarrow", "over HTTP: broken-off bodies")
def test_pyarrow_sees_a_stream_without_its_end(big: BowyerProcess) -> None:
    asked = {"url": f"{big.http}/v1/sql?format=arrow", "json": {"sql": FAILS_LATE}, "stream": True, "timeout": SECONDS}
    content = io.BytesIO()
    with requests.post(**asked) as answer:
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for piece in answer.iter_content(1 << 16):
                content.write(piece)
    # Whoever ignores that sees a stream without its end marker.
    assert not content.getvalue().endswith(b"\xff\xff\xff\xff\0\0\0\0")
    with requests.post(**asked) as answer, pytest.raises((OSError, HTTPException, ProtocolError)):
        pa.ipc.open_stream(answer.raw).read_all()


@pytest.mark.client("pandas", "over HTTP: broken-off bodies")
def test_pandas_sees_a_body_that_breaks_off(big: BowyerProcess) -> None:
    with pytest.raises((HTTPException, ConnectionError)):
        pd.read_csv(url(big, FAILS_LATE, "csv"))
