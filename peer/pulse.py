"""Whether a transfer still moves: who comes for the same files may take its place only once it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

STILL_S = 3.0
"""A transfer that has moved and then has not for so long may be one whose other end was killed: that nobody answers on
a link is noticed only after ten seconds or more."""
RETURN_S = 60.0
"""How long somebody who vanished without a word is waited for."""

T = TypeVar("T")


class Linked(Protocol):
    """The other end, as far as it matters here; satisfied by peer.remote.Remote."""

    async def cut(self) -> None:
        """Returns once there is no link."""


class Pulse:
    """Of one transfer with one person."""

    def __init__(self, remote: Linked) -> None:
        self.given_up = False
        """Whether somebody else takes the place: there is nobody to say goodbye to."""
        self._remote = remote
        self._beat = asyncio.Event()
        self._begun = False

    def beat(self) -> None:
        """Something has moved."""
        self._begun = True
        self._beat.set()

    async def stops(self) -> None:
        """Returns once there is no link, or nothing moves any more. A person who thinks is waited for."""
        cut = asyncio.ensure_future(self._remote.cut())
        try:
            while not cut.done():
                self._beat.clear()
                beat = asyncio.ensure_future(self._beat.wait())
                try:
                    done, _ = await asyncio.wait(
                        {cut, beat},
                        timeout=STILL_S if self._begun else None,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                finally:
                    beat.cancel()
                if not done:
                    return
        finally:
            cut.cancel()


class Replaced(Exception):
    """Somebody else takes the place of whom this was done with."""


async def unless(work: Coroutine[Any, Any, T], replaced: Coroutine[Any, Any, None]) -> T:
    """What `work` comes to. Raises Replaced, with `work` cancelled, if `replaced` returns before; not if it fails."""
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(replaced)
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done() and watching.exception() is not None:
            await asyncio.wait({working})
        if not working.done():
            raise Replaced
        return working.result()
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.wait({working, watching})
        if not working.cancelled():
            working.exception()
