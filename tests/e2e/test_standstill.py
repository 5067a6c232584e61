"""A transfer that stands still says why, at either end, and goes on by itself once it can."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import MIB, assert_done, code_of, random_file
from tests.support.processes import serving, twocans

pytestmark = pytest.mark.timeout(600)

STILL = "Nothing has moved for 10 s: "


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


def test_nobody_says_yes(server: str, tmp_path: Path) -> None:
    file = random_file(tmp_path / "file.bin", MIB)
    with (
        twocans("send", "--server", server, file) as sender,
        twocans("receive", "--server", server, "--out", tmp_path, code_of(sender), terminal=True) as receiver,
    ):
        receiver.wait_for(r"\[Y/n\]", "stderr")
        sender.wait_for(STILL + "the other side has not said yes yet", "stderr")
        receiver.type("n\n")


def test_a_stream_that_says_nothing(server: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (
        twocans("send", "-", "--server", server, stdin=reading) as sender,
        twocans("receive", "--yes", "--server", server, "--out", tmp_path, code_of(sender)) as receiver,
    ):
        os.close(reading)
        os.write(writing, b"a few bytes")
        sender.wait_for(STILL + "nothing comes in on standard input", "stderr")
        receiver.wait_for(STILL + "nothing comes from the sender", "stderr")
        os.write(writing, b" and the rest")
        os.close(writing)
        assert_done(receiver.finish(), sender.finish())
    assert (tmp_path / "stdin").read_bytes() == b"a few bytes and the rest"


def test_a_reader_that_takes_nothing(server: str, tmp_path: Path) -> None:
    large, (reading, writing) = random_file(tmp_path / "large.bin", 50 * MIB), os.pipe()
    with (
        twocans("send", "--server", server, large) as sender,
        twocans("receive", "--yes", "--out", "-", "--server", server, code_of(sender), stdout=writing) as receiver,
    ):
        os.close(writing)
        receiver.wait_for(STILL + "whoever reads standard output takes nothing", "stderr")
        sender.wait_for(STILL + "the receiver's disk is slow", "stderr")
        with os.fdopen(reading, "rb") as stream:
            arrived = stream.read()
        assert_done(receiver.finish(), sender.finish())
    assert arrived == large.read_bytes()


@pytest.mark.parametrize("engine", ["libwebrtc", pytest.param("aiortc", marks=pytest.mark.slow)])
def test_a_receiver_that_does_not_answer_is_told_of_and_found_again(server: str, tmp_path: Path, engine: str) -> None:
    large = random_file(tmp_path / "large.bin", 20 * MIB)
    flags = ["--engine", engine, "--server", server]
    with (
        twocans("send", "--limit-rate", "5M", *flags, large) as sender,
        twocans("receive", "--json", "--yes", "--out", tmp_path / "out", *flags, code_of(sender)) as receiver,
    ):
        receiver.wait_for('"event":"progress"')
        receiver.signal(signal.SIGSTOP)
        sender.wait_for(STILL + "the link", "stderr")
        receiver.signal(signal.SIGCONT)
        assert_done(receiver.finish(120), sender.finish(120))
    assert (tmp_path / "out" / "large.bin").read_bytes() == large.read_bytes()
