"""Starts the container image again and again, and measures until a query over Flight is answered."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as pq

MODES = {"AOT cache": [], "no AOT cache": ["--env", "JAVA_TOOL_OPTIONS=-XX:AOTMode=off"]}
ROWS = 100_000
MAX_START_SECONDS = 60
POLL_SECONDS = 0.01


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def first_answer(port: str, started: float) -> float:
    """Seconds since `started` until a table was read whole."""
    while True:
        try:
            with flight.connect(f"grpc://127.0.0.1:{port}") as client:
                table = client.do_get(flight.Ticket(b"numbers")).read_all()
            seconds = time.monotonic() - started
            if table.num_rows != ROWS:
                raise SystemExit(f"{table.num_rows} rows were answered (expected: {ROWS})")
            return seconds
        except flight.FlightUnavailableError:
            if time.monotonic() - started > MAX_START_SECONDS:
                raise
            time.sleep(POLL_SECONDS)


def ready_line(container: str, started: float) -> str:
    """What the server says once HTTP is there too, which is a moment after Flight answers."""
    while True:
        for line in docker("logs", container).splitlines():
            if line.startswith("Bowyer is ready"):
                return line
        if time.monotonic() - started > MAX_START_SECONDS:
            raise SystemExit("no ready line")
        time.sleep(POLL_SECONDS)


def run(image: str, folder: Path, extra: list[str]) -> tuple[float, float, float]:
    """Seconds to the first answer, those that the server says it took, and MiB of resident memory then."""
    started = time.monotonic()
    container = docker(
        *["run", "--detach", "--read-only", "--tmpfs", "/tmp", "--memory", "2g", "--publish", "127.0.0.1::8815"],
        *["--volume", f"{folder}:/data:ro", *extra, image],
        *["serve", "--insecure", "--listen", "0.0.0.0:8815", "/data/numbers.parquet"],
    )
    try:
        port = docker("port", container, "8815/tcp").splitlines()[0].rsplit(":", 1)[1]
        seconds = first_answer(port, started)
        ready = ready_line(container, started)
        pid = docker("inspect", "--format", "{{.State.Pid}}", container)
        status = Path(f"/proc/{pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        return seconds, float(ready.rsplit(" in ", 1)[1].split()[0]), resident / 1024
    finally:
        docker("rm", "--force", container)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", default="bowyer:local")
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    size = int(docker("image", "inspect", "--format", "{{.Size}}", options.image))
    print(f"image {options.image}: {size / 1e6:.0f} MB")
    results: dict[str, list[tuple[float, float, float]]] = {mode: [] for mode in MODES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        pq.write_table(pa.table({"n": range(ROWS)}), folder / "numbers.parquet")
        for _ in range(options.runs):
            # In turns, so that whatever else the machine does is shared.
            for mode, extra in MODES.items():
                results[mode].append(run(options.image, folder, extra))
    print("| | docker run to first answer | fastest | slowest | the server says | resident |")
    print("|---|---|---|---|---|---|")
    for mode, runs in results.items():
        seconds, said, resident = zip(*runs, strict=True)
        print(
            f"| {mode} | {statistics.median(seconds):.2f} s | {min(seconds):.2f} s | {max(seconds):.2f} s"
            f" | {statistics.median(said):.2f} s | {statistics.median(resident):.0f} MiB |"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
