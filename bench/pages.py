"""Pages in two Chromiums on this machine: ours to ours, ours to a terminal and back, and a bare channel between two.

Seconds count from the receiver's yes until it says that everything is there: in the storage of the browser, or in its
place on the disk of the terminal. For the bare page (bench/bare_page) they count from the opening of its channel to the
last byte, which goes nowhere.
"""

from __future__ import annotations

import asyncio
import filecmp
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.table import Table

from bench.contenders import seconds_of
from bench.contest import PATIENCE_S, middle, stage, table, take_turns
from peer.progress import size_text
from tests.support.browsers import ChromiumPage, chromium, chromium_page
from tests.support.calls import open_files
from tests.support.commands import random_file
from tests.support.processes import HOME, twocans
from tests.support.server import running_server

BARE = "bare page to bare page"
DONE = """() => document.querySelector('[data-testid="transfer"][data-state="done"]')"""


class Passage(NamedTuple):
    """What one transfer cost: seconds, and those of processors in both browsers, or in the one and in the terminal."""

    stream_s: float
    cpu_s: float


class Desk:
    """Two pages without a past, each in a browser of its own; a server, and a file."""

    def __init__(self, pages: Sequence[ChromiumPage], server: str, plain: str, source: Path) -> None:
        self._near, self._far = pages
        self._server = server
        self._plain = plain
        self._source = source

    async def bare(self) -> Passage:
        """A channel and nothing else."""
        size = self._source.stat().st_size
        for page in (self._near, self._far):
            await page.goto(self._plain)
        offer = await self._near.run("offer")
        await self._near.run("take", await self._far.run("answer", offer))
        with _Costs() as costs:
            async with asyncio.timeout(PATIENCE_S):
                _, seconds = await asyncio.gather(self._near.run("send", size), self._far.run("receive", size))
        return Passage(float(seconds), costs.cpu_s)

    async def page_to_page(self) -> Passage:
        """Chosen here, taken there into the browser's storage."""
        link = await open_files(self._near, self._server, self._source)
        await self._far.goto(link)
        return await self._accept()

    async def page_to_terminal(self) -> Passage:
        """Chosen here, taken by our command."""
        link = await open_files(self._near, self._server, self._source)
        with tempfile.TemporaryDirectory(dir=self._source.parent) as out, _Costs() as costs:
            with twocans("receive", link, "--yes", "--json", "--out", out) as receiver:
                got = await asyncio.to_thread(receiver.finish, PATIENCE_S)
            if got.code != 0 or not filecmp.cmp(self._source, Path(out, self._source.name), shallow=False):
                raise SystemExit(f"page to terminal failed with {got.code}: {got.stderr[-2000:]}")
        return Passage(seconds_of(got), costs.cpu_s + got.cpu_s)

    async def terminal_to_page(self) -> Passage:
        """Sent by our command, taken here."""
        with twocans("send", self._source, "--server", self._server, "--json") as sender:
            await self._far.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
            taken = await self._accept()
            gave = await asyncio.to_thread(sender.finish, PATIENCE_S)
        return taken._replace(cpu_s=taken.cpu_s + gave.cpu_s)

    async def _accept(self) -> Passage:
        await self._far.see("accept")
        with _Costs() as costs:
            began = time.monotonic()
            await self._far.click("accept")
            await self._far.until(DONE, within=PATIENCE_S)
            seconds = time.monotonic() - began
        return Passage(seconds, costs.cpu_s)


class _Costs:
    """Seconds of processors that our browsers take while a block runs."""

    cpu_s = 0.0

    def __enter__(self) -> _Costs:
        self.cpu_s = -self._so_far()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s += self._so_far()

    def _so_far(self) -> float:
        times = [each.cpu_times() for each in psutil.Process().children(recursive=True) if each.name() == "chromium"]
        return sum(each.user + each.system for each in times)


WAYS: dict[str, Callable[[Desk], Awaitable[Passage]]] = {
    BARE: Desk.bare,
    "page to page": Desk.page_to_page,
    "page to terminal": Desk.page_to_terminal,
    "terminal to page": Desk.terminal_to_page,
}


def pages(size: int, runs: int) -> None:
    """Moves a random file of `size` bytes `runs` times each way, and prints the medians."""
    with stage() as (console, folder), _plain_server() as plain, asyncio.Runner() as runner:
        source = folder / "random.bin"
        random_file(source, size)

        async def once(way: Callable[[Desk], Awaitable[Passage]]) -> Passage:
            async with running_server() as server, chromium() as one, chromium() as other:
                opened = [await chromium_page(browser, folder) for browser in (one, other)]
                return await way(Desk(opened, server.url, plain, source))

        rounds = take_turns(console, WAYS, runs, lambda way: runner.run(once(way)))
        console.print(_table(rounds, size, runs))


@contextmanager
def _plain_server() -> Iterator[str]:
    """Serves the bare page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(HOME / "bench" / "bare_page"))) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants to know."""


def _table(rounds: dict[str, list[Passage]], size: int, runs: int) -> Table:
    made = table(
        f"{size_text(size)} between two Chromiums, or one and a terminal, median of {runs}",
        f"of bare: speed against {BARE}",
        ("streams s", "MB/s", "of bare", "CPU s/GB"),
    )
    channel = middle(rounds[BARE], "stream_s")
    for name, each in rounds.items():
        stream = middle(each, "stream_s")
        cpu = middle(each, "cpu_s") * 1e9 / size
        made.add_row(name, f"{stream:.2f}", f"{size / stream / 1e6:.1f}", f"{channel / stream:.2f}", f"{cpu:.1f}")
    return made
