"""Tables with files missing, damaged or odd: a clear error that names what is wrong, and never other rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pytest

from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from exact import assert_same
from lake_server import ask, assert_refused, refusal, serve
from table_formats import FIXTURES, NAMES, Fixture, all_fixtures, newest_metadata

NOWHERE = "/etc/bowyer-elsewhere"
DEPTH = 5000


@dataclass(frozen=True)
class Damage:
    """What is done to a copy of a fixture, and what its error must say; without a code it must be read as ever."""

    name: str
    fixture: str
    harm: Callable[[Path], object]
    code: str | None
    names: tuple[str, ...] = ()
    as_format: str | None = None

    @property
    def format(self) -> str:
        return self.fixture.split("/")[0]

    @property
    def dataset(self) -> str:
        return f"damaged.{self.format}_{self.name}"


def one(folder: Path, pattern: str) -> Path:
    """The first file that matches, by name."""
    found = sorted(folder.glob(pattern))
    assert found, (folder, pattern)
    return found[0]


def remove(pattern: str) -> Callable[[Path], object]:
    return lambda folder: one(folder, pattern).unlink()


def cut(pattern: str, share: float = 0.5) -> Callable[[Path], object]:
    def do(folder: Path) -> None:
        file = one(folder, pattern)
        data = file.read_bytes()
        file.write_bytes(data[: int(len(data) * share)])

    return do


def overwrite(pattern: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: one(folder, pattern).write_bytes(content)


def append(pattern: str, content: bytes) -> Callable[[Path], object]:
    def do(folder: Path) -> None:
        file = one(folder, pattern)
        file.write_bytes(file.read_bytes() + content)

    return do


def flip(pattern: str, at: int) -> Callable[[Path], object]:
    """Another byte at `at`; the length stays."""

    def do(folder: Path) -> None:
        file = one(folder, pattern)
        data = bytearray(file.read_bytes())
        data[at] ^= 0xFF
        file.write_bytes(bytes(data))

    return do


def newest(change: Callable[[dict], object]) -> Callable[[Path], object]:
    """A change of the newest metadata of an Iceberg table."""

    def do(folder: Path) -> None:
        file = newest_metadata(folder)
        metadata = json.loads(file.read_text(encoding="utf-8"))
        change(metadata)
        file.write_text(json.dumps(metadata), encoding="utf-8")

    return do


def without_metadata(folder: Path) -> None:
    for file in (folder / "metadata").glob("*.metadata.json"):
        file.unlink()


def metadata_text(text: Callable[[str], str]) -> Callable[[Path], object]:
    def do(folder: Path) -> None:
        file = newest_metadata(folder)
        file.write_text(text(file.read_text(encoding="utf-8")), encoding="utf-8")

    return do


def data_of_the_newest_snapshot(metadata: dict) -> dict:
    (found,) = [one for one in metadata["snapshots"] if one["snapshot-id"] == metadata["current-snapshot-id"]]
    return found


def nested_type(depth: int, of: Callable[[object], object], innermost: object) -> object:
    found = innermost
    for _ in range(depth):
        found = of(found)
    return found


def deep_schema(metadata: dict) -> None:
    def lists(element: object) -> object:
        return {"type": "list", "element-id": 1000, "element": element, "element-required": False}

    # Only as deep as `json.dumps` writes it; the rest is put in as text.
    metadata["schemas"][0]["fields"][1]["type"] = nested_type(200, lists, "DEEPER")


def deepest(text: str) -> str:
    opening = '{"type": "list", "element-id": 1000, "element-required": false, "element": '
    return text.replace('"DEEPER"', opening * DEPTH + '"int"' + "}" * DEPTH)


def deep_iceberg(folder: Path) -> None:
    newest(deep_schema)(folder)
    metadata_text(deepest)(folder)


def deep_delta(folder: Path) -> None:
    opening = '{"type":"array","containsNull":true,"elementType":'
    schema = '{"type":"struct","fields":[{"name":"id","nullable":true,"metadata":{},"type":'
    schema += opening * DEPTH + '"integer"' + "}" * DEPTH + "}]}"
    change_commit(0, "metaData", lambda action: action.update(schemaString=schema))(folder)


def change_commit(version: int, kind: str, change: Callable[[dict], object]) -> Callable[[Path], object]:
    """A change of the actions of a kind in a commit of a Delta table."""

    def do(folder: Path) -> None:
        file = folder / "_delta_log" / f"{version:020}.json"
        actions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for action in actions:
            if kind in action:
                change(action[kind])
        file.write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")
        for checksum in (folder / "_delta_log").glob("*.crc"):
            checksum.unlink()

    return do


def newest_commit(kind: str, change: Callable[[dict], object]) -> Callable[[Path], object]:
    def do(folder: Path) -> None:
        version = max(int(file.stem) for file in (folder / "_delta_log").glob("*.json") if file.stem.isdigit())
        change_commit(version, kind, change)(folder)

    return do


VECTORS, DELETES = "iceberg/deletion_vectors", "iceberg/position_deletes"
DELTA_VECTORS, DELTA = "delta/deletion_vectors", "delta/plain"
DELETE_FILES = "data/*-deletes.parquet"

ICEBERG = [
    Damage("no_metadata", "iceberg/v1", without_metadata, "SOURCE_NOT_FOUND", ("metadata",), "iceberg"),
    Damage("metadata_cut", "iceberg/v1", metadata_text(lambda text: text[: len(text) // 2]), "SOURCE_INVALID", (".metadata.json",)),
    Damage("metadata_is_a_list", "iceberg/v1", metadata_text(lambda _: "[]"), "SOURCE_INVALID", (".metadata.json",)),
    Damage("metadata_empty", "iceberg/v1", metadata_text(lambda _: ""), "SOURCE_INVALID", (".metadata.json",)),
    Damage("metadata_not_gzip", "iceberg/metadata_gz", lambda folder: newest_metadata(folder).write_bytes(b"\x1f\x8b\x08xx"), "SOURCE_INVALID", (".metadata.json",)),
    Damage("format_version", "iceberg/v1", newest(lambda metadata: metadata.update({"format-version": 4})), "UNSUPPORTED", ("4",)),
    Damage("no_such_schema", "iceberg/v1", newest(lambda metadata: metadata.update({"current-schema-id": 99})), "SOURCE_INVALID"),
    Damage("deep_schema", "iceberg/v1", deep_iceberg, ""),
    Damage("no_manifest_list", "iceberg/expired", lambda folder: [file.unlink() for file in folder.glob("metadata/snap-*")], "SOURCE_NOT_FOUND", ("snap-",)),
    Damage("manifest_list_cut", "iceberg/metadata_gz", lambda folder: [cut(f"metadata/{file.name}")(folder) for file in folder.glob("metadata/snap-*")], "SOURCE_INVALID", ("snap-",)),
    Damage("no_manifest", DELETES, remove("metadata/*-m0.avro"), "SOURCE_NOT_FOUND", ("-m0.avro",)),
    Damage("manifest_cut", "iceberg/no_statistics", lambda folder: [cut(f"metadata/{file.name}")(folder) for file in folder.glob("metadata/*-m0.avro")], "SOURCE_INVALID", ("-m0.avro",)),
    Damage("manifest_rubbish", "iceberg/no_statistics", lambda folder: [overwrite(f"metadata/{file.name}", b"x" * 100)(folder) for file in folder.glob("metadata/*-m0.avro")], "SOURCE_INVALID", ("-m0.avro",)),
    Damage("no_data_file", "iceberg/v1", lambda folder: [file.unlink() for file in folder.glob("data/*.parquet")], "SOURCE_NOT_FOUND", (".parquet",)),
    Damage("data_file_cut", "iceberg/counts_only", cut("data/*.parquet"), "SOURCE_INVALID", (".parquet",)),
    Damage("data_file_longer", "iceberg/counts_only", append("data/*.parquet", b"PAR1"), "SOURCE_INVALID", (".parquet",)),
    Damage("no_delete_file", DELETES, lambda folder: [file.unlink() for file in folder.glob(DELETE_FILES)], "SOURCE_NOT_FOUND", ("-deletes.parquet",)),
    Damage("delete_file_cut", DELETES, lambda folder: [cut(f"data/{file.name}")(folder) for file in folder.glob(DELETE_FILES)], "SOURCE_INVALID", ("-deletes.parquet",)),
    Damage("no_equality_deletes", "iceberg/equality_deletes_v3", lambda folder: [file.unlink() for file in folder.glob("data/00004-*.parquet")], "SOURCE_NOT_FOUND", (".parquet",)),
    Damage("no_vectors", VECTORS, lambda folder: [file.unlink() for file in folder.glob("data/*.puffin")], "SOURCE_NOT_FOUND", (".puffin",)),
    Damage("vectors_flipped", VECTORS, lambda folder: [flip(f"data/{file.name}", 20)(folder) for file in folder.glob("data/*.puffin")], "SOURCE_INVALID", (".puffin",)),
    Damage("elsewhere", "iceberg/expired", newest(lambda metadata: metadata.update({"location": NOWHERE})), "", ()),
    Damage("strangers", VECTORS, lambda folder: shutil.copy(one(folder, "data/*.parquet"), folder / "data" / "stranger.parquet"), None),
    Damage("older_metadata_broken", "iceberg/history", lambda folder: (folder / "metadata" / "00000-0.metadata.json").write_text("{"), None),
]

DELTA_TABLES = [
    Damage("no_log", DELTA, lambda folder: shutil.rmtree(folder / "_delta_log"), "SOURCE_NOT_FOUND", ("_delta_log",), "delta"),
    Damage("empty_log", DELTA, lambda folder: [file.unlink() for file in (folder / "_delta_log").iterdir() if file.is_file()], "SOURCE_NOT_FOUND", (), "delta"),
    Damage("commit_missing", DELTA, remove("_delta_log/*3.json"), "SOURCE_INVALID"),
    Damage("first_commit_missing", DELTA_VECTORS, remove("_delta_log/*0.json"), "SOURCE_INVALID"),
    Damage("commit_cut", DELTA, cut("_delta_log/*1.json"), "SOURCE_INVALID", ("00000000000000000001.json",)),
    Damage("commit_rubbish", DELTA, overwrite("_delta_log/*2.json", b"\xff\xfe not JSON\n"), "SOURCE_INVALID", ("00000000000000000002.json",)),
    Damage("no_protocol", DELTA, change_commit(0, "protocol", lambda action: action.clear()), "SOURCE_INVALID"),
    Damage("reader_version", DELTA, change_commit(0, "protocol", lambda action: action.update(minReaderVersion=9)), "UNSUPPORTED", ("9",)),
    Damage("schema_rubbish", DELTA, change_commit(0, "metaData", lambda action: action.update(schemaString="{")), "SOURCE_INVALID"),
    Damage("deep_schema", DELTA, deep_delta, ""),
    Damage("no_data_file", DELTA, lambda folder: [file.unlink() for file in folder.glob("part-*.parquet")], "SOURCE_NOT_FOUND", (".parquet",)),
    Damage("data_file_cut", DELTA, lambda folder: [cut(file.name)(folder) for file in folder.glob("part-*.parquet")], "SOURCE_INVALID", (".parquet",)),
    Damage("data_file_longer", DELTA, lambda folder: [append(file.name, b"PAR1")(folder) for file in folder.glob("part-*.parquet")], "SOURCE_INVALID", (".parquet",)),
    Damage("outside", DELTA, newest_commit("add", lambda action: action.update(path="file:///etc/hosts")), "SOURCE_INVALID", ("hosts",)),
    Damage("outside_by_dots", DELTA, newest_commit("add", lambda action: action.update(path="../../../../etc/hosts")), "", ("hosts",)),
    Damage("no_vectors", DELTA_VECTORS, lambda folder: [file.unlink() for file in folder.glob("*.bin")], "SOURCE_NOT_FOUND", (".bin",)),
    Damage("vectors_flipped", DELTA_VECTORS, lambda folder: [flip(file.name, -6)(folder) for file in folder.glob("*.bin")], "SOURCE_INVALID", (".bin",)),
    Damage("vectors_cut", DELTA_VECTORS, lambda folder: [cut(file.name)(folder) for file in folder.glob("*.bin")], "SOURCE_INVALID", (".bin",)),
    Damage("checkpoint_missing", "delta/checkpoint_v1", remove("_delta_log/*.checkpoint.parquet"), ""),
    Damage("checkpoint_cut", "delta/checkpoint_v1", cut("_delta_log/*.checkpoint.parquet"), "SOURCE_INVALID", ("checkpoint",)),
    Damage("checkpoint_part_missing", "delta/checkpoint_multipart", remove("_delta_log/*.0000000002.0000000002.parquet"), ""),
    Damage("sidecar_missing", "delta/checkpoint_v2_json", remove("_delta_log/_sidecars/*"), "SOURCE_NOT_FOUND", (".parquet",)),
    Damage("hint_rubbish", "delta/checkpoint_v1", overwrite("_delta_log/_last_checkpoint", b"{"), None),
    Damage("hint_missing", "delta/checkpoint_v2", remove("_delta_log/_last_checkpoint"), None),
    Damage("strangers", DELTA, lambda folder: shutil.copy(one(folder, "part-*.parquet"), folder / "part-stranger.parquet"), None),
]

DAMAGES = ICEBERG + DELTA_TABLES
FEATURES = {True: "damaged tables are refused", False: "files that are not the table's are left alone"}


def damages() -> list[object]:
    found = []
    for damage in DAMAGES:
        mark = pytest.mark.table_format(NAMES[damage.format], FEATURES[damage.code is not None])
        found.append(pytest.param(damage, marks=mark, id=f"{damage.format}-{damage.name}"))
    return found


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BowyerProcess]:
    """A copy of a fixture for each damage, one server for all; and one whole table, which must not suffer."""
    folder = tmp_path_factory.mktemp("damaged")
    datasets = {"damaged.whole": {"from": str(FIXTURES / "iceberg" / "history")}}
    for damage in DAMAGES:
        copy = folder / damage.dataset
        shutil.copytree(FIXTURES / damage.fixture, copy)
        damage.harm(copy)
        datasets[damage.dataset] = {"from": str(copy)} | ({"format": damage.as_format} if damage.as_format else {})
    process = serve(folder, datasets)
    yield process
    stop_cleanly(process)


def fixture_of(damage: Damage) -> Fixture:
    table_format, name = damage.fixture.split("/")
    (found,) = [fixture for fixture in all_fixtures() if (fixture.format, fixture.name) == (table_format, name)]
    return found


@pytest.mark.parametrize("damage", damages())
def test_damage(damaged: BowyerProcess, damage: Damage) -> None:
    if damage.code is None:
        with flightsql.connect(damaged.uri, autocommit=True) as connection:
            assert_same(ask(connection, f"SELECT * FROM {damage.dataset}"), fixture_of(damage).expected())
    else:
        text = refusal(damaged, damage.dataset)
        assert_refused(text, damage.code, *damage.names)


def test_a_whole_table_beside_them_is_read(damaged: BowyerProcess) -> None:
    with flightsql.connect(damaged.uri, autocommit=True) as connection:
        assert ask(connection, "SELECT count(*) AS n FROM damaged.whole")["n"].to_pylist() == [1]


def test_a_folder_of_a_table_may_be_read_as_plain_files(tmp_path: Path) -> None:
    """Named by a glob: the rows of all its files, deleted ones too."""
    folder = tmp_path / "plain"
    shutil.copytree(FIXTURES / "iceberg" / "v1" / "data", folder / "data")
    (folder / "metadata").mkdir()
    (folder / "metadata" / "v1.metadata.json").write_text("{}")
    server = serve(tmp_path, {"plain": {"from": f"{folder}/data/*.parquet"}})
    try:
        with flightsql.connect(server.uri, autocommit=True) as connection:
            assert ask(connection, "SELECT count(*) AS n FROM plain")["n"].to_pylist()[0] > 0
    finally:
        stop_cleanly(server)
