"""Folders over loopback: ten thousand small files against one file of the same bytes, and a hundred thousand entries.

Whole commands, as in `transfer`; beside them, how fast it goes from the receiver's yes to the last file in its place.
All but the hundred thousand also go through magic-wormhole, which packs a folder into an archive first.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from bench.contenders import YARDSTICK, ours, wormhole
from bench.contest import Contender, Round, figure, middle, peaks, run, stage, table, take_turns
from tests.support.commands import random_file
from tests.support.processes import serving

MANY, SMALL_BYTES = 10_000, 4096
SWARM = 100_000
PER_FOLDER = 1000
SMALL, ONE, TINY = "10,000 × 4 KiB", "1 × 40,000 KiB", "100,000 × 1 byte"
HOLDS = {SMALL: (MANY, MANY * SMALL_BYTES), ONE: (1, MANY * SMALL_BYTES), TINY: (SWARM, SWARM)}
"""Files and bytes of each."""


def folders(_: int, runs: int) -> None:
    """Moves each `runs` times, and prints the medians. Their sizes are given."""
    with stage() as (console, folder), ExitStack() as stack:
        sources = {name: folder / name.replace(" ", "-") for name in HOLDS}
        grow(sources[SMALL], MANY, SMALL_BYTES)
        random_file(sources[ONE], MANY * SMALL_BYTES)
        grow(sources[TINY], SWARM, 1)
        (own,) = ours(stack.enter_context(serving())[0], ["libwebrtc"])
        other = stack.enter_context(wormhole())
        contests = {contender.name: (contender, what) for contender, what in _contests(own, other)}
        rounds = take_turns(console, contests, runs, lambda contest: run(contest[0], sources[contest[1]], folder))
        console.print(_table(rounds, {name: what for name, (_, what) in contests.items()}, runs))


def grow(folder: Path, files: int, size: int) -> None:
    """Files of random bytes, a thousand in each folder."""
    for first in range(0, files, PER_FOLDER):
        below = folder / f"{first // PER_FOLDER}"
        below.mkdir(parents=True)
        for number in range(first, first + PER_FOLDER):
            (below / f"{number}.bin").write_bytes(os.urandom(size))


def _contests(own: Contender, other: Contender) -> Iterator[tuple[Contender, str]]:
    for what in HOLDS:
        yield replace(own, name=f"{own.name}, {what}"), what
        if what != TINY:
            yield replace(other, name=f"{other.name}, {what}"), what


def _table(rounds: dict[str, list[Round]], contents: dict[str, str], runs: int) -> Table:
    made = table(
        f"folders over loopback, median of {runs}",
        "ratio: speed against magic-wormhole; of one: bytes a second of the stream against those of one file",
        ("wall s", "ratio", "streams s", "files/s", "of one", "CPU s", "peak out", "peak in"),
    )
    walls = {name: middle(each, "wall_s") for name, each in rounds.items()}
    streams = {name: middle(each, "stream_s") for name, each in rounds.items()}
    yardstick = {what: walls[name] for name, what in contents.items() if name.startswith(YARDSTICK)}
    one = next(HOLDS[ONE][1] / streams[name] for name in rounds if contents[name] == ONE)
    for name, each in rounds.items():
        files, size = HOLDS[contents[name]]
        made.add_row(
            name,
            figure(walls[name]),
            figure(yardstick.get(contents[name], math.nan) / walls[name]),
            figure(streams[name]),
            figure(files / streams[name], 0),
            figure(size / streams[name] / one if contents[name] != TINY else math.nan),
            figure(middle(each, "cpu_s"), 1),
            *peaks(each),
        )
    return made
