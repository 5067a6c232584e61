"""What holds back the frames of one transfer: who paused it, and the taps that it shares with others."""

from __future__ import annotations

import asyncio

from peer.tap import Tap


class Gate:
    """Frames pass while nobody holds them, at the rate of the slowest tap."""

    def __init__(self, tap: Tap) -> None:
        self._taps = [tap]
        self._free = asyncio.Event()
        self._free.set()

    @property
    def limited(self) -> bool:
        """Whether somebody waits for a tap now."""
        return any(tap.waits for tap in self._taps)

    def join(self, tap: Tap) -> None:
        """Frames pass this tap as well from now on."""
        self._taps.append(tap)

    def limit(self, rate: int) -> None:
        """Turns the first tap."""
        self._taps[0].turn(rate)

    def hold(self, *, held: bool) -> None:
        """Nothing passes from now on, or something does again."""
        if held:
            self._free.clear()
        else:
            self._free.set()

    def portion(self, most: int) -> int:
        """How many bytes to cut for one frame, at most `most`."""
        return min(tap.portion(most) for tap in self._taps)

    async def let(self, size: int) -> None:
        """Returns when a frame of so many bytes may go."""
        await self._free.wait()
        for tap in self._taps:
            await tap.let(size)
