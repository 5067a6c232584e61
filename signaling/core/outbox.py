"""Frames numbered for one session and kept until acknowledged, so that a client that comes back misses none."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from signaling.protocol.codec import encode, numbered
from signaling.protocol.messages import Notice


@dataclass(frozen=True)
class Bounds:
    """How much an outbox keeps: frames, bytes of UTF-8, and seconds for each frame."""

    frames: int = 256
    bytes: int = 256 * 1024
    seconds: float = 120.0


@dataclass(frozen=True)
class _Kept:
    at: float
    size: int
    text: str


class Outbox:
    """Numbers frames from 1 without gaps.

    Beyond its bounds it is full, and the shell closes the socket as slow. What is said until the client is back has
    as much room once more; beyond that everything is dropped and the session cannot be recovered.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.last = 0
        """The number of the newest frame; 0 before the first."""
        self._kept: deque[_Kept] = deque()
        self._size = 0

    @property
    def full(self) -> bool:
        """Whether more is unacknowledged than a client that keeps up would leave."""
        return len(self._kept) > self.bounds.frames or self._size > self.bounds.bytes

    def push(self, notice: Notice, now: float) -> str:
        """Numbers a notice, keeps its text and returns it."""
        self.last += 1
        text = encode(numbered(notice, self.last))
        size = len(text) if text.isascii() else len(text.encode())
        self._kept.append(_Kept(now, size, text))
        self._size += size
        while self._kept and self._kept[0].at < now - self.bounds.seconds:
            self._drop_oldest()
        if len(self._kept) > 2 * self.bounds.frames or self._size > 2 * self.bounds.bytes:
            self._kept.clear()
            self._size = 0
        return text

    def acknowledge(self, seq: int) -> None:
        """Forgets every frame up to `seq`; one that was never sent changes nothing."""
        if seq <= self.last:
            while self._kept and self._floor < seq:
                self._drop_oldest()

    def after(self, seq: int) -> list[str] | None:
        """The frames that follow frame `seq`, or None if not all of them are here."""
        if not self._floor <= seq <= self.last:
            return None
        return [kept.text for kept in self._kept][seq - self._floor :]

    @property
    def _floor(self) -> int:
        """The number of the newest frame that is no longer here."""
        return self.last - len(self._kept)

    def _drop_oldest(self) -> None:
        self._size -= self._kept.popleft().size
