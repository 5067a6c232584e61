"""What a person does with a running transfer from a terminal: limit, pause, stop; and what each end is told."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.commands import MIB, Word, assert_done, assert_ended, code_of, random_file
from tests.support.processes import Ended, Program, serving, twocans

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]

RATE = 2 * MIB


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return random_file(tmp_path / "given" / "random.bin", 6 * MIB)


def seconds(end: Ended) -> float:
    """How long the transfer took, as its events tell."""
    return float(end.events[-1]["seconds"])


# Limits


@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_a_limit_at_either_end_is_kept(server: str, tmp_path: Path, file: Path, who: str) -> None:
    limit: list[Word] = ["--limit-rate", str(RATE)]
    give, take = (limit, []) if who == "sender" else ([], limit)
    with twocans("send", "--json", "--server", server, *give, file) as sender:
        code = sender.wait_for(r'"code":"([^"]+)"')[1]
        with twocans("receive", "--json", "--yes", "--server", server, "--out", tmp_path, *take, code) as receiver:
            got, gave = receiver.finish(), sender.finish()
    assert_done(gave, got)
    assert 2.5 < seconds(got) < 30
    rates = [event["rate"] for event in got.events if event["event"] == "progress"]
    assert max(rates[4:]) < 1.5 * RATE


def test_two_receivers_share_the_limit_of_one_sender(server: str, tmp_path: Path, file: Path) -> None:
    with twocans(
        "send", "--json", "--limit-rate", str(3 * MIB), "--receivers", "2", "--server", server, file
    ) as sender:
        code = sender.wait_for(r'"code":"([^"]+)"')[1]
        outs = [tmp_path / "a", tmp_path / "b"]
        receivers = [twocans("receive", "--json", "--yes", "--server", server, "--out", out, code) for out in outs]
        ends = [receiver.finish() for receiver in receivers]
        assert_done(*ends, sender.finish())
    assert max(seconds(end) for end in ends) > 3


# Keys


def sending(server: str, file: Path) -> Program:
    return twocans("send", "--limit-rate", "100K", "--server", server, file, terminal=True)


def receiving(server: str, sender: Program, out: Path) -> Program:
    return twocans("receive", "--yes", "--server", server, "--out", out, code_of(sender), terminal=True)


def test_either_end_pauses_and_both_are_told(server: str, tmp_path: Path, file: Path) -> None:
    with sending(server, file) as sender, receiving(server, sender, tmp_path / "out") as receiver:
        for one, other in ((sender, receiver), (receiver, sender)):
            one.wait_for(r"Keys: p pause, \+ - limit, q stop", "stderr")
            one.type("p")
            one.wait_for("Paused; p goes on.", "stderr")
            other.wait_for("Paused by the other side.", "stderr")
            one.type("p")
            one.wait_for("Going on.", "stderr")
            other.wait_for("The other side lets it go on.", "stderr")
        sender.type("+" * 20)
        sender.wait_for("No limit.", "stderr")
        assert_done(receiver.finish(), sender.finish())


def test_a_paused_transfer_stands_still_and_says_so(server: str, tmp_path: Path, file: Path) -> None:
    with sending(server, file) as sender, receiving(server, sender, tmp_path / "out") as receiver:
        receiver.wait_for("Keys:", "stderr")
        receiver.type("p")
        sender.wait_for("Paused by the other side.", "stderr")
        sender.wait_for("Nothing has moved for 10 s: the other side has paused it.", "stderr")
        receiver.wait_for("Nothing has moved for 10 s: it is paused here.", "stderr")
        receiver.type("p")
        receiver.wait_for(r"[1-9][0-9.]* kB/s", "stderr")
        receiver.type("-")
        receiver.wait_for(r"Limit: [\d.]+ kB/s\.", "stderr")
        receiver.type("+" * 20)
        sender.type("+" * 20)
        assert_done(receiver.finish(), sender.finish())


def test_q_stops_as_ctrl_c_does(server: str, tmp_path: Path, file: Path) -> None:
    with sending(server, file) as sender, receiving(server, sender, tmp_path / "out") as receiver:
        receiver.wait_for("Keys:", "stderr")
        receiver.type("q")
        assert_ended(receiver.finish(), Exit.CTRL_C, "Stopped")
        assert_ended(sender.finish(), Exit.INTERRUPTED)


@pytest.mark.parametrize("end", ["done", "q", "SIGTERM", "SIGINT"])
def test_the_terminal_is_left_as_it_was(server: str, tmp_path: Path, file: Path, end: str) -> None:
    with sending(server, file) as sender, receiving(server, sender, tmp_path / "out") as receiver:
        screen = os.open(receiver.terminal, os.O_RDWR | os.O_NOCTTY)
        before = termios.tcgetattr(screen)
        receiver.wait_for("Keys:", "stderr")
        assert not termios.tcgetattr(screen)[3] & (termios.ICANON | termios.ECHO)
        match end:
            case "done":
                sender.type("+" * 20)
            case "q":
                receiver.type("q")
            case _:
                receiver.signal(getattr(signal, end))
        assert receiver.exit_code() == (Exit.DONE if end == "done" else Exit.CTRL_C)
        assert termios.tcgetattr(screen) == before
        os.close(screen)


def test_there_are_no_keys_without_a_terminal(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--server", server, file) as sender:
        words: list[Word] = ["receive", "--yes", "--server", server, "--out", tmp_path / "out", code_of(sender)]
        with twocans(*words) as receiver:
            got, gave = receiver.finish(), sender.finish()
    assert_done(got, gave)
    assert "Keys:" not in got.stderr + gave.stderr
