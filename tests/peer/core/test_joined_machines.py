"""Both halves of a transfer joined by a lane that breaks, repeats and spoils what it carries."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from peer.core import moves
from peer.core.ledger import file_root
from peer.core.receiving import Receiving
from peer.core.sending import Sending
from peer.wire.control import OfferFiles
from peer.wire.frames import LEAF_BYTES, MAX_WANTED_BYTES, MAX_WANTED_LEAVES, SMALL_BYTES, Entry, Range, Small

TRANSFER = "transferAAA"
STRANGE_SIZES = [
    0,
    1,
    7,
    SMALL_BYTES,
    SMALL_BYTES + 1,
    LEAF_BYTES - 1,
    LEAF_BYTES,
    LEAF_BYTES + 1,
    3 * LEAF_BYTES,
    40 * LEAF_BYTES + 3,
]


def proof(file: int, leaf: int) -> bytes:
    """What a leaf hashes to."""
    return sha256(f"{file}/{leaf}".encode()).digest()


class Trial:
    """Carries events between the machines; bytes are replaced by hashes of where they stand."""

    def __init__(self, entries: list[Entry], stream_size: int, random: Random, troubles: int) -> None:
        offer = OfferFiles(
            transfer=TRANSFER,
            title="",
            files=len(entries),
            bytes=sum(max(entry.size, 0) for entry in entries),
            open_ended=any(entry.size < 0 for entry in entries),
        )
        self.entries = entries
        self.stream_size = stream_size
        self.random = random
        self.troubles = troubles
        self.offer = offer
        self.sender, self.receiver = Sending(offer, entries), Receiving(TRANSFER, entries)
        self.to_sender: deque[Any] = deque()
        self.to_receiver: deque[Any] = deque()
        self.reading: deque[moves.ReadLeaf | moves.ReadFiles | moves.DoneArrived] = deque()
        self.hashing: deque[moves.HashLeaf] = deque()
        self.disk: deque[Any] = deque()
        self.written: set[tuple[int, int]] = set()
        self.finished: dict[int, int] = {}
        self.over = 0
        self.spoiled: set[tuple[int, int]] = set()

    def run(self) -> None:
        self.tell_sender(moves.Begun())
        for _ in range(200_000):
            if self.over == 2:
                return
            self.random.choice([self.carry, self.read, self.hash, self.work, self.trouble])()
        raise AssertionError("it never ends")

    def tell_sender(self, event: Any) -> None:
        for effect in self.sender.step(event):
            match effect:
                case moves.OpenLane():
                    self.disconnect_receiver()
                    self.to_receiver.append(moves.LaneOpened())
                    self.tell_sender(moves.LaneOpened())
                case moves.ReadLeaf() | moves.ReadFiles():
                    self.reading.append(effect)
                case moves.HashLeaf():
                    self.hashing.append(effect)
                case moves.SendDone(file, size, leaves):
                    self.reading.append(moves.DoneArrived(file, size, file_root(size, leaves)))
                case moves.Complete():
                    self.over += 1
                case moves.Fail():
                    raise AssertionError(effect)

    def tell_receiver(self, event: Any) -> None:
        for effect in self.receiver.step(event):
            match effect:
                case moves.Want(ranges):
                    self.to_sender.append(moves.Wanted(ranges))
                case moves.Have(ranges):
                    self.to_sender.append(moves.Had(ranges))
                case (
                    moves.ProveLeaf()
                    | moves.CheckLeaf()
                    | moves.TakeFiles()
                    | moves.MakeFiles()
                    | moves.FinishFile()
                    | moves.FinishTree()
                ):
                    self.disk.append(effect)
                case moves.Say(message):
                    if type(message).__name__ == "FinishedFiles":
                        self.tell_sender(moves.FinishedArrived())
                case moves.Complete():
                    self.over += 1
                case moves.Fail():
                    raise AssertionError(effect)

    def carry(self) -> None:
        if self.to_sender:
            self.tell_sender(self.to_sender.popleft())
        if self.to_receiver:
            event = self.to_receiver.popleft()
            self.tell_receiver(event)
            if isinstance(event, moves.LeafArrived) and self.lucky():  # a leaf that comes twice
                for frame in self.frames(event.file, event.leaf, event.length, event.sha256):
                    self.tell_receiver(frame)

    def read(self) -> None:
        """The sender's disk and lane: leaves go out in the order in which they were asked for."""
        if not self.reading:
            return
        effect = self.reading.popleft()
        if isinstance(effect, moves.DoneArrived):
            self.to_receiver.append(effect)
            return
        if isinstance(effect, moves.ReadFiles):
            files = tuple(Small(file, self.entries[file].size, proof(file, 0)) for file in effect.files)
            self.to_receiver.append(moves.FilesArrived(files))
            self.tell_sender(moves.FilesSent(files))
            return
        size = self.entries[effect.file].size
        size = self.stream_size if size < 0 else size
        length = min(LEAF_BYTES, size - effect.leaf * LEAF_BYTES)
        if length <= 0:
            self.tell_sender(moves.StreamEnded(effect.file, effect.leaf, size))
            return
        said = proof(effect.file, effect.leaf)
        self.to_receiver.extend(self.frames(effect.file, effect.leaf, length, said))
        self.tell_sender(moves.LeafSent(effect.file, effect.leaf, length, said))

    def hash(self) -> None:
        """The sender hashes what the receiver holds, in its own time."""
        if self.hashing:
            file, leaf, length = astuple(self.hashing.popleft())
            self.to_receiver.append(moves.LeafArrived(file, leaf, length, proof(file, leaf)))
            self.tell_sender(moves.LeafHashed(file, leaf, length, proof(file, leaf)))

    def frames(self, file: int, leaf: int, length: int, proof: bytes) -> Iterator[Any]:
        step = -(-length // 3)
        for offset in range(0, length, step):
            yield moves.DataArrived(file, leaf, offset, min(step, length - offset))
        yield moves.LeafArrived(file, leaf, length, proof)

    def work(self) -> None:
        """The receiver's disk."""
        if not self.disk:
            return
        match self.disk.popleft():
            case moves.ProveLeaf(file, leaf, _) if (file, leaf) not in self.spoiled and self.lucky():
                self.spoiled.add((file, leaf))
                self.tell_receiver(moves.LeafBroken(file, leaf))
            case moves.ProveLeaf(file, leaf, _):
                self.written.add((file, leaf))
                self.tell_receiver(moves.LeafProven(file, leaf))
            case moves.CheckLeaf(file, leaf, _) if (file, leaf) not in self.spoiled and self.lucky():
                self.spoiled.add((file, leaf))
                self.written.discard((file, leaf))
                self.tell_receiver(moves.LeafBroken(file, leaf))
            case moves.CheckLeaf(file, leaf, said):
                assert said == proof(file, leaf)
                self.tell_receiver(moves.LeafProven(file, leaf))
            case moves.TakeFiles(files):
                broken = [small.file for small in files if (small.file, 0) not in self.spoiled and self.lucky()]
                self.spoiled.update((file, 0) for file in broken)
                taken = {small.file: small.length for small in files if small.file not in broken}
                assert not taken.keys() & self.finished.keys()
                self.finished |= taken
                self.tell_receiver(moves.FilesTaken(tuple(taken)))
                self.tell_receiver(moves.FilesBroken(tuple(broken)))
            case moves.MakeFiles(files):
                assert not set(files) & self.finished.keys()
                self.finished |= dict.fromkeys(files, 0)
                self.tell_receiver(moves.FilesTaken(files))
            case moves.FinishFile(file, size, root, leaves):
                assert root == file_root(size, leaves)
                assert file not in self.finished
                self.finished[file] = size
                self.tell_receiver(moves.FileFinished(file))
            case _:
                self.tell_receiver(moves.TreeFinished())

    def trouble(self) -> None:
        """The link breaks, and with it goes all that is under way."""
        if self.sender.state.name in ("OFFERED", "SENDING") and self.lucky():
            if self.stream_size < 0 and self.random.random() < 0.3:
                self.restart()
                return
            self.disconnect_receiver()
            self.reading.clear()
            self.hashing.clear()
            self.tell_sender(moves.LaneLost())

    def restart(self) -> None:
        """Both processes end, and begin anew with what the journal speaks of: most of what was written."""
        for queue in (self.to_receiver, self.to_sender, self.reading, self.hashing, self.disk):
            queue.clear()
        held = [
            Range(file, leaf, 1)
            for file, leaf in sorted(self.written)
            if file not in self.finished and self.random.random() < 0.9
        ]
        self.written = {(file, leaf) for file, leaf, _ in held}
        self.sender = Sending(self.offer, self.entries)
        self.receiver = Receiving(TRANSFER, self.entries, held=held, placed=set(self.finished))
        self.tell_sender(moves.Begun())

    def disconnect_receiver(self) -> None:
        self.to_receiver.clear()
        self.to_sender.clear()
        self.tell_receiver(moves.LaneLost())

    def lucky(self) -> bool:
        if self.troubles and self.random.random() < 0.05:
            self.troubles -= 1
            return True
        return False


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(STRANGE_SIZES), min_size=1, max_size=12),
    st.sampled_from([None, *STRANGE_SIZES]),
    st.integers(0, 2**32),
    st.integers(0, 12),
)
def test_everything_arrives_whatever_happens_to_the_lane(
    sizes: list[int], stream: int | None, seed: int, troubles: int
) -> None:
    entries = [Entry("dir", "dir"), *(Entry(f"dir/{number}", size=size) for number, size in enumerate(sizes))]
    if stream is not None:
        entries.append(Entry("stream", size=-1))
    trial = Trial(entries, -1 if stream is None else stream, Random(seed), troubles)
    trial.run()
    true_sizes = [stream if entry.size < 0 else entry.size for entry in entries]
    assert trial.finished == {file: size for file, size in enumerate(true_sizes) if entries[file].kind == "file"}
    assert trial.receiver.bytes == sum(sizes) + (stream or 0)
    assert trial.sender.bytes == trial.receiver.bytes


def test_credit_is_never_exceeded_and_always_comes_back() -> None:
    receiver = Receiving(TRANSFER, [Entry(f"{number}", size=3 * LEAF_BYTES) for number in range(40)])
    wanted: deque[tuple[int, int]] = deque()
    asked = outstanding = 0

    def count(effects: list[moves.ReceivingEffect]) -> None:
        nonlocal asked, outstanding
        for effect in effects:
            if isinstance(effect, moves.Want):
                for file, first, leaves in effect.ranges:
                    wanted.extend((file, leaf) for leaf in range(first, first + leaves))
                    asked, outstanding = asked + leaves, outstanding + leaves
        assert outstanding <= min(MAX_WANTED_LEAVES, MAX_WANTED_BYTES // LEAF_BYTES)

    count(receiver.step(moves.LaneOpened()))
    while wanted:
        file, leaf = wanted.popleft()
        receiver.step(moves.DataArrived(file, leaf, 0, LEAF_BYTES))
        receiver.step(moves.LeafArrived(file, leaf, LEAF_BYTES, bytes(32)))
        outstanding -= 1
        count(receiver.step(moves.LeafProven(file, leaf)))
    assert asked == 120
