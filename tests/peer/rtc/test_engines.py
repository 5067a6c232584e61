"""One contract for both engines, and for one against the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from peer.rtc.engine import (
    HIGH_WATER,
    CandidateFound,
    Channel,
    ChannelClosed,
    ChannelOpened,
    Connection,
    Engine,
    EngineFailed,
    LinkConfig,
    LinkState,
    StateChanged,
    load_engine,
)
from peer.wire.notes import Candidate

ENGINES = ["aiortc", "libwebrtc"]
PAIRS = [(one, other) for one in ENGINES for other in ENGINES]


def engine(name: str) -> Engine:
    assert name in ("aiortc", "libwebrtc")
    return load_engine(name)  # type: ignore[arg-type]


@dataclass
class End:
    """One connection with what its events said; candidates go straight to the other end."""

    connection: Connection
    states: list[LinkState] = field(default_factory=list)
    reached: asyncio.Condition = field(default_factory=asyncio.Condition)
    lanes: asyncio.Queue[Channel] = field(default_factory=asyncio.Queue)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, other: Connection, may_add: asyncio.Event) -> None:
        async for event in self.connection.events():
            match event:
                case CandidateFound(candidate):
                    await may_add.wait()
                    await other.add_candidate(candidate)
                case StateChanged(state):
                    async with self.reached:
                        self.states.append(state)
                        self.reached.notify_all()
                case ChannelOpened(channel):
                    self.lanes.put_nowait(channel)

    async def reach(self, *states: LinkState) -> None:
        async with self.reached:
            await self.reached.wait_for(lambda: any(state in self.states for state in states))


@asynccontextmanager
async def linked(pair: tuple[str, str], offer: LinkConfig, answer: LinkConfig) -> AsyncIterator[tuple[End, End]]:
    """Two connected ends: the one that offered, the one that answered."""
    ours, theirs = End(engine(pair[0]).connect(offer)), End(engine(pair[1]).connect(answer))
    described = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(ours.follow(theirs.connection, described))
        group.create_task(theirs.follow(ours.connection, described))
        try:
            async with asyncio.timeout(30):
                sdp = await theirs.connection.take_offer(await ours.connection.make_offer())
                await ours.connection.take_answer(sdp)
                described.set()
                await asyncio.gather(ours.reach(LinkState.CONNECTED), theirs.reach(LinkState.CONNECTED))
                await asyncio.gather(ours.connection.control.opened(), theirs.connection.control.opened())
                yield ours, theirs
        finally:
            await ours.connection.aclose()
            await theirs.connection.aclose()


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_two_ends_talk(pair: tuple[str, str]) -> None:
    async with linked(pair, LinkConfig(), LinkConfig()) as (ours, theirs):
        one, other = ours.connection.control, theirs.connection.control
        await one.send("আমি এখানে")
        assert await other.receive() == "আমি এখানে"
        await other.send(b"\x00\xff")
        assert await one.receive() == b"\x00\xff"

        local, remote = ours.connection.fingerprints()
        assert theirs.connection.fingerprints() == (remote, local)
        assert local != remote
        assert len(bytes.fromhex(local.replace(":", ""))) == 32

        path = await ours.connection.path()
        assert path is not None
        assert path.kind == "direct"


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_a_lane_carries_long_messages_in_order_both_ways(pair: tuple[str, str]) -> None:
    async with linked(pair, LinkConfig(), LinkConfig()) as (ours, theirs):
        lane = theirs.connection.open_channel("lane/abcdefghijk/0")
        await lane.send(b"first of all")
        mirror = await ours.lanes.get()
        assert mirror.label == "lane/abcdefghijk/0"
        assert await mirror.receive() == b"first of all"
        assert lane.max_message_bytes == mirror.max_message_bytes == 256 * 1024

        longest = [bytes([number]) * lane.max_message_bytes for number in range(8)]
        for message in longest:
            await lane.send(message)
        assert [await mirror.receive() for _ in longest] == longest
        await mirror.send(b"and back")
        assert await lane.receive() == b"and back"


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_sending_waits_for_the_network_and_loses_nothing(pair: tuple[str, str]) -> None:
    async with linked(pair, LinkConfig(), LinkConfig()) as (ours, theirs):
        lane = ours.connection.open_channel("lane/abcdefghijk/0")
        await lane.opened()
        mirror = await theirs.lanes.get()
        chunk = bytes(64 * 1024)
        enough = HIGH_WATER // len(chunk) + 64

        async def pour() -> None:
            for _ in range(enough):
                await lane.send(chunk)
            await lane.drained()

        pouring = asyncio.create_task(pour())
        received = 0
        while received < enough * len(chunk):
            received += len(await mirror.receive())
        await pouring


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_both_ends_learn_that_a_lane_is_closed(pair: tuple[str, str]) -> None:
    async with linked(pair, LinkConfig(), LinkConfig()) as (ours, theirs):
        lane = ours.connection.open_channel("lane/abcdefghijk/0")
        await lane.send("the last word")
        mirror = await theirs.lanes.get()
        assert await mirror.receive() == "the last word"
        lane.close()
        lane.close()
        with pytest.raises(ChannelClosed):
            await mirror.receive()
        with pytest.raises(ChannelClosed):
            await lane.send("too late")


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_a_closed_connection_ends_everything_at_both_ends(pair: tuple[str, str]) -> None:
    async with linked(pair, LinkConfig(), LinkConfig()) as (ours, theirs):
        waiting = asyncio.create_task(ours.connection.control.receive())
        await asyncio.sleep(0)
        await ours.connection.aclose()
        await ours.connection.aclose()
        with pytest.raises(ChannelClosed):
            await waiting
        with pytest.raises(ChannelClosed):
            ours.connection.open_channel("lane/abcdefghijk/0")
        with pytest.raises(ChannelClosed):
            await theirs.connection.control.receive()


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_a_call_is_answered_without_media_by_one_who_only_moves_files(pair: tuple[str, str]) -> None:
    async with linked(pair, LinkConfig(media=True), LinkConfig()) as (ours, theirs):
        await ours.connection.control.send("files then")
        assert await theirs.connection.control.receive() == "files then"


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_the_slots_of_a_call_are_adopted_in_order(pair: tuple[str, str]) -> None:
    ours, theirs = (engine(name).connect(LinkConfig(media=True)) for name in pair)
    try:
        offer = await ours.make_offer()
        answer = await theirs.take_offer(offer)
        kinds = ["video", "video", "audio", "audio", "application"]
        for sdp in (offer, answer):
            lines = sdp.splitlines()
            assert [line[2:].split()[0] for line in lines if line.startswith("m=")] == kinds
            assert lines.count("a=sendrecv") == 4
            camera, screen, mic, sound = (line.split()[0] for line in lines if line.startswith("a=msid:"))
            assert (camera, screen) == (mic, sound), "what is played in step has a stream in common"
            assert camera != screen
        await ours.take_answer(answer)
    finally:
        await ours.aclose()
        await theirs.aclose()


@pytest.mark.parametrize("name", ENGINES)
async def test_inactive_slots_answer_a_call_without_media(name: str) -> None:
    ours, theirs = engine(name).connect(LinkConfig(media=True)), engine(name).connect(LinkConfig())
    try:
        answer = await theirs.take_offer(await ours.make_offer())
        assert answer.splitlines().count("a=inactive") == 4
    finally:
        await ours.aclose()
        await theirs.aclose()


@pytest.mark.parametrize("name", ENGINES)
async def test_what_is_no_offer_is_refused(name: str) -> None:
    ours, theirs = engine(name).connect(LinkConfig()), engine(name).connect(LinkConfig())
    try:
        good = await ours.make_offer()
        fingerprint = next(line for line in good.splitlines() if line.startswith("a=fingerprint:sha-256"))
        second = f"{fingerprint[:-2]}{'00' if fingerprint[-2:] != '00' else '01'}"
        without_ice = "\r\n".join(line for line in good.splitlines() if not line.startswith("a=ice-")) + "\r\n"
        for bad in ("", "v=0", good.replace("m=application", "m=audio"), f"{good}{second}\r\n", without_ice):
            with pytest.raises(EngineFailed):
                await theirs.take_offer(bad)
        await theirs.add_candidate(Candidate(candidate="candidate:nonsense", mid="0", index=0))
    finally:
        await ours.aclose()
        await theirs.aclose()


async def test_an_offer_that_aiortc_stumbles_over_is_refused() -> None:
    ours, theirs = engine("aiortc").connect(LinkConfig(media=True)), engine("aiortc").connect(LinkConfig())
    try:
        parameters_of_no_codec = "a=fmtp:33 x=1\r\nm=application"
        with pytest.raises(EngineFailed):
            await theirs.take_offer((await ours.make_offer()).replace("m=application", parameters_of_no_codec))
    finally:
        await ours.aclose()
        await theirs.aclose()


@pytest.mark.parametrize("name", ENGINES)
async def test_a_connection_without_descriptions_has_no_fingerprints(name: str) -> None:
    alone = engine(name).connect(LinkConfig())
    with pytest.raises(EngineFailed):
        alone.fingerprints()
    assert await alone.path() is None
    await alone.aclose()


async def test_a_restart_of_ice_keeps_the_certificates_and_the_channels() -> None:
    async with linked(("libwebrtc", "libwebrtc"), LinkConfig(), LinkConfig()) as (ours, theirs):
        before, offered = ours.connection.fingerprints(), await ours.connection.restart_offer()
        await ours.connection.take_answer(await theirs.connection.take_offer(offered))
        await ours.connection.control.send("still here")
        assert await theirs.connection.control.receive() == "still here"
        assert ours.connection.fingerprints() == before
        assert "ice-ufrag" in offered


async def test_aiortc_says_that_it_cannot_restart_ice() -> None:
    alone = engine("aiortc")
    assert not alone.restarts
    connection = alone.connect(LinkConfig())
    with pytest.raises(EngineFailed):
        await connection.restart_offer()
    await connection.aclose()


async def test_closing_in_the_middle_of_a_step_cancels_nobody() -> None:
    ours, theirs = engine("libwebrtc").connect(LinkConfig()), engine("libwebrtc").connect(LinkConfig())
    await theirs.take_offer(await ours.make_offer())
    step = asyncio.ensure_future(theirs.add_candidate(None))
    await asyncio.sleep(0)  # the step has begun
    await theirs.aclose()
    await asyncio.wait_for(step, 5)
    await ours.aclose()


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_swapped_certificates_never_connect(pair: tuple[str, str]) -> None:
    """The handshake holds the certificate against the description: nobody else can sit at the other end."""
    ours, theirs, stranger = (engine(name).connect(LinkConfig()) for name in (*pair, pair[1]))
    end = End(ours)
    described = asyncio.Event()
    following = asyncio.create_task(end.follow(theirs, described))
    try:
        offer = await ours.make_offer()
        answer = await theirs.take_offer(offer)
        false = await stranger.take_offer(offer)

        def fingerprints(sdp: str) -> list[str]:
            return [line for line in sdp.splitlines() if line.startswith("a=fingerprint:")]

        for real, wrong in zip(fingerprints(answer), fingerprints(false), strict=True):
            answer = answer.replace(real, wrong)
        await ours.take_answer(answer)
        described.set()
        async for event in theirs.events():
            if isinstance(event, CandidateFound):
                await ours.add_candidate(event.candidate)
                if event.candidate is None:
                    break
        async with asyncio.timeout(30):
            await end.reach(LinkState.FAILED, LinkState.CLOSED)
        assert LinkState.CONNECTED not in end.states
    finally:
        following.cancel()
        for connection in (ours, theirs, stranger):
            await connection.aclose()
