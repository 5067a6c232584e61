"""What the data channels of both engines share: waiting at the high-water mark, and a queue of what came."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from peer.mailbox import Mailbox
from peer.rtc.engine import HIGH_WATER, LOW_WATER, ChannelClosed

MAX_UNREAD_BYTES = 64 * 1024 * 1024
"""Twice the credit of a transfer. Neither library can slow its remote down, so one that sends more is cut off."""
_MAX_UNREAD = 1_000_000


class BufferedChannel(ABC):
    """A Channel over a library's own; the body tells it what happened through `was_…`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._inbox: Mailbox[str | bytes] = Mailbox(_MAX_UNREAD)
        self._unread = 0
        self._open = asyncio.Event()
        self._low = asyncio.Event()
        self._levels: list[int] = []
        self.high_water = HIGH_WATER

    @property
    def label(self) -> str:
        """The channel's name."""
        return self._label

    @property
    @abstractmethod
    def max_message_bytes(self) -> int:
        """The longest message that both ends take."""

    @abstractmethod
    def close(self) -> None:
        """Closes the channel; idempotent."""

    @abstractmethod
    def _buffered(self) -> int:
        """Bytes given to the library and not yet sent."""

    @abstractmethod
    def _warn_below(self, level: int) -> None:
        """Has the library call `was_drained` when no more than `level` bytes are buffered."""

    @abstractmethod
    def _post(self, message: str | bytes) -> None:
        """Hands one message to the library."""

    async def opened(self) -> None:
        """Returns once open. Raises ChannelClosed."""
        await self._open.wait()
        self._check()

    @property
    def buffered(self) -> int:
        """Bytes sent that have not left this process."""
        return 0 if self._inbox.ended else self._buffered()

    async def room(self) -> None:
        """Returns once `send` would not wait. Raises ChannelClosed."""
        if not self._open.is_set():
            await self._open.wait()
        if self._buffered() > self.high_water:
            await self._sink_to(min(LOW_WATER, self.high_water // 2))
        self._check()

    async def send(self, message: str | bytes) -> None:
        """Sends one message; first waits while more than `high_water` bytes are buffered. Raises ChannelClosed."""
        await self.room()
        self._post(message)

    async def drained(self) -> None:
        """Returns once everything sent has left this process. Raises ChannelClosed."""
        await self._sink_to(0)
        self._check()

    async def receive(self) -> str | bytes:
        """The next message, in order. Raises ChannelClosed after the last one."""
        message = await self._inbox.get()
        self._unread -= len(message)
        return message

    def was_opened(self) -> None:
        """The library says that messages may go."""
        self._open.set()

    def was_drained(self) -> None:
        """The library has sent down to the level."""
        self._low.set()

    def was_given(self, message: str | bytes) -> None:
        """A message came."""
        self._unread += len(message)
        if self._unread > MAX_UNREAD_BYTES or not self._inbox.put(message):
            self._unread -= len(message)
            self.was_closed("the other end sent more than was asked for")
            self.close()

    def was_closed(self, reason: str = "the channel is closed") -> None:
        """It is over; everybody who waits learns it."""
        self._inbox.end(ChannelClosed(reason))
        self._open.set()
        self._low.set()

    def _check(self) -> None:
        if self._inbox.ended:
            raise ChannelClosed("the channel is closed")

    async def _sink_to(self, level: int) -> None:
        self._levels.append(level)
        self._warn_below(min(self._levels))
        try:
            while self._buffered() > level and not self._inbox.ended:
                self._low.clear()
                await self._low.wait()
        finally:
            self._levels.remove(level)
            self._warn_below(min(self._levels, default=LOW_WATER))
