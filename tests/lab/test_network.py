"""The lab itself: what is asked of a line is what packets meet."""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import Any

import pytest

from tests.lab.network import MBIT, Host, Network, network
from tests.support.processes import HOME, Program, python_within

pytestmark = [pytest.mark.alone, pytest.mark.namespaces]


def probe(host: Host, *words: str) -> Program:
    return python_within(host.within, "-m", "tests.lab.probe", *words)


def ping(network: Network, count: int = 20) -> list[float]:
    with probe(network.other, "echo", network.other.address) as echo:
        echo.wait_for("listening")
        with probe(network.one, "ping", network.other.address, str(count)) as pinging:
            trips: list[float] = json.loads(pinging.finish().stdout)
    return trips


def flood(network: Network, rate: float, seconds: float = 2.0) -> dict[str, Any]:
    with probe(network.other, "sink", network.other.address) as sink:
        sink.wait_for("listening")
        with probe(network.one, "flood", network.other.address, str(seconds), str(rate)) as flooding:
            flooding.finish()
        counted: dict[str, Any] = json.loads(sink.finish().stdout.splitlines()[-1])
    return counted


@pytest.mark.parametrize("round_trip", [0.0, 0.02, 0.08])
def test_a_round_trip_takes_as_long_as_asked(round_trip: float) -> None:
    with network(round_trip=round_trip) as joined:
        trips = ping(joined)
        assert len(trips) == 20
        assert round_trip <= min(trips)
        assert median(trips) < round_trip + 0.005


def test_jitter_adds_to_the_delay_of_some() -> None:
    with network(round_trip=0.02, jitter=0.03) as joined:
        trips = ping(joined, 30)
        assert max(trips) - min(trips) > 0.01


def test_the_line_is_no_faster_than_asked_and_hardly_slower() -> None:
    with network(rate=100 * MBIT, round_trip=0.02) as joined:
        counted = flood(joined, rate=20e6)
        assert 0.85 * 12.5e6 < counted["rate"] < 1.03 * 12.5e6


def test_as_much_is_lost_as_asked() -> None:
    with network(loss=0.05) as joined:
        counted = flood(joined, rate=5e6)
        assert counted["packets"] > 5000
        assert 0.03 < counted["loss"] < 0.07


def test_a_line_is_cut_and_mended_in_silence_and_a_host_moves() -> None:
    with network(round_trip=0.01) as joined:
        joined.cut()
        assert ping(joined, 2) == []
        joined.mend()
        former = joined.other.address
        joined.other.move()
        assert joined.other.address != former
        assert len(ping(joined, 5)) == 5


def test_nothing_is_left_behind() -> None:
    with network() as joined:
        names = [host.name for host in (joined.one, joined.other, joined.middle)]
        asleep = Program([*joined.one.within, "sleep", "600"], cwd=HOME)
    assert asleep.finish().code != 0
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert not [name for name in names if name in left]
