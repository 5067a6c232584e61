"""One big file over loopback, from typing the first command until both are back at the prompt.

Beside our commands and magic-wormhole runs `bench.bare`: the channel of an engine and nothing else, which no transfer
over it can beat. Its bytes count from the opening of the channel to the last one; ours from the receiver's yes to the
file in its place, on the disk.
"""

from __future__ import annotations

from contextlib import ExitStack

from rich.table import Table

from bench.contenders import BARE, YARDSTICK, bare, ours, wormhole
from bench.contest import Round, figure, middle, peaks, run, stage, table, take_turns
from peer.progress import size_text
from tests.support.commands import random_file
from tests.support.processes import serving

GB = 1e9


def transfer(size: int, runs: int) -> None:
    """Moves a random file of `size` bytes `runs` times with each contender, and prints the medians."""
    with stage() as (console, folder), ExitStack() as stack:
        source = folder / "random.bin"
        random_file(source, size)
        contenders = [*ours(stack.enter_context(serving())[0]), bare(size), stack.enter_context(wormhole())]
        named = {contender.name: contender for contender in contenders}
        rounds = take_turns(console, named, runs, lambda contender: run(contender, source, folder))
        console.print(_table(rounds, size, runs))


def _table(rounds: dict[str, list[Round]], size: int, runs: int) -> Table:
    made = table(
        f"{size_text(size)} over loopback, whole commands, median of {runs}",
        f"ratio: speed against {YARDSTICK}; of bare: against {BARE}, whole commands and streams alone",
        ("wall s", "MB/s", "ratio", "of bare", "streams s", "of bare", "CPU s/GB", "peak out", "peak in"),
    )
    yardstick = middle(rounds[YARDSTICK], "wall_s")
    channel, flow = (middle(rounds[BARE], name) for name in ("wall_s", "stream_s"))
    for name, each in rounds.items():
        wall, stream = middle(each, "wall_s"), middle(each, "stream_s")
        made.add_row(
            name,
            figure(wall),
            figure(size / wall / 1e6, 0),
            figure(yardstick / wall),
            figure(channel / wall),
            figure(stream),
            figure(flow / stream),
            figure(middle(each, "cpu_s") * GB / size, 1),
            *peaks(each),
        )
    return made
