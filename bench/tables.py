"""g. TPC-H over Iceberg and Delta tables beside their Parquet files as they are; h. many files; i. S3 beside local files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bowyer_process import BowyerProcess
from measure import TABLES, AdbcClient, Settings, in_turns
from report import Section, Target
from s3_servers import running
from table_copies import copies
from tpch import QUERIES

# Kinds of copies, and what the sum of the 22 medians may be of that over plain Parquet.
LIMITS = {"whole": 1.10, "delta": 1.10, "deletes": 1.25, "vectors": 1.25, "delta_vectors": 1.25}
TITLES = {
    "whole": "Iceberg",
    "delta": "Delta",
    "deletes": "Iceberg, 5 % deleted by position",
    "vectors": "Iceberg, 5 % deleted by vectors",
    "delta_vectors": "Delta, 5 % deleted by vectors",
}
S3_LIMIT = 1.5
MANY_LIMIT_MS = 300
MANY = "SELECT id FROM many WHERE part = 5000"


@contextmanager
def configured(datasets: Mapping[str, str], **sections: object) -> Iterator[BowyerProcess]:
    listed = [{"name": name, "from": location} for name, location in datasets.items()]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bowyer.yaml"
        config.write_text(json.dumps({"datasets": listed} | sections), encoding="utf-8")
        server = BowyerProcess(["serve", "--config", str(config)])
        try:
            yield server
        finally:
            server.stop()


def measure_tables(settings: Settings) -> Section:
    section = Section("TPC-H over Iceberg and Delta tables beside the same Parquet files as they are", [])
    folder = copies(settings)
    datasets = {f"plain.{table}": str(settings.file(table)) for table in TABLES}
    datasets |= {f"{kind}.{table}": str(folder / kind / table) for kind in LIMITS for table in TABLES}
    with configured(datasets) as server:
        totals = run_queries(section, server, ["plain", *LIMITS], TITLES | {"plain": "Parquet"}, settings.rounds)
    for kind, limit in LIMITS.items():
        section.targets.append(Target(f"sum, {TITLES[kind]} / Parquet", totals[kind] / totals["plain"], limit))
    return section


def run_queries(
    section: Section, server: BowyerProcess, schemas: list[str], titles: Mapping[str, str], rounds: int
) -> dict[str, float]:
    """Fills the section's rows: milliseconds for each schema, and the ratio to the first one. Returns the sums."""
    first, *others = schemas
    section.columns = ["query", f"{titles[first]}, ms", *(f"{titles[one]}, ms (ratio)" for one in others)]
    totals = dict.fromkeys(schemas, 0.0)
    with ExitStack() as open_clients:
        clients = {one: open_clients.enter_context(AdbcClient(server.uri, one)) for one in schemas}
        for path in QUERIES:
            sql = path.read_text()
            medians = in_turns({one: partial(clients[one].drain, sql) for one in schemas}, rounds)
            totals = {one: totals[one] + medians[one] for one in schemas}
            section.rows.append(figures(path.stem, medians, schemas))
    section.rows.append(figures("sum", totals, schemas))
    return totals


def figures(name: str, medians: Mapping[str, float], schemas: list[str]) -> list[str]:
    first, *others = schemas
    ratios = (f"{medians[one] * 1e3:.1f} ({medians[one] / medians[first]:.2f})" for one in others)
    return [name, f"{medians[first] * 1e3:.1f}", *ratios]


def measure_many_files(settings: Settings) -> Section:
    """The one file that is left is read too; the first time, when nothing is cached, does not count."""
    section = Section("A row of an Iceberg table with 10,000 files in as many partitions", ["query", "median, ms"])
    with configured({"many": str(copies(settings) / "many")}) as server, AdbcClient(server.uri) as client:
        runs: dict[str, Callable[[], object]] = {"one partition": partial(client.drain, MANY)}
        median = in_turns(runs, settings.rounds)["one partition"] * 1e3
    section.rows.append([f"`{MANY}`", f"{median:.1f}"])
    section.targets.append(Target("planned and read", median, MANY_LIMIT_MS, " ms"))
    return section


def measure_s3(settings: Settings) -> Section:
    section = Section("TPC-H over s3proxy beside the same files on the local disk", [])
    with tempfile.TemporaryDirectory() as root, running("s3proxy", Path(root) / "s3") as s3:
        for table in TABLES:
            s3.put(settings.file(table), f"tpch/{table}.parquet")
        datasets = {f"local.{table}": str(settings.file(table)) for table in TABLES}
        datasets |= {f"s3.{table}": f"s3://tpch/{table}.parquet" for table in TABLES}
        with configured(datasets, stores=[s3.store("tpch")]) as server:
            titles = {"local": "local", "s3": "s3proxy"}
            totals = run_queries(section, server, ["local", "s3"], titles, settings.rounds)
    section.targets.append(Target("sum, s3proxy / local", totals["s3"] / totals["local"], S3_LIMIT))
    return section
