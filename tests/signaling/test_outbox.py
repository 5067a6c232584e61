from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signaling.core.outbox import Bounds, Outbox
from signaling.protocol.codec import decode_notice
from signaling.protocol.messages import Pong, Relayed

PONG = Pong()


def numbers(texts: list[str] | None) -> list[int] | None:
    return None if texts is None else [decode_notice(text).seq for text in texts]


def test_frames_are_numbered_from_one_and_replayed_exactly() -> None:
    outbox = Outbox(Bounds())
    sent = [outbox.push(PONG, 0.0) for _ in range(5)]
    assert numbers(sent) == [1, 2, 3, 4, 5]
    assert outbox.after(0) == sent
    assert outbox.after(3) == sent[3:]
    assert outbox.after(5) == []


def test_what_is_acknowledged_is_gone() -> None:
    outbox = Outbox(Bounds())
    for _ in range(5):
        outbox.push(PONG, 0.0)
    outbox.acknowledge(3)
    outbox.acknowledge(2)
    assert numbers(outbox.after(3)) == [4, 5]
    assert outbox.after(2) is None


def test_nobody_can_have_seen_or_acknowledge_what_was_never_sent() -> None:
    outbox = Outbox(Bounds())
    outbox.push(PONG, 0.0)
    outbox.acknowledge(7)
    assert outbox.after(2) is None
    assert numbers(outbox.after(0)) == [1]


def test_it_is_full_beyond_its_frames() -> None:
    outbox = Outbox(Bounds(frames=3))
    for _ in range(3):
        outbox.push(PONG, 0.0)
    assert not outbox.full
    outbox.push(PONG, 0.0)
    assert outbox.full
    outbox.acknowledge(1)
    assert not outbox.full


def test_it_is_full_beyond_its_bytes_which_are_not_characters() -> None:
    note = Relayed(sender="A" * 11, body="ক" * 100)
    size = len(Outbox(Bounds()).push(note, 0.0).encode())
    outbox = Outbox(Bounds(bytes=size))
    outbox.push(note, 0.0)
    assert not outbox.full
    outbox.push(note, 0.0)
    assert outbox.full


def test_twice_as_much_drops_everything_but_not_the_count() -> None:
    outbox = Outbox(Bounds(frames=3))
    for _ in range(6):
        outbox.push(PONG, 0.0)
    assert numbers(outbox.after(0)) == [1, 2, 3, 4, 5, 6]
    outbox.push(PONG, 0.0)
    assert outbox.after(0) is None
    assert outbox.after(6) is None
    assert not outbox.full
    assert numbers([outbox.push(PONG, 0.0)]) == [8]


def test_old_frames_are_dropped() -> None:
    outbox = Outbox(Bounds(seconds=120))
    outbox.push(PONG, 0.0)
    outbox.push(PONG, 60.0)
    outbox.push(PONG, 120.5)
    assert outbox.after(0) is None
    assert numbers(outbox.after(1)) == [2, 3]


@given(st.lists(st.one_of(st.just("push"), st.integers(0, 12)), max_size=40), st.integers(0, 12))
def test_a_replay_never_has_a_gap(steps: list[str | int], seen: int) -> None:
    outbox = Outbox(Bounds(frames=4))
    for step in steps:
        if isinstance(step, int):
            outbox.acknowledge(step)
        else:
            outbox.push(PONG, 0.0)
    replay = numbers(outbox.after(seen))
    assert replay is None or replay == list(range(seen + 1, outbox.last + 1))
