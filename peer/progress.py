"""How far a transfer is: rate and time left from the bytes so far, told at most four times a second.

Pure: the clock is an argument.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

REPORT_S = 0.25
"""Least time between two readings."""
WINDOW_S = 5.0
"""The rate is that of the last seconds, so that it follows the network and does not jump."""
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


class Reading(NamedTuple):
    """Where a transfer stands: bytes, bytes (-1 unknown), bytes per second, seconds left (None unknown)."""

    bytes: int
    total: int
    rate: float
    eta: float | None


class Meter:
    """Turns counts of bytes into readings, not more often than `REPORT_S`; after that of the end there is none."""

    def __init__(self, now: float) -> None:
        self._samples: deque[tuple[float, int]] = deque([(now, 0)])
        self._next_at = now
        self._held = 0
        self._begun = self._ended = False

    def begin(self, held: int) -> None:
        """So many bytes were there before, and count towards no rate."""
        self._held = held
        self._samples = deque((at, done + held) for at, done in self._samples)

    def count(self, done: int, total: int, now: float, coming: int = 0) -> Reading | None:
        """Takes the bytes done by `now` (seconds); a reading when one is due, at the first that is done,
        after which nothing may follow for a while, and at the end.

        The rate counts what is `coming` as well: leaves are large, and on a slow line some seconds apart.
        """
        first, ended = done > self._held and not self._begun, done == total
        if self._ended or (now < self._next_at and not first and not ended):
            return None
        # One that came early is made up for: never more than four a second.
        self._next_at = max(self._next_at, now) + REPORT_S
        self._begun, self._ended = self._begun or first, ended
        self._samples.append((now, done + coming))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW_S:
            self._samples.popleft()
        since, before = self._samples[0]
        rate = max(0, done + coming - before) / (now - since) if now > since else 0.0
        return Reading(done, total, rate, _eta(total - done - coming, rate) if total >= 0 else None)


def size_text(count: float) -> str:
    """Bytes for people, in powers of 1000: `1.2 GB`."""
    value, unit = float(count), _UNITS[0]
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if unit != "B" and value < 99.95 else f"{value:.0f} {unit}"


def time_text(seconds: float) -> str:
    """A duration for people: `9 s`, `3:07`, `2:01:30`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _eta(left: int, rate: float) -> float | None:
    if left <= 0:
        return 0.0
    return left / rate if rate > 0 else None
