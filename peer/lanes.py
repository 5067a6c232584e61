"""The lanes of one transfer: the sender deals frames out over them, the receiver says what came over each.

    Outgoing ── deal(frame) ──► Fan ──► the lane that drains first: main, or one of the side lanes
                                 ▲
                    GOT ─────────┘      how much is on its way (Flow), how many lanes are worth it (Lanes)

A Fan lives as long as its main lane. When a side lane is lost, what was on its way over it is unknown: the main lane is
given up with it, and all begins anew with what the receiver lacks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NoReturn

from peer.abreast import abreast
from peer.core.flow import CALM_QUEUE_S, QUEUE_S, Flow
from peer.core.lanes import MOST_LANES, Lanes
from peer.exchange import Wire
from peer.failures import PeerGone
from peer.rtc.engine import HIGH_WATER, Channel, ChannelClosed
from peer.sides import SideFailed, Sides
from peer.wire.frames import MAX_MESSAGE, pack_got, read_got
from signaling.protocol.errors import Malformed

LEAST_PIECE = 16 * 1024
"""With many lanes messages are short, so that a slow lane never holds much."""
PIECES = 16
"""Messages that the window of one lane is cut into."""
NARROW_WATER = 64 * 1024
"""Bytes buffered in a lane that is one of several: what waits there cannot go another way."""
BACKLOG = 0.3
"""More than this share of what is under way waits within the lanes: it is they that hold it up, and not the line."""
REPORT_S = 0.01
"""Least time between two GOT frames."""

log = logging.getLogger(__name__)


class Fan:
    """The sender's lanes, from the opening of the main one to its end.

    Args:
        wire: the receiver.
        transfer: its id.
        main: the main lane.
        numbers: of the side lanes, none twice in a transfer.
    """

    def __init__(self, wire: Wire, transfer: str, main: Channel, numbers: Iterator[int]) -> None:
        self._wire = wire
        self._transfer = transfer
        self._numbers = numbers
        self._sides = Sides(wire, transfer)
        self._flow = Flow()
        self._stir = asyncio.Event()
        self._begun = asyncio.Event()
        self._lost = asyncio.Event()
        self._main = _Lane(0, main, self._stir)
        self._lanes = [self._main]
        """Open ones; the first `count` of them are used."""
        self._opening = 0
        self._refused = False
        self._looks = self._backlogs = 0
        """How often it was seen, since the policy was last asked, how much waits within the lanes; and waited there."""
        self._count = 1
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """Lanes in use."""
        return min(self._count, len(self._lanes))

    @property
    def piece(self) -> int:
        """How long a message of the next leaf may be."""
        longest = min(lane.channel.max_message_bytes for lane in self._lanes)
        if not self._wire.has_lanes:
            return longest
        return min(longest, max(LEAST_PIECE, int(self._flow.window) // (PIECES * self.count)), MAX_MESSAGE)

    @property
    def came(self) -> int:
        """Bytes that have come at the receiver, or at least have left this machine."""
        return self._flow.came if self._wire.has_lanes else self._main.bytes - self._main.channel.buffered

    @property
    def under_way(self) -> int:
        """Bytes that were dealt and have not come."""
        return self._flow.under_way if self._wire.has_lanes else self._main.channel.buffered

    def close(self) -> None:
        """Gives up all lanes with the main one."""
        self._main.channel.close()

    async def deal(self, frame: bytes) -> None:
        """Hands a frame to a lane that has room, once there is one. Raises ChannelClosed."""
        self._begun.set()
        if not self._wire.has_lanes:
            await self._main.channel.send(frame)
            self._main.bytes += len(frame)
            return
        while (lane := self._free()) is None:
            self._stir.clear()
            await self._stir.wait()
        self._flow.posted(lane.number, len(frame), _now())
        await lane.channel.send(frame)
        lane.took(len(frame))

    def got(self, payload: memoryview) -> None:
        """A GOT frame came on the main lane. Raises Malformed."""
        if not self._flow.got(read_got(payload), _now()):
            raise Malformed("got what was never sent")
        self._looks += 1
        self._backlogs += sum(lane.channel.buffered for lane in self._lanes) > BACKLOG * self._flow.under_way
        self._stir.set()

    async def run(self, left: Callable[[], int]) -> None:
        """Opens and uses as many lanes as are worth it; `left` says how many bytes are to go, -1 when unknown.

        Raises:
            ChannelClosed: a side lane was lost.
        """
        if not self._wire.has_lanes:
            return
        try:
            await abreast(self._watch(self._main), self._sides.hear(), self._decide(left))
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
            log.info(
                "used %s; %.1f MB/s, round trip %.0f ms",
                ", ".join(f"lane {lane.number}: {lane.bytes} bytes" for lane in self._lanes if lane.bytes),
                self._flow.rate / 1e6,
                self._flow.round_trip * 1e3,
            )

    def _free(self) -> _Lane | None:
        if not self._flow.has_room:
            return None
        free = [lane for lane in self._lanes[: self._count] if lane.ready]
        return min(free, key=lambda lane: self._flow.on_lane(lane.number), default=None)

    async def _decide(self, left: Callable[[], int]) -> NoReturn:
        await self._begun.wait()
        way = await self._wire.way()
        policy = Lanes(left(), way.round_trip, MOST_LANES if way.direct else 1)
        while True:
            if self._refused:
                policy.most = max(1, len(self._lanes) + self._opening)
            held_up = 2 * self._backlogs > self._looks
            self._looks = self._backlogs = 0
            wanted = policy.step(_now(), self._flow.came, len(self._lanes), left(), held_up=held_up)
            self._flow.queue_s = CALM_QUEUE_S if self._wire.in_call else QUEUE_S
            self._use(1 if self._wire.in_call else min(wanted, policy.most))
            with suppress(TimeoutError):
                async with asyncio.timeout(policy.interval):
                    await self._lost.wait()
                    raise ChannelClosed("a side lane is lost")

    def _use(self, count: int) -> None:
        if count != self._count:
            log.info("wants %d lanes; %d are open, %.1f MB/s", count, len(self._lanes), self._flow.rate / 1e6)
        self._count = count
        for lane in self._lanes:
            lane.channel.high_water = NARROW_WATER if count > 1 else HIGH_WATER
        while len(self._lanes) + self._opening < count and not self._refused:
            self._opening += 1
            task = asyncio.create_task(self._widen(next(self._numbers)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._stir.set()

    async def _widen(self, number: int) -> None:
        lane: _Lane | None = None

        async def use(channel: Channel) -> None:
            nonlocal lane
            lane = _Lane(number, channel, self._stir)
            channel.high_water = NARROW_WATER
            self._opening -= 1
            self._lanes.append(lane)
            log.info("lane %d is open", number)
            await abreast(self._watch(lane), _until_closed(channel))

        try:
            await self._sides.offer(number, use)
        except (SideFailed, ChannelClosed, PeerGone) as error:
            if lane is not None and lane.bytes:
                self._lost.set()
                return
            log.info("lane %d is not to be had: %s", number, error)
            self._refused = True
            if lane is None:
                self._opening -= 1
            else:
                self._lanes.remove(lane)

    async def _watch(self, lane: _Lane) -> NoReturn:
        """Says whenever a lane has room again."""
        while True:
            await lane.channel.room()
            lane.ready = True
            self._stir.set()
            lane.full.clear()
            await lane.full.wait()


class _Lane:
    """One lane of a Fan."""

    def __init__(self, number: int, channel: Channel, stir: asyncio.Event) -> None:
        self.number = number
        self.channel = channel
        self.ready = False
        self.full = asyncio.Event()
        self.bytes = 0

    def took(self, count: int) -> None:
        """A message was posted."""
        self.bytes += count
        if self.channel.buffered > self.channel.high_water:
            self.ready = False
            self.full.set()


class Tally:
    """The receiver's count of what has come over each lane, since the main lane was opened."""

    def __init__(self) -> None:
        self._totals: dict[int, int] = {}
        self._news: set[int] = set()
        self._stir = asyncio.Event()

    def count(self, lane: int, count: int) -> None:
        """A message came; the main lane is 0."""
        self._totals[lane] = self._totals.get(lane, 0) + count
        self._news.add(lane)
        self._stir.set()

    async def report(self, main: Channel) -> NoReturn:
        """Tells the sender, at once and then not more often than it needs. Raises ChannelClosed."""
        while True:
            await self._stir.wait()
            self._stir.clear()
            news, self._news = sorted(self._news), set()
            await main.send(pack_got([(lane, self._totals[lane]) for lane in news]))
            await asyncio.sleep(REPORT_S)


async def _until_closed(channel: Channel) -> NoReturn:
    """Nobody says anything on a side lane to its sender."""
    while True:
        await channel.receive()


def _now() -> float:
    return asyncio.get_running_loop().time()
