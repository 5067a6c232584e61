"""What a receiver may have asked for and not yet proven on disk: it keeps the stream going, and bounds its memory."""

from __future__ import annotations

from collections.abc import Sequence

from peer.core.ledger import Ledger, leaf_cost
from peer.wire.frames import MAX_WANTED_BYTES, MAX_WANTED_LEAVES, Entry, Range

REFILL_BYTES = MAX_WANTED_BYTES * 3 // 4
REFILL_LEAVES = MAX_WANTED_LEAVES * 3 // 4
"""More is wanted once no more than this is outstanding, so that one WANT asks for many leaves."""


class Credit:
    """The credit of one transfer, in bytes and in leaves."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._bytes, self._leaves = MAX_WANTED_BYTES, MAX_WANTED_LEAVES

    @property
    def refills(self) -> bool:
        """Whether so much has come that more should be wanted."""
        return MAX_WANTED_BYTES - self._bytes <= REFILL_BYTES and MAX_WANTED_LEAVES - self._leaves <= REFILL_LEAVES

    def spend(self, file: int, ledger: Ledger, ranges: list[Range]) -> bool:
        """Adds what can be wanted of a file to `ranges`; False when that is nothing."""
        before = len(ranges)
        while run := ledger.take(self._bytes, self._leaves):
            first, count = run
            self._bytes -= sum(self._cost(file, leaf) for leaf in range(first, first + count))
            self._leaves -= count
            ranges.append(Range(file, first, count))
        return len(ranges) > before

    def release(self, file: int, leaf: int) -> None:
        """A leaf has been proven, or will not come."""
        self._bytes += self._cost(file, leaf)
        self._leaves += 1

    def _cost(self, file: int, leaf: int) -> int:
        return leaf_cost(self._entries[file].size, leaf)
