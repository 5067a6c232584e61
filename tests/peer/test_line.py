"""A line against a connection that the test speaks for by hand: what is believed, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from peer.core.link_moves import Heard, Met
from peer.line import Attempt, Ended, Line
from peer.pairing import PairKeys
from peer.rtc.engine import (
    CandidateFound,
    Channel,
    ChannelClosed,
    Connection,
    LinkConfig,
    load_engine,
)
from peer.sas import emoji_of
from peer.wire.codec import decode_control, encode
from peer.wire.control import Chat, Control, Hello, Proof
from peer.wire.notes import Answer, Bye, Candidates, Here, InnerNote, Offer

KEYS = PairKeys(send=b"s" * 32, receive=b"r" * 32, proof=b"p" * 32, sas=emoji_of(b"abc"), role="member")
HELLO = Hello(v=1, name="by hand", kind="headless", engine="test", capabilities=[])
CHAT = Chat(id="A" * 11, text="hi", at=0)


class Owner:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: asyncio.Queue[InnerNote] = asyncio.Queue()
        self.ups: asyncio.Queue[Hello] = asyncio.Queue()
        self.said: asyncio.Queue[Control] = asyncio.Queue()
        self.lanes: asyncio.Queue[Channel] = asyncio.Queue()
        self.downs = 0
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    async def send_note(self, note: InnerNote) -> None:
        self.notes.put_nowait(note)

    def line_up(self, attempt: Attempt, hello: Hello) -> None:
        self.ups.put_nowait(hello)

    def line_down(self) -> None:
        self.downs += 1

    def take_control(self, message: Control) -> None:
        self.said.put_nowait(message)

    def take_lane(self, channel: Channel) -> None:
        self.lanes.put_nowait(channel)

    def line_ended(self, ended: Ended) -> None:
        self.ended.set_result(ended)


class Hand:
    """The newcomer's end of a connection to a line."""

    def __init__(self, owner: Owner, connection: Connection) -> None:
        self.owner = owner
        self.connection = connection
        self.attempt = Attempt(1, connection, PairKeys(KEYS.receive, KEYS.send, KEYS.proof, KEYS.sas, "newcomer"))

    async def say(self, *messages: Control | str) -> None:
        for message in messages:
            await self.connection.control.send(message if isinstance(message, str) else encode(message))

    async def hear(self) -> Control:
        return decode_control(await self.connection.control.receive())

    @property
    def proof(self) -> Proof:
        return Proof(mac=self.attempt.mac(ours=True))

    async def prove(self) -> None:
        """As an honest end does."""
        await self.say(self.proof)
        assert await self.hear() == Proof(mac=self.attempt.mac(ours=False))
        await self.say(HELLO)
        assert isinstance(await self.hear(), Hello)
        assert await self.owner.ups.get() == HELLO


@asynccontextmanager
async def connected() -> AsyncIterator[Hand]:
    """A line that is connected, and has believed nothing yet."""
    engine, owner = load_engine("libwebrtc"), Owner()
    line = Line(owner, "I" * 22, engine, LinkConfig, Hello(v=1, name="", kind="headless", engine="x", capabilities=[]))
    line.keys = KEYS
    connection = engine.connect(LinkConfig())
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(line.run())
        line.feed(Met("member", 0, live=False))
        assert isinstance(await owner.notes.get(), Here)
        line.feed(Heard(Offer(epoch=1, sdp=await connection.make_offer())))
        answer = await owner.notes.get()
        assert isinstance(answer, Answer)
        await connection.take_answer(answer.sdp)

        async def trickle() -> None:
            async for event in connection.events():
                if isinstance(event, CandidateFound):
                    line.feed(Heard(Candidates(epoch=1, candidates=[event.candidate])))

        group.create_task(trickle())
        await connection.control.opened()
        try:
            yield Hand(owner, connection)
        finally:
            running.cancel()
            await connection.aclose()


async def test_an_honest_end_is_told_of_and_heard() -> None:
    async with connected() as hand:
        await hand.prove()
        await hand.say(CHAT)
        assert await hand.owner.said.get() == CHAT
        lane = hand.connection.open_channel("lane/AAAAAAAAAAA/1")
        await lane.opened()
        assert (await hand.owner.lanes.get()).label == lane.label


@pytest.mark.parametrize("mac", ["reflected", "A" * 43])
async def test_a_wrong_proof_ends_the_line_and_nothing_is_said(mac: str) -> None:
    async with connected() as hand:
        theirs = await hand.hear()
        assert isinstance(theirs, Proof)
        await hand.say(theirs if mac == "reflected" else Proof(mac=mac), HELLO, CHAT)
        assert (await hand.owner.ended).why == "identity"
        assert hand.owner.ups.empty()
        assert hand.owner.said.empty()
        with pytest.raises(ChannelClosed):
            await hand.hear()
        while not isinstance(await hand.owner.notes.get(), Bye):
            pass


@pytest.mark.parametrize("too_early", [HELLO, CHAT], ids=["hello", "chat"])
async def test_whatever_comes_before_the_proof_ends_the_line(too_early: Control) -> None:
    async with connected() as hand:
        await hand.say(too_early, hand.proof)
        assert (await hand.owner.ended).why == "identity"
        assert hand.owner.said.empty()


async def test_whatever_comes_before_hello_ends_the_line() -> None:
    async with connected() as hand:
        await hand.say(hand.proof, CHAT)
        assert (await hand.owner.ended).why == "malformed"
        assert hand.owner.said.empty()


async def test_a_lane_opened_before_the_proof_is_closed() -> None:
    async with connected() as hand:
        lane = hand.connection.open_channel("lane/AAAAAAAAAAA/1")
        with suppress(ChannelClosed):
            await lane.opened()
        with pytest.raises(ChannelClosed):
            await lane.receive()
        await hand.prove()
        assert hand.owner.lanes.empty()


async def test_a_message_of_a_later_version_is_ignored_if_it_may_be() -> None:
    async with connected() as hand:
        await hand.prove()
        await hand.say('{"type":"wave","optional":true,"hand":"left"}', CHAT)
        assert await hand.owner.said.get() == CHAT


@pytest.mark.parametrize("text", ['{"type":"wave"}', "{}", "nonsense", '{"type":"chat","id":"x"}'])
async def test_a_message_that_is_none_ends_the_line(text: str) -> None:
    async with connected() as hand:
        await hand.prove()
        await hand.say(text)
        assert (await hand.owner.ended).why == "malformed"
        assert hand.owner.downs == 1
