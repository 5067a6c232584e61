"""From glass to glass: how old picture and sound are when they come out at the other end of a call, how far apart they
are, and how long the picture stands still.

    canvas with the time in it ─► page in Chromium ══ line ══► page, or peer in Python ─► what time is in the frame?
    tone at known moments      ─►                                                      ─► when does a tone begin?

The call is the real one: the page's own, through the lobby. Only its camera and its microphone are ours. Both ends run
on one machine, in network namespaces (tests/lab), and so by one clock; it needs root. The end that looks on sends
neither picture nor sound.
"""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

from bench import glass_ends, glass_server
from bench.contest import figure, stage, take_turns
from bench.glass_figures import Figures, Seen, figures
from tests.lab.network import MBIT, Network, network
from tests.support.processes import Program, python_within, serving

RATE, ROUND_TRIP_S = 50 * MBIT, 0.02
LOSSES = (0.0, 0.02)
ENDS = {
    "Chromium": ("page", "chromium"),
    "Firefox": ("page", "firefox"),
    "Python, libwebrtc": ("peer", "libwebrtc"),
    "Python, aiortc": ("peer", "aiortc"),
}
"""Who looks on, and the words for `bench.glass_ends`."""
MIRRORS = {"Chromium, its own": ("mirror", "chromium"), "Firefox, its own": ("mirror", "firefox")}
"""Pages that look at their own camera: what is left when there is neither a codec nor a line."""
MAX_DRIFT_MS = 5.0
PATIENCE_S = 180.0
TRIES = 3

Results = dict[str, dict[str, list[Figures]]]


def glass(_: int, runs: int) -> None:
    """Holds each call `runs` times over each line, and prints the medians."""
    if os.geteuid() != 0:
        raise SystemExit("The lines are network namespaces; run this as root.")
    results: Results = {}
    with stage() as (console, _folder):
        for loss in LOSSES:
            with network(rate=RATE, round_trip=ROUND_TRIP_S, loss=loss) as joined:
                line = f"{ROUND_TRIP_S * 1000:.0f} ms" + (f", {loss:.0%} lost" if loss else "")
                results[line] = _turns(console, joined, ENDS, runs, line)
                if not loss:
                    results = {"no line": _turns(console, joined, MIRRORS, runs, "no line")} | results
        console.print(table(results, runs))


def _turns(
    console: Console, joined: Network, ends: dict[str, tuple[str, str]], runs: int, line: str
) -> dict[str, list[Figures]]:
    middle = joined.middle
    with serving("--host", middle.address, within=middle.within, module=glass_server.__name__) as (server, _):
        return take_turns(console, ends, runs, partial(_measure, joined, server), f"{line}: ")


def _measure(joined: Network, server: str, words: tuple[str, str]) -> Figures:
    """One call; a busy machine may spoil a try, not all of them."""
    for _ in range(TRIES - 1):
        with suppress(AssertionError):
            return _call(joined, server, words)
    return _call(joined, server, words)


def _call(joined: Network, server: str, words: tuple[str, str]) -> Figures:
    if words[0] == "mirror":
        with _end(joined.other.within, *words, server) as mirror:
            return _figures(mirror)
    with _end(joined.one.within, "send", server) as sender:
        try:
            link = sender.wait_for(r"(\S+)\n", timeout=PATIENCE_S)[1]
            with _end(joined.other.within, *words, link) as watcher:
                return _figures(watcher)
        finally:
            sender.signal(signal.SIGTERM)  # so that it takes its browser along
            sender.exit_code(PATIENCE_S)


def _end(within: Sequence[str], *words: str) -> Program:
    return python_within(within, "-m", glass_ends.__name__, *words)


def _figures(watcher: Program) -> Figures:
    ended = watcher.finish(PATIENCE_S)
    assert ended.code == 0, f"{watcher.words[-3:]} failed with {ended.code}: {ended.stderr[-2000:]}"
    seen = msgspec.json.decode(ended.stdout, type=Seen)
    assert abs(seen.drift) < MAX_DRIFT_MS, f"the clock of {watcher.words[-2]} ran {seen.drift:.0f} ms away"
    return figures(seen)


def table(results: Results, runs: int) -> Table:
    """Medians of the rounds."""
    seconds = f"{glass_ends.SECONDS:.0f} s"
    made = Table(
        title=f"From Chromium's camera and microphone, {RATE // MBIT} Mbit/s, {seconds} a call, median of {runs}",
        caption="sound − picture: how much later the sound comes than its picture",
    )
    made.add_column("there and back", no_wrap=True)
    made.add_column("to", no_wrap=True)
    for heading in ("picture ms", "p95 ms", "sound ms", "sound − picture", "frozen s", "frames/s", "width", "unread %"):
        made.add_column(heading, justify="right", no_wrap=True)
    for line, ends in results.items():
        for name, rounds in ends.items():
            made.add_row(
                line,
                name,
                *(figure(_middle(rounds, each), 0) for each in ("picture", "late", "sound", "skew")),
                figure(_middle(rounds, "frozen"), 1),
                figure(_middle(rounds, "rate"), 1),
                figure(_middle(rounds, "width"), 0),
                figure(100 * _middle(rounds, "unread"), 1),
            )
        made.add_section()
    return made


def _middle(rounds: Sequence[Figures], name: str) -> float:
    """The median of those rounds that have this figure."""
    found = [value for each in rounds if not math.isnan(value := getattr(each, name))]
    return float(median(found)) if found else math.nan
