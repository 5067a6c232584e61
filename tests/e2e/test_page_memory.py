"""A page receives far more than memory should hold, and stays small: its JavaScript and all processes of the browser.

512 MiB in any run; TWOCANS_TEST_4GIB=1 adds 4 GiB, which takes some minutes and 12 GB of disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.async_api import CDPSession

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, browser_processes, chromium_profile
from tests.support.commands import MIB, assert_ended
from tests.support.processes import twocans
from tests.support.server import running_server

pytestmark = [pytest.mark.alone, pytest.mark.chromium, pytest.mark.timeout(1500)]

GIB = 1024 * MIB
MAX_HEAP = 200 * MIB
MAX_TREE = GIB
STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
IN_FULL = pytest.mark.skipif("TWOCANS_TEST_4GIB" not in os.environ, reason="TWOCANS_TEST_4GIB=1 runs it")


def sparse_file(path: Path, size: int) -> Path:
    """Random blocks here and there, at odd places, and one at either end; the rest is holes."""
    chance = random.Random(size)  # the same file each time
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(size)
        for position in [0, size - 4096, *(chance.randrange(size - 70_000) for _ in range(size // (4 * MIB)))]:
            file.seek(position)
            file.write(chance.randbytes(chance.randrange(1, 70_000)) if position < size - 70_000 else os.urandom(4096))
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Peak:
    """The most that was seen, in bytes. Memory that processes share is counted once."""

    heap: int = 0
    tree: int = 0


@asynccontextmanager
async def watched(session: CDPSession, profile: Path) -> AsyncIterator[Peak]:
    """Looks twice a second, for the length of a block."""
    peak = Peak()
    await session.send("Performance.enable")

    async def look() -> None:
        while True:
            metrics = {
                each["name"]: each["value"] for each in (await session.send("Performance.getMetrics"))["metrics"]
            }
            peak.heap = max(peak.heap, int(metrics["JSHeapUsedSize"]))
            peak.tree = max(peak.tree, await asyncio.to_thread(shared_once, browser_processes(profile)))
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        yield peak
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


def shared_once(processes: list[psutil.Process]) -> int:
    """The proportional set sizes of processes, of which some may have ended."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


@pytest.mark.parametrize("size", [512 * MIB, pytest.param(4 * GIB, marks=IN_FULL)], ids=["512 MiB", "4 GiB"])
async def test_memory_stays_flat_whatever_the_size(size: int, tmp_path: Path) -> None:
    film = sparse_file(tmp_path / "outbox" / "film.mkv", size)
    profile = tmp_path / "profile"
    async with running_server() as server, chromium_profile(profile) as context:
        page = ChromiumPage(await context.new_page(), tmp_path)
        session = await context.new_cdp_session(page.page)
        with twocans("send", film, "--server", server.url, "--json") as sender:
            await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
            await page.see("accept")
            async with watched(session, profile) as peak:
                await page.click("accept")
                await page.until(STATE, "done", within=1000)
                assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
                saved = await page.save("save")
        assert await asyncio.to_thread(digest, saved) == await asyncio.to_thread(digest, film)
    assert 0 < peak.heap < MAX_HEAP
    assert 0 < peak.tree < MAX_TREE
