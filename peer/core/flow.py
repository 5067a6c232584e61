"""How much a sender lets be on its way at once: enough to fill the line, too little to fill the queue before it.

SCTP sends twice as much every round trip until a queue overflows, then loses hundreds of packets at once and may take
seconds to mend that. So the sender holds back by itself. The receiver says how much has come (GOT); from it follow the
rate and the shortest round trip, and

    window = rate * (shortest round trip + QUEUE_S)

keeps the line busy with a queue of QUEUE_S, whatever lies in between; a sender whose own buffers are short sets
`most_queued` as well. While the rate still grows the window grows at
least twofold each round trip. From time to time the queue is let run dry, to see whether the way has become longer.

Pure: time is an argument, in seconds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

QUEUE_S = 0.05
"""What may wait on the line: it covers pauses of either program, and each on the same line feels half of it."""
CALM_QUEUE_S = 0.01
"""The same while a call runs, which has priority."""
LEAST_WINDOW = 128 * 1024
LEAST_PER_LANE = 32 * 1024
_GROWTH = 1.25
"""A rate that grows by less than this in a round trip, three times in a row, has found its limit."""
_PLATEAU = 3
_RATE_S = 2.0
"""The rate is the best of so many seconds, and of ten round trips at least."""
_REFRESH_S = 10.0
"""How long the shortest round trip is believed."""
_DOUBT_S = 2.0
"""How long it is believed when all others are longer by more than our own queue explains."""


class _Post(NamedTuple):
    """A message that was handed to a lane, and how things stood then."""

    end: int
    at: float
    came: int
    came_at: float
    first_at: float


class _Lane:
    __slots__ = ("came", "posted", "posts")

    def __init__(self) -> None:
        self.posted = self.came = 0
        self.posts: deque[_Post] = deque()


class Flow:
    """What is on its way from one sender, over all of its lanes."""

    def __init__(self) -> None:
        self.came = 0
        """Bytes that the receiver said it has got."""
        self.under_way = 0
        self.window = float(LEAST_WINDOW)
        self.queue_s = QUEUE_S
        self.most_queued = math.inf
        """The most bytes that may wait on the line, however fast it is."""
        self.round_trip = 0.0
        """The shortest of late; 0 before the first is known."""
        self._lanes: dict[int, _Lane] = {}
        self._came_at = self._first_at = 0.0
        self._rates: deque[tuple[float, float]] = deque()
        self._seeking = True
        self._full_rate = 0.0
        self._stale = self._round_end = 0
        self._idle_s = 0.0
        """Time in which there was nothing to send; it makes no rate old."""
        self._believed_until = self._doubted_from = 0.0
        self._emptying_until = -1.0
        self._emptied: float | None = None

    @property
    def has_room(self) -> bool:
        """Whether another message may go out."""
        return self.under_way < self.window

    @property
    def rate(self) -> float:
        """Bytes a second that the line carried of late at best; 0 before the first is known."""
        return self._rates[0][1] if self._rates else 0.0

    def on_lane(self, lane: int) -> int:
        """Bytes on their way over one lane."""
        known = self._lanes.get(lane)
        return known.posted - known.came if known else 0

    def posted(self, lane: int, count: int, now: float) -> None:
        """A message of `count` bytes was handed to a lane."""
        if not self.under_way:
            self._idle_s += now - self._came_at
            self._came_at = self._first_at = now
        on = self._lanes.setdefault(lane, _Lane())
        on.posted += count
        on.posts.append(_Post(on.posted, now, self.came, self._came_at, self._first_at))
        self.under_way += count

    def got(self, totals: Iterable[tuple[int, int]], now: float) -> bool:
        """The receiver got so many bytes on each of these lanes since they began; False when it cannot have."""
        latest: _Post | None = None
        for lane, total in totals:
            on = self._lanes.get(lane)
            if on is None or not on.came <= total <= on.posted:
                return False
            self.came += total - on.came
            self.under_way -= total - on.came
            on.came = total
            while on.posts and on.posts[0].end <= total:
                post = on.posts.popleft()
                latest = post if latest is None or post.at > latest.at else latest
        if latest is not None:
            self._learn(latest, now)
        return True

    def _learn(self, post: _Post, now: float) -> None:
        trip = now - post.at
        self._believe(trip, now)
        took = max(now - post.came_at, post.at - post.first_at)
        if took >= self.round_trip / 2 and took > 0:
            self._note((self.came - post.came) / took, now)
        self._came_at, self._first_at = now, post.at
        if self._seeking:
            self._seek(trip, post)
        self._open(now)

    def _believe(self, trip: float, now: float) -> None:
        """The shortest round trip; once it is old the queue is emptied and it is measured anew."""
        if self._emptying_until >= 0:
            self._emptied = trip if self._emptied is None else min(self._emptied, trip)
            if now < self._emptying_until and self._emptied > self.round_trip:
                return
            trip, self.round_trip = self._emptied, 0.0
            self._emptying_until, self._emptied = -1.0, None
        if not self.round_trip or trip <= self.round_trip:
            self.round_trip, self._believed_until = trip, now + _REFRESH_S
        if trip <= self.round_trip + 2 * self.queue_s:
            self._doubted_from = now
        if now >= self._believed_until or now > self._doubted_from + _DOUBT_S:
            self._emptying_until = now + trip + self.round_trip

    def _note(self, rate: float, now: float) -> None:
        now -= self._idle_s
        kept = max(_RATE_S, 10 * self.round_trip)
        while self._rates and self._rates[-1][1] <= rate:
            self._rates.pop()
        self._rates.append((now, rate))
        while self._rates[0][0] < now - kept:
            self._rates.popleft()

    def _seek(self, trip: float, post: _Post) -> None:
        if post.came >= self._round_end:
            self._round_end = self.came
            if self.rate >= _GROWTH * self._full_rate:
                self._full_rate, self._stale = self.rate, 0
            else:
                self._stale += 1
        if self._stale >= _PLATEAU or trip > self.round_trip + self.queue_s:
            self._seeking = False

    def _open(self, now: float) -> None:
        if self._emptying_until >= 0:
            wanted = self.rate * self.round_trip * 0.75
        else:
            queue = min(self.rate * self.queue_s, self.most_queued)
            wanted = self.rate * (2 if self._seeking else 1) * self.round_trip + queue
        self.window = max(LEAST_WINDOW, LEAST_PER_LANE * len(self._lanes), wanted)
