"""A disk of a given size in a mount namespace of its own, and what a test may do to it. Needs root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.processes import Program

HOLDER = 'mount -t tmpfs -o "size=$2" twocans-test "$1" && echo ready && exec cat'


class Disk:
    """A disk that only the commands see that are started `within`."""

    def __init__(self, path: Path, pid: int) -> None:
        self.path = path
        self.within = ("nsenter", f"--target={pid}", "--mount", f"--wd={path}")
        self._seen = Path(f"/proc/{pid}/root") / path.relative_to("/")

    @property
    def seen(self) -> Path:
        """The same folder from outside."""
        return self._seen

    def fill(self) -> None:
        """Somebody else's file takes all the room there is."""
        with (self.seen / "somebody else's").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(256 * 1024))

    def free(self) -> None:
        """It goes again."""
        (self.seen / "somebody else's").unlink()

    def remount(self, options: str) -> None:
        """As `mount -o remount`."""
        subprocess.run([*self.within, "mount", "-o", f"remount,{options}", self.path], check=True)


@contextmanager
def disk(path: Path, size: int) -> Iterator[Disk]:
    """Such a disk; it is gone with the last process that sees it."""
    path.mkdir()
    ours, its = os.pipe()[::-1]
    try:
        with os.fdopen(its, "rb") as input_:
            words: list[str | Path] = [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                HOLDER,
                "sh",
                path,
                str(size),
            ]
            with Program(words, stdin=input_) as holder:
                holder.wait_for("ready")
                yield Disk(path, holder.pid)
    finally:
        os.close(ours)
