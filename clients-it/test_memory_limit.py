"""A server in 2 GiB, as a container has them, under queries that want all of it: they fail, the process lives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowyer_process import BowyerProcess
from memory_cgroup import MemoryGroup

LIMIT = 2 << 30
IDS = 4_000
PARALLEL = 6
# The full dose is 500 queries: BOWYER_HOG_ROUNDS=63.
ROUNDS = int(os.environ.get("BOWYER_HOG_ROUNDS", "1"))

# How a query may end: with its rows, out of memory or disk, or at its deadline.
ENDS = ("done", "ResourceExhausted", "TIMEOUT")

# 16 million rows of a key that never repeats, and of a text.
WIDE = f"SELECT a.id * {IDS} + b.id AS k, concat('text number ', b.id, ' of ', a.id) AS t FROM ids a CROSS JOIN ids b"
HOGS = {
    "aggregate": f"SELECT count(*) FROM (SELECT k, max(t) AS m FROM ({WIDE}) GROUP BY k) WHERE m < 'a'",
    "distinct": f"SELECT count(DISTINCT t) FROM ({WIDE})",
    "array": f"SELECT cardinality(array_agg(t)) FROM ({WIDE})",
    "text": f"SELECT length(string_agg(t, ',')) FROM ({WIDE})",
    "sort": f"SELECT sum(n) FROM (SELECT row_number() OVER (ORDER BY t DESC, k) AS n FROM ({WIDE}))",
    "join": f"SELECT count(*) FROM ({WIDE}) l JOIN ({WIDE}) r ON l.k = r.k AND l.t = r.t",
    "window": f"SELECT count(*) FROM (SELECT lag(t, 1000) OVER (PARTITION BY k % 2 ORDER BY t) AS p FROM ({WIDE}))",
    "cross join": f"SELECT max(concat(l.t, r.t)) FROM ({WIDE}) l CROSS JOIN ({WIDE}) r",
}


@pytest.fixture(scope="module")
def group() -> Iterator[MemoryGroup]:
    with MemoryGroup("bowyer-hogs", LIMIT) as made:
        yield made


@pytest.fixture(scope="module")
def limited(group: MemoryGroup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    folder = tmp_path_factory.mktemp("hogs")
    pq.write_table(pa.table({"id": pa.array(range(IDS), pa.int64())}), folder / "ids.parquet")
    config = Path(folder / "bowyer.yaml")
    config.write_text(f"limits: {{ timeout: 60s }}\ndatasets: [{{ name: ids, from: {folder}/ids.parquet }}]\n")
    process = BowyerProcess(["serve", "--config", str(config)], wrapper=group.wrapper)
    yield process
    assert process.stop() == 0, process.stderr.text()


def run(server: BowyerProcess, sql: str) -> str:
    """`done`, or the error."""
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            cursor.fetchall()
        except Exception as failure:  # noqa: BLE001 - whatever the driver throws is looked at
            return str(failure)
    return "done"


def test_hogs_fail_and_the_server_lives(limited: BowyerProcess, group: MemoryGroup) -> None:
    outcomes: dict[str, int] = {}
    with ThreadPoolExecutor(PARALLEL) as threads:
        for _ in range(ROUNDS):
            for name, answer in zip(HOGS, threads.map(lambda sql: run(limited, sql), HOGS.values()), strict=True):
                verdict = next((code for code in ENDS if code in answer), answer)
                assert limited.alive(), f"{name}: {answer}\n{limited.stderr.text()}"
                assert verdict in ENDS, f"{name}: {answer}"
                outcomes[f"{name}: {verdict}"] = outcomes.get(f"{name}: {verdict}", 0) + 1
            assert run(limited, "SELECT count(*) FROM ids") == "done"
    print(f"peak {group.peak() >> 20} MiB, resident {limited.rss_bytes() >> 20} MiB, {outcomes}")
    assert group.kills() == 0
    assert any("ResourceExhausted" in outcome for outcome in outcomes), "no query wanted more than there is"


def test_the_split_is_that_of_the_container(limited: BowyerProcess) -> None:
    line = next(line for line in limited.stderr.lines if "memory: " in line)
    assert f"{LIMIT >> 20} MiB = heap" in line
