"""`kill -9` of either command, of both, and of the server: the same commands go on, and every byte is right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.processes import twocans
from tests.support.restart import free_port
from tests.support.stage import CODE, Stage, held

pytestmark = pytest.mark.timeout(600)

SIZE = 110 * MIB
SLOWLY = ("--limit-rate", "25M")
SAFE = r'"bytes":([6-9]\d{7}|1\d{8}),"total"'
"""A progress of 60 MB; at 25 MB/s all but the last second or two of it is safe."""
HELD = 16 * MIB


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(free_port(), random_file(tmp_path / "film.bin", SIZE), tmp_path / "out")
    with stage.serve():
        yield stage


AN_INVITE = pytest.mark.parametrize("code", [CODE, pytest.param("link", marks=pytest.mark.slow)])


@AN_INVITE
def test_the_receiver_is_killed_and_started_again(stage: Stage, code: str) -> None:
    code = code if code == CODE else f"{stage.url}/f#{'A' * 22}"
    with stage.send("libwebrtc", code, *SLOWLY) as sender:
        with stage.receive(code=code) as receiver:
            receiver.wait_for(SAFE)
        with stage.receive(code=code) as again:
            got, gave = again.finish(), sender.finish()
    stage.assert_whole(got, gave)
    assert held(got) == held(gave)
    assert held(got)[0] > HELD


@AN_INVITE
def test_the_sender_is_killed_and_started_again(stage: Stage, code: str) -> None:
    code = code if code == CODE else f"{stage.url}/f#{'A' * 22}"
    with stage.send("libwebrtc", code, *SLOWLY) as sender, stage.receive(code=code) as receiver:
        receiver.wait_for(SAFE)
        sender.kill()
        with stage.send(code=code) as again:
            got, gave = receiver.finish(), again.finish()
    stage.assert_whole(got, gave)
    assert held(got) == held(gave)
    assert held(got)[0] > HELD
    offers = [event["transfer"] for event in got.events if event["event"] == "offer"]
    assert len(offers) == 2, "it is told who goes on, and nobody is asked again"


@pytest.mark.parametrize("then", ["libwebrtc", "aiortc"])
def test_both_and_the_server_are_killed_and_started_again(stage: Stage, then: str) -> None:
    with stage.send("libwebrtc", CODE, *SLOWLY) as sender, stage.receive() as receiver:
        receiver.wait_for(SAFE)
        sender.kill()
        receiver.kill()
    with stage.send(then) as sender, stage.receive(then) as receiver:
        got, gave = receiver.finish(120), sender.finish()
    stage.assert_whole(got, gave)
    assert held(got) == held(gave)
    assert held(got)[0] > HELD


def test_the_server_is_killed_with_both(tmp_path: Path) -> None:
    stage = Stage(free_port(), random_file(tmp_path / "film.bin", SIZE), tmp_path / "out")
    with stage.serve() as server, stage.send("libwebrtc", CODE, *SLOWLY) as sender, stage.receive() as receiver:
        receiver.wait_for(SAFE)
        for program in (server, sender, receiver):
            program.kill()
        server.finish()
        with stage.serve(), stage.send() as again, stage.receive() as too:
            got, gave = too.finish(), again.finish()
    stage.assert_whole(got, gave)
    assert held(got)[0] > HELD


@pytest.mark.slow
def test_nobody_comes_back_in_time_11(stage: Stage) -> None:
    with stage.send("libwebrtc", CODE, *SLOWLY) as sender:
        words = ["receive", "--json", "--yes", "--timeout", "5", "--server", stage.url, "--out", str(stage.out), CODE]
        with twocans(*words) as receiver:
            receiver.wait_for(SAFE)
            sender.kill()
            receiver.wait_for("gone without a word", "stderr", 90)
            assert_ended(receiver.finish(), Exit.INTERRUPTED, "gone", "where this stopped")
    assert os.listdir(stage.out) == [".twocans"]
    with stage.send() as sender, stage.receive() as receiver:
        got, gave = receiver.finish(), sender.finish()
    stage.assert_whole(got, gave)
    assert held(got)[0] > HELD


@pytest.mark.slow
def test_other_files_are_not_taken_by_who_waits_for_the_same(stage: Stage, tmp_path: Path) -> None:
    link = f"{stage.url}/f#{'A' * 22}"
    with stage.send("libwebrtc", link, *SLOWLY) as sender, stage.receive(code=link) as receiver:
        receiver.wait_for(SAFE)
        sender.kill()
        other = Stage(stage.port, random_file(tmp_path / "other" / "film.bin", MIB), stage.out)
        with other.send(code=link) as again:
            assert_ended(again.finish(), Exit.DECLINED, "start another")
        with stage.send(code=link) as back:
            stage.assert_whole(receiver.finish(), back.finish())


def test_a_disk_that_is_lost_and_found_9(stage: Stage, tmp_path: Path) -> None:
    """The folder loses the right to be written to while the last bytes come; root itself has to give that right up."""
    if os.geteuid() != 0:
        pytest.skip("a test that gives up root's rights needs root")
    within = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    words = ["receive", "--json", "--yes", "--server", stage.url, "--out", str(stage.out), CODE]
    with stage.send("libwebrtc", CODE, *SLOWLY) as sender, twocans(*words, within=within) as receiver:
        receiver.wait_for(SAFE)
        stage.out.chmod(0o500)
        assert_ended(receiver.finish(), Exit.DISK, "permission denied", "run both commands again")
        assert_ended(sender.finish(), Exit.DISK, "The other side says")
    assert os.listdir(stage.out) == [".twocans"]
    stage.out.chmod(0o700)
    with stage.send() as sender, twocans(*words, within=within) as receiver:
        got, gave = receiver.finish(), sender.finish()
    stage.assert_whole(got, gave)
    assert held(got) == [SIZE]
