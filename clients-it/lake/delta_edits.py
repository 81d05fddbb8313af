"""Edits of a Delta log that no writer makes on demand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# Of ZeroMQ RFC 32, with which Delta writes vectors into its log.
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def z85(data: bytes) -> str:
    """Five characters for each four bytes; the length is padded with zeros, which a vector's size leaves out."""
    padded = data + bytes(-len(data) % 4)
    text = []
    for start in range(0, len(padded), 4):
        number = int.from_bytes(padded[start : start + 4], "big")
        text += [Z85[number // 85**power % 85] for power in (4, 3, 2, 1, 0)]
    return "".join(text)


def from_z85(text: str) -> bytes:
    out = bytearray()
    for start in range(0, len(text), 5):
        number = 0
        for character in text[start : start + 5]:
            number = number * 85 + Z85.index(character)
        out += number.to_bytes(4, "big")
    return bytes(out)


def inline_deletion_vectors(table: Path) -> None:
    """Moves vectors out of their files into the commits that name them."""
    used = set()
    for commit in commits(table):
        actions = read(commit)
        for action in actions:
            vector = action.get("add", {}).get("deletionVector")
            if vector and vector["storageType"] == "u":
                file = vector_file(table, vector)
                used.add(file)
                data = file.read_bytes()[vector["offset"] + 4 :][: vector["sizeInBytes"]]
                del vector["offset"]
                vector |= {"storageType": "i", "pathOrInlineDv": z85(data)}
        write(commit, actions)
    assert used, "no vectors"
    for file in used:
        file.unlink()


def vector_file(table: Path, vector: dict[str, Any]) -> Path:
    """A random prefix, then 20 characters that say a UUID."""
    text = vector["pathOrInlineDv"]
    raw = from_z85(text[-20:]).hex()
    uuid = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
    return table / text[:-20] / f"deletion_vector_{uuid}.bin"


def add_reader_feature(table: Path, feature: str) -> None:
    for commit in commits(table):
        actions = read(commit)
        for action in actions:
            if "protocol" in action:
                action["protocol"]["readerFeatures"].append(feature)
                action["protocol"]["writerFeatures"].append(feature)
        write(commit, actions)


def forget_commits_before(table: Path, version: int) -> None:
    """What log retention does: the checkpoint of that version must exist."""
    log = table / "_delta_log"
    assert any(log.glob(f"{version:020}.checkpoint*")), sorted(path.name for path in log.iterdir())
    for commit in commits(table):
        if int(commit.stem) < version:
            commit.unlink()
            for checksum in (commit.with_suffix(".crc"), log / f".{commit.name}.crc"):
                checksum.unlink(missing_ok=True)


def commits(table: Path) -> list[Path]:
    return [path for path in sorted((table / "_delta_log").glob("*.json")) if path.stem.isdigit()]


def read(commit: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in commit.read_text(encoding="utf-8").splitlines()]


def write(commit: Path, actions: list[dict[str, Any]]) -> None:
    """Without Hadoop's checksum of the old contents, and without Delta's."""
    lines = [json.dumps(action, separators=(",", ":"), ensure_ascii=False) for action in actions]
    commit.write_text("\n".join(lines) + "\n", encoding="utf-8")
    commit.with_name(f".{commit.name}.crc").unlink(missing_ok=True)
    commit.with_suffix(".crc").unlink(missing_ok=True)
