"""The sender's half of a transfer: says what there is, reads what is wanted, ends when the receiver has finished.

    CUT ──LaneOpened──► OFFERED ──Accepted / Wanted──► SENDING ──FinishedArrived──► DONE
     ▲                     │                              │
     └──────LaneLost───────┴──────────────────────────────┘          Stopped, CancelArrived … ──► FAILED

Bytes never pass through here. What a shell does with the effects:

    OpenLane      say nothing more on the old lane; open the next one of this transfer, then feed LaneOpened
    SendManifest  send the manifest's pages on the lane
    ReadLeaf      read and hash a leaf, send its DATA frames and its LEAF frame, in the order of these effects; then
                  feed LeafSent (or StreamEnded, when a file of unknown size ended before the leaf)
    ReadFiles     read and hash whole small files, send them in one FILES frame; then feed FilesSent
    HashLeaf      read and hash a leaf that the receiver holds, beside all that, and send its LEAF frame; then feed
                  LeafHashed
    SendDone      send a DONE frame with the file's root, after the leaves asked for before
    Say           say it on `control`
    Complete      the receiver has everything, proven and in its place
    Fail          it is over; nothing of this transfer is sent any more

Between LaneLost and LaneOpened a shell feeds no LeafSent, FilesSent or LeafHashed: what was being read for the old
lane is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum, auto
from typing import assert_never

from peer.core.ledger import HELD, STREAM_LEAVES, Ledger, leaf_cost, leaf_count
from peer.core.moves import (
    Accepted,
    Begun,
    CancelArrived,
    Complete,
    Fail,
    FilesSent,
    FinishedArrived,
    Had,
    HashLeaf,
    Held,
    LaneLost,
    LaneOpened,
    LeafHashed,
    LeafSent,
    OpenLane,
    ReadFiles,
    ReadLeaf,
    Released,
    Say,
    SendDone,
    SendingEffect,
    SendingEvent,
    SendManifest,
    Stopped,
    StreamEnded,
    Wanted,
)
from peer.wire.control import CancelFiles, OfferFiles, Reason
from peer.wire.frames import (
    HEADER_BYTES,
    LEAF_BYTES,
    MAX_WANTED_BYTES,
    MAX_WANTED_LEAVES,
    PACK_BYTES,
    SMALL_BYTES,
    SMALL_HEADER_BYTES,
    Entry,
    Range,
    Small,
)
from signaling.protocol.errors import Malformed

READ_AHEAD_BYTES = 3 * LEAF_BYTES
"""Read ahead of the lanes, and a leaf more for each lane."""
READ_AHEAD_JOBS = 16
HASH_AHEAD = 2
"""Leaves that the receiver holds, being hashed at once."""


class State(Enum):
    """Where the sender stands."""

    CUT = auto()
    OFFERED = auto()
    SENDING = auto()
    DONE = auto()
    FAILED = auto()


class Sending:
    """One transfer, from offer to finish, across any number of lanes.

    Args:
        offer: what is said on `control`.
        entries: the manifest.
    """

    def __init__(self, offer: OfferFiles, entries: Sequence[Entry]) -> None:
        self.state = State.CUT
        self.offer = offer
        self.bytes = 0
        """Distinct bytes handed to a lane so far, or held by the receiver from an earlier run."""
        self.width = 1
        """Lanes that leaves are sent on; the shell says how many."""
        self.total = -1 if offer.open_ended else offer.bytes
        """Bytes that the receiver takes, -1 while that is not known."""
        self._known = offer.bytes
        self._entries = entries
        self._ledgers: dict[int, Ledger] = {}
        self._queue: deque[tuple[int, int]] = deque()
        self._owed: dict[int, int] = {}
        self._said: set[int] = set()
        self._reading_jobs = self._reading_bytes = 0
        self._owed_leaves = self._owed_bytes = 0
        self._given: set[int] = set()
        """Files that went whole in FILES, or were in their place before; they need no ledger."""
        self._proofs: deque[tuple[int, int, int]] = deque()
        """Leaves to be hashed for a receiver that holds them: file, first and the one after the last."""
        self._hashing = 0
        self._had_leaves = 0
        self._leaves = sum(leaf_count(max(entry.size, 0)) for entry in entries)
        self._holds: set[str] = set()

    def step(self, event: SendingEvent) -> list[SendingEffect]:
        """What to do about an event. Needs no clock.

        Raises:
            Malformed: the receiver asks for what is not there, or for more than its credit; feed Stopped("error").
        """
        if self.state in (State.DONE, State.FAILED):
            return []
        match event:
            case Begun():
                return [Say(self.offer), OpenLane()]
            case LaneOpened():
                self.state = State.OFFERED
                return [SendManifest()]
            case LaneLost():
                self._forget_lane()
                return [Say(self.offer), OpenLane()]
            case Accepted(take):
                self._accept(take)
                return []
            case Wanted(ranges):
                self.state = State.SENDING
                return [*self._want(ranges), *self._pump()]
            case Had(ranges):
                self.state = State.SENDING
                return self._had(ranges)
            case LeafSent(file, leaf, length, sha256):
                self._answered(file, leaf)
                return [*self._learn(file, leaf, length, sha256), *self._pump()]
            case LeafHashed(file, leaf, length, sha256):
                self._hashing -= 1
                return [*self._learn(file, leaf, length, sha256), *self._hash()]
            case FilesSent(files):
                return self._files_sent(files)
            case StreamEnded(file, leaf, size):
                return self._ended(file, leaf, size)
            case Held(by):
                self._holds.add(by)
                return []
            case Released(by):
                self._holds.discard(by)
                return self._pump()
            case FinishedArrived():
                self.state = State.DONE
                return [Complete()]
            case CancelArrived(reason, message):
                self.state = State.FAILED
                return [Fail(reason, message, "them")]
            case Stopped(reason, message):
                return self._stop(reason, message)
            case _:
                assert_never(event)

    def _accept(self, take: tuple[int, ...] | None) -> None:
        if take is None:
            return
        if any(file >= len(self._entries) for file in take):
            raise Malformed("accepts an entry that is not in the manifest")
        sizes = [self._entries[file].size for file in take]
        self._known = sum(size for size in sizes if size >= 0)
        self.total = -1 if -1 in sizes else self._known

    def _want(self, ranges: tuple[Range, ...]) -> list[SendingEffect]:
        effects: list[SendingEffect] = []
        for file, first, count in ranges:
            if file >= len(self._entries) or self._entries[file].kind != "file":
                raise Malformed(f"wants entry {file}, which is not a file")
            ledger = self._ledger(file)
            end = self._end(file, ledger, first, count)
            for leaf in range(first, end):
                self._queue.append((file, leaf))
                self._owe(file, leaf, 1)
            if end <= first:
                if not ledger.whole and ledger.size >= 0:
                    raise Malformed(f"wants the end of entry {file} before its leaves")
                effects += self._done(file, ledger)
        if self._owed_bytes > MAX_WANTED_BYTES or self._owed_leaves > MAX_WANTED_LEAVES:
            raise Malformed("wants more than its credit")
        return effects

    def _end(self, file: int, ledger: Ledger, first: int, count: int) -> int:
        """Where a wanted range ends; leaves beyond the end of a stream are not owed."""
        if count > MAX_WANTED_LEAVES:
            raise Malformed("wants more than its credit")
        if self._entries[file].size >= 0:
            if first + count > leaf_count(ledger.size):
                raise Malformed(f"wants leaves that entry {file} does not have")
            return first + count
        if count and first + STREAM_LEAVES < ledger.count:
            raise Malformed("wants a part of a stream that is gone")
        if ledger.size < 0 and first + count > ledger.count + 2 * STREAM_LEAVES:
            raise Malformed("wants a part of a stream that is far from being read")
        return first + count if ledger.size < 0 else min(first + count, ledger.count)

    def _had(self, ranges: tuple[Range, ...]) -> list[SendingEffect]:
        for file, first, count in ranges:
            if file >= len(self._entries) or self._entries[file].kind != "file" or self._entries[file].size < 0:
                raise Malformed(f"holds entry {file}, which is no file of a known size")
            if not count:
                if file in self._ledgers:
                    raise Malformed(f"holds entry {file} both whole and in parts")
                self._give(file)
                continue
            self._had_leaves += count
            ledger = self._ledger(file)
            if first + count > ledger.count or self._had_leaves > self._leaves:
                raise Malformed(f"holds leaves that entry {file} does not have")
            before = ledger.held_bytes
            ledger.keep(first, count)
            self.bytes += ledger.held_bytes - before
            self._proofs.append((file, first, first + count))
        return self._hash()

    def _hash(self) -> list[SendingEffect]:
        """Hashes what the receiver holds a little at a time: new bytes go first."""
        effects: list[SendingEffect] = []
        while self._proofs and self._hashing < HASH_AHEAD:
            file, leaf, end = self._proofs.popleft()
            if leaf + 1 < end:
                self._proofs.appendleft((file, leaf + 1, end))
            self._hashing += 1
            effects.append(HashLeaf(file, leaf, self._ledger(file).length(leaf)))
        return effects

    def _pump(self) -> list[SendingEffect]:
        """Reads ahead of the lanes, but not far: what is read is in memory."""
        effects: list[SendingEffect] = []
        while (
            self._queue
            and not self._holds
            and self._reading_bytes < READ_AHEAD_BYTES + self.width * LEAF_BYTES
            and self._reading_jobs < READ_AHEAD_JOBS + self.width
        ):
            self._reading_jobs += 1
            pack = self._pack()
            if len(pack) > 1:
                effects.append(ReadFiles(pack))
            else:
                file, leaf = self._queue.popleft()
                self._reading_bytes += self._cost(file, leaf)
                effects.append(ReadLeaf(file, leaf, self._ledger(file).length(leaf)))
        return effects

    def _pack(self) -> tuple[int, ...]:
        """Small files at the head of the queue that fit one frame; taken from there if they are several."""
        room, pack = PACK_BYTES - HEADER_BYTES, list[int]()
        for file, leaf in self._queue:
            room -= SMALL_HEADER_BYTES + self._cost(file, leaf)
            if leaf or not 0 < self._entries[file].size <= SMALL_BYTES or room < 0:
                break
            pack.append(file)
        if len(pack) > 1:
            for file in pack:
                self._queue.popleft()
                self._reading_bytes += self._entries[file].size
        return tuple(pack)

    def _files_sent(self, files: tuple[Small, ...]) -> list[SendingEffect]:
        self._reading_jobs -= 1
        for file, length, _ in files:
            self._reading_bytes -= length
            self._owe(file, 0, -1)
            self._give(file)
        return self._pump()

    def _give(self, file: int) -> None:
        """The receiver has a file whole, or will."""
        ledger = self._ledgers.pop(file, None)
        if file not in self._given:
            self._given.add(file)
            self.bytes += self._entries[file].size - (ledger.held_bytes if ledger else 0)

    def _learn(self, file: int, leaf: int, length: int, sha256: bytes) -> list[SendingEffect]:
        """A leaf has been hashed."""
        ledger = self._ledger(file)
        if ledger.state(leaf) == HELD and ledger.proof(leaf) != sha256:
            return self._stop("source_changed", f"“{self._entries[file].path}” changed while it was sent.")
        before = ledger.held_bytes
        ledger.hold(leaf, length, sha256)
        self.bytes += 0 if file in self._given else ledger.held_bytes - before
        return self._done(file, ledger)

    def _ended(self, file: int, leaf: int, size: int) -> list[SendingEffect]:
        ledger = self._ledgers[file]
        self._answered(file, leaf)
        if ledger.size < 0:
            for _, beyond in filter(lambda item: item[0] == file, self._queue):
                self._owe(file, beyond, -1)
            self._queue = deque(item for item in self._queue if item[0] != file)
            ledger.close(size)
            self.total = self._known + size
        return [*self._done(file, ledger), *self._pump()]

    def _answered(self, file: int, leaf: int) -> None:
        self._reading_jobs -= 1
        self._reading_bytes -= self._cost(file, leaf)
        self._owe(file, leaf, -1)

    def _done(self, file: int, ledger: Ledger) -> list[SendingEffect]:
        """DONE follows the last leaf owed, once on a lane."""
        if not ledger.whole or self._owed.get(file) or file in self._said:
            return []
        self._said.add(file)
        return [SendDone(file, ledger.size, ledger.leaves)]

    def _stop(self, reason: Reason, message: str) -> list[SendingEffect]:
        self.state = State.FAILED
        told = CancelFiles(transfer=self.offer.transfer, reason=reason, message=message[:300])
        return [Say(told), Fail(reason, message, "us")]

    def _forget_lane(self) -> None:
        self.state = State.CUT
        self._queue.clear()
        self._owed.clear()
        self._said.clear()
        self._proofs.clear()
        self._hashing = self._had_leaves = 0
        self._reading_jobs = self._reading_bytes = 0
        self._owed_leaves = self._owed_bytes = 0

    def _ledger(self, file: int) -> Ledger:
        if file not in self._ledgers:
            self._ledgers[file] = Ledger(self._entries[file].size)
        return self._ledgers[file]

    def _cost(self, file: int, leaf: int) -> int:
        return leaf_cost(self._entries[file].size, leaf)

    def _owe(self, file: int, leaf: int, sign: int) -> None:
        self._owed[file] = self._owed.get(file, 0) + sign
        if not self._owed[file]:
            del self._owed[file]
        self._owed_leaves += sign
        self._owed_bytes += sign * self._cost(file, leaf)
