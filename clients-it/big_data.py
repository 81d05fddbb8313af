"""Large results from small files: columns of few distinct values take little space in Parquet, all of it in Arrow."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_A_GROUP = 100_000
COLUMNS = 16
ROW_BYTES = 8 * COLUMNS


def write_big(path: Path, rows: int, marker: int = 0) -> None:
    """`rows` rows of `COLUMNS` integers: `id` counts up, `marker` is the same everywhere, the rest repeats."""
    with pq.ParquetWriter(path, _group(0, 1, marker).schema) as writer:
        for first in range(0, rows, ROWS_A_GROUP):
            writer.write_table(_group(first, min(ROWS_A_GROUP, rows - first), marker))


def _group(first: int, count: int, marker: int) -> pa.Table:
    repeated = pa.array([i % 16 for i in range(count)], pa.int64())
    columns = {
        "id": pa.array(range(first, first + count), pa.int64()),
        "marker": pa.repeat(pa.scalar(marker, pa.int64()), count),
    }
    columns |= {f"c{i}": repeated for i in range(COLUMNS - 2)}
    return pa.table(columns)
