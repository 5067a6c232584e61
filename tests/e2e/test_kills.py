"""One file through many random `kill -9`: of either command, of both, of the server, of all three.

Whatever dies is started again with the same command. In the end the file is the same, and what a kill made travel twice
is no more than 64 MiB and what the link carries in a second.

    ./run test tests/e2e/test_kills.py --all -s                      few kills, a minute or two
    TWOCANS_KILLS=full ./run test tests/e2e/test_kills.py --all -s   20 over 2 GiB on libwebrtc, over 200 MiB on aiortc
    TWOCANS_KILLS_SEED=7 …                                           another choice of victims and moments
"""

from __future__ import annotations

import filecmp
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from peer.exits import Exit
from tests.support.commands import MIB, random_file
from tests.support.processes import Program, twocans
from tests.support.restart import free_port

pytestmark = [pytest.mark.alone, pytest.mark.slow, pytest.mark.timeout(3600)]

FULL = os.environ.get("TWOCANS_KILLS") == "full"
SEED = int(os.environ.get("TWOCANS_KILLS_SEED", "1"))
CODE = "7-otter-maple-drum"
TWICE = 64 * MIB
VICTIMS = [("sender",), ("receiver",), ("sender", "receiver"), ("server",), ("server", "sender", "receiver")]
PATIENCE_S = 120.0
MAX_FAILED_STARTS = 30
"""A receiver that is started before its sender is back finds no room; a person tries again, and so does this."""


@dataclass
class Actor:
    """One command through all of its lives."""

    start: Callable[[], Program]
    program: Program
    lives: list[str] = field(default_factory=list)
    failed: int = 0

    def kill(self) -> None:
        self.program.kill()
        self._bury()

    def revive(self) -> None:
        """Starts it again if it is over, unless it is done."""
        while not self.program.running and not self.done:
            self._bury()
            self.failed += 1
            assert self.failed <= MAX_FAILED_STARTS, self.lives[-1]
            self.program = self.start()

    def begin(self) -> None:
        self.program = self.start()

    @property
    def done(self) -> bool:
        return not self.program.running and self.program.finish().code == Exit.DONE

    @property
    def events(self) -> list[dict[str, Any]]:
        """Of the life that it leads now, or led last; a line that a kill tore is left out."""
        lines = self.program.said().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def last(self, name: str, key: str) -> int:
        return next((int(event[key]) for event in reversed(self.events) if event["event"] == name), 0)

    def held(self, former: str) -> int | None:
        """What its latest transfer began with; None until there is one after `former` that moves."""
        latest = next((event["transfer"] for event in reversed(self.events) if event["event"] == "offer"), former)
        of_it = [event for event in self.events if event.get("transfer") == latest and latest != former]
        known = {event["event"]: event for event in reversed(of_it)}
        if "resumed" in known:
            return int(known["resumed"]["bytes_held"])
        return 0 if "progress" in known else None

    def _bury(self) -> None:
        ended = self.program.finish()
        assert "Traceback" not in ended.stderr, ended.stderr
        self.lives.append(ended.stderr)


class Stage:
    """The three of them on one port."""

    def __init__(self, source: Path, out: Path, engine: str, stack: ExitStack) -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        common = ["--json", "--engine", engine, "--server", url]

        def kept(program: Program) -> Program:
            return stack.enter_context(program)

        def serve() -> Program:
            server = kept(twocans("serve", "--port", str(port), "--stun-port", "0", "--grace-s", "3"))
            server.wait_for("listening on")
            return server

        def send() -> Program:
            sender = kept(twocans("send", "--code", CODE, *common, source))
            sender.wait_for('"event":"code"')
            return sender

        def receive() -> Program:
            return kept(twocans("receive", "--yes", *common, "--out", out, CODE))

        self.actors = {name: Actor(start, start()) for name, start in (("server", serve), ("sender", send))}
        self.actors["receiver"] = Actor(receive, receive())
        self.sender, self.receiver = self.actors["sender"], self.actors["receiver"]

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Waits, and starts anew whoever ended meanwhile without being done."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self._account()}"
            self.sender.revive()
            self.receiver.revive()
            self.receiver.program.wait(0.5)

    @property
    def over(self) -> bool:
        return self.sender.done and self.receiver.done

    def _account(self) -> str:
        return "\n".join(
            f"{name}: {actor.program.said()[-600:]} {actor.program.said('stderr')[-600:]}"
            for name, actor in self.actors.items()
        )


def moments(size: int, kills: int, choice: random.Random) -> Iterator[int]:
    """Bytes at which somebody is killed, spread over the file."""
    for number in range(kills):
        yield int(size * (number + choice.uniform(0.2, 0.9)) / (kills + 1))


@pytest.mark.parametrize(
    ("engine", "size", "kills"),
    [
        ("libwebrtc", 2048 * MIB if FULL else 300 * MIB, 20 if FULL else 4),
        ("aiortc", 200 * MIB if FULL else 60 * MIB, 20 if FULL else 3),
    ],
)
def test_a_file_arrives_through_random_kills(tmp_path: Path, engine: str, size: int, kills: int) -> None:
    source, out = random_file(tmp_path / "film.bin", size), tmp_path / "out"
    choice, twice = random.Random(SEED), list[int]()
    with ExitStack() as stack:
        stage = Stage(source, out, engine, stack)
        sender, receiver = stage.sender, stage.receiver
        for number, moment in enumerate(moments(size, kills, choice)):
            stage.until(
                lambda at=moment: receiver.last("progress", "bytes") >= at or stage.over,  # type: ignore[misc]
                f"kill {number} at {moment}",
            )
            assert not stage.over, "too quick to be killed so often: make the file larger"
            victims = choice.choice(VICTIMS)
            for victim in victims:
                stage.actors[victim].kill()
            given = max(end.last("progress", "bytes") for end in (sender, receiver))  # told four times a second
            rate = sender.last("progress", "rate")
            former = next((event["transfer"] for event in reversed(sender.events) if event["event"] == "offer"), "")
            for victim in stage.actors:
                if victim in victims:
                    stage.actors[victim].begin()
            if victims == ("server",):
                continue  # the link outlives it; nothing is lost
            stage.until(
                lambda of=former: sender.held(of) is not None,  # type: ignore[misc]
                f"after kill {number} of {victims}",
            )
            held = sender.held(former) or 0
            twice.append(given - held)
            print(f"{engine} kill {number:2} at {moment >> 20:5} MiB of {'+'.join(victims):22}", end="")
            print(f" sent {given >> 20:5} held {held >> 20:5} twice {twice[-1] >> 20:3} MiB at {rate >> 20} MiB/s")
            assert twice[-1] <= TWICE + rate, f"kill {number} of {victims}"
        stage.until(lambda: stage.over, "the end")
    assert os.listdir(out) == [source.name]
    assert filecmp.cmp(source, out / source.name, shallow=False)
    assert twice
    print(f"{engine}: {kills} kills, {sum(twice) >> 20} MiB of {size >> 20} travelled twice")
