"""One end is killed and goes on with the other engine, and back again: no byte of what is held travels twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import MIB, random_file
from tests.support.restart import free_port
from tests.support.stage import CODE, Stage, held

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = 120 * MIB
SLOWLY = ("--limit-rate", "20M")
WAY = ["libwebrtc", "aiortc", "libwebrtc"]
MILESTONES = [r'"bytes":([4-9]\d{7}|1\d{8}),"total"', r'"bytes":([8-9]\d{7}|1\d{8}),"total"']
"""40 MB, then 80 MB; at 20 MB/s all but the last second of it is safe."""
SAFE = [12 * MIB, 48 * MIB]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(free_port(), random_file(tmp_path / "film.bin", SIZE), tmp_path / "out")
    with stage.serve():
        yield stage


@pytest.mark.parametrize("stays", ["libwebrtc", "aiortc"])
def test_the_sender_changes_its_engine_and_changes_back(stage: Stage, stays: str) -> None:
    with stage.send(WAY[0], CODE, *SLOWLY) as sender, stage.receive(stays) as receiver:
        receiver.wait_for(MILESTONES[0])
        sender.kill()
        with stage.send(WAY[1], CODE, *SLOWLY) as sender_again:
            receiver.wait_for(MILESTONES[1], timeout=90)
            sender_again.kill()
        with stage.send(WAY[2], CODE, *SLOWLY) as last:
            gave, got = last.finish(120), receiver.finish()
    stage.assert_whole(gave, got)
    assert len(held(got)) == 2
    assert all(safe <= there < SIZE for safe, there in zip(SAFE, held(got), strict=True))


@pytest.mark.parametrize("stays", ["libwebrtc", "aiortc"])
def test_the_receiver_changes_its_engine_and_changes_back(stage: Stage, stays: str) -> None:
    with stage.send(stays, CODE, *SLOWLY) as sender:
        for engine, milestone in zip(WAY, MILESTONES, strict=False):
            with stage.receive(engine) as receiver:
                receiver.wait_for(milestone, timeout=90)
                receiver.kill()
        with stage.receive(WAY[2]) as last:
            got, gave = last.finish(120), sender.finish()
    stage.assert_whole(gave, got)
    assert len(held(gave)) == 2
    assert all(safe <= there < SIZE for safe, there in zip(SAFE, held(gave), strict=True))
    assert held(got) == held(gave)[1:]
