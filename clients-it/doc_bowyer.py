"""Stands as `./bowyer` in the folder where a page's blocks run.

usage: doc_bowyer.py FOLDER COMMAND ...

`serve` starts a real server in the background, on ports of its own, and returns when it is ready; the one before it is
stopped. `demo` is the one server of the demo that all pages share. Everything else is the real command, which asks the
server that was started last.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from bowyer_process import LAUNCHER, START_SECONDS, poll_until

STATE = ".server.json"
DEMO = "BOWYER_DOC_DEMO"
ASKS_A_SERVER = ("sql", "shell", "datasets", "describe", "explain", "snapshots", "files", "queries", "cancel", "ping")
ADDRESSES = re.compile(r"^Bowyer is ready: flight=grpc://(?P<flight>\S+)(?: http=http://(?P<http>\S+))?", re.MULTILINE)
STOP_SECONDS = 60.0


def state(folder: Path) -> dict[str, object]:
    """Of the server that was started last: `flight`, `http`, and `pid` if it is the page's own."""
    path = folder / STATE
    return json.loads(path.read_text()) if path.exists() else {}


def stop(folder: Path) -> None:
    """Ends the page's own server with SIGTERM."""
    pid = state(folder).get("pid")
    (folder / STATE).unlink(missing_ok=True)
    if isinstance(pid, int):
        os.kill(pid, signal.SIGTERM)
        poll_until(lambda: not runs(pid), STOP_SECONDS, f"the server {pid} stops")


def runs(pid: int) -> bool:
    """A child that has ended and was not waited for does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def serve(folder: Path, arguments: list[str]) -> int:
    stop(folder)
    output, errors = folder / ".server.out", folder / ".server.err"
    command = [str(LAUNCHER), *without_addresses(arguments), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    with output.open("w") as out, errors.open("w") as err:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while not (ready := ADDRESSES.search(output.read_text())):
        if server.poll() is not None:
            print(errors.read_text(), file=sys.stderr)
            return server.returncode
        if time.monotonic() > deadline:
            server.kill()
            print("no ready line", file=sys.stderr)
            return 1
        time.sleep(0.05)
    (folder / STATE).write_text(json.dumps(ready.groupdict() | {"pid": server.pid}))
    print(output.read_text(), end="")
    return 0


def without_addresses(arguments: list[str]) -> list[str]:
    """The pages' own ports may be taken."""
    kept, given = [], iter(arguments)
    for argument in given:
        if argument in ("--listen", "--http"):
            next(given)
        elif argument != "--insecure":
            kept.append(argument)
    return kept


def demo(folder: Path) -> int:
    stop(folder)
    (folder / STATE).write_text(os.environ[DEMO])
    return 0


def main(folder: Path, arguments: list[str]) -> int:
    command = arguments[0]
    if command == "serve":
        return serve(folder, arguments)
    if command == "demo":
        return demo(folder)
    if command in ASKS_A_SERVER and "--uri" not in arguments:
        arguments = [*arguments, "--uri", f"grpc://{state(folder)['flight']}"]
    os.execv(LAUNCHER, [str(LAUNCHER), *arguments])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
