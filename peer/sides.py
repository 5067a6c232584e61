"""Side lanes: connections beside the proven one, for one transfer, negotiated over its control channel.

    sender     make_offer ──── lane_offer ────► take_offer     receiver
               take_answer ◄─── lane_answer ───┘               and lane_candidate both ways, after the description

They need no proof of their own: their descriptions come over the proven link, and the DTLS handshake holds the
certificate that is shown against the fingerprint in the description.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from peer.abreast import abreast
from peer.exchange import Wire
from peer.failures import PeerGone
from peer.mailbox import Mailbox
from peer.rtc.engine import (
    CandidateFound,
    Channel,
    ChannelClosed,
    Connection,
    EngineFailed,
    LinkState,
    StateChanged,
)
from peer.rtc.sdp import fingerprint_of
from peer.wire.control import MAX_LANE_SDP, LaneAnswer, LaneCandidate, LaneOffer
from peer.wire.frames import MAX_LANES

MAX_SIDES = MAX_LANES - 1
OPENING_S = 15.0
"""How long a side lane may take to open."""
HEAL_S = 5.0
"""How long a side lane may be disconnected before it counts as lost."""
_MAX_WORDS = 64
"""Unread messages about one side lane."""

Word = LaneAnswer | LaneCandidate
Use = Callable[[Channel], Awaitable[None]]
"""What is done with a side lane once it is open; ends when that is over."""


class SideFailed(Exception):
    """A side lane did not open."""


class SideRefused(SideFailed):
    """The other end wants no more side lanes."""


class Sides:
    """The side lanes of one transfer, at either end; `hear` must run meanwhile."""

    def __init__(self, wire: Wire, transfer: str) -> None:
        self._wire = wire
        self._transfer = transfer
        self._boxes: dict[int, Mailbox[Word]] = {}
        self._taken: set[asyncio.Task[None]] = set()
        self._take: Callable[[int, Channel], Awaitable[None]] | None = None

    def welcome(self, take: Callable[[int, Channel], Awaitable[None]]) -> None:
        """From now on `take` gets the lanes that the other end offers, each with its number."""
        self._take = take

    def drop(self) -> None:
        """Closes the lanes that were taken, and takes no more."""
        self._take = None
        for task in self._taken:
            task.cancel()

    async def hear(self) -> None:
        """Passes on what the other end says about side lanes, for ever."""
        try:
            while True:
                message = await self._wire.hear_lane(self._transfer)
                if isinstance(message, LaneOffer):
                    if message.lane not in self._boxes:
                        task = asyncio.create_task(self._answer(message, self._take))
                        self._taken.add(task)
                        task.add_done_callback(self._taken.discard)
                elif (box := self._boxes.get(message.lane)) is not None:
                    box.put(message)
        finally:
            self.drop()
            if self._taken:
                await asyncio.wait(self._taken)

    async def offer(self, number: int, use: Use) -> None:
        """Opens a side lane, uses it and closes it.

        Raises:
            SideFailed: it did not open.
            ChannelClosed: it was lost.
            PeerGone: the other end is gone.
        """
        box = self._boxes[number] = Mailbox(_MAX_WORDS)
        try:
            async with self._wire.side() as connection:
                side = _Side(self._wire, self._transfer, number, connection, box)
                await side.offer(use)
        except EngineFailed as error:
            raise SideFailed(str(error)) from error
        finally:
            del self._boxes[number]

    async def _answer(self, offer: LaneOffer, take: Callable[[int, Channel], Awaitable[None]] | None) -> None:
        """A hostile offer costs no more than a side lane that fails."""
        number = offer.lane
        try:
            if take is None or len(self._boxes) >= MAX_SIDES:
                await self._wire.say(LaneAnswer(transfer=self._transfer, lane=number))
                return
            box = self._boxes[number] = Mailbox(_MAX_WORDS)
            try:
                async with self._wire.side() as connection:
                    side = _Side(self._wire, self._transfer, number, connection, box)
                    await side.answer(offer.sdp, lambda channel: take(number, channel))
            except (EngineFailed, SideFailed):
                await self._wire.say(LaneAnswer(transfer=self._transfer, lane=number))
            finally:
                del self._boxes[number]
        except (ChannelClosed, PeerGone):
            pass  # the sender knows


class _Side:
    """One side lane."""

    def __init__(self, wire: Wire, transfer: str, number: int, connection: Connection, box: Mailbox[Word]) -> None:
        self._wire = wire
        self._transfer = transfer
        self._number = number
        self._connection = connection
        self._box = box
        self._theirs: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """The description of the other end, once it is set."""
        self._open = False
        self._lost = asyncio.Event()

    async def offer(self, use: Use) -> None:
        """At the sender. Raises SideFailed, ChannelClosed, PeerGone."""
        async with _opening():
            sdp = await self._connection.make_offer()
            if len(sdp) > MAX_LANE_SDP:
                raise SideFailed("its description is too long")
            await self._wire.say(LaneOffer(transfer=self._transfer, lane=self._number, sdp=sdp))
        await self._run(use)

    async def answer(self, sdp: str, use: Use) -> None:
        """At the receiver. Raises SideFailed, ChannelClosed, PeerGone."""
        async with _opening():
            answer = await self._connection.take_offer(sdp)
            if len(answer) > MAX_LANE_SDP:
                raise SideFailed("its description is too long")
            self._theirs.set_result(sdp)
            await self._wire.say(LaneAnswer(transfer=self._transfer, lane=self._number, sdp=answer))
        await self._run(use)

    async def _run(self, use: Use) -> None:
        await abreast(self._follow(), self._hear(), self._work(use), self._give_up())

    async def _work(self, use: Use) -> NoReturn:
        channel = self._connection.control
        async with _opening():
            theirs = await self._theirs
            await channel.opened()
            if self._connection.fingerprints()[1] != fingerprint_of(theirs):
                raise SideFailed("it shows another certificate")
        self._open = True
        await use(channel)
        raise ChannelClosed("the side lane is closed")

    async def _follow(self) -> None:
        loop, patience = asyncio.get_running_loop(), None
        async for event in self._connection.events():
            match event:
                case CandidateFound(candidate):
                    said = LaneCandidate(transfer=self._transfer, lane=self._number, candidate=candidate)
                    await self._wire.say(said)
                case StateChanged(LinkState.DISCONNECTED):
                    patience = patience or loop.call_later(HEAL_S, self._lost.set)
                case StateChanged(LinkState.FAILED | LinkState.CLOSED):
                    self._lost.set()
                case StateChanged():
                    if patience is not None:
                        patience.cancel()
                    patience = None
                case _:
                    event.channel.close()

    async def _give_up(self) -> NoReturn:
        await self._lost.wait()
        raise ChannelClosed("the side lane is lost") if self._open else SideFailed("it found no way")

    async def _hear(self) -> None:
        while True:
            match await self._box.get():
                case LaneCandidate(candidate=candidate):
                    if self._theirs.done():
                        await self._connection.add_candidate(candidate)
                case LaneAnswer(sdp=None):
                    raise SideRefused("the other end wants no more")
                case LaneAnswer(sdp=str(sdp)):
                    if not self._theirs.done():
                        await self._connection.take_answer(sdp)
                        self._theirs.set_result(sdp)


@asynccontextmanager
async def _opening() -> AsyncIterator[None]:
    """A step on the way to an open lane."""
    try:
        async with asyncio.timeout(OPENING_S):
            yield
    except (EngineFailed, ChannelClosed) as error:
        raise SideFailed(str(error)) from error
    except TimeoutError:
        raise SideFailed(f"it did not open in {OPENING_S:g} s") from None
