"""What lies around and in a folder that files are received into, and whether anything touched it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple


class Look(NamedTuple):
    """What can be seen of one name without following links; of a folder no times, since its names may grow."""

    mode: int
    links: int
    inode: int
    changed: int
    content: bytes | str


class Ground:
    """A folder `out` with files of its own, between folders that nobody has business with.

    Attributes:
        out: where files are to be received.
        outside: a folder beside it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ground"
        self.out = self.folder / "home" / "inbox" / "out"
        self.outside = self.folder / "home" / "outside"
        for path in ("evil", "etc/passwd", "home/evil", "home/outside/evil", "home/outside/a/evil", "home/inbox/evil"):
            self._plant(self.folder / path)
        for path in ("evil", "a.txt", "dir/evil", "d/e/f", "innocent.txt", "A", "twocans"):
            self._plant(self.out / path)
        self.remember()

    @property
    def known(self) -> set[str]:
        """Names that were there when it was last remembered."""
        return set(self._before)

    def look(self) -> dict[str, Look]:
        """Everything on the ground."""
        return {str(path.relative_to(self.folder)): _look(path) for path in sorted(self.folder.rglob("*"))}

    def changes(self) -> set[str]:
        """Names that are new, gone or not as they were."""
        now = self.look()
        return {name for name in now.keys() | self._before.keys() if now.get(name) != self._before.get(name)}

    def remember(self) -> None:
        """From now on what is there now counts as untouched."""
        self._before = self.look()

    def _plant(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {path.relative_to(self.folder)}")


def _look(path: Path) -> Look:
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        return Look(status.st_mode, 0, status.st_ino, 0, "")
    content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
    return Look(status.st_mode, status.st_nlink, status.st_ino, status.st_mtime_ns, content)
