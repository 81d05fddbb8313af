"""What each client can do, told by the tests that ran: `@pytest.mark.client("ADBC Python", "parameters")`.

A test may carry several marks. With `works=False` and a `note` the test asserts a limit of that client: that it passes
means that the feature does not work there. `report.py` makes a page of the lines that this plugin writes.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

RESULTS = Path(__file__).parent / ".results" / "python.jsonl"

MARK = "client(name, feature, works=True, note=''): a line of the report on clients"

# Of the clients that are Python packages; the others tell theirs when they run.
PACKAGES = {
    "pyarrow": "pyarrow",
    "ADBC Python": "adbc-driver-flightsql",
    "pandas": "pandas",
    "polars": "polars",
    "DuckDB": "duckdb",
    "requests": "requests",
}


class FeatureLines:
    """Collects a line per mark of each test that ran, and writes them at the end."""

    def __init__(self) -> None:
        self.versions = {client: version(package) for client, package in PACKAGES.items()}
        self.lines: list[dict[str, Any]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            for mark in item.iter_markers("client"):
                self.lines.append(self._line(item, report.passed, *mark.args, **mark.kwargs))
        return report

    def _line(
        self, item: pytest.Item, passed: bool, client: str, feature: str, works: bool = True, note: str = ""
    ) -> dict[str, Any]:
        if not passed:
            works, note = False, f"failed: {item.name}"
        return {"client": client, "feature": feature, "works": works, "note": note}

    def pytest_sessionfinish(self) -> None:
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("w", encoding="utf-8") as out:
            for line in self.lines:
                named = line | {"client": f"{line['client']} {self.versions.get(line['client'], '')}".strip()}
                out.write(json.dumps(named, ensure_ascii=False) + "\n")
