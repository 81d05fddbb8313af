"""Pages that are made from the results of a run, and compared with what is committed."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def check_or_write(arguments: list[str], usage: str | None, page: Path, made: str) -> None:
    """`--write` writes the page; `--check` ends the program with the difference if the page says something else."""
    if arguments == ["--write"]:
        page.write_text(made, encoding="utf-8")
        return
    if arguments != ["--check"]:
        sys.exit(usage)
    committed = page.read_text(encoding="utf-8") if page.exists() else ""
    if made != committed:
        name, program = page.relative_to(ROOT), Path(sys.argv[0]).name
        lines = difflib.unified_diff(
            committed.splitlines(), made.splitlines(), f"{name} as committed", f"{name} of this run", lineterm="", n=0
        )
        print("\n".join(lines))
        sys.exit(f"error: {name} does not say what this run found; if it should, run: clients-it/{program} --write")
