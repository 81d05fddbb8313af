"""A program at a pseudo terminal: types keys, and waits for what shows on the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SECONDS = 60
ROWS, COLUMNS = 50, 160

CTRL_C, CTRL_D, ENTER, TAB, UP = "\x03", "\x04", "\r", "\t", "\x1bOA"

# Begins the line anew, as the progress does.
ERASE_LINE = "\r\x1b[K"

# What moves the cursor, colours the text or switches modes; at the end, a part of it.
ESCAPES = re.compile(
    r"\x1b(?:[\[\]0-9;?]*\Z|\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78NOM])"
)


class TerminalProgram:
    """A child process whose terminal is this object. Close it in the end."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        self._primary, secondary = pty.openpty()
        fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=secondary,
            stdout=secondary,
            stderr=secondary,
            env={**os.environ, "TERM": "xterm", **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(secondary)
        self._bytes = b""
        self._seen = 0

    def __enter__(self) -> TerminalProgram:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._primary)

    def screen(self) -> str:
        """All that was printed so far, without escape sequences. Only ever gets longer."""
        return ESCAPES.sub("", self._bytes.decode(errors="replace").replace(ERASE_LINE, "\n"))

    def types(self, keys: str) -> None:
        os.write(self._primary, keys.encode())

    def enters(self, line: str) -> None:
        self.types(line + ENTER)

    def shows(self, pattern: str, seconds: float = SECONDS) -> re.Match[str]:
        """Waits until something new matches; what stands before it counts as seen.

        Raises:
            AssertionError: the deadline passed, or the program ended without it.
        """
        deadline = time.monotonic() + seconds
        while True:
            match = re.compile(pattern, re.MULTILINE).search(self.screen(), self._seen)
            if match:
                self._seen = match.end()
                return match
            assert self._read(deadline), f"not shown: {pattern}; new on the screen: {self.screen()[self._seen :]!r}"

    def ends(self, seconds: float = SECONDS) -> int:
        """Waits for the end of the process; returns its exit code."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, deadline: float) -> bool:
        """Whether something came before the deadline and the end."""
        ready, _, _ = select.select([self._primary], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            came = os.read(self._primary, 1 << 16)
        except OSError:  # the other side is closed
            return False
        self._bytes += came
        return bool(came)
