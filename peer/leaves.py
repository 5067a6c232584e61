"""Leaves in memory while their frames come in."""

from __future__ import annotations

import mmap
from collections.abc import Sequence

from peer.core.ledger import leaf_cost
from peer.wire.frames import LEAF_BYTES, Entry

MAX_SPARE = 8
"""Buffers of a leaf kept for the next ones, so that memory is neither asked for nor zeroed for each."""


class Leaves:
    """Puts payloads together, each leaf in a buffer of its own."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._coming: dict[tuple[int, int], _Leaf] = {}
        self._spare: list[mmap.mmap] = []
        self.bytes = 0
        """How many are here: of leaves that come, and of those taken and not yet given back."""

    def keep(self, file: int, leaf: int, offset: int, payload: memoryview) -> None:
        """Keeps a payload; those of one leaf come in any order. Raises MemoryError."""
        kept = self._coming.get((file, leaf))
        if kept is None:
            size = leaf_cost(self._entries[file].size, leaf)
            kept = self._coming[file, leaf] = _Leaf(self._whole() if size == LEAF_BYTES else bytearray(size))
        end = offset + len(payload)
        kept.length = max(kept.length, end)
        kept.count += len(payload)
        self.bytes += len(payload)
        memoryview(kept.buffer)[offset:end] = payload

    def forget(self, file: int, leaf: int) -> None:
        """What has come of a leaf is not needed: it came another way."""
        if (kept := self._coming.pop((file, leaf), None)) is not None:
            self.bytes -= kept.count

    def take(self, file: int, leaf: int) -> memoryview:
        """The bytes of a leaf that has come; give them back with `reuse`."""
        kept = self._coming.pop((file, leaf))
        return memoryview(kept.buffer)[: kept.length]

    def reuse(self, data: memoryview) -> None:
        """Nobody looks at these bytes any more."""
        self.bytes -= len(data)
        buffer = data.obj
        data.release()
        if isinstance(buffer, mmap.mmap) and len(self._spare) < MAX_SPARE:
            self._spare.append(buffer)

    def drop(self) -> None:
        """What has come in part will not be continued."""
        self.bytes -= sum(leaf.count for leaf in self._coming.values())
        self._coming.clear()

    def _whole(self) -> mmap.mmap:
        """A buffer for a whole leaf. It begins with a page of memory, so that it can go past the page cache."""
        if self._spare:
            return self._spare.pop()
        try:
            return mmap.mmap(-1, LEAF_BYTES)
        except OSError as error:
            raise MemoryError from error


class _Leaf:
    __slots__ = ("buffer", "count", "length")

    def __init__(self, buffer: bytearray | mmap.mmap) -> None:
        self.buffer = buffer
        self.count = self.length = 0
