"""From what one end saw and heard, when, to the figures of the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median, quantiles

import msgspec

from bench.glass_marks import Onset, age_of_picture, age_of_sound

_FRAMES_OF_AVERAGE = 30


class Frame(msgspec.Struct, frozen=True):
    """A picture: when it was shown (ms of the day), the stamp read in it, its width, how many were shown until it."""

    at: float
    stamp: int | None
    width: int
    count: int


class Seen(msgspec.Struct, frozen=True):
    """All of one end, with the span that counts, in ms of the day; frames of before help to judge the first in it.

    Attributes:
        onsets_of_levels: found in another way, where the first one serves; proves the two against each other.
        drift: ms by which the end's clock left the machine's meanwhile.
    """

    begin: float
    end: float
    frames: list[Frame]
    onsets: list[Onset]
    onsets_of_levels: list[Onset] = []
    drift: float = 0.0


class Figures(msgspec.Struct, frozen=True):
    """What the table has: milliseconds, but for `frozen` (s), `rate` (frames a second) and `width` (pixels).

    `unread` is the share of frames whose stamp could not be read. A figure without anything to make it from is NaN.
    """

    picture: float
    late: float
    sound: float
    frozen: float
    rate: float
    width: float
    unread: float

    @property
    def skew(self) -> float:
        """How much later the sound comes than its picture."""
        return self.sound - self.picture


def figures(seen: Seen) -> Figures:
    """The figures of one run."""
    frames = [frame for frame in seen.frames if seen.begin <= frame.at < seen.end]
    ages = [age_of_picture(frame.at, frame.stamp) for frame in frames if frame.stamp is not None]
    tones = [age_of_sound(onset) for onset in seen.onsets if seen.begin <= onset.at < seen.end]
    span = (seen.end - seen.begin) / 1000
    return Figures(
        picture=_or_nan(median, ages),
        late=quantiles(ages, n=20)[-1] if len(ages) > 1 else math.nan,
        sound=_or_nan(median, tones),
        frozen=frozen(shown(seen.frames), seen.begin, seen.end) / 1000,
        rate=(frames[-1].count - frames[0].count) / span if frames else 0.0,
        width=_or_nan(median, [frame.width for frame in frames]),
        unread=1 - len(ages) / len(frames) if frames else math.nan,
    )


def shown(frames: Sequence[Frame]) -> list[float]:
    """When each frame was shown; those that a busy page was not told of stand evenly in the gap."""
    times = [frame.at for frame in frames[:1]]
    for before, after in pairwise(frames):
        missed = max(1, after.count - before.count)
        times += [before.at + (after.at - before.at) * step / missed for step in range(1, missed + 1)]
    return times


def frozen(times: Sequence[float], begin: float, end: float) -> float:
    """How long between `begin` and `end` the picture stood still, in the unit of these, as webrtc-stats has it.

    A frame that stands for at least three times the average of the thirty before it, and for 150 ms more than that
    average, is frozen all the while (W3C webrtc-stats, totalFreezesDuration). What stands at the end counts as well.
    """
    if not times:
        return end - begin
    frozen, lasted = 0.0, list[float]()
    for before, after in pairwise([*(at for at in times if at < end), end]):
        average = fmean(lasted[-_FRAMES_OF_AVERAGE:]) if lasted else 0.0
        if after - before >= max(3 * average, average + 150):
            frozen += max(0.0, after - max(before, begin))
        lasted.append(after - before)
    return frozen


def _or_nan(what: object, values: Sequence[float]) -> float:
    return float(what(values)) if values else math.nan  # type: ignore[operator]
