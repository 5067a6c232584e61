"""The window against lines that are simulated packet by packet, and against the vectors."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import pytest

from peer.core.flow import LEAST_WINDOW, QUEUE_S, Flow
from tests.support.vectors import read_vectors

VECTORS = read_vectors("lanes")
PIECE = 32 * 1024


class Line:
    """A line: a rate, a way, an endless queue, and a receiver that says at once what it got."""

    def __init__(self, flow: Flow, rate: float, way: float) -> None:
        self.flow = flow
        self.rate = rate
        self.way = way
        self.now = 0.0
        self.longest_queue = 0.0
        self._free_at = 0.0
        self._sent = 0
        self._coming: deque[tuple[float, int]] = deque()

    def run(self, until: float) -> int:
        """Sends whatever the window lets go; how many bytes came back as got."""
        before = self.flow.came
        while self.now < until:
            while self.flow.has_room:
                self._free_at = max(self._free_at, self.now) + PIECE / self.rate
                self.longest_queue = max(self.longest_queue, self._free_at - self.now)
                self._sent += PIECE
                self.flow.posted(0, PIECE, self.now)
                self._coming.append((self._free_at + self.way, self._sent))
            self.now, total = self._coming.popleft()
            assert self.flow.got([(0, total)], self.now)
        return self.flow.came - before


@pytest.mark.parametrize("rate", [1e6, 12.5e6, 150e6])
@pytest.mark.parametrize("way", [0.0005, 0.02, 0.08, 0.2])
def test_fills_a_line_and_not_its_queue(rate: float, way: float) -> None:
    line = Line(Flow(), rate, way)
    line.run(10 * way + 2)
    assert line.longest_queue < max(2 * QUEUE_S, 1.3 * LEAST_WINDOW / rate, way + QUEUE_S)
    line.longest_queue = 0.0
    carried = line.run(line.now + 5)
    assert carried > 0.97 * 5 * rate
    assert line.longest_queue < QUEUE_S + max(0.3 * QUEUE_S, 1.3 * LEAST_WINDOW / rate)


def test_finds_a_line_within_few_round_trips() -> None:
    line = Line(Flow(), 12.5e6, 0.08)
    assert line.run(1.0) > 0.55 * 12.5e6


def test_follows_a_way_that_becomes_longer() -> None:
    line = Line(Flow(), 12.5e6, 0.02)
    line.run(3)
    line.way = 0.15
    line.run(30)
    assert line.run(35) > 0.9 * 5 * 12.5e6
    assert line.flow.round_trip == pytest.approx(0.15, abs=0.01)


def test_follows_a_line_that_becomes_slower() -> None:
    line = Line(Flow(), 12.5e6, 0.02)
    line.run(3)
    line.rate = 2e6
    line.run(10)
    line.longest_queue = 0.0
    line.run(15)
    assert line.longest_queue < 3 * QUEUE_S


def test_does_not_take_a_pause_for_a_slow_line() -> None:
    line = Line(Flow(), 12.5e6, 0.08)
    line.run(3)
    window = line.flow.window
    line._coming.clear()
    line.flow.got([(0, line._sent)], line.now + 0.2)
    line.now += 20
    line.run(line.now + 0.1)
    assert line.flow.window > 0.5 * window


@pytest.mark.parametrize("totals", [[(0, 101)], [(1, 1)], [(0, 50), (0, 49)]], ids=["too much", "no lane", "less"])
def test_what_cannot_be_is_told(totals: list[tuple[int, int]]) -> None:
    flow = Flow()
    flow.posted(0, 100, 0.0)
    assert not flow.got(totals, 1.0)


@pytest.mark.parametrize("scenario", VECTORS["flow"], ids=lambda each: each["name"])
def test_vectors(scenario: dict[str, Any]) -> None:
    flow = Flow()
    flow.most_queued = scenario.get("most_queued", math.inf)
    for step in scenario["steps"]:
        if "posted" in step:
            lane, count = step["posted"]
            flow.posted(lane, count, step["at"])
        else:
            assert flow.got([(lane, total) for lane, total in step["got"]], step["at"]) is step["believed"]
        seen = [flow.under_way, flow.has_room, flow.window, flow.rate, flow.round_trip]
        assert seen == pytest.approx(step["then"]), step
