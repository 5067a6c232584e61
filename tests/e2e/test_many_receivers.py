"""One sender and three receivers of three kinds: a browser, a terminal that is killed and comes back, and aiortc."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.browsers import ChromiumPage
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.processes import Program, twocans
from tests.support.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.chromium, pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = 80 * MIB
TOGETHER = 40 * MIB
"""So far all three have come when one is killed, which keeps most of it."""
RATE = "5000000"
"""Bytes a second that each of them asks for, so that they move together."""
MOVED = """(bytes) => document.querySelector('[data-testid="transfer"]')?.dataset.bytes > bytes"""
STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""


def bytes_read(program: Program) -> int:
    """What the process has read from files so far, from memory or disk; proc_pid_io(5), `rchar`."""
    found = re.search(r"rchar: (\d+)", Path(f"/proc/{program.pid}/io").read_text())
    assert found
    return int(found[1])


async def moved(program: Program, least: int) -> None:
    """Returns once its progress is past so many bytes."""
    end = asyncio.get_running_loop().time() + 120
    while True:
        told = re.findall(r'"event":"progress"[^\n]*"bytes":(\d+)', program.said())
        if told and int(told[-1]) >= least:
            return
        assert program.running, program.said("stderr")
        assert asyncio.get_running_loop().time() < end, program.said()[-500:]
        await asyncio.to_thread(program.wait, 1.0)


async def test_a_browser_one_killed_and_back_and_one_on_aiortc_get_it_and_it_is_read_about_once(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", SIZE)
    outs = {name: tmp_path / name for name in ("killed", "aiortc")}
    words = ("send", "--json", "--receivers", "3", "--server", server.url, film)
    with twocans(*words) as sender:
        link = (await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1]
        before = bytes_read(sender)
        await page.goto(link)
        await page.see("accept")
        common = ("receive", "--json", "--yes", "--limit-rate", RATE, link, "--out")
        with twocans(*common, outs["aiortc"], "--engine", "aiortc") as slow, twocans(*common, outs["killed"]) as killed:
            await page.click("accept")
            await page.page.get_by_test_id("limit").select_option(RATE)
            await page.until(MOVED, TOGETHER, within=120)
            await moved(slow, TOGETHER)
            await moved(killed, TOGETHER)
            most = max(int(told) for told in re.findall(r'"bytes":(\d+),"total"', sender.said()))
            assert bytes_read(sender) - before < 1.5 * most  # and not thrice
            killed.kill()
            await asyncio.to_thread(killed.finish)
            with twocans(*common, outs["killed"]) as again:
                back = await asyncio.to_thread(again.finish, 120)
            ended = await asyncio.to_thread(slow.finish, 120)
        await page.until(STATE, "done", within=120)
        gave = await asyncio.to_thread(sender.finish, 120)
    for end in (back, ended, gave):
        assert_ended(end, Exit.DONE)
    assert next(event for event in back.events if event["event"] == "resumed")["bytes_held"] >= 16 * MIB
    whole = film.read_bytes()
    assert [(out / "film.mkv").read_bytes() == whole for out in outs.values()] == [True, True]
    assert (await page.save("save")).read_bytes() == whole
