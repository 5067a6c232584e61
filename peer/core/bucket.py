"""A token bucket: how long bytes wait so that no more than a rate passes. Pure: the clock is an argument."""

from __future__ import annotations

BURST_S = 0.05
"""What was not used is kept for so long: enough to make up for a late wake-up, too little to be felt as a burst."""


class Bucket:
    """Bytes of at most `rate` a second; 0 lets everything pass.

    Args:
        rate: bytes a second.
        now: seconds on any clock that does not run backwards.
    """

    def __init__(self, rate: int, now: float) -> None:
        self.rate = rate
        self._free_at = now

    def delay(self, now: float) -> float:
        """Seconds until the next bytes may go."""
        return max(0.0, self._free_at - now) if self.rate else 0.0

    def spend(self, size: int, now: float) -> None:
        """So many bytes go; those after them wait for them."""
        if self.rate:
            self._free_at = max(self._free_at, now - BURST_S) + size / self.rate

    def turn(self, rate: int, now: float) -> None:
        """Another rate from now on: who waits, waits by the new one."""
        self._free_at = now + self.delay(now) * self.rate / rate if rate else now
        self.rate = rate
