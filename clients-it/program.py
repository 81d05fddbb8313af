"""A client that is no Python package: a small program that prints a JSON line per feature."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bowyer_process import CACHE
from features import FeatureLines

HERE = Path(__file__).parent
BUILD_SECONDS = 900
RUN_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    works: bool
    note: str


def needs(tool: str) -> None:
    """Ends the test with a clear failure: a client that is not tested must not look well."""
    if shutil.which(tool) is None:
        pytest.fail(f"{tool} is not on the PATH; `.ci/run` names what the tests need", pytrace=False)


def build(folder: str, *command: str, **environment: str) -> None:
    """Runs a build command in `clients-it/FOLDER`."""
    done = subprocess.run(
        command,
        cwd=HERE / folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)} in {folder}:\n{done.stdout}{done.stderr}", pytrace=False)


def run(command: Sequence[str | Path], client: str, lines: FeatureLines) -> dict[str, Outcome]:
    """The outcomes by feature; `lines` learns the client's version.

    The program says "CLIENT VERSION" in each line.
    """
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    outcomes = {}
    for text in done.stdout.splitlines():
        line = json.loads(text)
        name, lines.versions[client] = line["client"].rsplit(" ", 1)
        assert name == client
        outcomes[line["feature"]] = Outcome(line["works"], line.get("note", ""))
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
    return outcomes


def build_folder(name: str) -> Path:
    """Where a program's build goes: kept between runs, outside of the checkout."""
    folder = CACHE / "clients-target" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def cases(client: str, features: Sequence[str]) -> list[object]:
    """A test case a feature, each with its line in the report."""
    return [pytest.param(feature, marks=pytest.mark.client(client, feature), id=feature) for feature in features]


def check(outcomes: dict[str, Outcome], feature: str) -> None:
    assert feature in outcomes, f"the program printed no line for it, only for {sorted(outcomes)}"
    assert outcomes[feature].works, outcomes[feature].note


def virtual_environment(requirements: str) -> Path:
    """The Python of packages that do not go together with those of the tests."""
    made = subprocess.run(
        [HERE / "venv.sh", requirements], cwd=HERE, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    if made.returncode != 0:
        pytest.fail(made.stderr, pytrace=False)
    return Path(made.stdout.strip()) / "bin" / "python"


def node_folder() -> Path:
    """A copy of `clients-it/node` with what its lock file names installed; made again when a file changes."""
    sources = [path for path in sorted((HERE / "node").iterdir()) if path.is_file()]
    folder = build_folder("node")
    locked = (HERE / "node" / "package-lock.json").read_bytes()
    installed = folder / "installed.json"
    for source in sources:
        shutil.copy(source, folder / source.name)
    if not installed.exists() or installed.read_bytes() != locked:
        installed.unlink(missing_ok=True)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        build(str(folder), *command)
        installed.write_bytes(locked)
    return folder
