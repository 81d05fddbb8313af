"""What each page needs before its blocks run, and which blocks do not run here, each with the reason."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

import program
from doc_pages import Block, blocks
from doc_runner import PageRun
from lake import trips
from table_formats import FIXTURES

ANY = ""
# bcrypt of "correct horse", as on the page, with the lowest cost.
CORRECT_HORSE = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"


@dataclass(frozen=True)
class Exempt:
    """Blocks of a page, of a language unless it is `ANY`, that begin with `start`."""

    page: str
    language: str
    start: str
    reason: str

    def covers(self, block: Block) -> bool:
        return (
            block.page == self.page
            and self.language in (ANY, block.language)
            and block.text.lstrip().startswith(self.start)
        )


NOT_RUN = [
    Exempt("tutorial/java-client.md", "java", ANY, "run by JavaSnippetsTest"),
    Exempt("tutorial/java-client.md", "text", ANY, "compared by JavaSnippetsTest"),
    Exempt("tutorial/java-client.md", "xml", ANY, "the version is compared by JavaSnippetsTest"),
    Exempt("tutorial/java-client.md", "jvm", ANY, "the flags that JavaSnippetsTest runs with"),
    Exempt("how-to/java-client.md", ANY, ANY, "run by JavaSnippetsTest and test_java_notebook.py"),
    Exempt("tutorial/first-queries.md", "log", "Bowyer is ready", "the ready line, which bowyer_process.py waits for"),
    Exempt("tutorial/first-queries.md", "terminal", ANY, "test_shell.py types such lines at a terminal"),
    Exempt("tutorial/first-queries.md", "jdbc", ANY, "JdbcConnectionTest connects with this URL"),
    Exempt("how-to/connect-clients.md", "jdbc", ANY, "JdbcConnectionTest connects with this URL"),
    Exempt("how-to/dbeaver.md", "jdbc", ANY, "JdbcConnectionTest connects with this URL"),
    Exempt("how-to/dbeaver.md", "jvm", ANY, "the flag that the JDBC tests run with; DBeaver is not here"),
    Exempt("how-to/superset.md", "uri", ANY, "the block below connects with this URI; Superset is not here"),
    Exempt("how-to/power-bi.md", "powerquery", ANY, "Power BI needs Windows; the sh block makes the same request"),
    Exempt(
        "how-to/shell.md",
        "sh",
        "./bowyer shell      ",
        "needs a terminal and a server with TLS: test_shell.py, and Java tests",
    ),
    Exempt(
        "how-to/users-and-passwords.md",
        "sh",
        "htpasswd",
        "htpasswd may not be here; its hashes are read by PasswordHashTest",
    ),
    Exempt("how-to/kubernetes.md", ANY, ANY, "needs a cluster; the chart and its values have tests of their own"),
    Exempt(
        "how-to/prometheus-and-grafana.md", ANY, ANY, "needs Prometheus; rules and dashboards have tests of their own"
    ),
    Exempt("how-to/containers.md", ANY, ANY, "needs a container engine: ./bowyer test --containers drives the image"),
    Exempt("how-to/observe.md", "yaml", "scrape_configs", "Prometheus' own configuration"),
    Exempt("how-to/observe.md", ANY, "2026-", "a line of the log"),
    Exempt("how-to/observe.md", ANY, "jcmd PID", "PID is the server's"),
    Exempt("concepts/memory.md", ANY, ANY, "a line of the log at the start"),
]


def prepare(run: PageRun, page: str) -> None:
    """Pages that are not named here ask the demo."""
    PREPARED.get(page, ask_the_demo)(run)


def ask_the_demo(run: PageRun) -> None:
    run.bowyer("demo")


def small_tables(run: PageRun) -> None:
    pq.write_table(trips(), run.folder / "trips.parquet")
    amounts = pa.table(
        {"id": [1, 2, 3], "amount": pa.array([Decimal("5.00"), Decimal("15.50"), None], pa.decimal128(9, 2))}
    )
    pq.write_table(amounts, run.folder / "orders.parquet")


def trips_and_orders(run: PageRun) -> None:
    small_tables(run)
    run.bowyer("serve", "trips.parquet", "sales.orders=orders.parquet")


def files_and_folders(run: PageRun) -> None:
    pq.write_table(trips(), run.folder / "trips.parquet")
    (run.folder / "trips" / "day=2026-01-01").mkdir(parents=True)
    pq.write_table(trips().drop_columns(["day"]), run.folder / "trips" / "day=2026-01-01" / "a.parquet")
    for folder in ("2026", "orders", "logs/2026-01"):
        (run.folder / folder).mkdir(parents=True)
    pq.write_table(trips(), run.folder / "2026" / "trips.parquet")
    (run.folder / "orders" / "1.txt").write_text("id;amount\n1;2.5\n")
    pq.write_table(trips(), run.folder / "orders" / "orders.parquet")
    with gzip.open(run.folder / "logs" / "2026-01" / "a.ndjson.gz", "wt") as out:
        out.write('{"id": 1, "level": "warn"}\n')
    (config,) = [block.text for block in blocks("how-to/serve-files.md") if block.language == "yaml"]
    (run.folder / "bowyer.yaml").write_text(config)


def users(run: PageRun) -> None:
    small_tables(run)
    hashed = f'auth: {{ users: [{{ name: ann, password-hash: "{CORRECT_HORSE}" }}] }}\n'
    (run.folder / "users.yaml").write_text(hashed)
    run.bowyer("serve", "trips.parquet", "--config", "users.yaml")


def report(run: PageRun) -> None:
    (run.folder / "report.sql").write_text("SELECT count(*) FROM nation;\n")
    ask_the_demo(run)


def other_python(run: PageRun) -> None:
    """The versions that Superset asks for."""
    run.python = program.virtual_environment("requirements-other.txt")
    ask_the_demo(run)


def table_with_a_history(run: PageRun) -> None:
    history = FIXTURES / "iceberg" / "history"
    shutil.copytree(history, run.folder / "warehouse" / "orders")
    versions = json.loads((history / "fixture.json").read_text())["versions"]
    run.replace = {"4823719": versions[0]["ref"]}


def nothing(run: PageRun) -> None:
    """The page starts its own server, or none."""


PREPARED: dict[str, Callable[[PageRun], None]] = {
    "tutorial/java-client.md": nothing,
    "how-to/java-client.md": nothing,
    "how-to/connect-clients.md": trips_and_orders,
    "how-to/iceberg-and-delta.md": table_with_a_history,
    "how-to/serve-files.md": files_and_folders,
    "how-to/users-and-passwords.md": users,
    "how-to/shell.md": report,
    "how-to/superset.md": other_python,
}
