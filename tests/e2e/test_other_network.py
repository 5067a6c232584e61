"""The receiver's host gets another address in the middle, its command alive or killed: no byte held travels twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.network import MBIT, Host, Network, network
from tests.support.commands import MIB, random_file
from tests.support.stage import CODE, Stage, held

pytestmark = [pytest.mark.slow, pytest.mark.namespaces, pytest.mark.timeout(300)]

SIZE = 80 * MIB
SLOWLY = ("--limit-rate", "8M")
UNDER_WAY = r'"bytes":[4-8]\d{7},"total"'
PORT = 8080
TWICE = 28 * MIB
"""What was not safe yet, at most two seconds of it, and what is sent while nobody knows that the line leads nowhere;
less than the 36 MiB that have come when the host moves."""


@pytest.fixture
def joined() -> Iterator[Network]:
    with network(rate=200 * MBIT, round_trip=0.01) as lab:
        yield lab


@pytest.fixture
def stage(joined: Network, tmp_path: Path) -> Iterator[Stage]:
    source = random_file(tmp_path / "film.bin", SIZE)
    stage = Stage(PORT, source, tmp_path / "out", joined.middle.address)
    with stage.serve(joined.middle.within):
        yield stage


def sent(host: Host) -> int:
    """Bytes that left it so far."""
    return int(host.run("cat", "/sys/class/net/net0/statistics/tx_bytes"))


@pytest.mark.parametrize("engine", ["libwebrtc", "aiortc"])
def test_a_host_moves_and_the_transfer_goes_on(stage: Stage, joined: Network, engine: str) -> None:
    with (
        stage.send(engine, CODE, *SLOWLY, within=joined.one.within) as sender,
        stage.receive(engine, within=joined.other.within) as receiver,
    ):
        receiver.wait_for(UNDER_WAY, timeout=120)
        joined.other.move()
        got, gave = receiver.finish(200), sender.finish()
    stage.assert_whole(gave, got)
    assert sent(joined.one) < 1.1 * SIZE + TWICE


@pytest.mark.parametrize("engine", ["libwebrtc", "aiortc"])
def test_a_host_moves_while_its_command_is_dead(stage: Stage, joined: Network, engine: str) -> None:
    with stage.send(engine, CODE, *SLOWLY, within=joined.one.within) as sender:
        with stage.receive(engine, within=joined.other.within) as receiver:
            receiver.wait_for(UNDER_WAY, timeout=120)
            receiver.kill()
        joined.other.move()
        with stage.receive(engine, within=joined.other.within) as again:
            got, gave = again.finish(200), sender.finish()
    stage.assert_whole(gave, got)
    assert held(gave) == held(got)
    assert held(got)[0] > 16 * MIB
    assert sent(joined.one) < 1.1 * SIZE + TWICE
