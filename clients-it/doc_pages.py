"""The fenced blocks of the documentation's pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FOLDERS = ("tutorial", "how-to", "concepts")

FENCE = re.compile(r"^```([\w-]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What a block may be; `text` is what the block in front of it prints.
RUN = ("sh", "python", "js", "sql", "yaml", "text")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"docs/{self.page}:{self.line} ({self.language or 'no language'})"

    def first_line(self) -> str:
        return self.text.splitlines()[0] if self.text.strip() else ""


def pages() -> list[str]:
    """Names below `docs`, such as `how-to/http.md`."""
    return sorted(str(path.relative_to(DOCS)) for folder in FOLDERS for path in (DOCS / folder).glob("*.md"))


def blocks(page: str) -> Iterator[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, fence.start()) + 1, fence[1], fence[2])
