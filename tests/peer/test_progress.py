from __future__ import annotations

import pytest

from peer.progress import REPORT_S, Meter, Reading, size_text, time_text

MB = 1_000_000


def read_all(meter: Meter, total: int, counts: list[tuple[float, int]]) -> list[Reading]:
    readings = [meter.count(done, total, now) for now, done in counts]
    return [reading for reading in readings if reading]


def test_tells_at_most_four_times_a_second_however_often_it_is_fed() -> None:
    meter = Meter(0.0)
    fed = [(step / 1000, step * 1000) for step in range(1, 10_001)]
    assert len(read_all(meter, 20 * MB, fed)) <= 10 / REPORT_S + 1


def test_the_end_is_always_told() -> None:
    meter = Meter(0.0)
    assert meter.count(1, 2, 0.01)
    assert meter.count(2, 2, 0.02) == Reading(2, 2, 100.0, 0.0)


def test_the_end_is_told_once_and_the_rate_counts_what_is_coming() -> None:
    meter = Meter(0.0)
    assert meter.count(0, 10 * MB, 1.0, coming=MB) == Reading(0, 10 * MB, MB, 9.0)
    assert meter.count(10 * MB, 10 * MB, 2.0)
    assert meter.count(10 * MB, 10 * MB, 3.0) is None


def test_what_is_coming_does_not_put_off_the_first_that_is_done() -> None:
    meter = Meter(0.0)
    assert meter.count(0, 10 * MB, 0.01, coming=MB)
    assert meter.count(MB, 10 * MB, 0.02, coming=MB) == Reading(MB, 10 * MB, 100 * MB, 0.08)
    told = [meter.count(2 * MB, 10 * MB, hundredth / 100) for hundredth in range(3, 101)]
    assert sum(reading is not None for reading in told) == 2, "four in the first second, with the two before"


def test_rate_and_time_left_follow_a_steady_stream() -> None:
    meter = Meter(0.0)
    last = read_all(meter, 100 * MB, [(second, second * 10 * MB) for second in range(1, 6)])[-1]
    assert last.rate == pytest.approx(10 * MB)
    assert last.eta == pytest.approx(5)


def test_what_was_there_before_counts_towards_no_rate() -> None:
    meter = Meter(0.0)
    meter.begin(50 * MB)
    assert meter.count(52 * MB, 100 * MB, 1.0) == Reading(52 * MB, 100 * MB, 2 * MB, 24.0)


def test_rate_forgets_what_was_before_the_window() -> None:
    meter = Meter(0.0)
    fast = [(float(second), second * 10 * MB) for second in range(1, 11)]
    slow = [(10.0 + second, 100 * MB + second * MB) for second in range(1, 11)]
    assert read_all(meter, 1000 * MB, fast + slow)[-1].rate == pytest.approx(MB)


def test_without_a_size_or_a_rate_no_time_left_is_invented() -> None:
    assert Meter(0.0).count(5 * MB, -1, 1.0) == Reading(5 * MB, -1, 5 * MB, None)
    stalled = Meter(0.0).count(0, 10, 1.0)
    assert stalled
    assert stalled.eta is None


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_999, "1.0 MB"),
        (1_234_000_000, "1.2 GB"),
        (92 * MB, "92.0 MB"),
    ],
)
def test_sizes_for_people(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (187, "3:07"), (7290, "2:01:30")])
def test_durations_for_people(seconds: float, text: str) -> None:
    assert time_text(seconds) == text
