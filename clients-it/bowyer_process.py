"""A Bowyer server as a child process: start, wait for the ready line, watch, stop."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = ROOT / "bowyer"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bowyer"

# The first start on a fresh machine may build the server or generate the demo's data.
START_SECONDS = 300
STOP_SECONDS = 10

READY = re.compile(
    r"^Bowyer is ready: flight=grpc://(?P<host>\S+):(?P<port>\d+)"
    r"(?: http=(?P<http>http://\S+))?\b.* in (?P<seconds>[\d.]+) s"
)


def demo_folder(scale: float) -> Path:
    """Where `bowyer demo --scale` keeps its Parquet files."""
    return CACHE / "demo" / f"sf{scale:g}"


def poll_until(condition: Callable[[], bool], seconds: float, what: str, interval: float = 0.02) -> None:
    """Returns as soon as `condition` holds.

    Raises:
        TimeoutError: it did not hold within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(interval)


@dataclass
class Output:
    """The lines of a stream, read by a thread so that the child never blocks on a full pipe."""

    stream: IO[str]
    lines: list[str] = field(default_factory=list)
    _arrived: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.stream:
            self.lines.append(line.rstrip("\n"))
            self._arrived.put(self.lines[-1])
        self._arrived.put(None)

    def arriving(self, deadline: float) -> Iterator[str]:
        """The lines as they come, until the stream ends or `deadline` (of `time.monotonic`) passes."""
        while True:
            try:
                line = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            if line is None:
                return
            yield line

    def text(self) -> str:
        return "\n".join(self.lines)


class BowyerProcess:
    """A running server. `http` is its URL without a path. Linux only: memory, CPU time and open files are read from
    /proc."""

    def __init__(self, arguments: Sequence[str], wrapper: Sequence[str] = ()) -> None:
        """Starts `WRAPPER bowyer ARGUMENTS` on a free port and returns once it accepts connections.

        Raises:
            RuntimeError: the process ended, or printed no ready line in time; carries its output.
        """
        self.arguments = [*wrapper, str(LAUNCHER), *arguments, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            self.arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout and self.process.stderr
        self.stdout = Output(self.process.stdout)
        self.stderr = Output(self.process.stderr)
        ready = self._await_ready()
        self.host: str = ready["host"]
        self.port = int(ready["port"])
        self.http: str = ready["http"] or ""
        self.ready_seconds = float(ready["seconds"])

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def uri(self) -> str:
        return f"grpc://{self.address}"

    def _await_ready(self) -> re.Match[str]:
        for line in self.stdout.arriving(time.monotonic() + START_SECONDS):
            if ready := READY.match(line):
                return ready
        self.kill()
        raise RuntimeError(
            f"no ready line from {' '.join(self.arguments)} (exit code {self.process.returncode})\n"
            f"stdout: {self.stdout.text()}\nstderr: {self.stderr.text()}"
        )

    def java_home(self) -> Path:
        """The JDK that the launcher has chosen."""
        return Path(f"/proc/{self.process.pid}/exe").readlink().parent.parent

    def rss_bytes(self) -> int:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        kib = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert kib, status
        return int(kib[1]) * 1024

    def cpu_seconds(self) -> float:
        """User and system time so far, of all threads."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_load(self, window: float = 0.2) -> float:
        """Cores busy over the next `window` seconds."""
        started, used = time.monotonic(), self.cpu_seconds()
        time.sleep(window)
        return (self.cpu_seconds() - used) / (time.monotonic() - started)

    def open_files(self, under: Path) -> list[str]:
        """Paths of the open files that are `under` or stand below it."""
        found = []
        for entry in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                target = os.readlink(entry)
            except FileNotFoundError:
                continue
            if target.startswith(str(under)):
                found.append(target)
        return found

    def connections(self) -> int:
        """Established TCP connections to the Flight port."""
        local = f":{self.port:04X}"
        rows = [line.split() for table in ("tcp", "tcp6") for line in self._net(table)]
        return sum(1 for row in rows if row[1].endswith(local) and row[3] == "01")

    def _net(self, table: str) -> list[str]:
        return Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()[1:]

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Sends SIGTERM and returns the exit code.

        Raises:
            subprocess.TimeoutExpired: the server still runs after `STOP_SECONDS`; it is killed then.
        """
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends the process and its children for certain."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
