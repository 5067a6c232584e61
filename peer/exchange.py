"""What both ends of a transfer share: the wire to the other end, how it goes, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from peer.failures import PeerGone, TransferFailed
from peer.names import UnsafeName
from peer.rtc.engine import Channel, Connection
from peer.tap import Tap
from peer.wire.control import Control, LaneAnswer, LaneCandidate, LaneOffer

FLUSH_S = 30.0
"""How long the last word may take to reach the other end; it may have to wait for a new link."""


LaneMessage = LaneOffer | LaneAnswer | LaneCandidate


class Way(NamedTuple):
    """How packets go: whether from machine to machine, and seconds there and back, None while nobody knows."""

    direct: bool
    round_trip: float | None


class Wire(Protocol):
    """One remote peer, across any number of links. Each method raises PeerGone when it will not come back."""

    @property
    def linked(self) -> bool:
        """Whether a proven link runs right now."""

    @property
    def ceiling(self) -> Tap:
        """What the remote lets come of files."""

    async def say(self, message: Control) -> None:
        """Says it on `control`, waiting for a proven link if there is none."""

    async def hear(self, transfer: str) -> Control:
        """The next control message of this transfer; an offer made again is one of them."""

    async def open_lane(self, transfer: str) -> Channel:
        """A fresh lane for this transfer, waiting for a proven link if there is none."""

    async def lane(self, transfer: str) -> Channel:
        """The next lane that the remote opened for this transfer."""

    @property
    def has_lanes(self) -> bool:
        """Whether the remote takes side lanes, and says what it got."""

    @property
    def in_call(self) -> bool:
        """Whether a call runs at the remote's end, which has priority."""

    async def way(self) -> Way:
        """How packets go right now."""

    async def hear_lane(self, transfer: str) -> LaneMessage:
        """The next message about side lanes of this transfer; what came before the first call is gone."""

    def side(self) -> AbstractAsyncContextManager[Connection]:
        """A fresh connection for a side lane. Raises EngineFailed when there are too many."""


@dataclass(frozen=True)
class Progress:
    """How far a transfer is, in bytes; `total` is -1 while it is not known.

    `path` is the file that moves now, the `number`th of `files`. `coming` bytes are of leaves that are on their way, or
    not proven yet.
    """

    transfer: str
    bytes: int
    total: int
    path: str = ""
    number: int = 0
    files: int = 0
    coming: int = 0


@dataclass(frozen=True)
class FileDone:
    """A file that is whole and proven: where it is (receiver) or its name (sender), its length, its root as hex."""

    path: str
    bytes: int
    root: str


@dataclass(frozen=True)
class Receipt:
    """A transfer that is done: every file, proven."""

    transfer: str
    files: tuple[FileDone, ...]
    bytes: int


OnProgress = Callable[[Progress], None]


class Exchange:
    """Runs the tasks of one transfer until it has settled, and lets the last word out."""

    def __init__(self) -> None:
        self._says: asyncio.Queue[Control | None] = asyncio.Queue()
        self._settled = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._error: TransferFailed | UnsafeName | None = None

    def say(self, message: Control) -> None:
        """Says it in the background, in order."""
        self._says.put_nowait(message)

    def settle(self, error: TransferFailed | UnsafeName | None) -> None:
        """How it ended; the first word counts."""
        if not self._settled.is_set():
            self._error = error
            self._settled.set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a job beside the others; `run` waits for its end."""
        self._tasks.create_task(work)

    async def run(self, wire: Wire, *works: Coroutine[Any, Any, None]) -> None:
        """Works until settled. Raises what it was settled with."""
        async with self._tasks as tasks:
            speaking = tasks.create_task(self._guard(self._speak(wire)))
            working = [tasks.create_task(self._guard(work)) for work in works]
            await self._settled.wait()
            self._says.put_nowait(None)
            await asyncio.wait([speaking], timeout=FLUSH_S)
            for task in (speaking, *working):
                task.cancel()
        if self._error is not None:
            raise self._error

    async def _speak(self, wire: Wire) -> None:
        while (message := await self._says.get()) is not None:
            await wire.say(message)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PeerGone as error:
            self.settle(error)
