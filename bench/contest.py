"""What the benchmarks share: contenders that take turns, what each of their transfers cost, and the table of it.

All contenders meet the same machine, as rounds go through all of them. Each does the same: the sender is started, then
the receiver with the code as soon as that is printed. Start-up, pairing, transfer, proof and shutdown all count in the
whole command; servers do not.
"""

from __future__ import annotations

import filecmp
import math
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from peer.progress import size_text
from tests.support.processes import Ended, Program

PATIENCE_S = 900.0
WIDTH = 132
"""Columns that the tables need."""

C = TypeVar("C")
R = TypeVar("R")

Watcher = AbstractContextManager[object]


@dataclass(frozen=True)
class Contender:
    """A pair of commands: the sender, where it says the code, and the receiver of a code into a folder.

    Attributes:
        streamed: seconds for which bytes went, as the receiver says once it has ended; not a number where none does.
        keeps: whether what comes is kept; else bytes only pass, and nothing is left to compare.
    """

    name: str
    send: Callable[[Path], Program]
    says: tuple[str, str]
    receive: Callable[[str, Path], Program]
    streamed: Callable[[Ended], float] = lambda _: math.nan
    keeps: bool = True


@dataclass(frozen=True)
class Round:
    """What one transfer cost, both ends together but for the peaks (bytes)."""

    wall_s: float
    stream_s: float
    cpu_s: float
    sender_peak: int
    receiver_peak: int


@contextmanager
def stage() -> Iterator[tuple[Console, Path]]:
    """Where a benchmark runs: what it prints on, and a folder of its own."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as at a user's: nobody compiles at each start
    with tempfile.TemporaryDirectory(prefix="twocans-bench-") as folder:
        yield Console(width=max(Console().width, WIDTH)), Path(folder)


def run(
    contender: Contender, source: Path, folder: Path, watch: Callable[[Program], Watcher] = lambda _: nullcontext()
) -> Round:
    """One transfer, compared byte for byte afterwards; `watch` may look on while the receiver runs."""
    with tempfile.TemporaryDirectory(dir=folder) as out, contender.send(source) as sender:
        stream, pattern = contender.says
        code = sender.wait_for(pattern, stream, PATIENCE_S)[1]
        with contender.receive(code, Path(out)) as receiver, watch(receiver):
            got, gave = receiver.finish(PATIENCE_S), sender.finish(PATIENCE_S)
        for end in (got, gave):
            if end.code != 0:
                raise SystemExit(f"{contender.name} failed with {end.code}: {end.stderr[-2000:]}")
        if contender.keeps and not same(source, Path(out, source.name)):
            raise SystemExit(f"{contender.name}: what arrived is not what was sent")
    wall = max(gave.ended_at, got.ended_at) - gave.began_at  # who ends last is not given
    return Round(wall, contender.streamed(got), gave.cpu_s + got.cpu_s, gave.peak, got.peak)


def same(one: Path, other: Path) -> bool:
    """Whether two files, or all files in two folders, have the same bytes."""
    if not one.is_dir():
        return filecmp.cmp(one, other, shallow=False)
    names = _files(one)
    return names == _files(other) and not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:])


def take_turns(
    console: Console, contenders: Mapping[str, C], runs: int, once: Callable[[C], R], where: str = ""
) -> dict[str, list[R]]:
    """Every contender in every round; `where` is told while it runs."""
    rounds: dict[str, list[R]] = {name: [] for name in contenders}
    for turn in range(1, runs + 1):
        for name, contender in contenders.items():
            with console.status(f"{where}round {turn} of {runs}: {name}"):
                rounds[name].append(once(contender))
    return rounds


def middle(rounds: Sequence[object], figure: str) -> float:
    """The median of one figure."""
    return float(median(getattr(each, figure) for each in rounds))


def table(title: str, caption: str, headings: Sequence[str]) -> Table:
    """An empty one: a name, then figures."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    made = Table(title=title, caption=f"{caption}\n{machine}")
    made.add_column("", no_wrap=True)
    for heading in headings:
        made.add_column(heading, justify="right", no_wrap=True)
    return made


def figure(value: float, places: int = 2) -> str:
    """A number for a table; a dash for none."""
    return "–" if math.isnan(value) else f"{value:.{places}f}"


def peaks(rounds: Sequence[Round]) -> tuple[str, str]:
    """The most memory that the sender and the receiver had, each the median of the rounds."""
    return size_text(int(middle(rounds, "sender_peak"))), size_text(int(middle(rounds, "receiver_peak")))


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
