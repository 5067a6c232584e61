"""One file over loopback, from typing the first command until both are back at the prompt.

Each contender does the same: its own server on loopback, the sender started, the receiver started with the code as
soon as that is printed. Start-up, pairing, transfer, proof and shutdown all count. Rounds take turns, so that all
contenders meet the same machine. Servers are not counted. Beside them runs `bench.bare`: the channel of an engine and
nothing else, which no transfer over it can beat.
"""

from __future__ import annotations

import filecmp
import os
import platform
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from peer.progress import size_text
from tests.support.processes import HOME, Ended, Program, serving, twocans

PATIENCE_S = 900.0
CHUNK = 1024 * 1024
WIDTH = 100
"""Columns that the table needs."""
YARDSTICK = f"magic-wormhole {version('magic-wormhole')}"
BARE = "libwebrtc, bare channel"

Watcher = AbstractContextManager[object]


@dataclass(frozen=True)
class Contender:
    """A pair of commands: the sender, where it says the code, and the receiver of a code into a folder.

    Without `keeps`, bytes only pass; no file is left to compare.
    """

    name: str
    send: Callable[[Path], Program]
    says: tuple[str, str]
    receive: Callable[[str, Path], Program]
    keeps: bool = True


@dataclass(frozen=True)
class Round:
    """What one transfer cost, both ends together but for the peaks (bytes)."""

    wall_s: float
    cpu_s: float
    sender_peak: int
    receiver_peak: int


def transfer(size: int, runs: int) -> None:
    """Moves a random file of `size` bytes `runs` times with each contender, and prints the medians."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as at a user's: nobody compiles at each start
    console = Console(width=max(Console().width, WIDTH))
    with tempfile.TemporaryDirectory(prefix="twocans-bench-") as folder, ExitStack() as stack:
        source = Path(folder, "random.bin")
        fill(source, size)
        contenders = [*ours(stack.enter_context(serving())[0]), bare(size), stack.enter_context(wormhole())]
        rounds: dict[str, list[Round]] = {contender.name: [] for contender in contenders}
        for turn in range(1, runs + 1):
            for contender in contenders:
                with console.status(f"round {turn} of {runs}: {contender.name}"):
                    rounds[contender.name].append(run(contender, source, Path(folder)))
    console.print(table(rounds, size, runs))


def run(
    contender: Contender, source: Path, folder: Path, watch: Callable[[Program], Watcher] = lambda _: nullcontext()
) -> Round:
    """One transfer, compared byte for byte afterwards; `watch` may look on while the receiver runs."""
    with tempfile.TemporaryDirectory(dir=folder) as out, contender.send(source) as sender:
        stream, pattern = contender.says
        code = sender.wait_for(pattern, stream)[1]
        with contender.receive(code, Path(out)) as receiver, watch(receiver):
            got, gave = receiver.finish(PATIENCE_S), sender.finish(PATIENCE_S)
        for end in (got, gave):
            if end.code != 0:
                raise SystemExit(f"{contender.name} failed with {end.code}: {end.stderr[-2000:]}")
        if contender.keeps and not filecmp.cmp(source, Path(out, source.name), shallow=False):
            raise SystemExit(f"{contender.name}: the file that arrived is another")
    return Round(_wall(gave, got), gave.cpu_s + got.cpu_s, gave.peak, got.peak)


def ours(
    server: str, engines: Sequence[str] = ("libwebrtc", "aiortc"), one: Sequence[str] = (), other: Sequence[str] = ()
) -> Iterator[Contender]:
    """Each engine; `one` and `other` go before the commands of the sender and of the receiver."""
    for engine in engines:
        flags = ("--server", server, "--engine", engine)
        yield Contender(
            f"twocans, {engine}",
            lambda source, flags=flags: twocans("send", *flags, source, within=one),  # type: ignore[misc]
            ("stdout", r"(\S+)\n"),
            lambda code, out, flags=flags: twocans(  # type: ignore[misc]
                "receive", *flags, "--yes", "--out", out, code, within=other
            ),
        )


def bare(size: int) -> Contender:
    """The fast engine's channel by itself."""
    command = [sys.executable, "-m", "bench.bare", "libwebrtc"]
    return Contender(
        BARE,
        lambda _: Program([*command, "send", str(size)], cwd=HOME),
        ("stdout", r"(\d+)\n"),
        lambda port, _: Program([*command, "receive", str(size), port], cwd=HOME),
        keeps=False,
    )


@contextmanager
def wormhole(
    address: str = "127.0.0.1", middle: Sequence[str] = (), one: Sequence[str] = (), other: Sequence[str] = ()
) -> Iterator[Contender]:
    """magic-wormhole with its mailbox server at `address` and no transit relay: the ends connect directly by TCP."""
    commands = Path(sys.executable).parent
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        place = ["--port", f"tcp:{port}:interface={address}", "--channel-db", f"{state}/relay.sqlite"]
        with Program([*middle, commands / "twist", "wormhole-mailbox", *place], cwd=Path(state)) as server:
            server.wait_for("Starting reactor")
            url = f"ws://{address}:{port}/v1"
            tool: list[str | Path] = [commands / "wormhole", "--relay-url", url, "--transit-helper", ""]
            yield Contender(
                YARDSTICK,
                lambda source: Program([*one, *tool, "send", "--no-qr", "--hide-progress", source]),
                ("stderr", r"code is: (\S+)\n"),
                lambda code, out: Program(
                    [*other, *tool, "receive", "--accept-file", "--hide-progress", code], cwd=out
                ),
            )
            server.signal(signal.SIGTERM)
            server.finish()


def table(rounds: dict[str, list[Round]], size: int, runs: int) -> Table:
    """Medians; the last columns are how many times as fast as the yardstick, and as the bare channel."""
    made = Table(
        title=f"{size_text(size)} over loopback, whole commands, median of {runs}",
        caption=f"ratio: speed against {YARDSTICK}; of bare: against {BARE}\n"
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )
    made.add_column("", no_wrap=True)
    for heading in ("wall s", "MB/s", "CPU s", "peak out", "peak in", "ratio", "of bare"):
        made.add_column(heading, justify="right", no_wrap=True)
    yardstick, channel = (median(each.wall_s for each in rounds[name]) for name in (YARDSTICK, BARE))
    for name, each in rounds.items():
        wall = median(round.wall_s for round in each)
        made.add_row(
            name,
            f"{wall:.2f}",
            f"{size / wall / 1e6:.0f}",
            f"{median(round.cpu_s for round in each):.1f}",
            size_text(median(round.sender_peak for round in each)),
            size_text(median(round.receiver_peak for round in each)),
            f"{yardstick / wall:.2f}",
            f"{channel / wall:.2f}",
        )
    return made


def fill(path: Path, size: int) -> None:
    """A file of random bytes."""
    with path.open("wb") as file:
        for start in range(0, size, CHUNK):
            file.write(os.urandom(min(CHUNK, size - start)))


def free_port() -> int:
    """A TCP port on loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wall(sender: Ended, receiver: Ended) -> float:
    """The sender starts first; who ends last is not given."""
    return max(sender.ended_at, receiver.ended_at) - sender.began_at
