"""Both shells over wires that spoil, break and fall silent, between people who change their minds."""

from __future__ import annotations

import asyncio
import io
from hashlib import sha256
from pathlib import Path

import pytest

from peer.transfer import (
    Cancelled,
    Declined,
    Incoming,
    IntegrityFailed,
    Outgoing,
    PeerGone,
    Progress,
    Receipt,
    Source,
    SourceChanged,
    TransferFailed,
)
from peer.wire.control import Control, FinishedFiles, OfferFiles
from peer.wire.frames import FrameType, unpack
from tests.support.channels import wire_pair
from tests.support.transfers import MIB, after_bytes, big_file, ends, kept, noise, receive, tree

# Damage on the way


async def test_a_spoiled_leaf_is_asked_for_again_alone(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    spoiled: list[tuple[int, int]] = []

    def spoil(message: bytes) -> bytes:
        frame = unpack(message)
        if frame.type is FrameType.DATA and frame.leaf == 3 and len(spoiled) < 2 and frame.offset == 0:
            spoiled.append((frame.leaf, frame.offset))
            return message[:-1] + bytes([message[-1] ^ 1])
        return message

    near.tamper = spoil
    await asyncio.gather(Outgoing(Source.from_paths([path])).run(near), receive(far, tmp_path / "out"))
    assert len(spoiled) == 2
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()


async def test_a_leaf_spoiled_three_times_ends_it_as_integrity(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    near.tamper = lambda message: message[:-1] + b"?" if unpack(message).leaf == 3 else message
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [IntegrityFailed, IntegrityFailed]
    assert tree(tmp_path / "out") == {}


async def test_a_root_that_differs_ends_it_as_integrity(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    near.tamper = lambda message: message[:-1] + b"?" if message[0] == FrameType.DONE else message
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [IntegrityFailed, IntegrityFailed]
    assert tree(tmp_path / "out") == {}


@pytest.mark.parametrize("nonsense", [b"", b"\x09" * 13, b"\x04" + bytes(12), b"\x01" + bytes(12)])
async def test_a_frame_that_makes_no_sense_ends_it(tmp_path: Path, nonsense: bytes) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    near.tamper = lambda message: nonsense if message[0] == FrameType.LEAF else message
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [TransferFailed, TransferFailed]


# Links that come and go


async def test_a_link_that_takes_the_last_word_with_it_is_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    say, lost = far.say, list[Control]()

    async def lose_the_first(message: Control) -> None:
        if isinstance(message, FinishedFiles) and not lost:
            lost.append(message)
            far.cut()
        else:
            await say(message)

    monkeypatch.setattr(far, "say", lose_the_first)
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [Receipt, Receipt]
    assert lost


@pytest.mark.parametrize("cuts", [1, 4])
async def test_a_link_cut_in_the_middle_is_continued(tmp_path: Path, cuts: int) -> None:
    path, (near, far) = big_file(tmp_path, 40 * MIB + 3), wire_pair()
    due = [number * 8 * MIB for number in range(1, cuts + 1)]

    def cut_when_due(progress: Progress) -> None:
        if due and progress.bytes >= due[0] and len(near.lanes) == cuts - len(due) + 1:
            due.pop(0)
            near.cut()

    outgoing = Outgoing(Source.from_paths([path]))
    await asyncio.gather(outgoing.run(near), receive(far, tmp_path / "out", on_progress=cut_when_due))
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()
    assert len(near.lanes) == cuts + 1
    assert sum(isinstance(message, OfferFiles) for message in near.said) == cuts + 1
    sent = sum(lane.bytes for lane in near.lanes)
    assert sent < 2 * 41 * MIB, "what was proven is not sent again"


async def test_a_stream_goes_on_over_the_next_link(tmp_path: Path) -> None:
    data, (near, far) = noise(20 * MIB + 1), wire_pair()
    outgoing = Outgoing(Source.from_stream(io.BytesIO(data), "stream"))
    cut = after_bytes(6 * MIB, near.cut)
    await asyncio.gather(outgoing.run(near), receive(far, tmp_path / "out", on_progress=cut))
    assert sha256((tmp_path / "out" / "stream").read_bytes()).digest() == sha256(data).digest()


async def test_a_link_may_be_gone_for_a_while(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 20 * MIB), wire_pair()
    down = asyncio.Event()

    def cut() -> None:
        near.cut(again=False)
        down.set()

    outgoing = Outgoing(Source.from_paths([path]))
    sending = asyncio.ensure_future(outgoing.run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out", on_progress=after_bytes(5 * MIB, cut)))
    await down.wait()
    near.link()
    await asyncio.gather(sending, receiving)
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()


async def test_the_link_may_break_while_a_person_thinks(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    incoming = Incoming(far, await far.offers.get())
    await incoming.manifest()
    near.cut()
    await incoming.accept(tmp_path / "out")
    await sending
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()


async def test_other_files_under_the_same_transfer_are_not_taken(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 80 * MIB), wire_pair()
    near.tamper = lambda message: (
        message.replace(b"film", b"worm") if len(near.lanes) > 1 and message[0] == FrameType.MANIFEST else message
    )
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out", on_progress=after_bytes(5 * MIB, near.cut)))
    assert [type(end) for end in await ends(sending, receiving)] == [SourceChanged, SourceChanged]


@pytest.mark.parametrize("leaver", ["sender", "receiver"])
async def test_the_one_who_stays_learns_that_the_other_left(tmp_path: Path, leaver: str) -> None:
    path, (near, far) = big_file(tmp_path, 80 * MIB), wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    wire = near if leaver == "sender" else far
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out", on_progress=after_bytes(5 * MIB, wire.leave)))
    gone, stays = (sending, receiving) if leaver == "sender" else (receiving, sending)
    assert [type(end) for end in await ends(stays)] == [PeerGone]
    gone.cancel()
    await ends(gone)
    assert kept(tmp_path / "out", path.read_bytes()) >= 5 * MIB


async def test_a_sender_that_leaves_right_after_the_last_word_changes_nothing(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    await sending
    near.leave()
    assert (await receiving).bytes == 8 * MIB + 3
    assert isinstance(far.said[-1], FinishedFiles)


# People change their minds


async def test_declined(tmp_path: Path) -> None:
    near, far = wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([big_file(tmp_path)])).run(near))
    await Incoming(far, await far.offers.get()).decline(message="not today")
    with pytest.raises(Declined, match="not today"):
        await sending


@pytest.mark.parametrize("by", ["sender", "receiver"])
async def test_cancelled_in_the_middle(tmp_path: Path, by: str) -> None:
    path, (near, far) = big_file(tmp_path, 80 * MIB), wire_pair()
    outgoing = Outgoing(Source.from_paths([path]))
    sending = asyncio.ensure_future(outgoing.run(near))
    incoming = Incoming(far, await far.offers.get())
    cancel = outgoing.cancel if by == "sender" else incoming.cancel
    receiving = asyncio.ensure_future(incoming.accept(tmp_path / "out", on_progress=after_bytes(5 * MIB, cancel)))
    assert [type(end) for end in await ends(sending, receiving)] == [Cancelled, Cancelled]
    assert kept(tmp_path / "out", path.read_bytes()) >= 5 * MIB


@pytest.mark.parametrize("by", ["sender", "receiver"])
async def test_paused_and_resumed(tmp_path: Path, by: str) -> None:
    path, (near, far) = big_file(tmp_path, 80 * MIB), wire_pair()
    outgoing = Outgoing(Source.from_paths([path]))
    sending = asyncio.ensure_future(outgoing.run(near))
    incoming = Incoming(far, await far.offers.get())
    end = outgoing if by == "sender" else incoming
    paused, seen = asyncio.Event(), list[int]()

    def watch(progress: Progress) -> None:
        seen.append(progress.bytes)
        if len(seen) == 3:
            end.pause()
            paused.set()

    receiving = asyncio.ensure_future(incoming.accept(tmp_path / "out", on_progress=watch))
    await paused.wait()
    before = -1
    while before != near.lanes[0].messages:
        before = near.lanes[0].messages
        await asyncio.sleep(0.05)  # no event tells that nothing happens any more
    assert seen[-1] < 80 * MIB
    assert not sending.done()
    end.resume()
    await asyncio.gather(sending, receiving)
    assert seen[-1] == 80 * MIB
