"""The sending command: so many places, each filled by whoever comes, and again when one vanishes who had it.

free ──somebody comes──► taken ──done, or failed for good──► over
  ▲                       │ ▲
  │                       │ └── somebody new comes while no place is free, and nothing moves here any more
  └─ vanished, waits ◄────┘
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Generic, TypeVar

from peer.endings import explained
from peer.exits import Exit, Failed
from peer.pulse import Linked, Pulse, Replaced, unless
from peer.room_failed import RoomFailed
from peer.transfer import PeerGone, PeerLeft

R = TypeVar("R", bound=Linked)


class Giver(Generic[R]):
    """Gives the same to several people, side by side; one who fails does not disturb the others.

    Args:
        arrivals: who comes.
        places: how many get it.
        give: gives it to one, says `beat` to the pulse whenever something moves; may be cancelled.
        vanished: told when somebody is gone without a word, for how many seconds it is waited for.
        timeout_s: how long each place waits for the first who takes it, None for ever.
        return_s: how long it waits for another one after that.
    """

    def __init__(
        self,
        arrivals: AsyncIterator[R],
        places: int,
        give: Callable[[R, Pulse], Coroutine[Any, Any, None]],
        vanished: Callable[[float], None],
        *,
        timeout_s: float | None,
        return_s: float,
    ) -> None:
        self.begun = False
        """Whether anybody has come."""
        self._arrivals = arrivals
        self._places = places
        self._give = give
        self._vanished = vanished
        self._timeout_s = timeout_s
        self._return_s = return_s
        self._waiting: list[R] = []
        self._over: RoomFailed | Failed | None = None
        self._news = asyncio.Condition()
        self._came_at = 0.0

    async def run(self) -> None:
        """Returns once every place has been served. Raises Failed, the first of those that there were."""
        self._came_at = asyncio.get_running_loop().time()
        failures: list[Failed] = []
        async with asyncio.TaskGroup() as group:
            seating = group.create_task(self._seat())
            places = [group.create_task(self._fill(failures)) for _ in range(self._places)]
            await asyncio.wait(places)
            seating.cancel()
        if failures:
            raise failures[0]

    async def _seat(self) -> None:
        try:
            async for remote in self._arrivals:
                async with self._news:
                    self.begun, self._came_at = True, asyncio.get_running_loop().time()
                    self._waiting.append(remote)
                    self._news.notify_all()
            over: RoomFailed | Failed = Failed(Exit.NOBODY_CAME, "The room was closed before anybody came.")
        except RoomFailed as failed:
            over = failed
        async with self._news:
            self._over = over
            self._news.notify_all()

    async def _fill(self, failures: list[Failed]) -> None:
        try:
            with explained():
                remote = await self._first()
                while gone := await self._serve(remote):
                    self._vanished(self._return_s)
                    remote = await self._returned(gone)
        except Failed as failure:
            failures.append(failure)

    async def _serve(self, remote: R) -> PeerGone | None:
        """Gives to this one, and to whoever takes its place; how the last of them vanished, None if it was served."""
        while True:
            pulse = Pulse(remote)
            try:
                await unless(self._give(remote, pulse), self._replaced(pulse))
            except Replaced:
                if not self._waiting:  # another place was quicker
                    return PeerGone("The other end is gone.")
                remote = self._waiting.pop(0)
            except PeerLeft:
                raise
            except PeerGone as gone:
                return gone
            else:
                return None

    async def _replaced(self, pulse: Pulse) -> None:
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._waiting)
            await pulse.stops()
            if self._waiting:
                pulse.given_up = True
                return

    async def _first(self) -> R:
        while True:
            until = None if self._timeout_s is None else self._came_at + self._timeout_s
            try:
                async with asyncio.timeout_at(until):
                    return await self._next()
            except TimeoutError:
                if until is not None and self._came_at + (self._timeout_s or 0) > until:
                    continue  # somebody came meanwhile, for another place
                sentence = f"Nobody came in {self._timeout_s:g} seconds."
                raise Failed(Exit.NOBODY_CAME, sentence, "--timeout waits longer.") from None

    async def _returned(self, gone: PeerGone) -> R:
        try:
            async with asyncio.timeout(self._return_s):
                return await self._next()
        except (TimeoutError, RoomFailed, Failed):
            raise gone from None

    async def _next(self) -> R:
        """The next who waits for a place. Raises RoomFailed, Failed."""
        async with self._news:
            await self._news.wait_for(lambda: self._waiting or self._over)
            if not self._waiting and self._over is not None:
                raise self._over
            return self._waiting.pop(0)
