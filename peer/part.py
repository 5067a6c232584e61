"""One file while it grows. Whole leaves of a large one go past the page cache where the system lets them (O_DIRECT).

The page cache costs a copy of every byte, and fresh memory for it, which on a virtual machine is the dearer of the two;
what a receiver has written it hardly reads again. Both ways may be mixed: reads see what either has written.
"""

from __future__ import annotations

import os
from contextlib import suppress

from peer.wire.frames import LEAF_BYTES

LARGE_BYTES = 64 * 1024 * 1024
"""A smaller file is soon written either way, and is often opened at once."""
_DIRECT = getattr(os, "O_DIRECT", 0)
"""Only Linux has it."""


class Part:
    """Open for reading and writing; made if it is missing.

    Args:
        name: of the file.
        folder: handle of the folder that it lies in.
        mode: its permissions if it is made.
        size: what it will have, -1 when that is not known.

    Raises:
        OSError: from every method but `close`.
    """

    def __init__(self, name: str, folder: int, mode: int, size: int) -> None:
        self.handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode, dir_fd=folder)
        self._direct = -1
        if _DIRECT and size > LARGE_BYTES:
            with suppress(OSError):  # not every file system has it
                self._direct = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | _DIRECT, dir_fd=folder)

    @property
    def direct(self) -> bool:
        """Whether whole leaves go past the page cache."""
        return self._direct >= 0

    def write(self, data: memoryview, offset: int) -> None:
        """Writes a leaf. One that is to go past the page cache must begin with a page of memory (peer.leaves)."""
        written = self._write_past(data, offset) if self.direct and len(data) == LEAF_BYTES else 0
        write(self.handle, data[written:], offset + written)

    def close(self) -> None:
        """Closes it; once."""
        os.close(self.handle)
        self._forgo()

    def _write_past(self, data: memoryview, offset: int) -> int:
        """How many bytes could be written so; after a refusal no more is tried, and `write` tells of what is wrong."""
        try:
            return os.pwrite(self._direct, data, offset)
        except OSError:
            self._forgo()
            return 0

    def _forgo(self) -> None:
        if self.direct:
            os.close(self._direct)
            self._direct = -1


def write(handle: int, data: memoryview, offset: int) -> None:
    """Writes all of it. Raises OSError."""
    while data:
        written = os.pwrite(handle, data, offset)
        offset, data = offset + written, data[written:]
