"""A transfer over several connections, of both engines: dealt out, lost, refused and abused."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from peer.exchange import LaneMessage
from peer.lanes import LEAST_PIECE, Fan
from peer.remote import MAX_SIDES as MOST_CONNECTIONS
from peer.remote import Remote
from peer.rtc.engine import Channel, Connection, EngineFailed, LinkConfig, load_engine
from peer.sides import MAX_SIDES, SideFailed, SideRefused, Sides
from peer.transfer import Outgoing, Source, TransferFailed
from peer.wire.control import LaneAnswer, LaneCandidate, LaneOffer, Media, OfferFiles
from peer.wire.frames import FrameType, pack, pack_done, pack_got, pack_want
from tests.support.channels import MemoryWire, channel_pair, wire_pair
from tests.support.transfers import MIB, after_bytes, big_file, ends, receive

ENGINES = ["aiortc", "libwebrtc"]
PAIRS = [(one, other) for one in ENGINES for other in ENGINES]
TRANSFER = "AAECAwQFBgc"
FAR = 0.02
"""Seconds there and back, for which a sender begins with several lanes."""


def connecting(engine: str) -> Callable[[], Connection]:
    assert engine in ("aiortc", "libwebrtc")
    loaded = load_engine(engine)  # type: ignore[arg-type]
    return lambda: loaded.connect(LinkConfig())


def far_apart(pair: tuple[str, str] = ("libwebrtc", "libwebrtc")) -> tuple[MemoryWire, MemoryWire]:
    """Wires whose main lanes are in memory and whose side lanes are real."""
    near, far = wire_pair()
    near.connect, far.connect = (connecting(engine) for engine in pair)
    near.round_trip = FAR
    return near, far


class Watch(logging.Handler):
    """Hears what a sender says of its lanes."""

    def __init__(self, outgoing: Outgoing | None = None, lanes: int = 3) -> None:
        """Holds a transfer back, once it has begun, until so many side lanes are open."""
        super().__init__()
        self.said: list[str] = []
        self._outgoing = outgoing
        self._missing = lanes

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self.said.append(text)
        if text.endswith("is open"):
            self._missing -= 1
            if not self._missing and self._outgoing:
                self._outgoing.resume()

    def hold(self) -> None:
        if self._outgoing and self._missing > 0:
            self._outgoing.pause()

    @property
    def used(self) -> dict[int, int]:
        """Bytes by lane, at the end."""
        return {int(lane): int(count) for lane, count in re.findall(r"lane (\d+): (\d+) bytes", self.said[-1])}

    def __enter__(self) -> Watch:
        log = logging.getLogger("peer.lanes")
        log.setLevel(logging.INFO)
        log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("peer.lanes").removeHandler(self)


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_a_file_goes_over_several_connections(tmp_path: Path, pair: tuple[str, str]) -> None:
    path, (near, far) = big_file(tmp_path, 40 * MIB), far_apart(pair)
    outgoing = Outgoing(Source.from_paths([path]))
    with Watch(outgoing) as watch:
        taking = receive(far, tmp_path / "out", on_progress=after_bytes(1, watch.hold))
        async with asyncio.timeout(60):
            await asyncio.gather(outgoing.run(near), taking)
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()
    assert set(watch.used) == {0, 1, 2, 3}
    assert min(watch.used.values()) > 4 * LEAST_PIECE, "until the policy finds that one is fast enough"
    assert len(near.lanes) == 1


async def test_a_side_lane_that_dies_begins_all_anew(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 60 * MIB), far_apart()
    made: list[Connection] = []
    connect = near.connect
    assert connect is not None

    def connected() -> Connection:
        made.append(connect())
        return made[-1]

    near.connect = connected
    outgoing = Outgoing(Source.from_paths([path]))
    with Watch(outgoing) as watch:
        dying: list[asyncio.Task[None]] = []

        def kill(progress: object) -> None:
            watch_begin(progress)  # type: ignore[arg-type]
            if not dying and len(made) == 3 and outgoing._machine.bytes > 20 * MIB:
                dying.append(asyncio.ensure_future(made[1].aclose()))

        watch_begin = after_bytes(1, watch.hold)
        async with asyncio.timeout(60):
            await asyncio.gather(outgoing.run(near), receive(far, tmp_path / "out", on_progress=kill))
    assert dying
    assert len(near.lanes) == 2
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()


async def test_a_remote_that_takes_no_side_lanes_gets_one_lane(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), far_apart()
    near.has_lanes = far.has_lanes = False
    await asyncio.gather(Outgoing(Source.from_paths([path])).run(near), receive(far, tmp_path / "out"))
    assert not [said for said in near.said if isinstance(said, LaneOffer)]
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()


async def test_a_sender_that_gets_no_side_lanes_goes_on_with_one(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 40 * MIB), far_apart()
    far.connect = None
    with Watch() as watch:
        await asyncio.gather(Outgoing(Source.from_paths([path])).run(near), receive(far, tmp_path / "out"))
    assert [said for said in far.said if isinstance(said, LaneAnswer) and said.sdp is None]
    assert set(watch.used) == {0}
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()


async def test_a_call_at_the_other_end_has_priority(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 40 * MIB), far_apart()
    near.in_call = True
    await asyncio.gather(Outgoing(Source.from_paths([path])).run(near), receive(far, tmp_path / "out"))
    assert not [said for said in near.said if isinstance(said, LaneOffer)]


# Hostile senders


class Pair:
    """The side lanes of both ends, with nothing else; without `ours` or `theirs` the test speaks for that end."""

    def __init__(self, *, ours: bool = True, theirs: bool = True) -> None:
        self.near, self.far = far_apart()
        self.ours, self.theirs = Sides(self.near, TRANSFER), Sides(self.far, TRANSFER)
        self.came: asyncio.Queue[tuple[int, str | bytes]] = asyncio.Queue()
        self.theirs.welcome(self._take)
        self._listeners = [sides for sides, listens in ((self.ours, ours), (self.theirs, theirs)) if listens]

    async def _take(self, number: int, channel: Channel) -> None:
        while True:
            self.came.put_nowait((number, await channel.receive()))

    async def __aenter__(self) -> Pair:
        self._hearing = [asyncio.create_task(sides.hear()) for sides in self._listeners]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._hearing:
            task.cancel()
        await asyncio.wait(self._hearing)

    async def answer(self, message: LaneMessage) -> LaneAnswer:
        """What the receiver says to a message of our own."""
        await self.near.say(message)
        async with asyncio.timeout(20):
            while not isinstance(answer := await self.near.hear_lane(TRANSFER), LaneAnswer):
                pass
        return answer


async def never(_: Channel) -> None:
    raise AssertionError("it opened")


@pytest.mark.parametrize("sdp", ["", "v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 200, "\x00" * 500])
async def test_a_description_that_makes_no_sense_is_refused(sdp: str) -> None:
    async with Pair(ours=False) as pair:
        refused = LaneAnswer(transfer=TRANSFER, lane=7)
        assert await pair.answer(LaneOffer(transfer=TRANSFER, lane=7, sdp=sdp)) == refused


async def test_an_answer_that_makes_no_sense_is_a_lane_that_fails() -> None:
    async with Pair(theirs=False) as pair:
        offering = asyncio.create_task(pair.ours.offer(1, never))
        assert isinstance(await pair.far.hear_lane(TRANSFER), LaneOffer)
        await pair.far.say(LaneAnswer(transfer=TRANSFER, lane=1, sdp="v=0"))
        with pytest.raises(SideFailed):
            await offering


async def test_no_more_than_fifteen_are_taken_and_none_twice() -> None:
    async with Pair(ours=False) as pair:
        offerer = connecting("libwebrtc")()
        sdp = await offerer.make_offer()
        await offerer.aclose()
        for lane in range(1, MAX_SIDES + 1):
            assert (await pair.answer(LaneOffer(transfer=TRANSFER, lane=lane, sdp=sdp))).sdp
        await pair.near.say(LaneOffer(transfer=TRANSFER, lane=1, sdp=sdp))
        refused = LaneAnswer(transfer=TRANSFER, lane=99)
        assert await pair.answer(LaneOffer(transfer=TRANSFER, lane=99, sdp=sdp)) == refused


async def test_words_about_lanes_that_nobody_knows_change_nothing() -> None:
    async with Pair() as pair:
        for word in (
            LaneAnswer(transfer=TRANSFER, lane=3, sdp="v=0"),
            LaneCandidate(transfer=TRANSFER, lane=4, candidate=None),
        ):
            await pair.near.say(word)
        opened = asyncio.Event()

        async def use(channel: Channel) -> None:
            await channel.send(b"after all that")
            await opened.wait()

        offering = asyncio.create_task(pair.ours.offer(5, use))
        assert await pair.came.get() == (5, b"after all that")
        offering.cancel()


async def test_none_is_taken_before_there_is_a_transfer() -> None:
    async with Pair() as pair:
        pair.theirs.drop()
        with pytest.raises(SideRefused):
            await pair.ours.offer(1, never)


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_another_certificate_than_the_described_one_never_opens(pair: tuple[str, str]) -> None:
    """What the control channel said is what the handshake must show."""
    async with Pair() as both:
        both.near.connect, both.far.connect = (connecting(engine) for engine in pair)
        stranger = connecting(pair[1])()
        false = fingerprints(await stranger.make_offer())[0]
        say = both.far.say

        async def lie(message: object) -> None:
            if isinstance(message, LaneAnswer) and message.sdp:
                (true,) = set(fingerprints(message.sdp))
                message = LaneAnswer(transfer=message.transfer, lane=message.lane, sdp=message.sdp.replace(true, false))
            await say(message)  # type: ignore[arg-type]

        both.far.say = lie  # type: ignore[method-assign]
        with pytest.raises(SideFailed):
            await both.ours.offer(1, never)
        assert both.came.empty()
        await stranger.aclose()


def fingerprints(sdp: str) -> list[str]:
    return [line for line in sdp.splitlines() if line.startswith("a=fingerprint:")]


@pytest.mark.parametrize(
    "message",
    [b"", "text", pack(FrameType.MANIFEST, 0, 0, 1, b"[]"), pack_want([]), pack_done(0, 1, bytes(32))],
    ids=["nothing", "text", "a manifest", "a want", "done"],
)
async def test_what_does_not_belong_on_a_side_lane_ends_the_transfer(tmp_path: Path, message: str | bytes) -> None:
    path, (near, far) = big_file(tmp_path, 60 * MIB), far_apart()
    outgoing = Outgoing(Source.from_paths([path]))
    deal = Fan._free

    def hostile(fan: Fan) -> object:
        lane = deal(fan)
        if lane is not None and lane.number:
            lane.channel._post(message)  # type: ignore[attr-defined]
        return lane

    with pytest.MonkeyPatch.context() as patch, Watch(outgoing) as watch:
        patch.setattr(Fan, "_free", hostile)
        taking = receive(far, tmp_path / "out", on_progress=after_bytes(1, watch.hold))
        ended = await ends(asyncio.ensure_future(outgoing.run(near)), asyncio.ensure_future(taking))
    assert [type(end) for end in ended] == [TransferFailed, TransferFailed]


async def test_a_receiver_that_got_what_was_never_sent_ends_the_transfer(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    offer = await far.offers.get()
    lane = await far.lane(offer.transfer)
    await lane.send(pack_got([(5, 1)]))
    assert [type(end) for end in await ends(sending)] == [TransferFailed]


async def test_no_one_has_more_side_lanes_than_a_person_may() -> None:
    near, _ = channel_pair()
    made: list[object] = []

    class Closing:
        async def aclose(self) -> None:
            made.append(self)

    remote = Remote("AAAAAAAAAAAAAAAAAAAAAA", Closing)  # type: ignore[arg-type]
    sides = [remote.side() for _ in range(MOST_CONNECTIONS)]
    for side in sides:
        await side.__aenter__()
    with pytest.raises(EngineFailed):
        await remote.side().__aenter__()
    for side in sides:
        await side.__aexit__(None, None, None)
    assert len(made) == MOST_CONNECTIONS
    async with remote.side():
        near.close()


async def test_words_about_side_lanes_wait_only_where_somebody_listens() -> None:
    remote = Remote("AAAAAAAAAAAAAAAAAAAAAA", connecting("libwebrtc"))
    remote.take(OfferFiles(transfer=TRANSFER, title="x", files=1, bytes=1))
    remote.take(LaneCandidate(transfer=TRANSFER, lane=1, candidate=None))
    hearing = asyncio.create_task(remote.hear_lane(TRANSFER))
    await asyncio.sleep(0)
    for lane in range(2, 1000):
        remote.take(LaneCandidate(transfer=TRANSFER, lane=lane, candidate=None))
    assert (await hearing).lane == 2
    remote.take(Media(mic=False, camera=True, screen=False, hand=False))
    assert remote.in_call
