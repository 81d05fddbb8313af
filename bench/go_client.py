"""The Go client of the benchmarks, built once."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bowyer_process import CACHE

SOURCES = Path(__file__).with_name("go")
BUILD_SECONDS = 600


def build() -> Path:
    binary = CACHE / "bench" / "go-client"
    binary.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(binary), "."], cwd=SOURCES, check=True, timeout=BUILD_SECONDS)
    return binary


class Drain:
    """Reads results as it is asked, and answers with how much came."""

    def __init__(self, flight: str, http: str) -> None:
        self.process = subprocess.Popen(
            [str(build()), "drain", flight, http], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, how: str, sql: str) -> int:
        assert self.process.stdin and self.process.stdout
        print(how, sql, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{how}: the Go client ended with {self.process.wait()}")
        return int(answer)


@contextmanager
def drain(flight: str, http: str) -> Iterator[Drain]:
    client = Drain(flight, http)
    try:
        yield client
    finally:
        client.process.terminate()
        client.process.wait()
