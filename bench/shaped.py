"""One file through a line of 100 Mbit/s between two hosts, near, far and with loss: whole commands, as in `transfer`,
and a page in Chromium as the sender.

The hosts are network namespaces of this machine (tests/lab), so it needs root. Servers stand between the two. Beside
the whole command, whose start-up counts, stands what streams in the middle of it: the time from one hundredth of all
packets to ninety-nine, as the receiver's network device counts them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from rich.table import Table

from bench.contenders import YARDSTICK, ours, page_to_terminal, wormhole
from bench.contest import Contender, Round, run, stage, take_turns
from peer.progress import size_text
from tests.lab.network import DEVICE, MBIT, Network, network
from tests.support.commands import random_file
from tests.support.processes import Program, serving

RATE = 100 * MBIT
LINK = RATE / 8
"""Bytes a second that the line carries, headers and all: the measure of everything here."""
EDGE = 0.01
_SAMPLE_S = 0.02


@dataclass(frozen=True)
class Line:
    """How far it is there and back, in seconds, and the share of packets that is lost."""

    round_trip: float
    loss: float

    def __str__(self) -> str:
        far = f"{self.round_trip * 1000:.0f} ms"
        return f"{far}, {self.loss:.0%} lost" if self.loss else far


LINES = (Line(0.0, 0.0), Line(0.02, 0.0), Line(0.08, 0.0), Line(0.02, 0.01))


class Gauge:
    """How fast packets come in at a program's network device."""

    def __init__(self, program: Program) -> None:
        self._counter = Path(f"/proc/{program.pid}/net/dev")
        self._seen: list[tuple[float, int]] = []
        self._over = threading.Event()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_S):
            try:
                lines = self._counter.read_text().splitlines()
            except OSError:  # the program is over
                return
            for words in map(str.split, lines):
                if words[0] == f"{DEVICE}:":
                    self._seen.append((time.monotonic(), int(words[1])))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While the block runs."""
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def rate(self, size: int) -> float:
        """Bytes a second of a file of this size, beginning and end left out."""
        before, after = self._seen[0][1], self._seen[-1][1]
        volume = after - before
        first = next(at for at, count in self._seen if count - before >= EDGE * volume)
        last = next(at for at, count in self._seen if count - before >= (1 - EDGE) * volume)
        return size * (1 - 2 * EDGE) / (last - first)


Results = dict[Line, dict[str, list[tuple[Round, float]]]]


def shaped(size: int, runs: int) -> None:
    """Moves a random file of `size` bytes `runs` times over each line with each contender, and prints the medians."""
    if os.geteuid() != 0:
        raise SystemExit("The lines are network namespaces; run this as root.")
    results: Results = {}
    with stage() as (console, folder):
        source = folder / "random.bin"
        random_file(source, size)
        for line in LINES:
            with network(rate=RATE, round_trip=line.round_trip, loss=line.loss) as joined, ExitStack() as stack:
                named = {contender.name: contender for contender in stack.enter_context(_contenders(joined))}
                measure = partial(_measure, source=source, folder=folder, size=size)
                results[line] = take_turns(console, named, runs, measure, f"{line}: ")
        console.print(table(results, size, runs))


@contextmanager
def _contenders(joined: Network) -> Iterator[list[Contender]]:
    one, other, middle = joined.one.within, joined.other.within, joined.middle
    with (
        serving("--host", middle.address, within=middle.within) as (server, _),
        wormhole(middle.address, middle.within, one, other) as yardstick,
    ):
        yield [*ours(server, ["libwebrtc"], one, other), page_to_terminal(server, one, other), yardstick]


def _measure(contender: Contender, source: Path, folder: Path, size: int) -> tuple[Round, float]:
    gauges: list[Gauge] = []

    @contextmanager
    def watch(receiver: Program) -> Iterator[None]:
        gauges.append(Gauge(receiver))
        with gauges[0].watching():
            yield

    done = run(contender, source, folder, watch)
    return done, gauges[0].rate(size)


def table(results: Results, size: int, runs: int) -> Table:
    """Medians; speeds are shares of the link, and of the yardstick."""
    made = Table(
        title=f"{size_text(size)} through {RATE // MBIT} Mbit/s, whole commands, median of {runs}",
        caption=f"of link: against {LINK / 1e6:.1f} MB/s, headers and all; ratio: speed against {YARDSTICK}",
    )
    made.add_column("there and back", no_wrap=True)
    made.add_column("", no_wrap=True)
    for heading in ("wall s", "MB/s", "of link", "ratio", "streams MB/s", "of link", "CPU s"):
        made.add_column(heading, justify="right", no_wrap=True)
    for line, contenders in results.items():
        yardstick = median(done.wall_s for done, _ in contenders[YARDSTICK])
        for name, each in contenders.items():
            wall, stream = median(done.wall_s for done, _ in each), median(rate for _, rate in each)
            made.add_row(
                str(line),
                name,
                f"{wall:.2f}",
                f"{size / wall / 1e6:.1f}",
                f"{size / wall / LINK:.2f}",
                f"{yardstick / wall:.2f}",
                f"{stream / 1e6:.1f}",
                f"{stream / LINK:.2f}",
                f"{median(done.cpu_s for done, _ in each):.1f}",
            )
        made.add_section()
    return made
