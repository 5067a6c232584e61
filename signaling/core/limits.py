"""How fast one client may speak, and how much one address may hold."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, ip_address

PATIENCE_S = 10.0
"""How long a client may go on faster than its rate, while we read no faster than that, before it is sent away."""


class Throttle:
    """A token bucket: `burst` frames at once, `rate` a second in the long run."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = now
        self._strained_since: float | None = None

    def take(self, now: float) -> float | None:
        """Counts one frame.

        Returns:
            Seconds until the next one may be read; None if the client has not slowed down for PATIENCE_S.
        """
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - 1
        self._at = now
        if self._tokens >= self._burst / 10:
            self._strained_since = None
        elif self._tokens < 0:
            if self._strained_since is None:
                self._strained_since = now
            elif now - self._strained_since > PATIENCE_S:
                return None
        return max(0.0, -self._tokens / self._rate)


class Quota:
    """Counts what is held, in all and by each holder."""

    def __init__(self, each: int, total: int) -> None:
        self._each = each
        self._total = total
        self._held: Counter[str] = Counter()
        self._sum = 0

    def take(self, holder: str) -> bool:
        """One more for this holder, unless it or all together hold enough."""
        if self._sum >= self._total or self._held[holder] >= self._each:
            return False
        self._held[holder] += 1
        self._sum += 1
        return True

    def give(self, holder: str) -> None:
        """One less."""
        assert self._held[holder] > 0
        self._sum -= 1
        self._held[holder] -= 1
        if not self._held[holder]:
            del self._held[holder]

    def __len__(self) -> int:
        return self._sum


def holder_of(address: str) -> str:
    """Whom quotas count: an IPv4 address, or the /64 of an IPv6 address, which one subscriber has for itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(IPv6Address(int(ip) >> 64 << 64))
    return str(ip)
