"""Sinks that are no folder: standard output, for one file of any size, and memory, for a text.

What has been written to a pipe cannot be taken back, so leaves are wanted in order and each is proven before it goes;
a few that come early wait in memory. A reader that is slow holds up the write, and with it what is asked for next.
"""

from __future__ import annotations

import os
import select
import stat
from contextlib import suppress
from hashlib import sha256
from typing import Literal

from peer.core.ledger import file_root
from peer.failures import DiskFailed, IntegrityFailed, disk_failure
from peer.manifest import Manifest
from peer.wire.frames import LEAF_BYTES

_NAME = "standard output"


class Pipe:
    """Standard output, or what else `handle` leads to; for a manifest of one file."""

    ordered = True
    kind: Literal["pipe"] = "pipe"

    def __init__(self, manifest: Manifest, handle: int) -> None:
        (self._entry,) = manifest.entries
        self._handle, self._step = _own(handle)
        self._wake, self._waker = os.pipe()
        self._next = 0
        self._early: dict[int, bytes] = {}

    def open(self) -> list[int]:
        """The one file."""
        return [0]

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

    def take_due(self, file: int) -> bool:
        """A pipe has nothing to push."""
        return False

    def sync(self, file: int) -> None:
        """A pipe has nothing to push."""

    def finish(self, file: int, size: int, root: bytes | None, leaves: bytes) -> str:
        """Checks the whole; `-` is where it is."""
        _check(self._entry.path, size, root, leaves)
        return "-"

    def finish_tree(self) -> None:
        """There is one file and no more."""

    def stop(self) -> None:
        """Ends a write that waits for a reader."""
        if self._waker >= 0:
            os.write(self._waker, b".")

    def close(self) -> None:
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


class Scrap:
    """A text in memory; for a manifest of one small file."""

    ordered = False
    kind: Literal["disk"] = "disk"

    def __init__(self, manifest: Manifest) -> None:
        (self._entry,) = manifest.entries
        self.content = b""
        """The text, once it is proven."""
        self.proof = b""
        """Its SHA-256."""

    def open(self) -> list[int]:
        """The one file."""
        return [0]

    def prove(self, file: int, leaf: int, data: memoryview, proof: bytes) -> bool:
        """Keeps it if it is what its sender says."""
        self.content, self.proof = bytes(data), sha256(data).digest()
        return self.proof == proof

    def take_due(self, file: int) -> bool:
        """Memory has nothing to push."""
        return False

    def sync(self, file: int) -> None:
        """Memory has nothing to push."""

    def finish(self, file: int, size: int, root: bytes | None, leaves: bytes) -> str:
        """Checks the whole; `-`, since it is nowhere yet."""
        _check(self._entry.path, size, root, leaves)
        return "-"

    def finish_tree(self) -> None:
        """There is one file and no more."""

    def stop(self) -> None:
        """Nothing here waits."""

    def close(self) -> None:
        """Nothing here is open."""


def _check(path: str, size: int, root: bytes | None, leaves: bytes) -> None:
    if root is not None and file_root(size, leaves) != root:
        raise IntegrityFailed(f"“{path}” is not what its sender says it is.")


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
