"""a. TPC-H through Flight SQL beside DataFusion in this process."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import datafusion

from measure import TABLES, AdbcClient, Settings, in_turns, serve
from report import Section, Target

QUERIES = sorted((Path(__file__).parent / "tpch").glob("q*.sql"))
LIMIT = 1.10


def measure_tpch(settings: Settings) -> Section:
    section = Section(
        "TPC-H through Flight SQL (ADBC) beside DataFusion's Python wheel in process",
        ["query", "Bowyer, ms", "DataFusion in process, ms", "ratio"],
    )
    context = in_process(settings)
    bowyer_total = peer_total = 0.0
    with serve(settings) as server, AdbcClient(server.uri) as client:
        for path in QUERIES:
            sql = path.read_text()
            runs = {"bowyer": partial(client.drain, sql), "peer": partial(drain, context, sql)}
            medians = in_turns(runs, settings.rounds)
            bowyer_total += medians["bowyer"]
            peer_total += medians["peer"]
            section.rows.append(figures(path.stem, medians["bowyer"], medians["peer"]))
    section.rows.append(figures("sum", bowyer_total, peer_total))
    section.targets.append(Target("sum of the 22 medians, Bowyer / in process", bowyer_total / peer_total, LIMIT))
    return section


def in_process(settings: Settings) -> datafusion.SessionContext:
    """The wheel with its own defaults."""
    context = datafusion.SessionContext()
    for table in TABLES:
        context.register_parquet(table, str(settings.file(table)))
    return context


def drain(context: datafusion.SessionContext, sql: str) -> int:
    return sum(batch.to_pyarrow().num_rows for batch in context.sql(sql).execute_stream())


def figures(name: str, bowyer: float, peer: float) -> list[str]:
    return [name, f"{bowyer * 1e3:.1f}", f"{peer * 1e3:.1f}", f"{bowyer / peer:.2f}"]
