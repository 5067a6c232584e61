"""Where a transfer lands: proven leaves go to partial files, whole files go to their place and never over another.

    prove, take_files ─► n.part ─┐                    written
                                 ├─► commit: sync ─► journal ─► out/<path>
    finish (root is right) ──────┘                    safe      held, or in its place

Whatever `commit` has journaled is there for the next process that receives the same files (peer.partial, peer.journal);
what was written since is lost with the process. Methods block: `prove` and `take_files` run in one thread, `commit` in
another, `check` and `finish` in others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple

from peer.core.ledger import file_root, leaf_cost
from peer.failures import DiskFailed, IntegrityFailed, disk_failure
from peer.journal import Placed
from peer.manifest import Manifest
from peer.part import Part
from peer.partial import Partial, in_place, left_behind, ranges, sync_disk
from peer.placing import OnConflict, Places, set_time
from peer.wire.frames import LEAF_BYTES, Entry, Range

MARGIN_BYTES = 16 * 1024 * 1024
"""Space that a transfer must leave free."""

__all__ = ["Landed", "OnConflict", "Opened", "Store", "Whole", "already_here"]


class Whole(NamedTuple):
    """A small file as it came: all its bytes, and their SHA-256 as its sender says it."""

    file: int
    data: memoryview
    sha256: bytes


class Landed(NamedTuple):
    """A file that is done: where it is, relative to `out`, "" if it was left out; its length and its root."""

    file: int
    path: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Opened:
    """What is to be taken, and what of it an earlier run left: leaves to be proven, and files that are done.

    `others` counts further manifests that have partial files here.
    """

    taken: list[int]
    held: list[Range]
    landed: list[Landed]
    others: int


class _Ready(NamedTuple):
    """A part that is whole and only waits to be synced."""

    file: int
    size: int
    root: bytes
    mtime: int


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
        self.unsafe = 0
        """Bytes written and not yet journaled."""
        self._out = out
        self._manifest = manifest
        self._entries = manifest.entries
        self._taken = list(range(len(self._entries)) if take is None else take)
        self._on_conflict = on_conflict
        self._bits = 0o777 if executable else 0o666
        self._lock = Lock()
        self._committing = Lock()
        self._written: dict[int, list[int]] = {}
        self._ready: list[_Ready] = []
        self._small = False
        """Whether parts were written in one go since the last commit."""
        self._root = -1
        self._places: Places
        self._partial: Partial | None = None

    def open(self) -> Opened:
        """Makes the partial folder and looks at what is in it; looks for space and taken names."""
        with self._explained("use", ""):
            self._out.mkdir(parents=True, exist_ok=True)
            self._root = os.open(self._out, os.O_RDONLY | os.O_DIRECTORY)
            self._places = Places(self._root, self._on_conflict)
            try:
                self._partial = Partial(self._root, self._manifest)
                held, placed, whole = self._partial.recall(self._places, self._taken)
                mine = placed.keys() | whole.keys()
                self._taken = [file for file in self._taken if file in mine or not self._in_the_way(file)]
                taken = set(self._taken)
                held = [run for run in held if run.file in taken]
                self._check_space(held, mine)
            except BaseException:
                self.close(keep=True)
                raise
        for file, claim in whole.items():
            self._ready.append(_Ready(file, self._entries[file].size, bytes.fromhex(claim.root), claim.mtime))
        landed = [
            Landed(file, claim.path, self._entries[file].size, bytes.fromhex(claim.root))
            for file, claim in placed.items()
        ]
        others = left_behind(self._root, self._manifest.fingerprint)
        return Opened(self._taken, held, landed + self.commit(), others)

    def prove(self, file: int, leaf: int, data: memoryview, proof: bytes) -> bool:
        """Writes a leaf if it is what its sender says. Only right leaves reach the disk."""
        if sha256(data).digest() != proof:
            return False
        with self._explained("write", self._entries[file].path):
            self._part(file).write(data, leaf * LEAF_BYTES)
        with self._lock:
            self._written.setdefault(file, []).append(leaf)
            self.unsafe += len(data)
        return True

    def check(self, file: int, leaf: int, proof: bytes) -> bool:
        """Whether a leaf that an earlier run left is what its sender says; one that cannot be read is not."""
        length = leaf_cost(self._entries[file].size, leaf)
        with suppress(OSError):
            data = os.pread(self._part(file).handle, length, leaf * LEAF_BYTES)
            return len(data) == length and sha256(data).digest() == proof
        return False

    def take_files(self, files: Sequence[Whole]) -> list[int]:
        """Writes small or empty files that are what their sender says, to be put in their places with the next commit.

        Returns:
            Those that are not.
        """
        broken: list[int] = []
        ready: list[_Ready] = []
        assert self._partial is not None
        for file, data, proof in files:
            if sha256(data).digest() != proof:
                broken.append(file)
                continue
            entry = self._entries[file]
            with self._explained("write", entry.path):
                mtime = self._partial.write_whole(file, self._mode(entry), data, lambda part: _timed(part, entry.mtime))  # noqa: B023
            ready.append(_Ready(file, len(data), file_root(len(data), proof if data else b""), mtime))
        with self._lock:
            self._ready += ready
            self._small = True
            self.unsafe += sum(each.size for each in ready)
        return broken

    def finish(self, file: int, size: int, root: bytes, leaves: bytes) -> None:
        """Checks a file's root and gives it its size and time; the next commit puts it in its place.

        Raises:
            IntegrityFailed: it is not what its sender says.
        """
        entry = self._entries[file]
        if file_root(size, leaves) != root:
            raise IntegrityFailed(f"“{entry.path}” is not what its sender says it is.")
        with self._explained("write", entry.path):
            part = self._part(file).handle
            os.ftruncate(part, size)
            os.fchmod(part, os.fstat(part).st_mode & (entry.mode | 0o600))
            mtime = _timed(part, entry.mtime)
        with self._lock:
            self._ready.append(_Ready(file, size, root, mtime))

    def commit(self) -> list[Landed]:
        """Syncs all that was written so far, writes it down, and puts what is whole into its place.

        What could not be synced is never written down: the transfer fails, and the next one fetches it again.
        """
        assert self._partial is not None
        with self._committing:
            with self._lock:
                written, self._written = self._written, {}
                ready, self._ready = self._ready, []
                small, self._small = self._small, False
                unsafe = self.unsafe
            if not written and not ready:
                return []
            with self._explained("write", ""):
                whole = {each.file for each in ready}
                self._partial.sync(written.keys() | whole, small)
                places = [
                    Placed(each.file, self._places.free(self._entries[each.file].path), each.root.hex(), each.mtime)
                    for each in ready
                ]
                held = ranges({file: leaves for file, leaves in written.items() if self._resumes(file, whole)})
                self._partial.journal.append(held, places)
            with self._lock:
                self.unsafe -= unsafe
            return [self._put(each, claim) for each, claim in zip(ready, places, strict=True)]

    def finish_tree(self) -> list[Landed]:
        """Commits, makes the folders and links that were taken, sets folders' times."""
        landed = self.commit()
        assert self._partial is not None
        with self._committing:
            entries = [(file, self._entries[file]) for file in self._taken]
            for file, entry in entries:
                with self._explained("make", entry.path):
                    if entry.kind == "dir":
                        self._places.folder(entry.path)
                    elif entry.kind == "link":
                        os.symlink(entry.target, f"{file}.part", dir_fd=self._partial.handle)
                        self._places.put(f"{file}.part", self._partial.handle, entry.path)
            for _, entry in reversed(entries):
                if entry.kind == "dir":
                    with self._explained("make", entry.path):
                        set_time(self._places.folder(entry.path), entry.mtime)
            with self._explained("write", ""):
                if sync_disk is not None:
                    sync_disk(self._root)
                else:
                    self._places.sync()
        return landed

    def stop(self) -> None:
        """Nothing here waits for long."""

    def close(self, *, keep: bool) -> None:
        """Lets go of everything. What is half-way stays for the next run if `keep`, else is removed; idempotent."""
        if self._partial is not None:
            if keep:
                with suppress(DiskFailed):
                    self.commit()
            self._partial.close(keep=keep)
        self._partial = None
        if self._root >= 0:
            self._places.close()
            os.close(self._root)
        self._root = -1

    # Before anything is written

    def _in_the_way(self, file: int) -> bool:
        """Whether something has this entry's name and the entry is therefore left out."""
        entry = self._entries[file]
        status = self._places.status(entry.path)
        folder = status is not None and stat.S_ISDIR(status.st_mode)
        if status is None or (entry.kind == "dir" and folder):
            return False
        if entry.kind == "link" and self._places.target(entry.path) == entry.target:
            return True  # as an earlier run left it
        if entry.kind == "dir":
            raise DiskFailed(f"“{entry.path}” is a folder, but a file of this name is there already.")
        if self._on_conflict == "refuse":
            raise DiskFailed(f"“{entry.path}” is there already; nothing was overwritten.")
        if self._on_conflict == "overwrite" and folder:
            raise DiskFailed(f"“{entry.path}” is a file, but a folder of this name is there already.")
        return self._on_conflict == "skip"

    def _check_space(self, held: Sequence[Range], mine: Iterable[int]) -> None:
        sizes = {file: max(self._entries[file].size, 0) for file in self._taken}
        here = sum(sizes[file] for file in mine)
        here += sum(leaf_cost(sizes[file], leaf) for file, first, count in held for leaf in range(first, first + count))
        needed = sum(sizes.values()) - here
        disk = os.fstatvfs(self._root)
        free = disk.f_bavail * disk.f_frsize - MARGIN_BYTES
        if needed and needed > free:
            missing = "are offered" if not here else "are still missing"
            raise DiskFailed(f"{needed} bytes {missing}, but only {max(free, 0)} are free in “{self._out}”.")

    # Into place

    def _mode(self, entry: Entry) -> int:
        return (entry.mode | 0o600) & self._bits

    def _part(self, file: int) -> Part:
        assert self._partial is not None
        return self._partial.part(file, self._mode(self._entries[file]))

    def _resumes(self, file: int, whole: set[int]) -> bool:
        """Whether the leaves of a file are worth a line: a stream cannot be read again, a whole file has its own."""
        return self._entries[file].size >= 0 and file not in whole

    def _put(self, ready: _Ready, claim: Placed) -> Landed:
        assert self._partial is not None
        path = self._entries[ready.file].path
        with self._explained("write", path):
            there = self._places.put(self._partial.release(ready.file), self._partial.handle, path)
            if there and there != claim.path:
                self._partial.journal.append([], [claim._replace(path=there)])
        return Landed(ready.file, there, ready.size, ready.root)

    @contextmanager
    def _explained(self, verb: str, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_failure(error, f"Cannot {verb} “{self._out / path}”") from error


def already_here(out: Path, manifest: Manifest) -> set[int]:
    """Files of a manifest that an earlier run has put into a folder and that are still there."""
    try:
        root = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return set()
    places = Places(root, "refuse")
    try:
        return in_place(root, manifest, places)
    finally:
        places.close()
        os.close(root)


def _timed(part: int, mtime: int) -> int:
    """Gives a file its time; returns the one that it has now, which may be coarser."""
    set_time(part, mtime)
    return os.fstat(part).st_mtime_ns // 1_000_000
