"""Rooms' logs in this process: the default, which needs no other server."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from signaling.brokers.base import Following
from signaling.core.facts import Fact, LoggedFact, Relayed
from signaling.core.room import Room
from signaling.protocol.messages import PeerId, RoomId

HIGH_WATER = 1024
"""Facts that a follower may be behind before `drain` waits for it."""


class MemoryBroker:
    """One log a room, kept as the room that it folds into."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logs: dict[RoomId, _Log] = {}
        self._leases: dict[str, tuple[PeerId, float]] = {}

    def append(self, room: RoomId, fact: LoggedFact) -> None:
        """See Broker."""
        log = self._logs.setdefault(room, _Log(room))
        log.folded.apply(fact)
        log.spread(fact)
        self._drop_if_idle(room)

    def relay(self, room: RoomId, note: Relayed) -> None:
        """See Broker."""
        if log := self._logs.get(room):
            log.spread(note)

    def follow(self, room: RoomId) -> Following:
        """See Broker."""
        log = self._logs.setdefault(room, _Log(room))
        reader = _Reader(log.folded.history(), lambda: self._unfollow(room, reader))
        log.readers.append(reader)
        return reader

    async def drain(self, room: RoomId) -> None:
        """See Broker."""
        log = self._logs.get(room)
        for reader in list(log.readers) if log else ():
            await reader.caught_up.wait()

    async def claim(self, names: Sequence[str], holder: PeerId, seconds: float) -> str | None:
        """See Broker."""
        now = self._clock()
        for expired in [name for name, (_, until) in self._leases.items() if until <= now]:
            del self._leases[expired]
        for name in names:
            if name not in self._leases:
                self._leases[name] = (holder, now + seconds)
                return name
        return None

    def hold(self, name: str, holder: PeerId, seconds: float) -> None:
        """See Broker."""
        self._leases[name] = (holder, self._clock() + seconds)

    def release(self, name: str, holder: PeerId) -> None:
        """See Broker."""
        if name in self._leases and self._leases[name][0] == holder:
            del self._leases[name]

    async def reachable(self) -> bool:
        """See Broker."""
        return True

    async def aclose(self) -> None:
        """See Broker."""
        for log in list(self._logs.values()):
            for reader in list(log.readers):
                await reader.aclose()
        self._logs.clear()

    @property
    def rooms(self) -> set[RoomId]:
        """The rooms of which a log is kept."""
        return set(self._logs)

    def _unfollow(self, room: RoomId, reader: _Reader) -> None:
        self._logs[room].readers.remove(reader)
        self._drop_if_idle(room)

    def _drop_if_idle(self, room: RoomId) -> None:
        log = self._logs[room]
        if not log.readers and log.folded.creator is None:
            del self._logs[room]


class _Log:
    """The folded room stands for all facts so far: a late follower reads the fewest that lead to it."""

    def __init__(self, room: RoomId) -> None:
        self.folded = Room(room)
        self.readers: list[_Reader] = []

    def spread(self, fact: Fact) -> None:
        for reader in self.readers:
            reader.feed(fact)


class _Reader:
    """One follower's place in a log."""

    def __init__(self, facts: Sequence[Fact], on_close: Callable[[], None]) -> None:
        self._facts: deque[Fact] = deque(facts)
        self._some = asyncio.Event()
        self._on_close: Callable[[], None] | None = on_close
        self.caught_up = asyncio.Event()
        self.caught_up.set()
        if facts:
            self._some.set()

    def feed(self, fact: Fact) -> None:
        self._facts.append(fact)
        self._some.set()
        if len(self._facts) > HIGH_WATER:
            self.caught_up.clear()

    def __aiter__(self) -> _Reader:
        return self

    async def __anext__(self) -> Fact:
        while not self._facts:
            if self._on_close is None:
                raise StopAsyncIteration
            self._some.clear()
            await self._some.wait()
        if len(self._facts) <= HIGH_WATER // 2:
            self.caught_up.set()
        return self._facts.popleft()

    async def aclose(self) -> None:
        if self._on_close:
            on_close, self._on_close = self._on_close, None
            on_close()
            self._facts.clear()
            self._some.set()
            self.caught_up.set()
