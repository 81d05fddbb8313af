"""Runs the blocks of one page in their order, in a folder of its own, against a real server."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import doc_bowyer
import program
from doc_pages import ROOT, Block

HERE = Path(__file__).resolve().parent
REFERENCE = ROOT / "docs" / "reference" / "configuration.md"
BLOCK_SECONDS = 120
FLIGHT = re.compile(r"(?:127\.0\.0\.1|localhost):8815\b")
HTTP = re.compile(r"(?:127\.0\.0\.1|localhost):8816\b")
INSTALL = re.compile(r"^(?:python3 -m venv|\. venv/|pip install|npm install)\b")
PINNED = re.compile(r"^([\w.-]+)", re.MULTILINE)
KEY = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@dataclass
class PageRun:
    """`replace` has what stands on the page for what differs from run to run; `python` runs the Python blocks if they
    need other packages than the tests."""

    folder: Path
    replace: Mapping[str, str] = field(default_factory=dict)
    python: Path | None = None
    _names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    _printed: str = ""

    def __post_init__(self) -> None:
        wrapper = self.folder / "bowyer"
        wrapper.write_text(
            f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -B {shlex.quote(str(HERE / 'doc_bowyer.py'))} "
            f'{shlex.quote(str(self.folder))} "$@"\n'
        )
        wrapper.chmod(0o755)

    def bowyer(self, *arguments: str) -> None:
        """What a reader has done before the page begins."""
        self._process([str(self.folder / "bowyer"), *arguments])

    def close(self) -> None:
        doc_bowyer.stop(self.folder)

    def run(self, block: Block) -> None:
        text = self._with_addresses(block.text)
        match block.language:
            case "text":
                self._compare(block)
                return
            case "yaml":
                check_keys(yaml.safe_load(block.text))
                return
            case "sh":
                self._printed = self._shell(text)
            case "python":
                self._printed = self._python(block, text)
            case "js":
                self._printed = self._node(block, text)
            case "sql":
                self._printed = self._process([str(self.folder / "bowyer"), "sql", text])
            case other:
                raise AssertionError(f"{block}: nobody runs {other!r}; see doc_tables.py")

    def _with_addresses(self, text: str) -> str:
        for shown, real in self.replace.items():
            text = text.replace(shown, real)
        server = doc_bowyer.state(self.folder)
        for pattern, address in ((FLIGHT, server.get("flight")), (HTTP, server.get("http"))):
            if address:
                text = pattern.sub(str(address), text)
        return text

    def _shell(self, text: str) -> str:
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if all(INSTALL.match(line) for line in lines):
            for line in lines:
                check_installed(line)
            return ""
        return self._process(["bash", "-eu", "-o", "pipefail", "-c", text])

    def _python(self, block: Block, text: str) -> str:
        if self.python:
            return self._process([str(self.python), "-c", text])
        printed = io.StringIO()
        code = compile(text, str(block), "exec")
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(printed):
            exec(code, self._names)  # noqa: S102
        return printed.getvalue()

    def _node(self, block: Block, text: str) -> str:
        """Beside the packages of `node/`, where imports find them."""
        script = program.node_folder() / f"{block.page.replace('/', '-')}-{block.line}.mjs"
        script.write_text(text, encoding="utf-8")
        try:
            return self._process(["node", str(script)])
        finally:
            script.unlink()

    def _process(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BLOCK_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def _compare(self, block: Block) -> None:
        """`...` stands for what differs: alone on a line for any lines, within one for the rest of a word or more."""
        pattern = "".join(line_pattern(line) for line in block.text.rstrip().splitlines())
        printed = "".join(f"{line.rstrip()}\n" for line in self._printed.strip("\n").splitlines())
        assert re.fullmatch(pattern, printed, re.DOTALL), f"{block}: printed was\n{self._printed}"


def line_pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:[^\n]*\n)*"
    return r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + "\n"


def check_installed(line: str) -> None:
    """The packages that a page installs are those that the tests pin; so they are installed here."""
    words = [word for word in shlex.split(line, comments=True)[2:] if not word.startswith("-")]
    if not line.startswith(("pip install", "npm install")):
        return
    pinned = {name.lower() for path in HERE.glob("requirements*.txt") for name in PINNED.findall(path.read_text())}
    pinned |= set(json.loads((HERE / "node" / "package.json").read_text())["dependencies"])
    for word in words:
        name = re.split(r"[=\[<>]", word)[0].lower()
        assert name in pinned, f"{line}: {name} is not pinned for the tests"


def check_keys(config: Any) -> None:
    """A configuration file has only keys of the reference page, which a test compares with the code."""
    known = set(KEY.findall(REFERENCE.read_text(encoding="utf-8")))
    for key in keys(config, ""):
        inner = any(one.startswith((f"{key}.", f"{key}[")) for one in known)
        assert key in known or inner, f"{key} is no key of {REFERENCE.name}"


def keys(value: Any, path: str) -> list[str]:
    if isinstance(value, dict):
        return [inner for name, one in value.items() for inner in keys(one, f"{path}.{name}" if path else name)]
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [inner for one in value for inner in keys(one, f"{path}[]")]
    return [path]
