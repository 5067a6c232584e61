"""Reads the marks by which a picture and a sound say when they were taken.

A picture carries the milliseconds of the day, modulo 2¹⁶, as cells of black and white over its upper half, with a
checksum; `bench/glass_page/code.js` draws them. The sound is silent but for a short tone at each multiple of PERIOD_MS
since 1970, whose loudness says which of four it was.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

COLUMNS, ROWS = 8, 3
SHARE = 0.5
"""How much of the height the cells take, from the top."""
WRAP_MS = 1 << 16
PERIOD_MS = 509
"""No multiple of a packet's 20 ms, so that tones begin anywhere in a packet."""
TONE_MS = 100
HERTZ = 1000
LEVELS = (0.8, 0.4, 0.2, 0.1)
"""Of full scale: tone n since 1970 has that of n modulo 4. Codecs keep loudness far better than half of 6 dB."""
CYCLE_MS = PERIOD_MS * len(LEVELS)
"""No sound is taken to be older."""
PACKET_MS = 20
_LOUD = 0.03
"""What comes before a tone, out of a codec, is softer."""
_QUIET_MS = 200
_FULL = 32768
_EARLY_MS = 100
"""By so much may clocks differ that something seems to have come before it went."""


class Onset(NamedTuple):
    """Where a tone begins: milliseconds of the day at which it was heard, and the place of its loudness in LEVELS."""

    at: float
    step: int


def cells_of(stamp: int) -> tuple[bool, ...]:
    """Which cells are white, row by row, in a picture taken at `stamp` ms, modulo WRAP_MS."""
    high, low = stamp >> 8 & 255, stamp & 255
    return tuple(bool(byte >> bit & 1) for byte in (high, low, _proof(high, low)) for bit in range(7, -1, -1))


def read_cells(lumas: Sequence[float]) -> int | None:
    """The stamp that these cells show, by their brightness, row by row; None if they do not prove themselves."""
    middle = (min(lumas) + max(lumas)) / 2
    bits = [luma > middle for luma in lumas]
    high, low, proof = (sum(bit << 7 - place for place, bit in enumerate(bits[row : row + 8])) for row in (0, 8, 16))
    return high << 8 | low if proof == _proof(high, low) else None


def lumas_of(plane: memoryview, stride: int, width: int, height: int) -> list[float]:
    """The brightness of each cell, row by row.

    Args:
        plane: bytes of brightness, at least down to the end of the cells.
        stride: bytes from one line to the next.
        width, height: of the whole picture.
    """
    wide, high = width / COLUMNS, height * SHARE / ROWS
    around = (-0.15, 0.0, 0.15)
    return [
        sum(
            plane[int((row + 0.5 + down) * high) * stride + int((column + 0.5 + right) * wide)]
            for down in around
            for right in around
        )
        / 9
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]


def onsets(chunks: Iterable[tuple[float, array[int]]], rate: int) -> list[Onset]:
    """Finds where tones begin.

    Args:
        chunks: milliseconds of the day of its first sample, and the samples, signed 16 bits of one channel; in order.
        rate: samples a second.
    """
    samples = array("h")
    begins, times = list[int](), list[float]()
    for at, chunk in chunks:
        begins.append(len(samples))
        times.append(at)
        samples.extend(chunk)
    threshold, quiet = int(_LOUD * _FULL), _QUIET_MS * rate // 1000
    loud = [index for index, sample in enumerate(samples) if sample >= threshold or sample <= -threshold]
    found = []
    for before, start in pairwise([0, *loud]):
        tone = samples[start : start + TONE_MS * rate // 1000]
        if start - before >= quiet:
            place = bisect_right(begins, start) - 1
            at = times[place] + (start - begins[place]) * 1000 / rate
            found.append(Onset(at, _step(max(max(tone), -min(tone)) / _FULL)))
    return found


def onsets_of_levels(levels: Sequence[tuple[float, float]]) -> list[Onset]:
    """Finds where tones begin by the loudness of packets alone: on the average in the middle of one.

    Args:
        levels: milliseconds of the day at which a packet began to be played, and its root mean square, of full scale.
    """
    found = []
    loud = [(at, level) for at, level in levels if level >= _LOUD / math.sqrt(2)]
    for (before, _), (start, _) in pairwise([levels[0], *loud] if levels else []):
        if start - before >= _QUIET_MS:
            most = max(level for at, level in loud if start <= at < start + TONE_MS)
            found.append(Onset(start + PACKET_MS / 2, _step(most * math.sqrt(2))))
    return found


def age_of_picture(at: float, stamp: int) -> float:
    """Milliseconds from the taking of a picture until it was seen at `at`; a little below zero if clocks differ."""
    age = (at - stamp) % WRAP_MS
    return age if age < WRAP_MS - _EARLY_MS else age - WRAP_MS


def age_of_sound(onset: Onset) -> float:
    """Milliseconds from the start of a tone until it was heard; a little below zero if clocks differ."""
    age = (onset.at - onset.step * PERIOD_MS) % CYCLE_MS
    return age if age < CYCLE_MS - _EARLY_MS else age - CYCLE_MS


def _proof(high: int, low: int) -> int:
    """CRC-8 with x⁸ + x² + x + 1, from all ones: no value makes all cells alike."""
    proof = 255
    for byte in (high, low):
        proof ^= byte
        for _ in range(8):
            proof = (proof << 1 ^ 7) & 255 if proof & 128 else proof << 1
    return proof


def _step(amplitude: float) -> int:
    """The place of the nearest of LEVELS, by decibels."""
    return min(range(len(LEVELS)), key=lambda place: abs(math.log(amplitude / LEVELS[place])))
