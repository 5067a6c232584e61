"""Which leaves of one file are missing, wanted, being proven and held, and the proofs of those held.

    MISSING ──take──► WANTED ──prove──► PROVING ──hold──► HELD
       ▲ │               │  ▲              │                ▲
       │ │               │  └────again─────┘                │      (or miss, when there is no lane to ask on)
       ├─┼─────lose──────┘                                  │
       │ └────keep────► KEPT ─────────────hold──────────────┘      (held from an earlier run, and not proven in this)
       └──────miss───────┘

A file of unknown size (standard input) grows by a leaf whenever one is wanted, until `close` says where it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from peer.wire.frames import LEAF_BYTES, ROOT_LABEL
from signaling.protocol.errors import Malformed

HASH_BYTES = 32
STREAM_LEAVES = 16
"""How far ahead of its first leaf not held a file of unknown size is wanted: the sender cannot read it twice and
keeps just as many leaves in memory."""

MISSING, WANTED, PROVING, HELD, KEPT = range(5)


def leaf_count(size: int) -> int:
    """Leaves of a file of `size` bytes."""
    return -(-size // LEAF_BYTES)


def leaf_cost(size: int, leaf: int) -> int:
    """What a leaf counts against credit: its length, or a whole leaf where the size is not known."""
    return LEAF_BYTES if size < 0 else min(LEAF_BYTES, size - leaf * LEAF_BYTES)


def file_root(size: int, leaves: bytes | bytearray) -> bytes:
    """The root of a file: SHA-256 over label, size (u64, big-endian) and leaf hashes (docs/protocol.md, section 6)."""
    return sha256(b"".join((ROOT_LABEL, size.to_bytes(8, "big"), leaves))).digest()


class Ledger:
    """The leaves of one file.

    Args:
        size: bytes of the file, -1 when it is not known before its end.
        ordered: want no leaf that is STREAM_LEAVES or more behind the first one not held; always so when the size is
            not known.
    """

    __slots__ = ("_cursor", "_floor", "_hashes", "_held", "_ordered", "_states", "count", "held_bytes", "size")

    def __init__(self, size: int, *, ordered: bool = False) -> None:
        self.size = size
        self.count = leaf_count(max(size, 0))
        """Leaves known of so far; all of them once the size is known."""
        self.held_bytes = 0
        """Of leaves held and kept."""
        self._ordered = ordered or size < 0
        self._held = 0
        self._cursor = 0
        self._floor = 0
        self._states = bytearray()  # grows with what is touched: a manifest may claim any size
        self._hashes = bytearray()

    @property
    def whole(self) -> bool:
        """Whether every leaf is held and the size is known."""
        return self.size >= 0 and self._held == self.count

    @property
    def complete(self) -> bool:
        """Whether every leaf has come, though some may still be in the proving, and the size is known."""
        return self.size >= 0 and self._states.count(HELD) + self._states.count(PROVING) == self.count

    @property
    def leaves(self) -> bytes:
        """The hashes of all leaves, in order, 32 bytes each."""
        return bytes(self._hashes)

    def state(self, leaf: int) -> int:
        """MISSING, WANTED, PROVING or HELD."""
        return self._states[leaf] if leaf < len(self._states) else MISSING

    def proof(self, leaf: int) -> bytes:
        """SHA-256 of a leaf that is held."""
        return bytes(self._hashes[leaf * HASH_BYTES : (leaf + 1) * HASH_BYTES])

    def length(self, leaf: int) -> int:
        """Bytes that a leaf has; the most that it may have while the size is not known."""
        return leaf_cost(self.size, leaf)

    def take(self, most_bytes: int, most_leaves: int) -> tuple[int, int] | None:
        """Marks the next run of missing leaves that fits as wanted: (first, count), None when there is none."""
        if self.size < 0:
            self.count = max(self.count, self._floor + STREAM_LEAVES)
        while self.state(self._cursor) != MISSING:
            self._cursor += 1
        first = end = self._cursor
        bound = min(self.count, self._floor + STREAM_LEAVES) if self._ordered else self.count
        while end < bound and end - first < most_leaves and self.state(end) == MISSING:
            if (most_bytes := most_bytes - self.length(end)) < 0:
                break
            self._mark(end, WANTED)
            end += 1
        self._cursor = end
        return (first, end - first) if end > first else None

    def keep(self, first: int, count: int) -> None:
        """These leaves are held from an earlier run; those that are held and proven stay so."""
        for leaf in range(first, first + count):
            if self.state(leaf) == MISSING:
                self.held_bytes += self.length(leaf)
                self._mark(leaf, KEPT)

    def kept(self) -> Iterator[tuple[int, int]]:
        """Runs of leaves that are kept, (first, count) each."""
        end = 0
        while (first := self._states.find(KEPT, end)) >= 0:
            end = next((at for at in range(first, len(self._states)) if self._states[at] != KEPT), len(self._states))
            yield first, end - first

    def prove(self, leaf: int) -> None:
        """The leaf has come and is being hashed."""
        self._mark(leaf, PROVING)

    def again(self, leaf: int) -> None:
        """The leaf came broken and is asked for once more."""
        self._mark(leaf, WANTED)

    def miss(self, leaf: int) -> None:
        """The leaf came broken and cannot be asked for now, or was kept and is broken."""
        if self.state(leaf) == KEPT:
            self.held_bytes -= self.length(leaf)
        self._mark(leaf, MISSING)
        self._cursor = min(self._cursor, leaf)

    def hold(self, leaf: int, length: int, proof: bytes) -> None:
        """The leaf is proven (receiver), or was sent with this proof (sender)."""
        if (before := self.state(leaf)) != HELD:
            self._held += 1
            self.held_bytes += 0 if before == KEPT else length
        self._mark(leaf, HELD)
        self.count = max(self.count, leaf + 1)
        self._hashes[leaf * HASH_BYTES : (leaf + 1) * HASH_BYTES] = proof
        while self.state(self._floor) == HELD:
            self._floor += 1

    def lose(self) -> list[int]:
        """Wanted leaves will not come any more; returns which are missing again."""
        lost = self._wanted(self._floor)
        self._states = self._states.replace(bytes([WANTED]), bytes([MISSING]))
        self._cursor = self._floor
        return lost

    def close(self, size: int) -> list[int]:
        """A file of unknown size ended; returns the wanted leaves that lie beyond its end.

        Raises:
            Malformed: it does not end where the leaves do that were wanted and have come.
        """
        count = leaf_count(size)
        if count > self.count or self._states[count:].strip(bytes([MISSING, WANTED])):
            raise Malformed(f"a file of {size} bytes does not end where its leaves do")
        beyond = self._wanted(count)
        del self._states[count:], self._hashes[count * HASH_BYTES :]
        self.size, self.count = size, count
        return beyond

    def _wanted(self, start: int) -> list[int]:
        return [leaf for leaf in range(start, len(self._states)) if self._states[leaf] == WANTED]

    def _mark(self, leaf: int, state: int) -> None:
        more = leaf + 1 - len(self._states)
        if more > 0:
            self._states.extend(bytes(more))
            self._hashes.extend(bytes(more * HASH_BYTES))
        self._states[leaf] = state
