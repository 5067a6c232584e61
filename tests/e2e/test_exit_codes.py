"""How each end of a transfer exits when it goes wrong: a code for scripts, a sentence for people."""

from __future__ import annotations

import filecmp
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from peer.words import WORDS
from tests.support.commands import MIB, Word, assert_ended, code_of, move, nothing_in, random_file
from tests.support.processes import serving, twocans
from tests.support.walls import walled

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return random_file(tmp_path / "given" / "random.bin", 3 * MIB + 17)


def test_usage_2() -> None:
    with twocans("send", "/no/such/file") as sender, twocans("receive") as receiver:
        assert_ended(sender.finish(), Exit.USAGE, "does not exist")
        assert_ended(receiver.finish(), Exit.USAGE, "Which code?")


def test_nobody_came_3(server: str, file: Path) -> None:
    with twocans("send", "--timeout", "0.5", "--json", "--server", server, file) as sender:
        ended = sender.finish()
    assert_ended(ended, Exit.NOBODY_CAME, "Nobody came in 0.5 seconds")
    assert [ended.events[-1][key] for key in ("event", "v", "code", "exit")] == ["error", 1, "nobody_came", 3]
    with (
        twocans("send", "--link", "--server", server, file) as sender,
        twocans("receive", "--timeout", "0.5", f"{server}/f#{'A' * 22}") as receiver,
    ):
        assert_ended(receiver.finish(), Exit.NOBODY_CAME)


def test_a_wrong_word_is_told_to_both_and_burns_the_code_4(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--server", server, file) as sender:
        code = code_of(sender)
        right = code.rpartition("-")[2]
        wrong = code.removesuffix(right) + next(word for word in WORDS if word != right)
        with twocans("receive", "--yes", "--out", tmp_path / "out", "--server", server, wrong) as receiver:
            assert_ended(receiver.finish(), Exit.WRONG_CODE, "wrong code", "mistyped")
        assert_ended(sender.finish(), Exit.WRONG_CODE, "wrong code", "burnt")
    with twocans("receive", "--yes", "--out", tmp_path / "out", "--server", server, code) as receiver:
        assert_ended(receiver.finish(), Exit.WRONG_CODE)
    assert nothing_in(tmp_path / "out")


def test_declined_5(server: str, tmp_path: Path, file: Path) -> None:
    gave, got = move(server, [file], ["--out", tmp_path / "out"])
    assert_ended(gave, Exit.DECLINED, "declined")
    assert_ended(got, Exit.DECLINED, "no terminal to ask on", "--yes")
    gave, got = move(server, [file], ["--yes", "--out", tmp_path / "out", "--max-size", "1M"])
    assert_ended(gave, Exit.DECLINED, "1000000")
    assert_ended(got, Exit.DECLINED, "--max-size")
    with twocans("send", "--server", server, file) as sender:
        words: list[Word] = ["receive", "--server", server, "--out", tmp_path / "out", code_of(sender)]
        with twocans(*words, terminal=True) as receiver:
            receiver.wait_for(r"\[Y/n\]", "stderr")
            receiver.type("n\n")
            assert_ended(receiver.finish(), Exit.DECLINED, "nothing was received")
        assert_ended(sender.finish(), Exit.DECLINED, "declined")
    assert nothing_in(tmp_path / "out")


@pytest.mark.slow
@pytest.mark.namespaces
def test_no_network_path_6(tmp_path: Path, file: Path) -> None:
    """Both reach the server, and a firewall drops every packet between them."""
    with walled() as wall, serving("--host", wall.outside) as (url, _):
        wall.let_out(int(url.rpartition(":")[2]))
        with twocans("send", "--server", url, file) as sender:
            words: list[Word] = ["receive", "--yes", "--out", tmp_path / "out", "--server", url, code_of(sender)]
            with twocans(*words, within=wall.within) as receiver:
                assert_ended(receiver.finish(120), Exit.NO_PATH, "firewall", "TURN")
            assert_ended(sender.finish(), Exit.NO_PATH, "firewall", "TURN")


def test_server_unreachable_7(file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with (
            twocans("send", "--server", url, file) as sender,
            twocans("receive", "--server", url, "7-acid-zoo") as receiver,
        ):
            assert_ended(sender.finish(), Exit.SERVER_UNREACHABLE, url, "twocans serve", "--server")
            assert_ended(receiver.finish(), Exit.SERVER_UNREACHABLE, url)


def test_disk_9(server: str, tmp_path: Path, file: Path) -> None:
    gave, got = move(server, [file], ["--yes", "--out", file / "below"])
    assert_ended(gave, Exit.DISK, "The other side says")
    assert_ended(got, Exit.DISK, str(file / "below"))


def test_ctrl_c_while_waiting_130(server: str, file: Path) -> None:
    with twocans("send", "--server", server, file) as sender:
        code = code_of(sender)
        sender.signal(signal.SIGINT)
        assert_ended(sender.finish(), Exit.CTRL_C, "Stopped")
    with twocans("receive", "--server", server, code) as receiver:
        assert_ended(receiver.finish(), Exit.WRONG_CODE)


@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_ctrl_c_during_a_transfer_130_and_11_at_the_other_end(server: str, tmp_path: Path, who: str) -> None:
    source, out = random_file(tmp_path / "large.bin", 150 * MIB), tmp_path / "out"
    with (
        twocans("send", "--server", server, source) as sender,
        twocans("receive", "--json", "--yes", "--server", server, "--out", out, code := code_of(sender)) as receiver,
    ):
        receiver.wait_for(r'"event":"progress"[^\n]*"bytes":\d{8}')  # so much that some of it is kept
        stopped, other = (sender, receiver) if who == "sender" else (receiver, sender)
        stopped.signal(signal.SIGINT)
        assert_ended(stopped.finish(), Exit.CTRL_C, "Stopped")
        assert_ended(other.finish(), Exit.INTERRUPTED, "where this stopped")
    assert [path.name for path in out.iterdir()] == [".twocans"]
    with twocans("send", "--json", "--code", code, "--server", server, source) as sender:
        sender.wait_for('"event":"code"')
        with twocans("receive", "--json", "--yes", "--server", server, "--out", out, code) as receiver:
            for end in (receiver.finish(), sender.finish()):
                assert end.code == Exit.DONE, end.stderr
                assert [event["bytes_held"] > 0 for event in end.events if event["event"] == "resumed"] == [True]
    assert [path.name for path in out.iterdir()] == ["large.bin"]
    assert filecmp.cmp(source, out / "large.bin", shallow=False)
