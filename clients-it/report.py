"""Makes `docs/reference/clients.md` of what the tests of a run wrote about each client and feature.

usage: report.py --check     compare with the committed page; a difference is an error
       report.py --write     write the page
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from features import RESULTS
from generated_page import check_or_write

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "clients.md"
JAVA_RESULTS = [ROOT / module / "target" / "client-features.jsonl" for module in ("flight-server", "clients-it/java")]

# Rows and columns in this order; what is not named here comes last, by name.
FEATURES = [
    *("queries", "schema of a query", "many rows", "empty results", "ordered results", "errors"),
    *("compatible types", "native types", "native views", "nested types", "NULL of every type", "app_metadata"),
    *("timestamps with a zone and timestamp-zone=drop", "columns of one name", "columns with unusual names"),
    *("prepared statements", "types of parameters", "parameters", "parameters that are NULL"),
    *("parameters that are lists", "parameters in IN, LIMIT and the SELECT list", "parameters of other types"),
    *("parameter rows", "binding again", "wrong parameters are refused"),
    *("catalogs", "schemas", "tables", "columns", "table types", "keys", "type info", "SQL info"),
    *("schema of a table", "browsing", "information_schema and SHOW"),
    *("options as headers", "session options", "wrong session options are refused"),
    *("session options without cookies are refused", "default schema"),
    *("login with a password", "older handshake", "login to a server without users is refused"),
    *("many connections at once", "PollFlightInfo", "cancel while polling", "gRPC cancel", "cancel"),
    *("CancelFlightInfo", "CancelQuery", "query timeout", "client goes away", "RenewFlightEndpoint"),
    *("parallel endpoints", "partitions in another process"),
    *("list datasets", "list datasets with criteria", "PATH descriptors", "read commands in JSON"),
    *("read commands in protobuf", "plain tickets", "JSON tickets", "tickets of InfluxDB 3 clients"),
    *("tickets read twice", "tickets of a replica", "expired tickets are refused", "tampered tickets are refused"),
    *("list actions", "DoExchange", "transactions", "updates are refused", "ingestion is refused"),
    *("uploads are refused", "unknown commands are refused"),
]
# The features of the second table.
HTTP = "over HTTP: "
HTTP_FEATURES = [
    *("Arrow stream", "Arrow stream, batch by batch", "Parquet", "CSV", "JSON", "NDJSON", "parameters"),
    *("limit and timeout", "compression", "ETag and 304", "errors", "broken-off bodies"),
    *("broken-off bodies, batch by batch", "the URL itself"),
]
CLIENTS = ["pyarrow", "ADBC Python", "pandas", "polars", "DuckDB", "JDBC", "ADBC Java", "arrow-java"]
CLIENTS += ["arrow-go", "arrow-flight (Rust)", "Node apache-arrow"]
HTTP_CLIENTS = ["curl", "requests", "pandas", "polars", "pyarrow", "DuckDB", "DuckDB (httpfs)", "Node fetch"]

OVER_ADBC = ("pandas", "polars", "DuckDB")
OWN_VOCABULARY = (
    *("list datasets", "list datasets with criteria", "PATH descriptors", "read commands in JSON"),
    *("read commands in protobuf", "plain tickets", "JSON tickets", "tickets of InfluxDB 3 clients"),
)
TICKETS = (
    *("tickets read twice", "tickets of a replica", "expired tickets are refused", "tampered tickets are refused"),
    *("list actions", "DoExchange", "uploads are refused", "older handshake"),
)
OVER_ADBC_FEATURES = (
    *("queries", "many rows", "empty results", "errors", "compatible types", "parameters", "ingestion is refused"),
)

# Why a client has no such feature: reason, clients, features. A test that ran stands above it.
NOT_APPLICABLE: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    (
        "They read through the ADBC driver; its column holds for them.",
        OVER_ADBC,
        tuple(feature for feature in FEATURES if feature not in OVER_ADBC_FEATURES),
    ),
    ("It is handed Arrow tables that ADBC fetched.", ("DuckDB",), OVER_ADBC_FEATURES),
    (
        "It speaks SQL only; datasets are tables.",
        ("ADBC Python", "ADBC Java", "JDBC"),
        (*OWN_VOCABULARY, *TICKETS, "RenewFlightEndpoint", "CancelFlightInfo", "CancelQuery"),
    ),
    (
        "It has no Flight SQL client; the tests build the few commands that they need.",
        ("pyarrow",),
        (
            *("prepared statements", "parameters that are NULL", "parameters that are lists", "parameters of other types"),
            *("types of parameters", "parameter rows", "binding again", "wrong parameters are refused"),
            *("catalogs", "schemas", "tables", "columns", "table types", "keys", "type info", "SQL info"),
            *("schema of a table", "browsing", "session options", "session options without cookies are refused", "default schema"),
            *("partitions in another process", "transactions", "updates are refused", "ingestion is refused"),
        ),
    ),
    ("It has no call for it.", ("pyarrow",), ("PollFlightInfo",)),
    (
        "Node has no Flight SQL library; the program sends queries and nothing else.",
        ("Node apache-arrow",),
        tuple(FEATURES),
    ),
    ("The crate has no messages for it.", ("arrow-flight (Rust)",), ("session options", "session options without cookies are refused", "CancelQuery")),
]

HEAD = """# Clients

