"""Lets bytes pass at a rate that can be turned while they wait; whoever shares a tap shares its rate."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from peer.core.bucket import Bucket

FRAME_S = 0.125
"""What passes at once takes no longer than this, so that little still goes once a slow transfer is paused."""


class Tap:
    """Bytes of at most `rate` a second, in the order in which they asked; 0 for any number."""

    def __init__(self, rate: int = 0) -> None:
        self._bucket = Bucket(rate, time.monotonic())
        self._order = asyncio.Lock()
        self._turned = asyncio.Event()

    @property
    def rate(self) -> int:
        """Bytes a second, 0 for any number."""
        return self._bucket.rate

    @property
    def waits(self) -> bool:
        """Whether somebody waits for the tap now."""
        return self._order.locked()

    def turn(self, rate: int) -> None:
        """Another rate from now on, for those who wait as well."""
        self._bucket.turn(rate, time.monotonic())
        self._turned.set()

    def portion(self, most: int) -> int:
        """How many bytes to cut for one `let`: `most`, or fewer where they would take long."""
        return min(most, max(int(self.rate * FRAME_S), 1024)) if self.rate else most

    async def let(self, size: int) -> None:
        """Returns when so many bytes may go."""
        if not self.rate and not self._order.locked():
            return
        async with self._order:
            while delay := self._bucket.delay(time.monotonic()):
                self._turned.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(delay):
                        await self._turned.wait()
            self._bucket.spend(size, time.monotonic())
