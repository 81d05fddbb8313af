"""Tables in an S3 that fails: right rows after retries, or a clear error within bounds; never other rows."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from exact import assert_same
from lake_server import ask, assert_refused, refusal, serve
from s3_stub import Fault, Faults, Stub, stub
from table_formats import NAMES, Fixture, all_fixtures

TABLES = ["iceberg-deletion_vectors_long", "iceberg-position_deletes", "delta-deletion_vectors_long", "delta-checkpoint_v2"]
BUCKET = "lake"
# The budget of `Stub.store` for each of a few files that are read one after the other, and time to plan.
BOUND_SECONDS = 30
ROWS = 200_000

FAULTS: dict[str, Faults] = {
    "503 at first": lambda key, count: Fault(status=503) if count == 0 else None,
    "500 twice": lambda key, count: Fault(status=500) if count < 2 else None,
    "429 at first": lambda key, count: Fault(status=429) if count == 0 else None,
    "cut bodies at first": lambda key, count: Fault(share=0.5) if count == 0 else None,
    "empty bodies at first": lambda key, count: Fault(share=0.0) if count == 0 else None,
    "too slow at first": lambda key, count: Fault(seconds=2) if count == 0 and key.endswith((".parquet", ".puffin")) else None,
    "a little slow": lambda key, count: Fault(seconds=0.05),
}
DATA_FAULTS: dict[str, tuple[Fault, str]] = {
    "always 503": (Fault(status=503), "UNAVAILABLE"),
    "always 403": (Fault(status=403), "PERMISSION_DENIED"),
    "always 404": (Fault(status=404), "SOURCE_NOT_FOUND"),
    "always cut": (Fault(share=0.5), ""),
    "always too slow": (Fault(seconds=5), "UNAVAILABLE"),
}


def fixtures() -> list[Fixture]:
    return [one for one in all_fixtures() if str(one) in TABLES]


def both_formats(test: Callable) -> Callable:
    for name in NAMES.values():
        test = pytest.mark.table_format(name, "faults of a store")(test)
    return test


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stub]:
    root = tmp_path_factory.mktemp("stub")
    for fixture in fixtures():
        shutil.copytree(fixture.folder, root / BUCKET / fixture.format / fixture.name)
    with stub(root) as started:
        yield started


def large(path: Path, first: int) -> pa.Table:
    """Row groups enough that a reader asks more than once."""
    ids = pa.array(range(first, first + ROWS), pa.int64())
    table = pa.table({"id": ids, "n": pa.array([first] * ROWS, pa.int64())})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=10_000, compression="none", use_dictionary=False)
    return table


def served(folder: Path, s3: Stub) -> BowyerProcess:
    datasets = {one.dataset: {"from": f"s3://{BUCKET}/{one.format}/{one.name}/"} for one in fixtures()}
    if (s3.root / BUCKET / "large.parquet").exists():
        datasets["large"] = {"from": f"s3://{BUCKET}/large.parquet"}
    return serve(folder, datasets, stores=[s3.store(BUCKET)])


@both_formats
@pytest.mark.parametrize("name", FAULTS)
def test_faults_that_pass(s3: Stub, tmp_path: Path, name: str) -> None:
    """From the first look at the folders on, with nothing cached."""
    s3.reset(FAULTS[name])
    server = served(tmp_path, s3)
    with flightsql.connect(server.uri, autocommit=True) as connection:
        for fixture in fixtures():
            assert_same(ask(connection, f"SELECT * FROM {fixture.dataset}"), fixture.expected())
    stop_cleanly(server)
    assert s3.asked


@both_formats
@pytest.mark.parametrize("name", DATA_FAULTS)
def test_faults_of_data_files_that_stay(s3: Stub, tmp_path: Path, name: str) -> None:
    fault, code = DATA_FAULTS[name]
    s3.reset(lambda key, count: fault if is_data(key) else None)
    server = served(tmp_path, s3)
    for fixture in fixtures():
        started = time.monotonic()
        text = refusal(server, fixture.dataset)
        assert time.monotonic() - started < BOUND_SECONDS
        assert_refused(text, code, ".parquet")
    stop_cleanly(server)


def is_data(key: str) -> bool:
    return key.endswith(".parquet") and "_delta_log/" not in key and "-deletes" not in key


def test_a_store_that_is_down_is_unavailable_within_bounds(s3: Stub, tmp_path: Path) -> None:
    s3.reset(lambda key, count: Fault(status=503))
    started = time.monotonic()
    server = served(tmp_path, s3)
    for fixture in fixtures():
        assert_refused(refusal(server, fixture.dataset), "UNAVAILABLE")
    assert time.monotonic() - started < BOUND_SECONDS * len(fixtures())
    stop_cleanly(server)


def test_a_file_that_is_replaced_under_a_query_never_mixes(s3: Stub, tmp_path: Path) -> None:
    path = s3.root / BUCKET / "large.parquet"
    new = large(path, ROWS)
    replacement = path.read_bytes()
    old = large(path, 0)
    assert len(replacement) == path.stat().st_size, "of the same length: only its tag tells"
    s3.reset(lambda key, count: None)
    server = served(tmp_path, s3)
    key = f"{BUCKET}/large.parquet"
    with flightsql.connect(server.uri, autocommit=True) as connection:
        assert_same(ask(connection, "SELECT * FROM large"), old)
        s3.reset(lambda asked, count: Fault(replaced=replacement) if asked == key and count == 1 else None)
        try:
            assert_same(ask(connection, "SELECT id, n FROM large WHERE id >= 0"), old)
        except AssertionError:
            raise
        except Exception as e:  # each client library has its own
            assert_refused(str(e), "SOURCE_CHANGED", "large.parquet")
        s3.reset(lambda asked, count: None)
        path.write_bytes(replacement)
        assert_same(ask(connection, "SELECT * FROM large"), new)
    stop_cleanly(server)


def test_a_store_that_ignores_ranges_gives_no_other_rows(s3: Stub, tmp_path: Path) -> None:
    s3.reset(lambda key, count: Fault(whole=True))
    server = served(tmp_path, s3)
    for fixture in fixtures():
        with flightsql.connect(server.uri, autocommit=True) as connection:
            try:
                assert_same(ask(connection, f"SELECT * FROM {fixture.dataset}"), fixture.expected())
            except AssertionError:
                raise
            except Exception as e:  # each client library has its own
                assert_refused(str(e), "")
    stop_cleanly(server)
