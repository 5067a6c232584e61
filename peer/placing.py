"""Puts whole files into their places below one folder, through folders only and never over another's.

Everything is named relative to a handle on its folder and no link is ever followed, so that nobody can lead a write
elsewhere while it happens. A file is linked to its name, which fails if the name is taken.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

from peer.failures import DiskFailed
from peer.names import MAX_SEGMENT_BYTES

OnConflict = Literal["refuse", "rename", "skip", "overwrite"]

MAX_OPEN_FOLDERS = 64

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What `link` says on a disk that has no hard links, such as FAT."""


class Places:
    """Names below one folder. For one thread at a time.

    Args:
        root: handle of the folder; stays the caller's.
        on_conflict: what to do where a name is taken.

    Raises:
        OSError: from every method.
    """

    def __init__(self, root: int, on_conflict: OnConflict) -> None:
        self._root = root
        self._on_conflict = on_conflict
        self._open: OrderedDict[str, int] = OrderedDict()
        self._touched: set[str] = set()

    def free(self, path: str) -> str:
        """The name that a file would get now; its own where names are not changed."""
        folder, name = _split(path)
        if self._on_conflict != "rename":
            return path
        for spelling in spellings(name):
            if self.status(_join(folder, spelling)) is None:
                return _join(folder, spelling)
        raise _all_taken(path)

    def put(self, part: str, source: int, path: str) -> str:
        """Moves `part` of the folder `source` to its name, or to the next free one if that is the rule.

        Returns:
            Where it is now; "" if it was left out because the name is taken.

        Raises:
            DiskFailed: the name is taken, and that ends it.
        """
        folder, name = _split(path)
        handle = self.folder(folder)
        self._touched.add(folder)
        for spelling in spellings(name):
            if self._on_conflict == "overwrite":
                os.replace(part, spelling, src_dir_fd=source, dst_dir_fd=handle)
            elif not _move(part, source, spelling, handle):
                if self._on_conflict == "rename":
                    continue
                if self._on_conflict == "refuse":
                    raise DiskFailed(f"“{path}” is there already; nothing was overwritten.")
                os.unlink(part, dir_fd=source)
                return ""
            return _join(folder, spelling)
        raise _all_taken(path)

    def folder(self, path: str) -> int:
        """A handle on a folder, made where it is missing. It stays ours, and open until many others were asked for."""
        handle = self._open.pop(path, -1)
        if handle < 0:
            handle = self._walk(path, make=True)
            if len(self._open) >= MAX_OPEN_FOLDERS:
                os.close(self._open.popitem(last=False)[1])
        self._open[path] = handle
        return handle

    def status(self, path: str) -> os.stat_result | None:
        """What has this name; None if nothing has, or if its folder is none."""
        folder, name = _split(path)
        try:
            if folder in self._open:
                return os.stat(name, dir_fd=self._open[folder], follow_symlinks=False)
            handle = self._walk(folder, make=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return os.stat(name, dir_fd=handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        finally:
            os.close(handle)

    def target(self, path: str) -> str | None:
        """Where a link of this name points; None if there is none."""
        if (status := self.status(path)) is None or not stat.S_ISLNK(status.st_mode):
            return None
        folder, name = _split(path)
        handle = self._walk(folder, make=False)
        try:
            return os.readlink(name, dir_fd=handle)
        finally:
            os.close(handle)

    def sync(self) -> None:
        """Pushes the names of folders that something was put into to the disk."""
        for path in sorted(self._touched, reverse=True):
            os.fsync(self.folder(path))
        os.fsync(self._root)

    def close(self) -> None:
        """Lets go of all folders; idempotent."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _walk(self, path: str, *, make: bool) -> int:
        handle = os.dup(self._root)
        for segment in filter(None, path.split("/")):
            try:
                below = open_folder(segment, handle, 0o777) if make else os.open(segment, _FOLDER, dir_fd=handle)
            finally:
                os.close(handle)
            handle = below
        return handle


def open_folder(name: str, above: int, mode: int) -> int:
    """A handle on a folder in another, made if it is missing. Raises OSError, also where a link has the name."""
    with suppress(FileExistsError):
        os.mkdir(name, mode, dir_fd=above)
    return os.open(name, _FOLDER, dir_fd=above)


def is_file(status: os.stat_result | None, size: int, mtime: int) -> bool:
    """Whether it is a regular file of that size and time."""
    return (
        status is not None
        and stat.S_ISREG(status.st_mode)
        and (status.st_size, status.st_mtime_ns // 1_000_000) == (size, mtime)
    )


def set_time(handle: int, milliseconds: int) -> None:
    """Sets a file's times, as far as the disk can write them."""
    with suppress(OSError, OverflowError):  # a time that this disk cannot write is not worth failing for
        os.utime(handle, ns=(milliseconds * 1_000_000, milliseconds * 1_000_000))


def spellings(name: str) -> Iterator[str]:
    """`name`, then `name (1)`, `name (2)` … with the number before the ending, none too long for a disk."""
    yield name
    stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
    for number in range(1, 10_000):
        tail = f" ({number}){dot}{ending}"
        room = MAX_SEGMENT_BYTES - len(tail.encode())
        yield stem.encode()[:room].decode(errors="ignore") + tail


def _move(part: str, source: int, name: str, folder: int) -> bool:
    try:
        os.link(part, name, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _move_onto_own(part, source, name, folder)
    os.unlink(part, dir_fd=source)
    return True


def _move_onto_own(part: str, source: int, name: str, folder: int) -> bool:
    """Without hard links: takes the name with an empty file, which is then replaced."""
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder))
    except FileExistsError:
        return False
    os.replace(part, name, src_dir_fd=source, dst_dir_fd=folder)
    return True


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _all_taken(path: str) -> DiskFailed:
    return DiskFailed(f"“{path}” and all names like it are taken.")
