"""Sinks that are no folder: standard output, for one file of any size, and memory, for a text.

What has been written to a pipe cannot be taken back, so leaves are wanted in order and each is proven before it goes;
a few that come early wait in memory. A reader that is slow holds up the write, and with it what is asked for next.
"""

from __future__ import annotations

import os
import select
import stat
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Literal

from peer.core.ledger import file_root
from peer.disk import Landed, Opened, Whole
from peer.failures import DiskFailed, IntegrityFailed, disk_failure
from peer.manifest import Manifest
from peer.wire.frames import LEAF_BYTES

_NAME = "standard output"


class _OneFile(ABC):
    """For a manifest of one file, of which nothing is kept for a later run."""

    ordered = True
    kind: Literal["pipe"] = "pipe"
    unsafe = 0

    def __init__(self, manifest: Manifest) -> None:
        (self._entry,) = manifest.entries
        self._next = 0
        self._early: dict[int, bytes] = {}
        self._landed: list[Landed] = []

    @abstractmethod
    def stop(self) -> None:
        """Ends a write that waits."""

    @abstractmethod
    def close(self, *, keep: bool) -> None:
        """Lets go of everything."""

    @abstractmethod
    def _write(self, data: memoryview) -> None:
        """Takes the next bytes of the file."""

    def open(self) -> Opened:
        """The one file."""
        return Opened([0], [], [], 0)

    def prove(self, file: int, leaf: int, data: memoryview, proof: bytes) -> bool:
        """Writes a leaf if it is what its sender says, once those before it are written."""
        if sha256(data).digest() != proof:
            return False
        if leaf != self._next:
            self._early[leaf] = bytes(data)
            return True
        self._write(data)
        self._next += 1
        while (early := self._early.pop(self._next, None)) is not None:
            self._write(memoryview(early))
            self._next += 1
        return True

    def check(self, file: int, leaf: int, proof: bytes) -> bool:
        """There is no earlier run."""
        return False

    def take_files(self, files: Sequence[Whole]) -> list[int]:
        """The one file, whole."""
        (file,) = files
        if not self.prove(file.file, 0, file.data, file.sha256):
            return [file.file]
        root = file_root(len(file.data), file.sha256 if file.data else b"")
        self._landed.append(Landed(0, "-", len(file.data), root))
        return []

    def finish(self, file: int, size: int, root: bytes, leaves: bytes) -> None:
        """Checks the whole. Raises IntegrityFailed."""
        if file_root(size, leaves) != root:
            raise IntegrityFailed(f"“{self._entry.path}” is not what its sender says it is.")
        self._landed.append(Landed(0, "-", size, root))

    def commit(self) -> list[Landed]:
        """The file once it is whole; `-` is where it is."""
        landed, self._landed = self._landed, []
        return landed

    def finish_tree(self) -> list[Landed]:
        """There is one file and no more."""
        return self.commit()


class Pipe(_OneFile):
    """Standard output, or what else `handle` leads to."""

    def __init__(self, manifest: Manifest, handle: int) -> None:
        super().__init__(manifest)
        self._handle, self._step = _own(handle)
        self._wake, self._waker = os.pipe()

    def stop(self) -> None:
        """Ends a write that waits for a reader."""
        if self._waker >= 0:
            os.write(self._waker, b".")

    def close(self, *, keep: bool) -> None:
        """Lets go; the reader sees the end once the process is over."""
        for handle in (self._handle, self._wake, self._waker):
            if handle >= 0:
                os.close(handle)
        self._handle = self._wake = self._waker = -1

    def _write(self, data: memoryview) -> None:
        try:
            while data:
                woken, _, _ = select.select([self._wake], [self._handle], [])
                if woken:
                    return  # it is over: nobody needs the rest
                with suppress(BlockingIOError):
                    data = data[os.write(self._handle, data[: self._step]) :]
        except BrokenPipeError:
            raise DiskFailed(f"Whoever read {_NAME} has gone before the end.") from None
        except OSError as error:
            raise disk_failure(error, f"Cannot write to {_NAME}") from error


class Scrap(_OneFile):
    """A text in memory.

    Attributes:
        content: the text, once it is proven.
    """

    def __init__(self, manifest: Manifest) -> None:
        super().__init__(manifest)
        self.content = b""

    def stop(self) -> None:
        """Nothing here waits."""

    def close(self, *, keep: bool) -> None:
        """Nothing here is open."""

    def _write(self, data: memoryview) -> None:
        self.content += data


def _own(handle: int) -> tuple[int, int]:
    """A handle of our own on the same thing that never blocks, and how many bytes to give it at once.

    A pipe is opened anew: to make this handle non-blocking would make it so for every process that shares it. What
    cannot be opened anew gets as much as a writable pipe always takes.
    """
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return os.dup(handle), LEAF_BYTES
    if stat.S_ISFIFO(mode):
        with suppress(OSError):
            return os.open(f"/proc/self/fd/{handle}", os.O_WRONLY | os.O_NONBLOCK), LEAF_BYTES
    return os.dup(handle), select.PIPE_BUF
