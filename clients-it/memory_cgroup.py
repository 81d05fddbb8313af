"""A control group with a memory limit, as a container has one. Needs root on Linux, with cgroup v1 or v2."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    """Processes started through `wrapper` may take `limit` bytes together; the kernel kills them beyond that."""

    def __init__(self, name: str, limit: int) -> None:
        """Makes the group.

        Raises:
            RuntimeError: this user, or this machine, cannot.
        """
        self.is_v2 = (ROOT / "cgroup.controllers").exists()
        parent = ROOT if self.is_v2 else ROOT / "memory"
        self.folder = parent / f"{name}-{os.getpid()}"
        try:
            if self.is_v2:
                (parent / "cgroup.subtree_control").write_text("+memory")
            self.folder.mkdir()
            self._file("memory.max", "memory.limit_in_bytes").write_text(str(limit))
        except OSError as failure:
            raise RuntimeError(
                f"no memory control group can be made ({failure}): run this as root, with {parent} writable"
            ) from failure

    def _file(self, v2: str, v1: str) -> Path:
        return self.folder / (v2 if self.is_v2 else v1)

    @property
    def wrapper(self) -> list[str]:
        """Put before a command, it runs in the group."""
        return ["sh", "-c", f'echo $$ >"{self.folder}/cgroup.procs" && exec "$@"', "sh"]

    def kills(self) -> int:
        """Processes that the kernel has killed for want of memory."""
        lines = self._file("memory.events", "memory.oom_control").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def peak(self) -> int:
        """Most bytes that were in use, cached files included."""
        return int(self._file("memory.peak", "memory.max_usage_in_bytes").read_text())

    def __enter__(self) -> MemoryGroup:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.folder.rmdir()
