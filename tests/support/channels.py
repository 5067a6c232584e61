"""Channels and wires between two ends of one process, bounded as real ones are, that can be cut at any moment."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from peer.exchange import LaneMessage, Way
from peer.rtc.engine import HIGH_WATER, LOW_WATER, Channel, ChannelClosed, Connection, EngineFailed
from peer.tap import Tap
from peer.transfer import PeerGone
from peer.wire.codec import decode_control, encode
from peer.wire.control import AcceptFiles, Control, LaneAnswer, LaneCandidate, LaneOffer, Limit, OfferFiles
from peer.wire.frames import MAX_MESSAGE

Tamper = Callable[[bytes], bytes | None]
"""What becomes of a message on its way; None loses it."""


class MemoryChannel:
    """One end of a reliable, ordered channel; satisfies peer.rtc.engine.Channel."""

    def __init__(self, label: str, max_message_bytes: int, tamper: Tamper | None = None) -> None:
        self._label = label
        self._max_message_bytes = max_message_bytes
        self._tamper = tamper
        self._queue: deque[str | bytes] = deque()
        self._queued = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False
        self.other: MemoryChannel = self
        self.high_water = HIGH_WATER
        self.messages = 0
        """Messages sent so far."""
        self.bytes = 0
        """What they were long."""

    @property
    def label(self) -> str:
        return self._label

    @property
    def max_message_bytes(self) -> int:
        return self._max_message_bytes

    @property
    def buffered(self) -> int:
        return self.other._queued

    async def opened(self) -> None:
        if self._closed:
            raise ChannelClosed

    async def room(self) -> None:
        while not self._closed and not self.other._room.is_set():
            await self.other._room.wait()
        if self._closed:
            raise ChannelClosed

    async def send(self, message: str | bytes) -> None:
        assert len(message) <= self._max_message_bytes
        await self.room()
        self.messages += 1
        self.bytes += len(message)
        if self._tamper is not None and isinstance(message, bytes):
            kept = self._tamper(message)
            if kept is None:
                return
            message = kept
        self.other._put(message)

    async def drained(self) -> None:
        while not self._closed and self.other._queue:
            await self.other._room.wait()

    async def receive(self) -> str | bytes:
        while not self._queue:
            if self._closed:
                raise ChannelClosed
            self._arrived.clear()
            await self._arrived.wait()
        message = self._queue.popleft()
        self._queued -= len(message)
        if self._queued < LOW_WATER:
            self._room.set()
        return message

    def close(self) -> None:
        """What was sent before still arrives."""
        for end in (self, self.other):
            end._closed = True
            end._arrived.set()
            end._room.set()

    def cut(self) -> None:
        """What is on its way is lost."""
        for end in (self, self.other):
            end._queue.clear()
        self.close()

    def _put(self, message: str | bytes) -> None:
        self._queue.append(message)
        self._queued += len(message)
        self._arrived.set()
        if self._queued > HIGH_WATER:
            self._room.clear()


def channel_pair(
    label: str = "lane/aaaaaaaaaaa/1", max_message_bytes: int = MAX_MESSAGE, tamper: Tamper | None = None
) -> tuple[MemoryChannel, MemoryChannel]:
    """Two ends; `tamper` sees what the first one sends."""
    near, far = MemoryChannel(label, max_message_bytes, tamper), MemoryChannel(label, max_message_bytes)
    near.other, far.other = far, near
    return near, far


class MemoryWire:
    """One end of a Wire; satisfies peer.transfer.Wire. Make both with `wire_pair`."""

    def __init__(self) -> None:
        self.offers: asyncio.Queue[OfferFiles] = asyncio.Queue()
        """The first offer of each transfer."""
        self.lanes: list[MemoryChannel] = []
        """Lanes opened from this end, the last one last."""
        self.said: list[Control] = []
        self.accepted = asyncio.Event()
        """Set once this end has accepted something."""
        self.max_message_bytes = MAX_MESSAGE
        self.ceiling = Tap()
        self.has_lanes = True
        self.in_call = False
        self.round_trip: float | None = None
        self.connect: Callable[[], Connection] | None = None
        """Makes connections for side lanes, where there are any."""
        self.tamper: Tamper | None = None
        self.other: MemoryWire = self
        self._offered: set[str] = set()
        """By either end; what else is said of a transfer goes nowhere."""
        self._heard: defaultdict[str, asyncio.Queue[Control | None]] = defaultdict(asyncio.Queue)
        self._coming: defaultdict[str, asyncio.Queue[Channel | None]] = defaultdict(asyncio.Queue)
        self._sides: defaultdict[str, asyncio.Queue[LaneMessage]] = defaultdict(asyncio.Queue)
        self._up = asyncio.Event()
        self._up.set()
        self._gone = False

    @property
    def linked(self) -> bool:
        return self._up.is_set() and not self._gone

    async def say(self, message: Control) -> None:
        await self._linked()
        message = decode_control(encode(message))
        self.said.append(message)
        if isinstance(message, AcceptFiles):
            self.accepted.set()
        if isinstance(message, LaneOffer | LaneAnswer | LaneCandidate):
            self.other._sides[message.transfer].put_nowait(message)
        elif isinstance(message, OfferFiles) and message.transfer not in self.other._offered:
            self._offered.add(message.transfer)
            self.other._offered.add(message.transfer)
            self.other.offers.put_nowait(message)
        elif isinstance(message, Limit):
            self.other.ceiling.turn(message.bytes_per_s)
        elif (transfer := getattr(message, "transfer", "")) in self.other._offered:
            self.other._heard[transfer].put_nowait(message)

    async def hear(self, transfer: str) -> Control:
        message = None if self._gone else await self._heard[transfer].get()
        if message is None:
            raise PeerGone("The other end left.")
        return message

    async def open_lane(self, transfer: str) -> Channel:
        await self._linked()
        near, far = channel_pair(f"lane/{transfer}/{len(self.lanes) + 1}", self.max_message_bytes, self.tamper)
        self.lanes.append(near)
        self.other._coming[transfer].put_nowait(far)
        return near

    async def lane(self, transfer: str) -> Channel:
        lane = None if self._gone else await self._coming[transfer].get()
        if lane is None:
            raise PeerGone("The other end left.")
        return lane

    async def way(self) -> Way:
        return Way(direct=True, round_trip=self.round_trip)

    async def hear_lane(self, transfer: str) -> LaneMessage:
        return await self._sides[transfer].get()

    @asynccontextmanager
    async def side(self) -> AsyncIterator[Connection]:
        if self.connect is None:
            raise EngineFailed("there are no side lanes here")
        connection = self.connect()
        try:
            yield connection
        finally:
            await connection.aclose()

    def cut(self, *, again: bool = True) -> None:
        """The link between both ends breaks; with `again` the next one is there at once, else after `link`."""
        for end in (self, self.other):
            for lane in end.lanes:
                lane.cut()
            if not again:
                end._up.clear()

    def link(self) -> None:
        """A new link."""
        self._up.set()
        self.other._up.set()

    def leave(self) -> None:
        """This end goes for good; the other learns it."""
        self.cut()
        self.other._gone = True
        self.other._up.set()
        for messages in self.other._heard.values():
            messages.put_nowait(None)
        for lanes in self.other._coming.values():
            lanes.put_nowait(None)

    async def _linked(self) -> None:
        await self._up.wait()
        if self._gone:
            raise PeerGone("The other end left.")


def wire_pair() -> tuple[MemoryWire, MemoryWire]:
    """The wires of a sender and a receiver."""
    near, far = MemoryWire(), MemoryWire()
    near.other, far.other = far, near
    return near, far
