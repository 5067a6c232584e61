"""The receiver's half of a transfer: wants leaves within its credit, has each proven, finishes file by file.

    CUT ──LaneOpened──► TAKING ──last FileFinished──► CLOSING ──TreeFinished──► DONE
     ▲                     │                                          Stopped, CancelArrived … ──► FAILED
     └──────LaneLost───────┘

The machine is made once a person has accepted. Bytes never pass through it. What a shell does with the effects:

    KeepData      keep the payload of this DATA frame; those of one leaf come in any order. Without it: drop the payload
    ProveLeaf     hash what was kept of the leaf; if it matches, write it and feed LeafProven, else feed LeafBroken
    CheckLeaf     read back a leaf that is held from an earlier run and hash it; feed the same two events
    TakeFiles     hash these files of the FILES frame; write and place those that match and feed FilesTaken, feed
                  FilesBroken for the others
    Have          send HAVE frames on the lane
    MakeFiles     make these empty files and feed FilesTaken
    FinishFile    check the root over `size` and `leaves`; then put the file in its place and feed FileFinished, else
                  feed RootDiffers
    FinishTree    make empty folders and links, set folders' times, remove partial data; then feed TreeFinished
    Want          send a WANT frame on the lane
    Say           say it on `control`
    Complete      everything is there
    Fail          it is over; what is half-way is not finished any more

Jobs for ProveLeaf and FinishFile go on while the lane is lost; their events are fed as they come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from enum import Enum, auto
from typing import assert_never

from peer.core.credit import Credit
from peer.core.ledger import KEPT, WANTED, Ledger
from peer.core.moves import (
    CancelArrived,
    CheckLeaf,
    Complete,
    DataArrived,
    DoneArrived,
    Fail,
    FileFinished,
    FilesArrived,
    FilesBroken,
    FilesTaken,
    FinishFile,
    FinishTree,
    Have,
    KeepData,
    LaneLost,
    LaneOpened,
    LeafArrived,
    LeafBroken,
    LeafProven,
    MakeFiles,
    ProveLeaf,
    ReceivingEffect,
    ReceivingEvent,
    RootDiffers,
    Say,
    Stopped,
    TakeFiles,
    TreeFinished,
    Want,
)
from peer.wire.control import AcceptFiles, CancelFiles, FinishedFiles, Reason
from peer.wire.frames import MAX_WANTED_LEAVES, Entry, Range, Small
from signaling.protocol.errors import Malformed

MAX_TRIES = 3
"""A leaf that came broken this often ends the transfer."""
MAX_FINISHING = 64
"""Files being finished at once; no further file is begun meanwhile."""
MAX_TAKE = 1000
"""A longer choice does not fit a control message: the sender is not told of it, it only sees what is wanted."""


class State(Enum):
    """Where the receiver stands."""

    CUT = auto()
    TAKING = auto()
    CLOSING = auto()
    DONE = auto()
    FAILED = auto()


class Receiving:
    """One accepted transfer, across any number of lanes.

    Args:
        transfer: its id.
        entries: the manifest, checked.
        take: the entries to take, all when None.
        limit: the most bytes to take, -1 for any number; a file of unknown size is stopped there.
        held: leaves that an earlier run has written; their proofs are asked for beside the stream.
        placed: files that an earlier run has finished.
        ordered: leaves are written one after another, as to a pipe.
    """

    def __init__(
        self,
        transfer: str,
        entries: Sequence[Entry],
        take: Sequence[int] | None = None,
        limit: int = -1,
        held: Sequence[Range] = (),
        placed: Collection[int] = (),
        *,
        ordered: bool = False,
    ) -> None:
        self.state = State.CUT
        self.bytes = sum(entries[file].size for file in placed)
        """Bytes written and proven so far, those of an earlier run among them."""
        self._transfer = transfer
        self._entries = entries
        self._take = None if take is None or len(take) > MAX_TAKE else list(take)
        self._limit = limit
        self._ordered = ordered
        self._placed = sorted(placed)
        self._ledgers: dict[int, Ledger] = {}
        """Files begun and not yet being finished, in the order in which they were begun."""
        for file, first, count in held:
            ledger = self._ledgers.setdefault(file, self._ledger(file))
            ledger.keep(first, min(count, ledger.count - first))
        self.bytes += sum(ledger.held_bytes for ledger in self._ledgers.values())
        begun = {*self._ledgers, *self._placed}
        wanted = range(len(entries)) if take is None else take
        self._waiting = deque(file for file in wanted if entries[file].kind == "file" and file not in begun)
        self._roots: dict[int, bytes] = {}
        self._arrived: dict[tuple[int, int], int] = {}
        self._proving: dict[tuple[int, int], tuple[int, bytes]] = {}
        """Length and proof of leaves that are being hashed, or whose proof came before their last bytes."""
        self._checking: dict[tuple[int, int], tuple[int, bytes]] = {}
        """Proofs that have come of leaves held from an earlier run."""
        self._taking: dict[int, Small] = {}
        self._tries: dict[tuple[int, int], int] = {}
        self._finishing: set[int] = set()
        self._making: set[int] = set()
        """Empty files that are being made."""
        self._credit = Credit(entries)

    def step(self, event: ReceivingEvent) -> list[ReceivingEffect]:
        """What to do about an event. Needs no clock.

        Raises:
            Malformed: the sender sends what cannot be; feed Stopped("error").
        """
        if self.state in (State.DONE, State.FAILED):
            # A sender that offers again what is done has not heard so.
            again = self.state is State.DONE and isinstance(event, LaneOpened)
            return [Say(FinishedFiles(transfer=self._transfer))] if again else []
        match event:
            case LaneOpened():
                return self._open()
            case LaneLost():
                return self._lose()
            case DataArrived(file, leaf, offset, length):
                return self._data(file, leaf, offset, length)
            case LeafArrived(file, leaf, length, sha256):
                return self._leaf(file, leaf, length, sha256)
            case DoneArrived(file, size, root):
                return self._done(file, size, root)
            case FilesArrived(files):
                return self._files(files)
            case FilesTaken(files):
                return self._taken(files)
            case FilesBroken(files):
                return [effect for file in files for effect in self._broken(file, 0)]
            case LeafProven(file, leaf):
                return self._proven(file, leaf)
            case LeafBroken(file, leaf):
                return self._broken(file, leaf)
            case FileFinished(file):
                self._finishing.discard(file)
                return self._refill()
            case RootDiffers(file):
                return self._stop("integrity", f"“{self._entries[file].path}” is not what its sender says it is.")
            case TreeFinished():
                self.state = State.DONE
                return [Say(FinishedFiles(transfer=self._transfer)), Complete()]
            case CancelArrived(reason, message):
                self.state = State.FAILED
                return [Fail(reason, message, "them")]
            case Stopped(reason, message):
                return self._stop(reason, message)
            case _:
                assert_never(event)

    # The lane

    def _open(self) -> list[ReceivingEffect]:
        if self.state is State.CUT:
            self.state = State.TAKING
        ends = [
            Range(file, ledger.count, 0)
            for file, ledger in self._ledgers.items()
            if ledger.complete and file not in self._roots and file not in self._taking
        ]
        have = [Range(file, 0, 0) for file in self._placed]
        have += [Range(file, *run) for file, ledger in self._ledgers.items() for run in ledger.kept()]
        accept = Say(AcceptFiles(transfer=self._transfer, take=self._take))
        said: list[ReceivingEffect] = [Have(tuple(have))] if have else []
        return [accept, *said, *([Want(tuple(ends))] if ends else []), *self._refill()]

    def _lose(self) -> list[ReceivingEffect]:
        if self.state is State.TAKING:
            self.state = State.CUT
        self._arrived.clear()
        for file, ledger in self._ledgers.items():
            for leaf in ledger.lose():
                self._proving.pop((file, leaf), None)
                self._credit.release(file, leaf)
        return []

    def _refill(self) -> list[ReceivingEffect]:
        """Wants what fits the credit: of files begun first, then of further ones."""
        if self.state not in (State.TAKING, State.CUT):
            return []
        finish: list[ReceivingEffect] = []
        ranges: list[Range] = []
        if self.state is State.TAKING and self._credit.refills:
            for file, ledger in self._ledgers.items():
                self._credit.spend(file, ledger, ranges)
            empty: list[int] = []
            while self._waiting and len(self._finishing) < MAX_FINISHING and len(self._making) < MAX_WANTED_LEAVES:
                file = self._waiting[0]
                ledger = self._ledger(file)
                if ledger.whole:
                    empty.append(file)
                    self._making.add(file)
                elif self._credit.spend(file, ledger, ranges):
                    self._ledgers[file] = ledger
                else:
                    break
                self._waiting.popleft()
            if empty:
                finish.append(MakeFiles(tuple(empty)))
        if not self._waiting and not self._ledgers and not self._finishing and not self._making:
            self.state = State.CLOSING
            finish.append(FinishTree())
        return [Want(tuple(ranges)), *finish] if ranges else finish

    # Frames: what was not asked for, or is held already, is dropped; what cannot be is Malformed

    def _data(self, file: int, leaf: int, offset: int, length: int) -> list[ReceivingEffect]:
        ledger = self._asked(file, leaf)
        if ledger is None:
            return []
        arrived = self._arrived.get((file, leaf), 0) + length
        if not length or offset + length > ledger.length(leaf) or arrived > ledger.length(leaf):
            raise Malformed(f"sends bytes {offset} to {offset + length} of a leaf, {arrived} in all")
        self._arrived[file, leaf] = arrived
        return [KeepData(file, leaf, offset), *self._prove(file, leaf, ledger)]

    def _leaf(self, file: int, leaf: int, length: int, sha256: bytes) -> list[ReceivingEffect]:
        ledger = self._asked(file, leaf)
        if ledger is None:
            return self._leaf_kept(file, leaf, length, sha256)
        if not length or length > ledger.length(leaf) or (ledger.size >= 0 and length != ledger.length(leaf)):
            raise Malformed(f"says that a leaf has {length} bytes, which it has not")
        self._proving[file, leaf] = (length, sha256)
        return self._prove(file, leaf, ledger)

    def _prove(self, file: int, leaf: int, ledger: Ledger) -> list[ReceivingEffect]:
        """Once all of a leaf has come, over whatever lanes, and its proof."""
        length, sha256 = self._proving.get((file, leaf), (-1, b""))
        if length < 0 or self._arrived.get((file, leaf), 0) < length:
            return []
        if self._arrived.pop((file, leaf)) > length:
            raise Malformed(f"says that a leaf has {length} bytes, which it has not")
        ledger.prove(leaf)
        return [ProveLeaf(file, leaf, sha256)]

    def _leaf_kept(self, file: int, leaf: int, length: int, sha256: bytes) -> list[ReceivingEffect]:
        """The proof of a leaf that is held from an earlier run."""
        ledger = self._ledgers.get(file)
        if ledger is None or ledger.state(leaf) != KEPT or (file, leaf) in self._checking:
            return []
        if length != ledger.length(leaf):
            raise Malformed(f"says that a leaf has {length} bytes, which it has not")
        self._checking[file, leaf] = (length, sha256)
        return [CheckLeaf(file, leaf, sha256)]

    def _files(self, files: tuple[Small, ...]) -> list[ReceivingEffect]:
        taking: list[Small] = []
        for small in files:
            file = small.file
            if (ledger := self._asked(file, 0)) is None:
                continue
            if small.length != ledger.size:
                raise Malformed(f"says that a file of {ledger.size} bytes has {small.length}")
            self._arrived.pop((file, 0), None)
            ledger.prove(0)
            self._taking[file] = small
            self._proving[file, 0] = (small.length, small.sha256)
            taking.append(small)
        return [TakeFiles(tuple(taking))] if taking else []

    def _done(self, file: int, size: int, root: bytes) -> list[ReceivingEffect]:
        self._entry(file)
        ledger = self._ledgers.get(file)
        if ledger is None:
            return []
        if ledger.size < 0:
            for leaf in ledger.close(size):
                self._proving.pop((file, leaf), None)
                self._credit.release(file, leaf)
        elif ledger.size != size:
            raise Malformed(f"says that a file of {ledger.size} bytes has {size}")
        self._roots[file] = root
        return [*self._finish_whole(file, ledger), *self._refill()]

    def _asked(self, file: int, leaf: int) -> Ledger | None:
        """The ledger of a leaf that is wanted, None when it is not."""
        self._entry(file)
        ledger = self._ledgers.get(file)
        return ledger if ledger is not None and ledger.state(leaf) == WANTED else None

    def _entry(self, file: int) -> None:
        if file >= len(self._entries) or self._entries[file].kind != "file":
            raise Malformed(f"sends entry {file}, which is not a file")

    # The disk

    def _taken(self, files: tuple[int, ...]) -> list[ReceivingEffect]:
        for file in files:
            if file in self._making:
                self._making.discard(file)
                continue
            del self._ledgers[file], self._proving[file, 0], self._taking[file]
            self._roots.pop(file, None)
            self._tries.pop((file, 0), None)
            self._credit.release(file, 0)
            self.bytes += self._entries[file].size
        return self._refill()

    def _proven(self, file: int, leaf: int) -> list[ReceivingEffect]:
        ledger = self._ledgers[file]
        if (file, leaf) in self._checking:
            ledger.hold(leaf, *self._checking.pop((file, leaf)))
            return [*self._finish_whole(file, ledger), *self._refill()]
        length, sha256 = self._proving.pop((file, leaf))
        ledger.hold(leaf, length, sha256)
        self._credit.release(file, leaf)
        self._tries.pop((file, leaf), None)
        self.bytes += length
        if 0 <= self._limit < self.bytes:
            return self._stop("too_big", f"More came than the {self._limit} bytes that are taken here.")
        return [*self._finish_whole(file, ledger), *self._refill()]

    def _broken(self, file: int, leaf: int) -> list[ReceivingEffect]:
        if (file, leaf) in self._checking:  # the disk's fault, not the sender's
            self.bytes -= self._checking.pop((file, leaf))[0]
            self._ledgers[file].miss(leaf)
            return self._refill()
        del self._proving[file, leaf]
        self._taking.pop(file, None)
        tries = self._tries[file, leaf] = self._tries.get((file, leaf), 0) + 1
        if tries == MAX_TRIES:
            path = self._entries[file].path
            return self._stop("integrity", f"A part of “{path}” came broken {MAX_TRIES} times.")
        if self.state is State.TAKING:
            self._ledgers[file].again(leaf)
            return [Want((Range(file, leaf, 1),))]
        self._ledgers[file].miss(leaf)
        self._credit.release(file, leaf)
        return []

    def _finish_whole(self, file: int, ledger: Ledger) -> list[ReceivingEffect]:
        if not ledger.whole or file not in self._roots:
            return []
        if ledger.held_bytes != ledger.size:
            raise Malformed(f"says that a stream of {ledger.held_bytes} bytes has {ledger.size}")
        del self._ledgers[file]
        return [self._finish(file, ledger.size, self._roots.pop(file), ledger.leaves)]

    def _ledger(self, file: int) -> Ledger:
        return Ledger(self._entries[file].size, ordered=self._ordered)

    def _finish(self, file: int, size: int, root: bytes, leaves: bytes) -> FinishFile:
        self._finishing.add(file)
        return FinishFile(file, size, root, leaves)

    def _stop(self, reason: Reason, message: str) -> list[ReceivingEffect]:
        self.state = State.FAILED
        told = CancelFiles(transfer=self._transfer, reason=reason, message=message[:300])
        return [Say(told), Fail(reason, message, "us")]
