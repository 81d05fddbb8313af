"""The notebook of docs/how-to/java-client.md, in a Jupyter kernel for Java."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from bowyer_process import ROOT
from conftest import StartServer

TUTORIAL = ROOT / "docs" / "tutorial" / "java-client.md"
HOW_TO = ROOT / "docs" / "how-to" / "java-client.md"
LIBRARY = ROOT / "flight-server" / "target" / "lib" / "*.jar"

FILE = re.compile(r"cat > (\S+) <<'END'\n(.*?)\nEND\n", re.DOTALL)
CELL = re.compile(r"<!-- notebook cell -->\n```java\n(.*?)```\n\n```text\n(.*?)```\n", re.DOTALL)
FLAGS = re.compile(r'JJAVA_JVM_OPTS="(.*?)"')
KERNEL_SECONDS = 120


def printed(cell: nbformat.NotebookNode) -> list[str]:
    """Lines of its standard output."""
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
    return [line.rstrip() for line in text.strip().splitlines()]


def test_notebook_of_the_page(start_server: StartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = HOW_TO.read_text()
    files = [tmp_path / name for name, _ in FILE.findall(TUTORIAL.read_text())]
    for file, (_, text) in zip(files, FILE.findall(TUTORIAL.read_text()), strict=True):
        file.write_text(text + "\n")
    server = start_server("serve", *files)
    flags = FLAGS.search(page)
    assert flags
    monkeypatch.setenv("JJAVA_JVM_OPTS", flags[1])
    monkeypatch.setenv("PATH", f"{server.java_home() / 'bin'}:{os.environ['PATH']}")

    cells = CELL.findall(page)
    assert cells
    sources = [f"%classpath {LIBRARY}", *(text.replace("grpc://localhost:8815", server.uri) for text, _ in cells)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="java", timeout=KERNEL_SECONDS).execute()
    for cell, (_, shown) in zip(notebook.cells[1:], cells, strict=True):
        assert printed(cell) == [line.rstrip() for line in shown.strip().splitlines()]
