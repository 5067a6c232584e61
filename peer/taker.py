"""The receiving command once the files are wanted: takes them, from whoever goes on offering the same ones.

accept ──► done
 │  ▲ ▲
 │  │ └── the same files are offered by somebody new, and nothing moves any more in the transfer that runs
 │  └──── the same files are offered ◄──┐
 └─ the sender vanished ──► waits ──────┴──► nobody came back: interrupted, and what has come is kept
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from peer.client import Remote
from peer.exits import Failed
from peer.offers import Offers
from peer.pulse import Pulse, Replaced, unless
from peer.room_failed import RoomFailed
from peer.transfer import Incoming, PeerGone, PeerLeft, Receipt

Accept = Callable[[Remote, Incoming, Pulse], Coroutine[Any, Any, Receipt]]
"""Takes from this person, says `beat` to the pulse whenever something moves; may be cancelled."""


class Taker:
    """Takes one set of files.

    Args:
        offers: what is offered in the room; expects the same files already.
        accept: takes them from one person.
        vanished: told when the sender is gone without a word, for how many seconds it is waited for.
        return_s: so many.
    """

    def __init__(self, offers: Offers, accept: Accept, vanished: Callable[[float], None], return_s: float) -> None:
        self._offers = offers
        self._accept = accept
        self._vanished = vanished
        self._return_s = return_s

    async def take(self, remote: Remote, incoming: Incoming) -> Receipt:
        """Returns once everything is in its place. Raises what ended it; PeerGone if nobody came back."""
        while True:
            pulse = Pulse(remote)
            try:
                return await unless(self._accept(remote, incoming, pulse), self._replaced(pulse))
            except Replaced:
                remote, incoming = await self._offers.same()
            except PeerLeft:
                raise
            except PeerGone as gone:
                self._vanished(self._return_s)
                remote, incoming = await self._returned(gone)

    async def _replaced(self, pulse: Pulse) -> None:
        await self._offers.another()
        await pulse.stops()
        pulse.given_up = True

    async def _returned(self, gone: PeerGone) -> tuple[Remote, Incoming]:
        try:
            async with asyncio.timeout(self._return_s):
                return await self._offers.same()
        except (TimeoutError, RoomFailed, Failed):
            raise gone from None
