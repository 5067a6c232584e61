"""Partial files of one manifest, beside where they will lie, and what of them may be believed.

    out/.twocans/<fingerprint>/<n>.part     entry n while it grows
    out/.twocans/<fingerprint>/journal      which leaves of them are safe (peer.journal)

The folder is locked by the process that fills it. Nothing in it is believed without the journal, and nothing that the
journal says without a look at the disk.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from peer.core.ledger import leaf_cost, leaf_count
from peer.failures import DiskFailed
from peer.journal import MAX_BYTES, NAME, Journal, Past, Placed, read
from peer.manifest import Manifest
from peer.names import PARTIAL_FOLDER
from peer.part import Part, write
from peer.placing import Places, is_file, open_folder, spellings
from peer.wire.frames import LEAF_BYTES, Range

FEW = 4
"""Up to so many files are synced one by one; for more, all of the disk is synced at once, which costs one wait."""


class Partial:
    """The folder, open and locked.

    Args:
        root: handle of the folder beside it; stays the caller's.
        manifest: whose files grow here.

    Raises:
        OSError: from every method.
        DiskFailed: another process fills it.
    """

    def __init__(self, root: int, manifest: Manifest) -> None:
        self._root = root
        self._manifest = manifest
        self._parts: dict[int, Part] = {}
        self._lock = Lock()
        self.handle = _locked(root, manifest.fingerprint)
        try:
            self.journal = Journal(self.handle, manifest.fingerprint)
        except BaseException:
            os.close(self.handle)
            raise

    def recall(self, places: Places, take: Collection[int]) -> tuple[list[Range], dict[int, Placed], dict[int, Placed]]:
        """What an earlier run left of these entries, and is still there; all else in the folder is removed.

        Returns:
            Leaves held in parts; files in their places; files that are whole and wait to be put there.
        """
        past = self.journal.read()
        placed: dict[int, Placed] = {}
        whole: dict[int, Placed] = {}
        for file in set(take) & past.placed.keys():
            claim = past.placed[file]
            if _is_there(claim, self._manifest, places):
                placed[file] = claim
            elif _may_be(claim, self._manifest) and is_file(
                self._status(file), self._manifest.entries[file].size, claim.mtime
            ):
                whole[file] = claim
        held = list(self._held(past, set(take) - placed.keys() - whole.keys()))
        kept = {NAME, *(_name(file) for file in whole), *(_name(run.file) for run in held)}
        for name in os.listdir(self.handle):
            if name not in kept:
                with suppress(OSError):  # what cannot be removed is not believed either
                    os.unlink(name, dir_fd=self.handle)
        return held, placed, whole

    def part(self, file: int, mode: int) -> Part:
        """A part, which is made if it is missing. It stays ours."""
        with self._lock:
            if file not in self._parts:
                self._parts[file] = Part(_name(file), self.handle, mode, self._manifest.entries[file].size)
            return self._parts[file]

    def write_whole(self, file: int, mode: int, data: memoryview, finish: Callable[[int], int]) -> int:
        """Writes a part in one go and closes it; what `finish` makes of its handle."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        handle = os.open(_name(file), flags, mode, dir_fd=self.handle)
        try:
            write(handle, data, 0)
            made = finish(handle)
            if sync_disk is None:
                os.fsync(handle)
            return made
        finally:
            os.close(handle)

    def sync(self, files: Collection[int], small: bool) -> None:
        """Pushes parts to the disk; with `small`, also those that `write_whole` closed."""
        with self._lock:
            handles = [self._parts[file].handle for file in files if file in self._parts]
        if sync_disk is not None and (small or len(handles) > FEW):
            sync_disk(self.handle)
        else:
            for handle in handles:
                os.fsync(handle)

    def release(self, file: int) -> str:
        """The name of a part, which is closed if it is open."""
        with self._lock:
            part = self._parts.pop(file, None)
        if part is not None:
            part.close()
        return _name(file)

    def forget(self, file: int) -> None:
        """Removes a part."""
        with suppress(FileNotFoundError):
            os.unlink(self.release(file), dir_fd=self.handle)

    def close(self, *, keep: bool) -> None:
        """Lets go of the folder; removes it unless `keep` and something was written down. Never raises."""
        for file in list(self._parts):
            self.release(file)
        keep = keep and not self.journal.empty
        self.journal.close()
        if not keep:
            with suppress(OSError):  # what cannot be removed does no harm
                for name in os.listdir(self.handle):
                    os.unlink(name, dir_fd=self.handle)
                with _opened_above(self._root) as above:
                    os.rmdir(self._manifest.fingerprint, dir_fd=above)
                os.rmdir(PARTIAL_FOLDER, dir_fd=self._root)
        os.close(self.handle)

    def _held(self, past: Past, files: Collection[int]) -> Iterator[Range]:
        """The leaves of these files that the journal claims and for which there are bytes, in order and once."""
        claimed: dict[int, bytearray] = {}
        ends: dict[int, int] = {}
        for file, first, count in past.held:
            if file not in files or file >= len(self._manifest.entries):
                continue
            entry = self._manifest.entries[file]
            if entry.kind != "file" or entry.size <= 0:
                continue
            if file not in claimed:
                status = self._status(file)
                ends[file] = status.st_size if status is not None else 0
                claimed[file] = bytearray(leaf_count(min(entry.size, ends[file])))
            there = claimed[file]
            stop = min(first + count, len(there))
            if stop > first:
                there[first:stop] = b"\x01" * (stop - first)
        for file, there in sorted(claimed.items()):
            size = self._manifest.entries[file].size
            if there and (len(there) - 1) * LEAF_BYTES + leaf_cost(size, len(there) - 1) > ends[file]:
                there[-1] = 0  # the file ends inside it
            first = there.find(1)
            while first >= 0:
                stop = there.find(0, first)
                stop = len(there) if stop < 0 else stop
                yield Range(file, first, stop - first)
                first = there.find(1, stop)

    def _status(self, file: int) -> os.stat_result | None:
        """Of a part, if it is a file of its own."""
        try:
            status = os.stat(_name(file), dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return status if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 else None


def in_place(root: int, manifest: Manifest, places: Places) -> set[int]:
    """Files that an earlier run put in their places and that are still there; looks without a lock."""
    try:
        with _opened_above(root) as above:
            name = f"{manifest.fingerprint}/{NAME}"
            with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=above), "rb") as journal:
                past = read(journal.read(MAX_BYTES), manifest.fingerprint)
    except OSError:
        return set()
    return {file for file, claim in past.placed.items() if _is_there(claim, manifest, places)}


