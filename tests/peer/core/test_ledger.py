from __future__ import annotations

from hashlib import sha256

import pytest

from peer.core.ledger import HELD, MISSING, STREAM_LEAVES, WANTED, Ledger, file_root, leaf_count
from peer.wire.frames import LEAF_BYTES
from signaling.protocol.errors import Malformed

ALL = 2**60
PROOF = bytes(range(32))


def test_a_root_covers_label_size_and_leaves() -> None:
    leaves = sha256(b"a").digest() + sha256(b"b").digest()
    assert file_root(5, leaves) == sha256(b"twocans/1 file\0\0\0\0\0\0\0\x05" + leaves).digest()
    assert [leaf_count(size) for size in (0, 1, LEAF_BYTES, LEAF_BYTES + 1)] == [0, 1, 1, 2]


def test_takes_missing_leaves_in_order_within_both_limits() -> None:
    ledger = Ledger(3 * LEAF_BYTES + 1)
    assert ledger.take(LEAF_BYTES + 1, 9) == (0, 1)
    assert ledger.take(ALL, 1) == (1, 1)
    assert ledger.take(ALL, 9) == (2, 2)
    assert ledger.take(ALL, 9) is None


def test_leaves_that_were_wanted_and_lost_are_taken_around_those_held() -> None:
    ledger = Ledger(4 * LEAF_BYTES)
    ledger.take(ALL, 4)
    ledger.hold(2, LEAF_BYTES, PROOF)
    assert ledger.lose() == [0, 1, 3]
    assert [ledger.take(ALL, 9), ledger.take(ALL, 9), ledger.take(ALL, 9)] == [(0, 2), (3, 1), None]


def test_is_whole_when_each_leaf_was_held_once() -> None:
    ledger = Ledger(LEAF_BYTES + 5)
    ledger.take(ALL, 2)
    for _ in range(2):
        ledger.hold(0, LEAF_BYTES, PROOF)
    assert not ledger.whole
    ledger.hold(1, 5, PROOF)
    assert ledger.whole
    assert ledger.held_bytes == LEAF_BYTES + 5
    assert ledger.leaves == PROOF * 2
    assert ledger.proof(1) == PROOF


def test_a_broken_leaf_is_wanted_or_missing() -> None:
    ledger = Ledger(2 * LEAF_BYTES)
    ledger.take(ALL, 2)
    ledger.prove(0)
    ledger.again(0)
    assert ledger.state(0) == WANTED
    ledger.prove(0)
    ledger.miss(0)
    assert ledger.state(0) == MISSING
    assert ledger.take(ALL, 2) == (0, 1)


def test_a_stream_is_taken_a_window_ahead_of_its_first_gap() -> None:
    ledger = Ledger(-1)
    assert ledger.take(ALL, 99) == (0, STREAM_LEAVES)
    ledger.hold(1, LEAF_BYTES, PROOF)
    assert ledger.take(ALL, 99) is None
    ledger.hold(0, LEAF_BYTES, PROOF)
    assert ledger.take(ALL, 99) == (STREAM_LEAVES, 2)


def test_a_stream_that_ends_gives_back_what_lies_beyond() -> None:
    ledger = Ledger(-1)
    ledger.take(ALL, 4)
    ledger.hold(0, LEAF_BYTES, PROOF)
    ledger.hold(1, 7, PROOF)
    assert ledger.close(LEAF_BYTES + 7) == [2, 3]
    assert ledger.whole
    assert (ledger.count, ledger.leaves) == (2, PROOF * 2)


@pytest.mark.parametrize("size", [1, 40 * LEAF_BYTES])
def test_a_stream_ends_neither_before_what_came_nor_beyond_what_was_wanted(size: int) -> None:
    ledger = Ledger(-1)
    ledger.take(ALL, 99)
    ledger.hold(1, LEAF_BYTES, PROOF)
    with pytest.raises(Malformed):
        ledger.close(size)


def test_a_claimed_size_costs_no_memory() -> None:
    ledger = Ledger(2**52)
    assert ledger.take(ALL, 3) == (0, 3)
    assert ledger.state(2**31) == MISSING
    ledger.hold(1, LEAF_BYTES, PROOF)
    assert ledger.state(1) == HELD
    assert len(ledger.leaves) < 1000
