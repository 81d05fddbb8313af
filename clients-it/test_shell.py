"""The interactive shell, at a pseudo terminal as a person has it, and as scripts use it."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bowyer_process import LAUNCHER, BowyerProcess, poll_until
from conftest import Secured
from lake import Lake
from terminal import CTRL_C, CTRL_D, ENTER, TAB, UP, TerminalProgram

PROMPT = r"^bowyer> "
SLOW = "SELECT count(*) FROM generate_series(1, 100000000000);"

StartShell = Callable[..., TerminalProgram]


@pytest.fixture
def start_shell(server: BowyerProcess, tmp_path: Path) -> Iterator[StartShell]:
    """Shells that end with the test; they share a history."""
    with ExitStack() as started:

        def start(
            *options: str, uri: str = server.uri, environment: dict[str, str] | None = None, first: str = PROMPT
        ) -> TerminalProgram:
            command = [LAUNCHER, "shell", "--uri", uri, *options]
            shell = started.enter_context(
                TerminalProgram(command, {"XDG_STATE_HOME": str(tmp_path), **(environment or {})})
            )
            shell.shows(first)
            return shell

        yield start


@pytest.fixture
def shell(start_shell: StartShell) -> TerminalProgram:
    shell = start_shell()
    shell.enters(r"\refresh")
    shell.shows(r"\(tables: \d+, columns: \d+\)")
    shell.shows(PROMPT)
    return shell


def test_statement_over_several_lines(shell: TerminalProgram) -> None:
    shell.enters("SELECT city,")
    shell.shows(r"^ *;> ")
    shell.enters("'a;b")
    shell.shows(r"^ *'> ")
    shell.enters("c' AS odd")
    shell.shows(r"^ *;> ")
    shell.enters("FROM trips WHERE id = 1;")
    shell.shows(r"^city +\| odd")
    shell.shows(r"^Oslo \| a;b\\nc")
    shell.shows(r"^\(1 row\)")
    shell.shows(PROMPT)


def test_tab_completes_keywords_tables_and_columns(shell: TerminalProgram) -> None:
    shell.types("SEL" + TAB)
    shell.shows(r"SELECT ")
    shell.types("max(f) FROM tri" + TAB)
    shell.shows(r"FROM trips ")
    shell.types("t WHERE t.fa" + TAB)
    shell.shows(r"t\.fare ")
    shell.types("> 40 AND t." + TAB)
    shell.shows(r"city[\s\S]*day[\s\S]*fare[\s\S]*id[\s\S]*tip")
    shell.types(CTRL_C)
    shell.shows(PROMPT)
    shell.types("\\d tri" + TAB + ENTER)
    shell.shows(r"^city +\| Utf8")


def test_describe(shell: TerminalProgram, lake: Lake) -> None:
    shell.enters(r"\d")
    listed = shell.shows(r"^name[\s\S]*?bowyer> ").group()
    assert all(re.search(rf"^{name} +\|", listed, re.MULTILINE) for name in lake.locations)
    shell.enters(r"\d trips")
    shell.shows(r"^id +\| Int\(64, true\)")
    shell.shows(PROMPT)
    shell.enters(r"\d trip")
    shell.shows(r'^error\[DATASET_NOT_FOUND\].*did you mean "trips"|^hint: did you mean "trips"')
    shell.shows(PROMPT)


def test_an_error_does_not_end_it(shell: TerminalProgram) -> None:
    shell.enters("SELECT fares FROM trips;")
    shell.shows(r'^error\[UNKNOWN_COLUMN\]: column "fares" not found')
    shell.shows(r"^ +\^+")
    shell.shows(PROMPT)
    shell.enters(r"\nonsense")
    shell.shows(r"^error\[INVALID_ARGUMENT\]: \\nonsense")
    shell.shows(PROMPT)
    shell.enters("SELECT 40 + 2 AS answer;")
    shell.shows(r"^ +42")
    shell.shows(PROMPT)
    shell.types(CTRL_D)
    assert shell.ends() == 0


def test_control_c_cancels_the_query_and_not_the_shell(start_shell: StartShell, server: BowyerProcess) -> None:
    shell = start_shell()
    for _ in range(2):
        shell.enters(SLOW)
        shell.shows(r"rows  .*\d s")  # the progress line
        shell.types(CTRL_C)
        shell.shows(r"error\[CANCELLED\]", seconds=10)
        shell.shows(PROMPT)
    poll_until(lambda: server.cpu_load(0.1) < 0.3, 5, "the server is idle again", interval=0)
    shell.enters("SELECT 1 AS alive;")
    shell.shows(r"^alive")
    shell.shows(PROMPT)
    shell.types(CTRL_D)
    assert shell.ends() == 0


def test_control_c_clears_what_was_typed(shell: TerminalProgram) -> None:
    shell.enters("SELECT 'open")
    shell.shows(r"'> ")
    shell.types(CTRL_C)
    shell.shows(PROMPT)
    shell.enters("SELECT 7 AS seven;")
    shell.shows(r"^seven")
    shell.enters(r"\q")
    assert shell.ends() == 0


def test_history_is_kept_without_secrets(start_shell: StartShell, tmp_path: Path) -> None:
    first = start_shell()
    for statement in ("SELECT 'remember me';", "SELECT 'my password';"):
        first.enters(statement)
        first.shows(r"^\(1 row\)")
        first.shows(PROMPT)
    first.types(CTRL_D)
    assert first.ends() == 0
    file = tmp_path / "bowyer" / "history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "remember me" in file.read_text()
    assert "password" not in file.read_text()
    second = start_shell()
    second.types(UP)
    second.shows(r"SELECT 'remember me';")
    second.types(ENTER)
    second.shows(r"^remember me")


def test_a_history_that_cannot_be_kept_is_a_note(start_shell: StartShell, tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("")
    shell = start_shell(environment={"XDG_STATE_HOME": str(file)})
    assert "note: no history is kept" in shell.screen()
    shell.enters("SELECT 3 AS three;")
    shell.shows(r"^three")


def test_format_timing_and_file(shell: TerminalProgram, lake: Lake, tmp_path: Path) -> None:
    shell.enters(r"\format csv")
    shell.shows(r"\(format is csv\)")
    shell.enters(r"\timing")
    shell.shows(r"\(timing is on\)")
    shell.enters("SELECT id, city FROM trips WHERE id < 3 ORDER BY id;")
    shell.shows(r"^id,city\s+1,Oslo\s+2,Rome\s+Time: [\d.]+ ms")
    target = tmp_path / "trips.parquet"
    shell.enters(rf"\o {target}")
    shell.shows(r"\(the rows of the next statement go to ")
    shell.enters("SELECT * FROM trips;")
    shell.shows(r"Time: ")
    assert pq.read_table(target).num_rows == lake.tables["trips"].num_rows


def test_no_server_is_an_error_of_each_statement(start_shell: StartShell) -> None:
    shell = start_shell(uri="grpc://127.0.0.1:1")
    for _ in range(2):
        shell.enters("SELECT 1;")
        shell.shows(r"^error\[UNAVAILABLE\]: no answer from grpc://127.0.0.1:1")
        shell.shows(PROMPT)
    shell.types(CTRL_D)
    assert shell.ends() == 0


def test_a_password_is_asked_for_and_not_shown(start_shell: StartShell, secured: Secured) -> None:
    shell = start_shell("--user", secured.user, uri=secured.uri, first=rf"Password of {secured.user}: ")
    shell.enters(secured.password)
    shell.shows(PROMPT)
    shell.enters(r"\d")
    shell.shows(r"^trips +\|")
    assert secured.password not in shell.screen()


# ---- scripts


def run_script(server: BowyerProcess, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LAUNCHER), "shell", "--uri", server.uri, *options],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_script_on_stdin(server: BowyerProcess) -> None:
    done = run_script(server, "SELECT 1 AS a;\n\\format ndjson\nSELECT 2 AS b", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, 'a\n1\n{"b":2}\n'), done.stderr


def test_a_script_ends_at_its_first_error(server: BowyerProcess) -> None:
    done = run_script(server, "SELECT 1 AS a;\nSELECT * FROM nowhere;\nSELECT 2 AS b;\n", "--format", "csv")
    assert (done.returncode, done.stdout) == (1, "a\n1\n")
    assert done.stderr.startswith("error[DATASET_NOT_FOUND]")
