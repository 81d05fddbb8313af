"""A Parquet file and what DuckDB answers to questions about it.

usage: answers.py FOLDER

Writes `items.parquet` and `answers.json`: for each question, its SQL with `{items}` for the table, and the rows as
`canonical.py` says them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import canonical
import duckdb

ROWS = 20_000
ITEMS = f"""
    SELECT i AS id, 'name ' || i AS name, CASE WHEN i % 10 = 0 THEN NULL ELSE i * 0.25 END::DOUBLE AS price,
           DATE '2024-01-01' + (i % 365)::INT AS day, i % 7 = 0 AS flag, (i * 1.01)::DECIMAL(12, 2) AS amount
    FROM range({ROWS}) AS numbers(i)
"""
QUESTIONS = {
    "every row": "SELECT id, name, price, day, flag, amount FROM {items} ORDER BY id",
    "a condition": "SELECT name, price FROM {items} WHERE id BETWEEN 100 AND 120 AND flag ORDER BY id",
    "no rows": "SELECT id, name FROM {items} WHERE id < 0",
    "groups": """
        SELECT flag, CAST(count(*) AS BIGINT) AS n, CAST(count(price) AS BIGINT) AS priced, max(price) AS dearest
        FROM {items} GROUP BY flag ORDER BY flag
    """,
    "a join": """
        SELECT a.id, b.name FROM {items} AS a JOIN {items} AS b ON a.id = b.id + 1 WHERE a.id < 50 ORDER BY a.id
    """,
    "a window": """
        SELECT id, sum(amount) OVER (PARTITION BY day ORDER BY id) AS running FROM {items} WHERE id < 1000 ORDER BY id
    """,
}


def main() -> None:
    folder = Path(sys.argv[1])
    file = folder / "items.parquet"
    duckdb.sql(f"COPY ({ITEMS}) TO '{file}'")
    answers = [
        {"name": name, "sql": sql, "rows": canonical.rows(duckdb.sql(sql.format(items=f"'{file}'")).to_arrow_table())}
        for name, sql in QUESTIONS.items()
    ]
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
