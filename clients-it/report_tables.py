"""Makes `docs/reference/table-formats.md` of what the tests of a run wrote about features of table formats.

usage: report_tables.py --check     compare with the committed page; a difference is an error
       report_tables.py --write     write the page
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from generated_page import check_or_write
from other_readers import NOT_READ
from table_formats import NAMES, RESULTS, Fixture, all_fixtures

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "table-formats.md"

# Rows in this order below these headings; a feature that stands in none is an error, so that the page stays in order.
GROUPS = {
    "Formats and writers": [
        *("format v1", "format v2", "format v3", "upgrade from v1 to v2"),
        *("upgrade from v2 to v3: position deletes and deletion vectors", "plain tables", "table without a snapshot"),
        *("table without files", "table without rows", "copy on write", "MERGE INTO", "compaction (OPTIMIZE)"),
        *("rewritten manifests", "many manifests", "compressed metadata", "metadata with version-hint.text"),
        *("object storage layout", "random file prefixes", "codecs of data files", "files that are not the table's are left alone"),
        *("converted Parquet folders", "name mapping", "files without field ids and name mapping"),
        *("partition columns that are not in the files", "written by pyiceberg", "written by pyiceberg: partitions"),
        *("written by deltalake", "written by deltalake: partitions", "written by deltalake: checkpoint"),
        *("ORC data files", "Avro data files"),
    ],
    "Deleted rows": [
        *("position deletes: one delete file for several data files", "position deletes", "position deletes in partitions"),
        *("dangling deletes after compaction", "deletion vectors", "deletion vectors: several in one file"),
        *("deletion vectors in partitions", "deletion vectors in folders", "deletion vectors in the log"),
        *("deletion vectors over row groups and pages", "equality deletes", "equality deletes with NULL keys"),
        *("equality deletes on several columns", "equality deletes on every type", "equality deletes on nested fields"),
        *("equality deletes in partitions", "equality deletes for all partitions"),
        *("equality deletes on widened and dropped columns", "equality deletes and deletion vectors"),
    ],
    "Columns": [
        *("added columns", "added fields of structs", "dropped columns", "renamed columns", "reordered columns"),
        *("dropped and added again", "evolution of nested fields", "promotions", "type widening"),
        *("column mapping by name", "column mapping by id", "column mapping turned on later", "default values"),
        *("default values of nested fields", "default values of decimal, uuid, fixed, time and timestamp_ns"),
        *("generated columns", "identity columns", "constraints and column defaults"),
        "names with dots, spaces, unicode, upper case",
    ],
    "Types": [
        *("primitive types", "lists, maps and structs", "NaN and infinity", "types uuid, fixed and time"),
        *("types timestamp_ns and timestamptz_ns", "timestampNtz", "types char and varchar", "type unknown"),
        *("type variant", "type geometry"),
    ],
    "Partitions, order and statistics": [
        *("partitions: identity", "partitions of every type", "partitions: bucket", "partitions: truncate"),
        *("partitions: year, month, day, hour", "partitions: void", "partitions: NULL values"),
        *("partitions: special characters in values", "partitions: escaped characters"),
        *("partitions on uuid, fixed, time, binary and timestamp_ns", "partition evolution", "hidden partitions"),
        *("liquid clustering", "sort order", "bloom filters", "statistics files", "truncated bounds"),
        *("files with counts only", "files without statistics"),
    ],
    "Log and checkpoints": [
        *("V1 checkpoints", "multi-part checkpoints", "checkpoints with statistics as structs"),
        *("V2 checkpoints: Parquet with sidecars", "V2 checkpoints: JSON with sidecars", "cleaned logs"),
        *("in-commit timestamps", "in-commit timestamps turned on later", "change data feed", "row tracking"),
        *("domain metadata", "restored tables", "unknown reader features"),
    ],
    "Versions": [
        *("snapshots", "branches", "tags", "staged snapshots", "rolled back history", "time travel by version"),
        *("time travel by timestamp", "time travel across renamed columns", "expired snapshots", "vacuumed versions"),
        *("metadata tables", "list_snapshots", "queries while a table is written to", "tickets keep their version"),
        *("expired files", "damaged tables are refused", "tables in S3", "faults of a store"),
        *("mounted catalogs", "REST catalogs: logins and faults"),
    ],
}

HEAD = """# Table formats

