"""Commands on two hosts with a line of given length and rate between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.network import MBIT, Network, network
from tests.support.processes import Program, serving, twocans
from tests.support.transfers import noise

pytestmark = [pytest.mark.alone, pytest.mark.namespaces]

PATIENCE_S = 100.0


@contextmanager
def moving(joined: Network, source: Path, out: Path) -> Iterator[tuple[Program, Program]]:
    """A sender on one host and a receiver on the other, under way."""
    middle = joined.middle
    with (
        serving("--host", middle.address, within=middle.within) as (server, _),
        twocans("-v", "send", "--server", server, source, within=joined.one.within) as sender,
    ):
        code = sender.wait_for(r"(\S+)\n")[1]
        flags = ("--server", server, "--yes", "--json", "--out", out)
        with twocans("receive", *flags, code, within=joined.other.within) as receiver:
            yield sender, receiver


@pytest.mark.parametrize("loss", [0.0, 0.01], ids=["no loss", "loss"])
def test_a_file_goes_far_over_several_lanes(tmp_path: Path, loss: float) -> None:
    source = tmp_path / "film.mkv"
    source.write_bytes(noise(24_000_000))
    with (
        network(rate=100 * MBIT, round_trip=0.08, loss=loss) as joined,
        moving(joined, source, tmp_path / "out") as (sender, receiver),
    ):
        got, gave = receiver.finish(PATIENCE_S), sender.finish(PATIENCE_S)
    assert (got.code, gave.code) == (0, 0), got.stderr + gave.stderr
    assert (tmp_path / "out" / "film.mkv").read_bytes() == source.read_bytes()
    used = [int(count) for count in re.findall(r"lane \d+: (\d+) bytes", gave.stderr)]
    assert len(used) > 1
    assert sum(used) >= 24_000_000


def test_a_receiver_changes_its_network_in_the_middle(tmp_path: Path) -> None:
    source = tmp_path / "film.mkv"
    source.write_bytes(noise(24_000_000))
    with (
        network(rate=20 * MBIT, round_trip=0.02) as joined,
        moving(joined, source, tmp_path / "out") as (sender, receiver),
    ):
        receiver.wait_for(r'"bytes":\s*[4-9]\d{6}\b')
        joined.other.move()
        got, gave = receiver.finish(PATIENCE_S), sender.finish(PATIENCE_S)
    assert (got.code, gave.code) == (0, 0), got.stderr + gave.stderr
    assert (tmp_path / "out" / "film.mkv").read_bytes() == source.read_bytes()
