"""How many lanes a sender should have: one on a short or fast way, more where each is held up by distance or loss.

    few ──► SETTLING ──steady──► better? ──yes──► four times as many ──► SETTLING …
                                    │
                                    no ──► the best so far: RESTING ──the rate falls──► SETTLING

Pure: time is an argument, in seconds.
"""

from __future__ import annotations

MOST_LANES = 16
NEAR_S = 0.002
"""A way that is this short does not hold a lane up."""
FAR_S = 0.005
"""On a way that is this long a sender begins with several lanes."""
FAST = 40e6
"""Bytes a second beyond which more lanes only cost processor time."""
STEP = 4
"""How many times as many lanes are tried."""
GAIN = 1.1
"""More lanes are kept when they are this much faster."""
FALL = 0.7
"""A rate that falls below this share of the best is a reason to try again."""
OPENING_S = 5.0
"""How long lanes may take to open before the others are measured without them."""
_LEAST_INTERVAL_S = 0.25
_WORTH_S = 2.0
"""A transfer that ends within this time is not worth another try."""


class Lanes:
    """Decides for one main lane and its side lanes. Ask often, at least every `interval`.

    Args:
        size: bytes to send, -1 while that is not known.
        round_trip: seconds, None when nobody knows.
        most: lanes there may be.
    """

    def __init__(self, size: int, round_trip: float | None, most: int = MOST_LANES) -> None:
        self.most = most
        """May be lowered when the other end wants no more."""
        far = round_trip is not None and round_trip >= FAR_S
        worthy = size < 0 or size > 8 * 1024 * 1024
        self.count = min(STEP, most) if far and worthy else 1
        """Lanes wanted."""
        self.interval = max(_LEAST_INTERVAL_S, 4 * (round_trip or 0))
        self._near = round_trip is not None and round_trip < NEAR_S
        self._best = (1, 0.0)
        self._since: tuple[float, int] | None = None
        self._former = 0.0
        self._resting = False
        self._low = 0
        self._patient_until: float | None = None

    def step(self, now: float, came: int, open_lanes: int, left: int, *, held_up: bool = True) -> int:
        """How many lanes to have.

        Args:
            now: the time.
            came: bytes that have come at the receiver so far.
            open_lanes: how many there are.
            left: bytes left to send, -1 while that is not known.
            held_up: whether it was the lanes, since the last step, that held things up, and not the line or the sender.
        """
        if self._patient_until is None:
            self._patient_until = now + OPENING_S
        opening = open_lanes < min(self.count, self.most) and now < self._patient_until
        if self._since is None or opening or not held_up:
            self._since = (now, came)
            return self.count
        began, before = self._since
        if now - began < self.interval:
            return self.count
        rate = (came - before) / (now - began)
        self._since = (now, came)
        if self._resting:
            self._rest(rate, now)
        elif 0 < rate <= GAIN * self._former:
            self._settled(max(rate, self._former), now, left)
        else:
            self._former = rate
        return self.count

    def _settled(self, rate: float, now: float, left: int) -> None:
        """The rate with this many lanes is known."""
        better = rate >= GAIN * self._best[1] or self.count == self._best[0]
        if better:
            self._best = (self.count, rate)
        hopeless = self._near or rate > FAST or self.count >= self.most or 0 <= left < rate * _WORTH_S
        if better and not hopeless:
            self._try(min(self.count * STEP, self.most), now)
        else:
            self.count, self._resting, self._low = self._best[0], True, 0

    def _rest(self, rate: float, now: float) -> None:
        self._low = self._low + 1 if rate < FALL * self._best[1] else 0
        if self._low >= 4 and rate > 0 and not self._near:
            self._best = (self.count, rate)
            self._resting = False
            self._try(min(self.count * STEP, self.most), now)

    def _try(self, count: int, now: float) -> None:
        self.count, self._former = count, 0.0
        self._since, self._patient_until = None, now + OPENING_S
