"""The figures that are made of what an end saw and heard."""

from __future__ import annotations

import math

import pytest

from bench.glass_figures import Frame, Seen, figures, frozen, shown
from bench.glass_marks import PERIOD_MS, Onset

EVEN = [step * 40.0 for step in range(100)]


def test_an_even_picture_never_stands_still() -> None:
    assert frozen(EVEN, 0, 4000) == 0


@pytest.mark.parametrize(("gap", "counted"), [(189, 0), (190, 190), (1000, 1000)])
def test_a_frame_is_frozen_that_stands_150_ms_longer_than_the_average(gap: float, counted: float) -> None:
    after = [EVEN[-1] + gap + step * 40.0 for step in range(10)]
    assert frozen([*EVEN, *after], 0, after[-1]) == counted


def test_at_few_frames_a_second_three_times_the_average_counts() -> None:
    slow = [step * 200.0 for step in range(40)]
    assert frozen([*slow, slow[-1] + 590], slow[1], slow[-1] + 600) == 0
    assert frozen([*slow, slow[-1] + 600], slow[1], slow[-1] + 600) == 600


def test_only_the_span_counts_and_a_picture_that_never_comes_back_does() -> None:
    assert frozen([*EVEN, EVEN[-1] + 1000], EVEN[-1] + 400, EVEN[-1] + 1000) == 600
    assert frozen(EVEN, 0, EVEN[-1] + 5000) == 5000
    assert frozen([], 100, 300) == 200


def test_frames_that_a_busy_page_missed_are_no_gap() -> None:
    frames = [Frame(0, 0, 640, 1), Frame(40, 0, 640, 2), Frame(240, 0, 640, 7)]
    assert shown(frames) == [0, 40, 80, 120, 160, 200, 240]


def test_the_figures_of_a_run() -> None:
    begin = 1_000_000.0
    frames = [Frame(begin + step * 40, int(begin + step * 40 - 100) & 0xFFFF, 640, step) for step in range(-10, 60)]
    frames[20] = Frame(frames[20].at, None, 640, frames[20].count)
    first = math.ceil(begin / PERIOD_MS)
    onsets = [Onset(number * PERIOD_MS + 130.0, number % 4) for number in range(first, first + 3)]
    found = figures(Seen(begin, begin + 2000, frames, onsets))
    assert (found.picture, found.sound, found.skew) == (100, 130, 30)
    assert (found.frozen, found.width) == (0, 640)
    assert found.unread == pytest.approx(0.02)
    assert found.rate == pytest.approx(25, abs=1)


def test_a_run_without_anything_has_no_figures() -> None:
    found = figures(Seen(0, 20_000, [], []))
    assert found.frozen == 20
    assert all(math.isnan(each) for each in (found.picture, found.late, found.sound, found.skew, found.width))