What this server reads of Iceberg and Delta tables, from the tests of `clients-it/` that ran it on tables of real writers.
Made by `clients-it/report_tables.py`, which compares this page with every full run.

* **works**: all rows, each column alone, counts, groups, conditions on each column, orders and joins are what another reader
  found in the same table, in the run that made this page.
* **refused**: such a table is not read; the error says so and names what it is.
* empty: the format has no such feature, or no test.
"""


@dataclass
class Cell:
    outcomes: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)

    def text(self) -> str:
        """A failure stands above everything; then what works beside what is refused."""
        if "fails" in self.outcomes:
            return "**fails**"
        return " and ".join(sorted(self.outcomes, reverse=True))


def read() -> dict[tuple[str, str], Cell]:
    if not RESULTS.exists():
        sys.exit(f"error: {RESULTS.relative_to(ROOT)} is missing; it is written by `clients-it/run.sh`, which runs first")
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    for text in RESULTS.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        cell = cells[line["format"], line["feature"]]
        cell.outcomes.add(line["outcome"])
        if line["note"]:
            cell.notes.add(line["note"])
    return cells


def page(cells: dict[tuple[str, str], Cell], fixtures: list[Fixture]) -> str:
    known = [feature for features in GROUPS.values() for feature in features]
    unknown = {feature for _, feature in cells} - set(known)
    if unknown:
        sys.exit(f"error: put these features below a heading in report_tables.py: {', '.join(sorted(unknown))}")
    lines = [HEAD]
    notes: dict[str, int] = {}
    for heading, features in GROUPS.items():
        lines += [f"## {heading}", "", f"| feature | {' | '.join(NAMES.values())} |", "|---|" + "---|" * len(NAMES)]
        tested = [feature for feature in features if any((name, feature) in cells for name in NAMES.values())]
        for feature in tested:
            row = [text_of(cells.get((name, feature)), name, feature, notes) for name in NAMES.values()]
            lines.append(f"| {feature} | {' | '.join(row)} |")
        lines.append("")
    if notes:
        lines += ["## Notes", "", *(f"{number}. {note}" for note, number in notes.items()), ""]
    return "\n".join(lines + about(fixtures)) + "\n"


def text_of(cell: Cell | None, name: str, feature: str, notes: dict[str, int]) -> str:
    if cell is None:
        return ""
    marks = [f" [{notes.setdefault(f'{name}, {feature}: {note}', len(notes) + 1)}]" for note in sorted(cell.notes)]
    return cell.text() + "".join(marks)


def about(fixtures: list[Fixture]) -> list[str]:
    """Who wrote and who read the tables; and what the readers that are asked again in each run do not read."""
    lines = ["## Writers and readers", "", "| tables | written by | rows found by |", "|---|---|---|"]
    made = [(fixture.about["writer"], fixture.about.get("reader", "")) for fixture in fixtures]
    for writer, reader in sorted(set(made)):
        lines.append(f"| {made.count((writer, reader))} | {writer} | {reader or 'nobody: refused'} |")
    readers = f"pyiceberg {version('pyiceberg')} and deltalake {version('deltalake')}"
    lines += ["", f"In each run {readers} read them again, but for these:", ""]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for table, reason in NOT_READ.items():
        by_reason[reason].append(table.split("-", 1)[1])
    return lines + [f"* {reason}: {', '.join(f'`{table}`' for table in tables)}" for reason, tables in by_reason.items()]


if __name__ == "__main__":
    check_or_write(sys.argv[1:], __doc__, PAGE, page(read(), all_fixtures()))
