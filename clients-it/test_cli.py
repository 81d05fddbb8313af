"""The command line against a running server: every output format read back, exit codes, and the printed snippets."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as pq
import pytest

from bowyer_process import LAUNCHER, BowyerProcess, demo_folder
from conftest import Secured, StartServer, stop_cleanly
from lake import Lake
from values import assert_same_rows

SQL = "SELECT id, city, fare, day FROM trips ORDER BY id"
FIRST = {"id": 1, "city": "Oslo", "fare": 10.5, "day": "2026-01-01"}
FOURTH = {"id": 4, "city": None, "fare": 7.25, "day": "2026-01-02"}
COMMAND_SECONDS = 60


def bowyer(
    *arguments: str | Path, text: bool = True, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(LAUNCHER), *map(str, arguments)],
        capture_output=True,
        text=text,
        timeout=COMMAND_SECONDS,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )


def output(*arguments: str | Path, environment: dict[str, str] | None = None) -> str:
    """Standard output of a command that succeeds."""
    result = bowyer(*arguments, environment=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def sql(server: BowyerProcess, format_name: str, statement: str = SQL) -> str:
    return output("sql", statement, "--uri", server.uri, "--format", format_name)


# ---- formats


def test_csv(server: BowyerProcess) -> None:
    header, *lines = csv.reader(io.StringIO(sql(server, "csv")))
    assert header == ["id", "city", "fare", "day"]
    assert lines[0] == ["1", "Oslo", "10.5", "2026-01-01"]
    assert lines[3][1] == ""
    assert len(lines) == 6


def test_csv_quotes_what_needs_it(server: BowyerProcess, lake: Lake) -> None:
    _, *lines = csv.reader(
        io.StringIO(sql(server, "csv", "SELECT name FROM prices_csv WHERE name IS NOT NULL ORDER BY id"))
    )
    assert [line[0] for line in lines] == [name for name in lake.tables["prices_csv"]["name"].to_pylist() if name]


def test_json(server: BowyerProcess) -> None:
    got = json.loads(sql(server, "json"))
    assert (got[0], got[3], len(got)) == (FIRST, FOURTH, 6)


def test_ndjson(server: BowyerProcess) -> None:
    got = [json.loads(line) for line in sql(server, "ndjson").splitlines()]
    assert (got[0], len(got)) == (FIRST, 6)
    assert got[3].get("city") is None


def test_table(server: BowyerProcess) -> None:
    lines = sql(server, "table").splitlines()
    assert any(all(name in line for name in FIRST) for line in lines)
    assert any("Oslo" in line and "10.5" in line and "2026-01-01" in line for line in lines)


def test_markdown(server: BowyerProcess) -> None:
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in sql(server, "md").splitlines()
        if line.startswith("|")
    ]
    assert lines[0] == ["id", "city", "fare", "day"]
    assert set("".join(lines[1])) <= set(":-")
    assert lines[2] == ["1", "Oslo", "10.5", "2026-01-01"]
    assert len(lines) == 8


@pytest.mark.parametrize("name", ["types_parquet", "many"])
def test_arrow_file(server: BowyerProcess, lake: Lake, tmp_path: Path, name: str) -> None:
    target = tmp_path / "result.arrow"
    output("sql", f"SELECT * FROM {name}", "--uri", server.uri, "--format", "arrow", "-o", target)
    assert_same_rows(read_arrow(target.read_bytes()), lake.tables[name])


def test_arrow_on_standard_output(server: BowyerProcess, lake: Lake) -> None:
    result = bowyer("sql", "SELECT * FROM many", "--uri", server.uri, "--format", "arrow", text=False)
    assert result.returncode == 0, result.stderr
    assert_same_rows(read_arrow(result.stdout), lake.tables["many"])


def read_arrow(content: bytes) -> pa.Table:
    """An Arrow IPC file or stream."""
    opened = pa.ipc.open_file if content.startswith(b"ARROW1") else pa.ipc.open_stream
    return opened(content).read_all()


@pytest.mark.parametrize("name", ["trips", "many"])
def test_parquet_file(server: BowyerProcess, lake: Lake, tmp_path: Path, name: str) -> None:
    target = tmp_path / "result.parquet"
    output("sql", f"SELECT * FROM {name}", "--uri", server.uri, "--format", "parquet", "-o", target)
    assert_same_rows(pq.read_table(target), lake.tables[name])


def test_a_failed_query_leaves_no_file(server: BowyerProcess, tmp_path: Path) -> None:
    target = tmp_path / "result.parquet"
    result = bowyer("sql", "SELECT * FROM nowhere", "--uri", server.uri, "--format", "parquet", "-o", target)
    assert result.returncode == 1
    assert not target.exists()


def test_sql_from_a_file(server: BowyerProcess, tmp_path: Path) -> None:
    script = tmp_path / "query.sql"
    script.write_text("-- a comment\nSELECT count(*) AS n\nFROM trips\n")
    assert json.loads(output("sql", "--file", script, "--uri", server.uri, "--format", "json")) == [{"n": 6}]


# ---- parameters and logins


def test_parameters_are_bound_by_name_and_by_position(server: BowyerProcess) -> None:
    named = "SELECT id FROM trips WHERE city = $city AND day >= $day ORDER BY id"
    got = output(
        "sql", named, "--param", "city=Rome", "--param", "day=2026-01-02", "--uri", server.uri, "--format", "csv"
    )
    assert got.splitlines() == ["id", "6"]
    positional = "SELECT id FROM trips WHERE fare > ? AND tip < ? ORDER BY id"
    got = output(
        "sql", positional, "--param", "1=9.5", "--param", "2:decimal=2.00", "--uri", server.uri, "--format", "csv"
    )
    assert got.splitlines() == ["id", "1", "2"]


def test_a_parameter_without_a_value_is_named(server: BowyerProcess) -> None:
    result = bowyer("sql", "SELECT id FROM trips WHERE city = $city", "--param", "town=Rome", "--uri", server.uri)
    assert result.returncode == 1
    assert "city" in result.stderr


def test_a_user_logs_in_with_the_password_of_the_environment(secured: Secured) -> None:
    ask = ("sql", "SELECT count(*) AS n FROM trips", "--uri", secured.uri, "--format", "csv")
    assert output(*ask, "--user", secured.user, environment={"BOWYER_PASSWORD": secured.password}) == "n\n6\n"
    for refused in (
        bowyer(*ask, "--user", secured.user, environment={"BOWYER_PASSWORD": "guess"}),
        bowyer(*ask),
        bowyer(*ask, environment={"BOWYER_TOKEN": "made-up"}),
    ):
        assert refused.returncode == 1
        assert refused.stderr.startswith("error[UNAUTHENTICATED]")


def test_a_token_is_taken_from_the_option_or_the_environment(secured: Secured) -> None:
    with flight.connect(secured.uri) as client:
        _, header = client.authenticate_basic_token(secured.user, secured.password)
    token = header.decode().removeprefix("Bearer ")
    assert "trips" in output("datasets", "--uri", secured.uri, "--token", token)
    assert "trips" in output("datasets", "--uri", secured.uri, environment={"BOWYER_TOKEN": token})


def test_tls_to_a_server_without_it_is_said(server: BowyerProcess) -> None:
    result = bowyer("datasets", "--uri", f"grpc+tls://{server.address}")
    assert result.returncode == 1
    assert "TLS" in result.stderr


# ---- other commands


def test_datasets_json(server: BowyerProcess, lake: Lake) -> None:
    listed = json.loads(output("datasets", "--uri", server.uri, "--json"))
    assert {dataset["name"] for dataset in listed} == set(lake.locations)


def test_datasets_for_people(server: BowyerProcess, lake: Lake) -> None:
    text = output("datasets", "--uri", server.uri)
    assert all(name in text for name in lake.locations)


def test_describe(server: BowyerProcess) -> None:
    text = output("describe", "trips", "--uri", server.uri)
    assert all(column in text for column in ("id", "city", "fare", "day", "tip"))


def test_describe_an_unknown_dataset(server: BowyerProcess) -> None:
    result = bowyer("describe", "trip", "--uri", server.uri)
    assert result.returncode == 1
    assert result.stderr.startswith("error[")
    assert 'did you mean "trips"' in result.stderr


def test_explain(server: BowyerProcess) -> None:
    text = output("explain", "SELECT city FROM trips WHERE fare > 5", "--uri", server.uri)
    assert "trips" in text
    assert "fare" in text
    assert "Filter" in text or "predicate" in text.lower()


def test_explain_analyze_counts_rows(server: BowyerProcess) -> None:
    text = output("explain", "--analyze", "SELECT city FROM trips WHERE fare > 5", "--uri", server.uri)
    assert "output_rows" in text or "rows" in text


def test_version() -> None:
    assert output("version").strip()


# ---- exit codes


def test_a_failed_query_exits_with_1_and_says_why(server: BowyerProcess) -> None:
    result = bowyer("sql", "SELECT fares FROM trips", "--uri", server.uri)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error[")
    assert 'did you mean "fare"' in result.stderr


def test_no_server_exits_with_1() -> None:
    result = bowyer("sql", "SELECT 1", "--uri", "grpc://127.0.0.1:1")
    assert result.returncode == 1
    assert result.stderr.startswith("error[UNAVAILABLE]")


@pytest.mark.parametrize(
    "arguments",
    [["--no-such-option"], ["serve", "--no-such-option"], ["no-such-command"], ["sql", "SELECT 1", "--format", "xml"]],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = bowyer(*arguments)
    assert result.returncode == 2
    assert result.stderr


@pytest.mark.parametrize(
    "command", ["serve", "sql", "shell", "demo", "datasets", "describe", "explain", "doctor", "version"]
)
def test_help_shows_an_example(command: str) -> None:
    assert f"bowyer {command}" in output(command, "--help")


def serve_failure(*arguments: str | Path) -> subprocess.CompletedProcess:
    return bowyer("serve", *arguments, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")


def test_a_bad_configuration_exits_with_3_and_names_the_place(tmp_path: Path) -> None:
    config = tmp_path / "bowyer.yaml"
    config.write_text("datasets:\n  - { name: trips, frm: trips.parquet }\n")
    result = serve_failure("--config", config)
    assert result.returncode == 3
    assert "bowyer.yaml:2:" in result.stderr
    assert 'did you mean "from"' in result.stderr


def broken_files(folder: Path, lake: Lake) -> dict[str, Path]:
    whole = lake.locations["trips"].read_bytes()
    contents = {
        "zero.parquet": b"",
        "truncated.parquet": whole[: len(whole) // 2],
        "magic.parquet": b"x" * 500,
        "data.xyz": b"1,2",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "nothing").mkdir()
    return {name: folder / name for name in [*contents, "nothing", "missing.parquet"]}


def test_a_bad_source_among_good_ones_is_named(lake: Lake, tmp_path: Path) -> None:
    for name, path in broken_files(tmp_path, lake).items():
        result = serve_failure(f"trips={lake.locations['trips']}", f"bad={path}")
        assert result.returncode in (1, 3), f"{name}: {result}"
        assert result.stderr.startswith("error["), name
        assert name in result.stderr
        assert "Bowyer is ready" not in result.stdout


def test_bad_sources_may_be_left_out(start_server: StartServer, lake: Lake, tmp_path: Path) -> None:
    bad = broken_files(tmp_path, lake)["truncated.parquet"]
    server = start_server("serve", f"trips={lake.locations['trips']}", f"bad={bad}", "--skip-bad")
    listed = json.loads(output("datasets", "--uri", server.uri, "--json"))
    assert [dataset["name"] for dataset in listed] == ["trips"]
    assert "truncated.parquet" in server.stderr.text() + server.stdout.text()


def test_duplicate_names_are_refused_with_both_places(lake: Lake) -> None:
    result = serve_failure(f"trips={lake.locations['trips']}", f"trips={lake.locations['many']}")
    assert result.returncode in (1, 3)
    assert result.stderr.startswith("error[DATASET_EXISTS]")
    assert str(lake.locations["trips"]) in result.stderr
    assert str(lake.locations["many"]) in result.stderr


def test_conflicting_schemas_name_file_column_and_types(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    pq.write_table(pa.table({"id": [1], "size": pa.array([1], pa.int64())}), folder / "a.parquet")
    pq.write_table(pa.table({"id": [1], "size": ["large"]}), folder / "b.parquet")
    result = serve_failure(f"mixed={folder}")
    assert result.returncode in (1, 3)
    assert "SCHEMA_CONFLICT" in result.stderr
    assert "size" in result.stderr
    assert "b.parquet" in result.stderr


def test_a_port_in_use_is_an_error_that_names_it(server: BowyerProcess, lake: Lake) -> None:
    result = bowyer("serve", f"trips={lake.locations['trips']}", "--listen", f"127.0.0.1:{server.port}", "--http", "off")
    assert result.returncode == 1
    assert str(server.port) in result.stderr


# ---- snippets


@pytest.fixture(scope="module")
def demo() -> Iterator[BowyerProcess]:
    process = BowyerProcess(["demo"])
    yield process
    stop_cleanly(process)


def printed_snippet(demo: BowyerProcess, module: str) -> str:
    """The first Python program that the demo prints and that imports `module`: from its first import to a blank line or
    to where it stops being Python."""
    lines = demo.stdout.lines
    (start, *_) = [
        i for i, line in enumerate(lines) if line.lstrip().startswith(("import ", "from ")) and module in line
    ]
    while lines[start - 1].lstrip().startswith(("import ", "from ")):
        start -= 1
    end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
    while end > start and not is_python(textwrap.dedent("\n".join(lines[start:end]))):
        end -= 1
    return textwrap.dedent("\n".join(lines[start:end]))


def is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("module", ["pyarrow", "adbc_driver_flightsql"])
def test_printed_python_works_when_pasted(demo: BowyerProcess, module: str) -> None:
    # Another round trip: by then the lines after the ready line have arrived.
    output("datasets", "--uri", demo.uri)
    program = printed_snippet(demo, module)
    assert f":{demo.port}" in program
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=COMMAND_SECONDS)
    assert result.returncode == 0, f"{program}\n{result.stderr}"
    assert result.stdout.strip(), "the snippet shows something"


def test_printed_jdbc_url_and_command_carry_the_port(demo: BowyerProcess) -> None:
    output("datasets", "--uri", demo.uri)
    text = demo.stdout.text()
    assert f"jdbc:arrow-flight-sql://{demo.host}:{demo.port}" in text
    assert "bowyer sql" in text


def test_the_demo_serves_the_eight_tables(demo: BowyerProcess) -> None:
    listed = {dataset["name"] for dataset in json.loads(output("datasets", "--uri", demo.uri, "--json"))}
    assert listed == {path.stem for path in demo_folder(0.1).glob("*.parquet")}
    assert len(listed) == 8
