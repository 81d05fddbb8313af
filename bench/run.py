"""Runs the measurements and writes RESULTS.md. See README.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bowyer_process import LAUNCHER, BowyerProcess, demo_folder
from client import measure_java_client
from http_stream import measure_http_stream
from latency import measure_ready, measure_select_1
from measure import Settings
from metadata import measure_metadata
from polling import measure_polling
from report import Section, heading, section_text
from stall import measure_stalled_client
from tables import measure_many_files, measure_s3, measure_tables
from throughput import measure_full_scan
from tpch import measure_tpch

RESULTS = Path(__file__).with_name("RESULTS.md")

MEASUREMENTS: dict[str, Callable[[Settings], Section]] = {
    "a": measure_tpch,
    "b": measure_full_scan,
    "c": measure_select_1,
    "d": measure_ready,
    "e": measure_stalled_client,
    "f": measure_metadata,
    "g": measure_tables,
    "h": measure_many_files,
    "i": measure_s3,
    "j": measure_java_client,
    "k": measure_http_stream,
    "l": measure_polling,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run.sh", description=__doc__)
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="letters of README.md's table (default: all)")
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H scale factor (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds; medians are reported (default: 5)")
    parsed = parser.parse_args()
    parsed.only = parsed.only.split(",")
    if unknown := [letter for letter in parsed.only if letter not in MEASUREMENTS]:
        parser.error(f"--only: {','.join(unknown)} (expected: some of {','.join(MEASUREMENTS)})")
    if parsed.rounds < 1:
        parser.error(f"--rounds: {parsed.rounds} (expected: at least 1)")
    return parsed


def make_data(scale: float) -> Path:
    """The demo's files; starting it makes them where they are missing."""
    BowyerProcess(["demo", "--scale", f"{scale:g}"]).stop()
    return demo_folder(scale)


def main() -> int:
    options = arguments()
    if not LAUNCHER.exists():
        print(f"error: {LAUNCHER.name} is not there", file=sys.stderr)
        return 1
    settings = Settings(data=make_data(options.scale), scale=options.scale, rounds=options.rounds)
    text = heading(settings)
    print(text, flush=True)
    missed = False
    for letter in options.only:
        section = MEASUREMENTS[letter](settings)
        missed |= not section.reached()
        text += section_text(letter, section)
        print(section_text(letter, section), flush=True)
    if options.only == list(MEASUREMENTS) and options.scale == 1:
        RESULTS.write_text(text)
        print(f"written: {RESULTS.name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
