"""Servers over tables of table formats, and the questions that tests ask them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa

from bowyer_process import BowyerProcess
from table_formats import Fixture

SKIPPED = re.compile(r'error\[(?P<code>\w+)\]: skipped: dataset "(?P<name>[^"]+)"')


def config_text(datasets: Mapping[str, Mapping[str, str]], **sections: Any) -> str:
    """A configuration file as JSON, which is YAML; dataset names with what stands beside them."""
    listed = [{"name": name} | dict(about) for name, about in datasets.items()]
    return json.dumps({"datasets": listed} | sections, ensure_ascii=False, indent=1)


def serve(folder: Path, datasets: Mapping[str, Mapping[str, str]], **sections: Any) -> BowyerProcess:
    """A server that starts without the datasets that it refuses; `refusal` tells why."""
    config = folder / "bowyer.yaml"
    config.write_text(config_text(datasets, **sections), encoding="utf-8")
    return BowyerProcess(["serve", "--config", str(config), "--skip-bad"])


def serve_fixtures(folder: Path, fixtures: Iterable[Fixture]) -> BowyerProcess:
    return serve(folder, {one.dataset: {"from": str(one.folder)} for one in fixtures})


def ask(connection: flightsql.Connection, sql: str) -> pa.Table:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table()


def refusal(server: BowyerProcess, name: str, sql: str | None = None) -> str:
    """The error of a dataset: at the start, or else of a query that reads all its rows."""
    said = server.stderr.text()
    for match in SKIPPED.finditer(said):
        if match["name"] == name:
            following = SKIPPED.search(said, match.end())
            return said[match.start() : following.start() if following else None]
    schema, _, table = name.rpartition(".")
    shown = f'{schema}."{table}"' if schema else f'"{table}"'
    with flightsql.connect(server.uri, autocommit=True) as connection:
        try:
            found = ask(connection, sql or f"SELECT * FROM {shown}")
        except Exception as e:  # each client library has its own
            return str(e)
    raise AssertionError(f"{name}: {found.num_rows} rows instead of an error: {found.slice(0, 5).to_pylist()}")


def assert_refused(text: str, code: str, *names: str) -> None:
    """The code, and the words that tell what is wrong; nothing of the server's insides."""
    assert code in text, text
    for name in names:
        assert name.lower() in text.lower(), text
    for leak in ("INTERNAL", "Exception", "java.", "org.apache", "io.delta", "panicked", ".rs:"):
        assert leak not in text.split("gRPC client debug context")[0], text
