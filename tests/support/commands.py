"""`send` and `receive` as pairs of processes, and what is expected of their ends."""

from __future__ import annotations

import os
from pathlib import Path

from peer.exits import Exit
from tests.support.processes import Ended, Program, twocans

MIB = 1024 * 1024
Word = str | Path


def random_file(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(os.urandom(min(MIB, size - start)))
    return path


def code_of(sender: Program) -> str:
    return sender.wait_for(r"^(\S+)\n")[1]


def move(server: str, give: list[Word], take: list[Word], timeout: float = 60) -> tuple[Ended, Ended]:
    """Both ends to their end."""
    with twocans("send", "--server", server, *give) as sender:
        code = code_of(sender)
        with twocans("receive", "--server", server, *take, code) as receiver:
            got = receiver.finish(timeout)
            return sender.finish(timeout), got


def assert_done(*ends: Ended) -> None:
    for end in ends:
        assert end.code == Exit.DONE, end.stderr
        assert "Traceback" not in end.stderr


def assert_ended(end: Ended, exit: Exit, *words: str) -> None:
    """The exit code, and a sentence with these words instead of a traceback."""
    assert end.code == exit, (end.code, end.stderr)
    assert "Traceback" not in end.stderr
    for word in words:
        assert word in end.stderr


def nothing_in(folder: Path) -> bool:
    return not folder.exists() or not list(folder.iterdir())
