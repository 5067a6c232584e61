"""How many lanes: the vectors, and lines whose lanes are simulated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from peer.core.lanes import MOST_LANES, Lanes
from tests.support.vectors import read_vectors


@pytest.mark.parametrize("scenario", read_vectors("lanes")["lanes"], ids=lambda each: each["name"])
def test_vectors(scenario: dict[str, Any]) -> None:
    lanes = Lanes(scenario["size"], scenario["round_trip"], scenario.get("most", MOST_LANES))
    assert [lanes.count, lanes.interval] == [scenario["begins"], pytest.approx(scenario["interval"])]
    for at, came, open_lanes, left, held_up, wanted in scenario["steps"]:
        assert lanes.step(at, came, open_lanes, left, held_up=held_up) == wanted, f"at {at}"


def settled(rate_of: Callable[[int], float], round_trip: float, seconds: float = 20.0) -> tuple[int, Lanes, float]:
    """Runs a transfer without end whose rate depends on the number of lanes."""
    lanes = Lanes(-1, round_trip)
    now = came = 0.0
    count = lanes.count
    while now < seconds:
        count = lanes.step(now, int(came), count, -1)
        now += lanes.interval
        came += rate_of(count) * lanes.interval
    return count, lanes, now


def test_a_line_that_one_lane_fills_gets_no_more_than_it_begins_with() -> None:
    assert settled(lambda _: 12e6, 0.001)[0] == 1
    assert settled(lambda _: 12e6, 0.08)[0] == 4


def test_a_near_or_fast_line_is_never_tried() -> None:
    seen: set[int] = set()

    def rate(count: int) -> float:
        seen.add(count)
        return 60e6 / count

    assert settled(rate, 0.001)[0] == settled(rate, 0.003)[0] == 1
    assert seen == {1}


def test_lanes_that_lose_packets_are_added_up() -> None:
    assert settled(lambda count: 0.7e6 * count, 0.02, seconds=3)[0] == MOST_LANES
    assert settled(lambda count: 0.7e6 * count, 0.004, seconds=4)[0] == MOST_LANES


def test_more_lanes_that_are_slower_are_given_up() -> None:
    assert settled(lambda count: 10e6 if count == 4 else 6e6, 0.02)[0] == 4


def test_tries_again_when_the_rate_falls() -> None:
    limit = 12e6
    count, lanes, now = settled(lambda count: min(limit, 3e6 * count), 0.02)
    assert count == 4
    came = 0.0
    while now < 30:
        count = lanes.step(now, int(came), count, -1)
        now += lanes.interval
        came += 0.7e6 * count * lanes.interval
    assert count == MOST_LANES
