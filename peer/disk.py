"""Where a transfer lands: proven leaves go to partial files, whole files go to their place and never over another.

    out/.twocans/<fingerprint>/<n>.part      entry n while it grows; the folder is locked by the process that fills it
    out/<path>                               once its root is proven: linked there, which fails if the name is taken

Everything is named relative to a handle on its folder and no link is ever followed, so that nobody can lead a write
elsewhere while it happens. Methods block: `prove` runs in one thread, `finish` in others.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Literal

from peer.core.ledger import file_root
from peer.failures import DiskFailed, IntegrityFailed, disk_failure
from peer.manifest import Manifest
from peer.names import MAX_SEGMENT_BYTES, PARTIAL_FOLDER
from peer.wire.frames import LEAF_BYTES, Entry

SYNC_BYTES = 64 * 1024 * 1024
"""Written bytes after which they are pushed to the disk, so that finishing a big file does not wait for all of it."""
MARGIN_BYTES = 16 * 1024 * 1024
"""Space that a transfer must leave free."""

OnConflict = Literal["refuse", "rename", "skip", "overwrite"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What `link` says on a disk that has no hard links, such as FAT."""


class Store:
    """The place of one transfer on this disk; a Sink.

    Args:
        out: folder to put things in; made if it is not there.
        manifest: what may come.
        take: entries that are wanted, all when None.
        on_conflict: what to do where a name is taken.
        executable: keep execute bits.

    Raises:
        DiskFailed: from every method, with a sentence.
    """

    ordered = False
    kind: Literal["disk"] = "disk"

    def __init__(
        self, out: Path, manifest: Manifest, take: Iterable[int] | None, on_conflict: OnConflict, *, executable: bool
    ) -> None:
        self._out = out
        self._manifest = manifest
        self._entries = manifest.entries
        self._taken = list(range(len(self._entries)) if take is None else take)
        self._on_conflict = on_conflict
        self._bits = 0o777 if executable else 0o666
        self._parts: dict[int, _Part] = {}
        self._folders: set[str] = set()
        self._lock = Lock()
        self._root = self._partial = -1

    def open(self) -> list[int]:
        """Makes the partial folder, looks for space and taken names; returns the entries to take."""
        with self._explained("use", ""):
            self._out.mkdir(parents=True, exist_ok=True)
            self._root = os.open(self._out, os.O_RDONLY | os.O_DIRECTORY)
            self._taken = [file for file in self._taken if not self._in_the_way(self._entries[file])]
            self._check_space()
            self._partial = self._open_partial()
        return self._taken

    def prove(self, file: int, leaf: int, data: memoryview, proof: bytes) -> bool:
        """Writes a leaf if it is what its sender says. Only right leaves reach the disk."""
        if sha256(data).digest() != proof:
            return False
        with self._explained("write", self._entries[file].path):
            part = self._part(file)
            offset, rest = leaf * LEAF_BYTES, data
            while rest:
                written = os.pwrite(part.handle, rest, offset)
                offset, rest = offset + written, rest[written:]
            part.unsynced += len(data)
        return True

    def take_due(self, file: int) -> bool:
        """Whether enough of a file was written to `sync` it now; says so once."""
        part = self._parts.get(file)
        if part is None or part.unsynced < SYNC_BYTES:
            return False
        part.unsynced = 0
        return True

    def sync(self, file: int) -> None:
        """Pushes what was written of a file to the disk, beside further writes."""
        if part := self._parts.get(file):
            with part.lock, self._explained("write", self._entries[file].path):
                if part.handle >= 0:
                    getattr(os, "fdatasync", os.fsync)(part.handle)  # macOS has only fsync

    def finish(self, file: int, size: int, root: bytes | None, leaves: bytes) -> str:
        """Puts a whole file in its place, synced, with its time and mode.

        Returns:
            Where it is now, relative to `out`; "" if it was left out because its name has been taken meanwhile.

        Raises:
            IntegrityFailed: it is not what its sender says.
        """
        entry = self._entries[file]
        if root is not None and file_root(size, leaves) != root:
            raise IntegrityFailed(f"“{entry.path}” is not what its sender says it is.")
        with self._explained("write", entry.path):
            part = self._part(file)
            with part.lock:
                self._parts.pop(file)
                try:
                    os.ftruncate(part.handle, size)
                    os.fchmod(part.handle, os.fstat(part.handle).st_mode & (entry.mode | 0o600))
                    _set_time(part.handle, entry.mtime)
                    os.fsync(part.handle)
                finally:
                    os.close(part.handle)
                    part.handle = -1
            return self._publish(file, entry)

    def finish_tree(self) -> None:
        """Makes the folders and links that were taken, sets folders' times, removes the partial folder."""
        entries = [(file, self._entries[file]) for file in self._taken]
        for file, entry in entries:
            with self._explained("make", entry.path):
                if entry.kind == "dir":
                    os.close(self._open_folder(entry.path))
                elif entry.kind == "link":
                    os.symlink(entry.target, f"{file}.part", dir_fd=self._partial)
                    self._publish(file, entry)
        for folder in sorted(self._folders, reverse=True):
            with self._folder(folder) as handle:
                os.fsync(handle)
        for _, entry in reversed(entries):
            if entry.kind == "dir":
                with self._explained("make", entry.path), self._folder(entry.path) as handle:
                    _set_time(handle, entry.mtime)
        os.fsync(self._root)

    def stop(self) -> None:
        """Nothing here waits for long."""

    def close(self) -> None:
        """Removes what is half-way and lets go of the folder; idempotent."""
        for part in self._parts.values():
            os.close(part.handle)
        self._parts.clear()
        if self._partial >= 0:
            self._remove_partial()
            os.close(self._partial)
        if self._root >= 0:
            os.close(self._root)
        self._root = self._partial = -1

    # Before anything is written

    def _in_the_way(self, entry: Entry) -> bool:
        """Whether something has this entry's name and the entry is therefore left out."""
        there = _stat(entry.path, self._root)
        if there is None or (entry.kind == "dir" and there == "dir"):
            return False
        if entry.kind == "dir":
            raise DiskFailed(f"“{entry.path}” is a folder, but a file of this name is there already.")
        if self._on_conflict == "refuse":
            raise DiskFailed(f"“{entry.path}” is there already; nothing was overwritten.")
        if self._on_conflict == "overwrite" and there == "dir":
            raise DiskFailed(f"“{entry.path}” is a file, but a folder of this name is there already.")
        return self._on_conflict == "skip"

    def _check_space(self) -> None:
        needed = sum(max(self._entries[file].size, 0) for file in self._taken)
        disk = os.fstatvfs(self._root)
        free = disk.f_bavail * disk.f_frsize - MARGIN_BYTES
        if needed and needed > free:
            raise DiskFailed(f"{needed} bytes are offered, but only {max(free, 0)} are free in “{self._out}”.")

    def _open_partial(self) -> int:
        with _opened_folder(PARTIAL_FOLDER, self._root, 0o700) as above:
            handle = _open_folder(self._manifest.fingerprint, above, 0o700)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise DiskFailed(f"These files are being received in “{self._out}” already.") from None
        return handle

    def _remove_partial(self) -> None:
        with suppress(OSError):  # what cannot be removed does no harm
            for name in os.listdir(self._partial):
                os.unlink(name, dir_fd=self._partial)
            with _opened_folder(PARTIAL_FOLDER, self._root, 0o700) as above:
                os.rmdir(self._manifest.fingerprint, dir_fd=above)
            os.rmdir(PARTIAL_FOLDER, dir_fd=self._root)

    # Into place

    def _part(self, file: int) -> _Part:
        with self._lock:
            if file not in self._parts:
                flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
                mode = (self._entries[file].mode | 0o600) & self._bits
                self._parts[file] = _Part(os.open(f"{file}.part", flags, mode, dir_fd=self._partial))
            return self._parts[file]

    def _publish(self, file: int, entry: Entry) -> str:
        """Moves a partial file to its name without ever replacing what somebody else put there."""
        part = f"{file}.part"
        folder, _, name = entry.path.rpartition("/")
        with self._folder(folder) as handle:
            for spelling in _spellings(name):
                if self._on_conflict == "overwrite":
                    os.replace(part, spelling, src_dir_fd=self._partial, dst_dir_fd=handle)
                elif not self._move(part, spelling, handle):
                    if self._on_conflict == "rename":
                        continue
                    if self._on_conflict == "refuse":
                        raise DiskFailed(f"“{entry.path}” is there already; nothing was overwritten.")
                    os.unlink(part, dir_fd=self._partial)
                    return ""
                return f"{folder}/{spelling}" if folder else spelling
        raise DiskFailed(f"“{entry.path}” and all names like it are taken.")

    def _move(self, part: str, name: str, folder: int) -> bool:
        try:
            os.link(part, name, src_dir_fd=self._partial, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return self._move_onto_own(part, name, folder)
        os.unlink(part, dir_fd=self._partial)
        return True

    def _move_onto_own(self, part: str, name: str, folder: int) -> bool:
        """Without hard links: takes the name with an empty file, which is then replaced."""
        try:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder))
        except FileExistsError:
            return False
        os.replace(part, name, src_dir_fd=self._partial, dst_dir_fd=folder)
        return True

    def _open_folder(self, path: str) -> int:
        """A handle on a folder below `out`, made where it is missing, through folders only."""
        handle = os.dup(self._root)
        for segment in filter(None, path.split("/")):
            try:
                below = _open_folder(segment, handle, 0o777)
            finally:
                os.close(handle)
            handle = below
        with self._lock:
            self._folders.add(path)
        return handle

    @contextmanager
    def _folder(self, path: str) -> Iterator[int]:
        handle = self._open_folder(path)
        try:
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def _explained(self, verb: str, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_failure(error, f"Cannot {verb} “{self._out / path}”") from error


class _Part:
    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.unsynced = 0
        self.lock = Lock()
        """Keeps `sync` from a handle that `finish` has closed."""


def _open_folder(name: str, above: int, mode: int) -> int:
    with suppress(FileExistsError):
        os.mkdir(name, mode, dir_fd=above)
    return os.open(name, _FOLDER, dir_fd=above)


@contextmanager
def _opened_folder(name: str, above: int, mode: int) -> Iterator[int]:
    handle = _open_folder(name, above, mode)
    try:
        yield handle
    finally:
        os.close(handle)


def _stat(path: str, root: int) -> Literal["dir", "other"] | None:
    try:
        status = os.stat(path, dir_fd=root, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return "dir" if stat.S_ISDIR(status.st_mode) else "other"


def _set_time(handle: int, milliseconds: int) -> None:
    with suppress(OSError, OverflowError):  # a time that this disk cannot write is not worth failing for
        os.utime(handle, ns=(milliseconds * 1_000_000, milliseconds * 1_000_000))


def _spellings(name: str) -> Iterator[str]:
    """`name`, then `name (1)`, `name (2)` … with the number before the ending, none too long for a disk."""
    yield name
    stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
    for number in range(1, 10_000):
        tail = f" ({number}){dot}{ending}"
        room = MAX_SEGMENT_BYTES - len(tail.encode())
        yield stem.encode()[:room].decode(errors="ignore") + tail