def left_behind(root: int, but: str) -> int:
    """How many other manifests have partial files in a folder."""
    try:
        with _opened_above(root) as above:
            return sum(name != but for name in os.listdir(above))
    except OSError:
        return 0


def _may_be(claim: Placed, manifest: Manifest) -> bool:
    """Whether a file may have that place: its own name, or one that it gets where names are taken."""
    if claim.file >= len(manifest.entries):
        return False
    entry = manifest.entries[claim.file]
    folder, _, name = entry.path.rpartition("/")
    there, _, spelling = claim.path.rpartition("/")
    if entry.kind != "file" or entry.size < 0 or there != folder:
        return False
    return name == spelling or spelling in spellings(name)


def _is_there(claim: Placed, manifest: Manifest, places: Places) -> bool:
    if not _may_be(claim, manifest):
        return False
    return is_file(places.status(claim.path), manifest.entries[claim.file].size, claim.mtime)


def _name(file: int) -> str:
    return f"{file}.part"


def _locked(root: int, fingerprint: str) -> int:
    while True:
        with _opened_above(root, make=True) as above:
            try:
                handle = open_folder(fingerprint, above, 0o700)
            except FileNotFoundError:
                continue  # another process removed the folder above, being done with its own files
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise DiskFailed("These files are being received there already.") from None
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # another process removed it before it let go of it


@contextmanager
def _opened_above(root: int, *, make: bool = False) -> Iterator[int]:
    if make:
        handle = open_folder(PARTIAL_FOLDER, root, 0o700)
    else:
        handle = os.open(PARTIAL_FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
    try:
        yield handle
    finally:
        os.close(handle)


def _load_sync() -> Callable[[int], None] | None:
    """syncfs(2), where there is one: Python does not offer it."""
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    syncfs.argtypes, syncfs.restype = (ctypes.c_int,), ctypes.c_int

    def sync(handle: int) -> None:
        if syncfs(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return sync


sync_disk = _load_sync()
"""Pushes all that was written to the disk of an open file; None where a system cannot."""


def ranges(leaves: dict[int, list[int]]) -> Iterable[Range]:
    """Leaves of files as runs."""
    for file, numbers in leaves.items():
        numbers.sort()
        first = before = numbers[0]
        for leaf in numbers[1:]:
            if leaf > before + 1:
                yield Range(file, first, before - first + 1)
                first = leaf
            before = leaf
        yield Range(file, first, before - first + 1)
