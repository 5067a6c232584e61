"""What several receivers of one source read, and how often it is read for them."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Event

import pytest

from peer import shared_leaves
from peer.failures import SourceChanged
from peer.shared_leaves import Leaf, SharedLeaves
from peer.source import Source
from peer.transfer import Outgoing
from tests.support.channels import wire_pair
from tests.support.transfers import MIB, big_file, receive

DATA = b"leaf"
LEAF = Leaf(DATA, sha256(DATA).digest())


class Reads:
    """Counts what is read."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return DATA


def together(leaves: SharedLeaves, *receivers: str) -> None:
    """They have begun."""
    for receiver in receivers:
        leaves.take(receiver, 0, 0, Reads())


def test_a_leaf_is_read_once_for_all_who_move_together_and_then_forgotten() -> None:
    leaves, read = SharedLeaves(), Reads()
    together(leaves, "a", "b")
    assert [leaves.take(each, 0, 1, read) for each in ("a", "b")] == [LEAF, LEAF]
    assert read.count == 1
    leaves.take("a", 0, 1, read)
    assert read.count == 2


def test_one_alone_keeps_nothing() -> None:
    leaves, read = SharedLeaves(), Reads()
    for _ in range(2):
        leaves.take("a", 0, 1, read)
    assert read.count == 2


def test_what_the_first_had_alone_is_kept_for_those_who_are_expected() -> None:
    leaves, read = SharedLeaves(), Reads()
    leaves.expect(3)
    for receiver in ("early", "late", "last"):
        for leaf in range(4):
            leaves.take(receiver, 0, leaf, read)
    assert read.count == 4
    leaves.take("early", 0, 0, read)
    assert read.count == 5, "forgotten once all three had it"


def test_nothing_is_kept_for_who_went_before_the_last_came() -> None:
    leaves, read = SharedLeaves(), Reads()
    leaves.expect(2)
    leaves.take("gone", 0, 0, read)
    leaves.part("gone")
    for _ in range(2):
        leaves.take("last", 0, 0, read)
    assert read.count == 2, "read for the one who went, and then once again"


def test_a_leaf_is_not_kept_for_who_has_gone() -> None:
    leaves, read = SharedLeaves(), Reads()
    together(leaves, "a", "b")
    leaves.take("a", 0, 1, read)
    leaves.part("b")
    together(leaves, "c")
    leaves.take("c", 0, 1, read)
    assert read.count == 2


def test_who_falls_behind_has_it_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_leaves, "MOST_BYTES", 10 * len(DATA))
    leaves, read = SharedLeaves(), Reads()
    together(leaves, "ahead", "behind")
    for leaf in range(1, 30):
        leaves.take("ahead", 0, leaf, read)
    leaves.take("behind", 0, 1, read)
    assert read.count == 30
    leaves.take("behind", 0, 29, read)
    assert read.count == 30


def test_who_asks_while_it_is_read_waits_for_it_and_hears_of_a_failure() -> None:
    leaves, begun, go = SharedLeaves(), Event(), Event()
    together(leaves, "a", "b")

    def fail() -> bytes:
        begun.set()
        go.wait()
        raise SourceChanged("“film” changed while it was sent.")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(leaves.take, "a", 0, 1, fail)
        begun.wait()
        second = pool.submit(leaves.take, "b", 0, 1, Reads())
        assert not second.done()
        go.set()
        errors = [each.exception() for each in (first, second)]
    assert isinstance(errors[0], SourceChanged)
    assert errors[1] is errors[0] or second.result() == LEAF  # it came before the failure was known, or after
    assert leaves.take("b", 0, 1, Reads()) == LEAF


def test_many_threads_read_each_leaf_once() -> None:
    leaves, reads, barrier = SharedLeaves(), Counter[int](), Barrier(4)

    def run(receiver: int) -> None:
        leaves.take(receiver, 0, -1, Reads())
        barrier.wait()
        for leaf in range(200):
            leaves.take(receiver, 0, leaf, lambda leaf=leaf: (reads.update([leaf]), DATA)[1])  # type: ignore[misc]
            barrier.wait()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert set(reads.values()) == {1}


async def test_two_receivers_of_a_source_cost_little_more_reading_than_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, reads = big_file(tmp_path, 40 * MIB), Counter[int]()
    source = Source.from_paths([path])
    opened = source.open()
    read = type(opened).read

    def counted(self: object, file: int, leaf: int, length: int) -> bytes:
        reads[leaf] += 1
        return read(self, file, leaf, length)  # type: ignore[arg-type]

    monkeypatch.setattr(type(opened), "read", counted)
    pairs = [wire_pair() for _ in range(2)]
    sending = [Outgoing(source).run(near) for near, _ in pairs]
    receiving = [receive(far, tmp_path / f"out{number}") for number, (_, far) in enumerate(pairs)]
    await asyncio.gather(*sending, *receiving)
    assert {(tmp_path / f"out{number}" / "film.mkv").read_bytes() == path.read_bytes() for number in range(2)} == {True}
    assert reads.total() < 60, "of 40 leaves, most were read for both"
