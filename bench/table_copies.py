"""TPC-H as Iceberg and Delta tables over the very Parquet files of the demo, whole and with a share of the rows deleted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

from deltalake import convert_to_deltalake

from bowyer_process import CACHE, ROOT
from measure import TABLES, Settings

# Each one of so many rows is deleted: 5 %.
EVERY = 20
WRITER = ROOT / "clients-it" / "lake" / "writer" / "pom.xml"
BUILD_SECONDS = 1800
# Of the Delta protocol: a file of deletion vectors starts with this; a vector's size and checksum take four bytes each.
VERSION = b"\x01"
AROUND = 8
MAGIC = b"PFA1"


def copies(settings: Settings) -> Path:
    """A folder with `whole`, `deletes` and `vectors` (Iceberg), `delta`, `delta_vectors`, and `many`; made once."""
    folder = CACHE / "bench" / f"tables-sf{settings.scale:g}"
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_iceberg(settings.data, folder)
        for table in TABLES:
            write_delta(folder, table)
        done.touch()
    return folder


def write_iceberg(data: Path, folder: Path) -> None:
    listed = folder / "classpath"
    goals = ["compile", "dependency:build-classpath", f"-Dmdep.outputFile={listed}"]
    subprocess.run(["mvn", "-B", "-q", "-f", str(WRITER), *goals], check=True, timeout=BUILD_SECONDS)
    classpath = os.pathsep.join((str(WRITER.parent / "target" / "classes"), listed.read_text(encoding="utf-8").strip()))
    command = [java_17(), "-cp", classpath, "dev.bowyer.fixtures.Copies", str(data), str(folder), str(EVERY)]
    subprocess.run(command, check=True, timeout=BUILD_SECONDS)


def java_17() -> str:
    """Hadoop, which that program writes with, does not run on a newer JDK than 23."""
    home = os.environ.get("BENCH_JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def write_delta(folder: Path, table: str) -> None:
    for kind in ("delta", "delta_vectors"):
        target = folder / kind / table
        target.mkdir(parents=True)
        os.link(folder / "whole" / table / "data" / "part-0.parquet", target / "part-0.parquet")
        convert_to_deltalake(str(target))
    for vectors in (folder / "vectors" / table / "data").glob("*.puffin"):
        mark_deleted(folder / "delta_vectors" / table, only_blob(vectors))


def only_blob(puffin: Path) -> bytes:
    """The footer of a Puffin file is magic, JSON, its length, flags, magic. Iceberg and Delta have the same vectors."""
    data = puffin.read_bytes()
    assert data[-4:] == MAGIC
    length = int.from_bytes(data[-12:-8], "little")
    (blob,) = json.loads(data[-12 - length : -12])["blobs"]
    return data[blob["offset"] : blob["offset"] + blob["length"]]


def mark_deleted(table: Path, vector: bytes) -> None:
    """A commit that adds the file again, with a vector."""
    log = table / "_delta_log"
    first = [json.loads(line) for line in (log / f"{0:020}.json").read_text(encoding="utf-8").splitlines()]
    (added,) = [action["add"] for action in first if "add" in action]
    file = table / f"deletion_vector_{uuid4()}.bin"
    file.write_bytes(VERSION + vector)
    rows = json.loads(added["stats"])["numRecords"]
    described = {
        "storageType": "p",
        "pathOrInlineDv": file.as_uri(),
        "offset": len(VERSION),
        "sizeInBytes": len(vector) - AROUND,
        "cardinality": -(-rows // EVERY),
    }
    features = ["deletionVectors"]
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}
    removed = {"path": added["path"], "deletionTimestamp": added["modificationTime"], "dataChange": True}
    actions = [
        {"protocol": protocol},
        {"remove": removed},
        {"add": added | {"deletionVector": described, "dataChange": True}},
    ]
    (log / f"{1:020}.json").write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")
