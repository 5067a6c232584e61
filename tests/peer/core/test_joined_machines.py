"""Both halves of a transfer joined by a lane that breaks, repeats and spoils what it carries."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from peer.core import moves
from peer.core.ledger import file_root
from peer.core.receiving import Receiving
from peer.core.sending import Sending
from peer.wire.control import OfferFiles
from peer.wire.frames import LEAF_BYTES, MAX_WANTED_BYTES, MAX_WANTED_LEAVES, Entry

TRANSFER = "transferAAA"
STRANGE_SIZES = [0, 1, LEAF_BYTES - 1, LEAF_BYTES, LEAF_BYTES + 1, 3 * LEAF_BYTES, 40 * LEAF_BYTES + 3]


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
        self.sender, self.receiver = Sending(offer, entries), Receiving(TRANSFER, entries)
        self.to_sender: deque[Any] = deque()
        self.to_receiver: deque[Any] = deque()
        self.reading: deque[moves.ReadLeaf | moves.DoneArrived] = deque()
        self.disk: deque[Any] = deque()
        self.finished: dict[int, int] = {}
        self.over = 0
        self.spoiled: set[tuple[int, int]] = set()

    def run(self) -> None:
        self.tell_sender(moves.Begun())
        for _ in range(200_000):
            if self.over == 2:
                return
            self.random.choice([self.carry, self.read, self.work, self.trouble])()
        raise AssertionError("it never ends")

    def tell_sender(self, event: Any) -> None:
        for effect in self.sender.step(event):
            match effect:
                case moves.OpenLane():
                    self.disconnect_receiver()
                    self.to_receiver.append(moves.LaneOpened())
                    self.tell_sender(moves.LaneOpened())
                case moves.ReadLeaf():
                    self.reading.append(effect)
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
                case moves.ProveLeaf() | moves.FinishFile() | moves.FinishTree():
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
        size = self.entries[effect.file].size
        size = self.stream_size if size < 0 else size
        length = min(LEAF_BYTES, size - effect.leaf * LEAF_BYTES)
        if length <= 0:
            self.tell_sender(moves.StreamEnded(effect.file, effect.leaf, size))
            return
        proof = sha256(f"{effect.file}/{effect.leaf}".encode()).digest()
        self.to_receiver.extend(self.frames(effect.file, effect.leaf, length, proof))
        self.tell_sender(moves.LeafSent(effect.file, effect.leaf, length, proof))

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
                self.tell_receiver(moves.LeafProven(file, leaf))
            case moves.FinishFile(file, size, root, leaves):
                assert root in (None, file_root(size, leaves))
                assert file not in self.finished
                self.finished[file] = size
                self.tell_receiver(moves.FileFinished(file))
            case _:
                self.tell_receiver(moves.TreeFinished())

    def trouble(self) -> None:
        """The link breaks, and with it goes all that is under way."""
        if self.sender.state.name in ("OFFERED", "SENDING") and self.lucky():
            self.disconnect_receiver()
            self.reading.clear()
            self.tell_sender(moves.LaneLost())

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
    trial = Trial(entries, stream or 0, Random(seed), troubles)
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
