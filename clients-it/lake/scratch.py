"""Where fixtures are made, how they get into the tree, and what is told of each.

A fixture is a folder `fixtures/FORMAT/NAME`: the table as its writer left it, `fixture.json`, and what a reader other
than Bowyer found in it, as Parquet: `expected.parquet` and one more for each older version that is told of.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
# Iceberg writes absolute paths into its metadata: always the same one, so that fixtures tell nothing of a machine.
SCRATCH = Path(tempfile.gettempdir()) / "bowyer-fixtures"


@dataclass
class Fixture:
    """What `fixture.json` says; written by `save`."""

    format: str
    name: str
    features: tuple[str, ...]
    writer: str
    reader: str = ""
    notes: str = ""
    refused: dict[str, str] | None = None
    versions: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, pa.Table] = field(default_factory=dict)

    def expect(self, table: pa.Table, file: str = "expected.parquet") -> None:
        self.tables[file] = table

    def expect_version(self, name: str, ref: str | int, table: pa.Table, at: str | None = None) -> None:
        """An older version by its snapshot id, number, branch or tag, and a moment at which it was the newest one."""
        file = f"expected-{name}.parquet"
        self.versions.append({"name": name, "ref": str(ref), "at": at, "expected": file, "rows": table.num_rows})
        self.tables[file] = table

    def save(self, source: Path, keep_metadata: bool = False) -> None:
        """Copies the table from `source` without what Hadoop's local file system puts next to each file, and without
        the metadata of older states, as a writer with `write.metadata.delete-after-commit.enabled` leaves it.
        """
        folder = FIXTURES / self.format / self.name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".*.crc", "_temporary", ".DS_Store"))
        if not keep_metadata:
            newest = max((folder / "metadata").glob("*.metadata.json"), default=None)
            for older in (folder / "metadata").glob("*.metadata.json"):
                if older != newest:
                    older.unlink()
        for file, table in self.tables.items():
            pq.write_table(table, folder / file, compression="zstd", write_statistics=False)
        current = self.tables.get("expected.parquet")
        about = {
            "features": self.features,
            "writer": self.writer,
            "reader": self.reader,
            "notes": self.notes,
            "rows": current.num_rows if current is not None else None,
            "refused": self.refused,
            "versions": self.versions,
        }
        said = {key: value for key, value in about.items() if value not in (None, "", [])}
        (folder / "fixture.json").write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def fresh(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def jars() -> list[Path]:
    """Jars for Spark, from Maven."""
    folder = SCRATCH / "jars"
    if not any(folder.glob("delta-spark*.jar")):
        maven(HERE / "spark-jars.xml", "dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    return sorted(folder.glob("*.jar"))


def maven(pom: Path, *goals: str) -> None:
    subprocess.run(["mvn", "-B", "-q", "-f", str(pom), *goals], check=True)


def each(names: list[str], known: Iterable[str], make: Callable[[str], None]) -> None:
    """Makes the fixtures named, or all; goes on after one that fails, and says so at the end."""
    failed = []
    for name in names or known:
        try:
            make(name)
        except Exception as e:
            failed.append(name)
            lines = [line for line in str(e).splitlines() if line.strip() and not line.strip().startswith("at ")]
            print(f"failed: {name}: {type(e).__name__}:", *lines[:8], sep="\n  ", flush=True)
        else:
            print("made", name, flush=True)
    if failed:
        sys.exit(f"error: not made: {', '.join(failed)}")