What each client can do with this server, from the tests that ran it: `clients-it/` for all but the Java ones, which
`flight-server` tests. Made by `clients-it/report.py`, which compares this page with every full run.

* **works**: every test of it passed in the run that made this page.
* **does not**: a test shows that the client cannot do it, and how it fails; see the notes.
* n/a: the client has no such feature; see below the table.
* empty: no test.
"""

HTTP_HEAD = """What reads answers of `/v1/sql` with nothing of ours installed: [HTTP](../how-to/http.md). "Broken-off bodies": the client raises
an error when a query fails after its first rows were sent.
"""


@dataclass
class Cell:
    """What the tests of one feature of one client said."""

    works: bool = True
    notes: set[str] = field(default_factory=set)

    def add(self, works: bool, note: str) -> None:
        self.works = self.works and works
        if note:
            self.notes.add(note)


@dataclass
class Results:
    cells: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    versions: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path, made_by: str) -> None:
        if not path.exists():
            sys.exit(f"error: {path.relative_to(ROOT)} is missing; it is written by `{made_by}`, which runs first")
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            client, version = split(line["client"])
            self.versions[client] = version
            self.cells[client, line["feature"]].add(line["works"], line.get("note", ""))


def split(client: str) -> tuple[str, str]:
    """"JDBC 18.3.0" is a name and a version."""
    name, _, version = client.rpartition(" ")
    return (name, version) if name and version[:1].isdigit() else (client, "")


def ordered(found: set[str], known: list[str]) -> list[str]:
    return [one for one in known if one in found] + sorted(found - set(known))


def page(results: Results) -> str:
    over_http = {cell for cell in results.cells if cell[1].startswith(HTTP)}
    over_flight = set(results.cells) - over_http
    notes: dict[str, int] = {}
    lines = [HEAD, *table(results, over_flight, CLIENTS, FEATURES, notes)]
    lines += ["", "## Over HTTP", "", HTTP_HEAD]
    lines += table(results, over_http, HTTP_CLIENTS, [HTTP + feature for feature in HTTP_FEATURES], notes)
    if notes:
        lines += ["", "## Notes", ""]
        lines += [f"{number}. {note}" for note, number in notes.items()]
    lines += ["", "## Not applicable", ""]
    clients = {client for client, _ in over_flight}
    for reason, of_clients, of_features in NOT_APPLICABLE:
        named = [client for client in of_clients if client in clients]
        if named:
            lines.append(f"* {', '.join(named)}: {reason}")
    return "\n".join(lines) + "\n"


def table(
    results: Results, cells: set[tuple[str, str]], known_clients: list[str], known_features: list[str], notes: dict[str, int]
) -> list[str]:
    """Those of `cells`; `notes` gets the ones that it refers to."""
    clients = ordered({client for client, _ in cells}, known_clients)
    lines = ["| feature | " + " | ".join(f"{client} {results.versions[client]}".strip() for client in clients) + " |"]
    lines.append("|---|" + "---|" * len(clients))
    for feature in ordered({feature for _, feature in cells}, known_features):
        row = [text_of(results, client, feature, notes) for client in clients]
        lines.append(f"| {feature.removeprefix(HTTP)} | " + " | ".join(row) + " |")
    return lines


def text_of(results: Results, client: str, feature: str, notes: dict[str, int]) -> str:
    if (client, feature) not in results.cells:
        applies = not any(client in clients and feature in features for _, clients, features in NOT_APPLICABLE)
        return "" if applies else "n/a"
    cell = results.cells[client, feature]
    marks = "".join(f" [{notes.setdefault(f'{client}, {feature}: {note}', len(notes) + 1)}]" for note in sorted(cell.notes))
    return ("works" if cell.works else "does not") + marks


def read() -> Results:
    results = Results()
    results.read(RESULTS, "clients-it/run.sh")
    for path in JAVA_RESULTS:
        results.read(path, "./bowyer test java")
    return results


if __name__ == "__main__":
    check_or_write(sys.argv[1:], __doc__, PAGE, page(read()))
