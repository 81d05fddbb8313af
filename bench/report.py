"""The text of RESULTS.md: the machine, the versions, a table for each measurement."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import subprocess
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from bowyer_process import LAUNCHER
from measure import Settings

PACKAGES = ["adbc-driver-flightsql", "datafusion", "deltalake", "pyarrow"]


@dataclass(frozen=True)
class Target:
    """A figure that the project holds itself to."""

    what: str
    value: float
    limit: float
    unit: str = ""

    def reached(self) -> bool:
        return self.value <= self.limit

    def text(self) -> str:
        verdict = "reached" if self.reached() else "MISSED"
        return f"{self.what}: **{self.value:.2f}{self.unit}** (target: at most {self.limit:g}{self.unit}; {verdict})"


@dataclass
class Section:
    """One measurement: what was done, its targets, and the figures behind them as rows under `columns`."""

    title: str
    columns: list[str]
    targets: list[Target] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def reached(self) -> bool:
        return all(target.reached() for target in self.targets)


def section_text(letter: str, section: Section) -> str:
    lines = [f"## {letter}. {section.title}", "", *(f"* {target.text()}" for target in section.targets), ""]
    lines += [table_row(section.columns), table_row(["---"] * len(section.columns)), *map(table_row, section.rows), ""]
    return "\n".join(lines) + "\n"


def table_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def heading(settings: Settings) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{cpu_model()}, {os.cpu_count()} cores, {memory_gib():.0f} GiB; {platform.system()} {platform.release()}"
    lines = [
        "# Results",
        "",
        f"`bench/run.sh` on {dt.date.today().isoformat()}: medians of {settings.rounds} interleaved rounds.",
        "Clients and servers ran on one machine, over loopback.",
        "",
        f"* Machine: {machine}",
        f"* Bowyer: {bowyer_version()}",
        f"* Peers and clients: Python {platform.python_version()}, {versions}",
        f"* Data: TPC-H scale {settings.scale:g}, one Parquet file a table",
        "",
    ]
    return "\n".join(lines) + "\n"


def cpu_model() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def bowyer_version() -> str:
    result = subprocess.run([str(LAUNCHER), "version"], capture_output=True, text=True, check=True)
    return "; ".join(line.strip() for line in result.stdout.splitlines() if line.strip())
