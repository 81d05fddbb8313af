"""Tables of Iceberg and Delta in `lake/fixtures/`, and the line of the report that each test about them makes.

`@pytest.mark.table_format("Iceberg", "tags")` on a test says which feature of which format it proves; tests over fixtures
get their marks from `fixture.json`. With `refused=True` the test proves that such a table is refused with a clear error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FIXTURES = Path(__file__).parent / "lake" / "fixtures"
RESULTS = Path(__file__).parent / ".results" / "table-formats.jsonl"
NAMES = {"iceberg": "Iceberg", "delta": "Delta"}

MARK = "table_format(format, feature, refused=False, note=''): a line of the report on table formats"


@dataclass(frozen=True)
class Version:
    """An older version of a fixture: a snapshot id, a number, a branch or a tag; and a moment when it was the newest."""

    name: str
    ref: str
    at: str | None
    rows: pa.Table | None
    refused: dict[str, str] | None


@dataclass(frozen=True)
class Fixture:
    format: str
    name: str
    about: dict[str, Any]

    @property
    def folder(self) -> Path:
        return FIXTURES / self.format / self.name

    @property
    def dataset(self) -> str:
        return f"{self.format}.{self.name}"

    @property
    def refused(self) -> dict[str, str] | None:
        """The code and a word of the error, if the newest version is one that the server must refuse."""
        return self.about.get("refused")

    @property
    def features(self) -> list[str]:
        return self.about["features"]

    @property
    def recorded(self) -> str:
        """The folder that the metadata of an Iceberg table names."""
        newest = newest_metadata(self.folder)
        if newest.name.endswith(".gz.metadata.json"):
            import gzip

            return json.loads(gzip.decompress(newest.read_bytes()))["location"]
        return json.loads(newest.read_text(encoding="utf-8"))["location"]

    def expected(self) -> pa.Table:
        return pq.read_table(self.folder / "expected.parquet", partitioning=None)

    def versions(self) -> list[Version]:
        found = []
        for one in self.about.get("versions", []):
            rows = pq.read_table(self.folder / one["expected"], partitioning=None) if "expected" in one else None
            found.append(Version(one["name"], one["ref"], one.get("at"), rows, one.get("refused")))
        return found

    def __str__(self) -> str:
        return f"{self.format}-{self.name}"


def newest_metadata(folder: Path) -> Path:
    def number(path: Path) -> int:
        digits = path.name.removeprefix("v").split(".")[0].split("-")[0]
        return int(digits)

    return max((folder / "metadata").glob("*.metadata.json"), key=number)


def all_fixtures() -> list[Fixture]:
    files = sorted(FIXTURES.glob("*/*/fixture.json"))
    assert files, FIXTURES
    return [Fixture(file.parts[-3], file.parts[-2], json.loads(file.read_text(encoding="utf-8"))) for file in files]


def cases(wanted: Callable[[Fixture], bool] = lambda one: not one.refused) -> list[Any]:
    """A test case for each fixture, with a line of the report for each of its features."""
    return [pytest.param(one, marks=marks(one), id=str(one)) for one in all_fixtures() if wanted(one)]


def marks(fixture: Fixture) -> list[pytest.MarkDecorator]:
    refused = fixture.refused is not None
    return [pytest.mark.table_format(NAMES[fixture.format], feature, refused=refused) for feature in fixture.features]


def version_cases() -> list[Any]:
    found = []
    for fixture in all_fixtures():
        for version in fixture.versions():
            found.append(pytest.param(fixture, version, marks=marks(fixture), id=f"{fixture}-{version.name}"))
    return found


class TableFormatLines:
    """Collects a line per mark of each test that ran, and writes them at the end."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            for mark in item.iter_markers("table_format"):
                self.lines.append(self._line(item, report.passed, *mark.args, **mark.kwargs))
        return report

    def _line(
        self, item: pytest.Item, passed: bool, table_format: str, feature: str, refused: bool = False, note: str = ""
    ) -> dict[str, Any]:
        outcome = ("refused" if refused else "works") if passed else "fails"
        return {
            "format": table_format,
            "feature": feature,
            "outcome": outcome,
            "note": note if passed else f"failed: {item.name}",
        }

    def pytest_sessionfinish(self) -> None:
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("w", encoding="utf-8") as out:
            for line in self.lines:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
