"""What a person does with a transfer under way: pause it, limit it, stop it for one of several, see why it stands."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, Page, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, open_files, start_call
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.processes import twocans
from tests.support.server import Server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
MOVED = """(more) => document.querySelector('[data-testid="transfer"][data-state="active"]')?.dataset.bytes > more"""
BYTES = """() => Number(document.querySelector('[data-testid="transfer"]').dataset.bytes)"""
SAYS = """(words) => document.querySelector('[data-testid="transfer"] .transfer-state').textContent.includes(words)"""
WATCH_LANES = """
globalThis.__most = 0;
const make = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (label, ...rest) {
  const channel = make.call(this, label, ...rest);
  if (!label.startsWith("lane/")) return channel;
  const send = channel.send.bind(channel);
  channel.send = (message) => {
    send(message);
    globalThis.__most = Math.max(globalThis.__most, channel.bufferedAmount);
  };
  return channel;
};
"""
"""The page shows its lanes to nobody; what lies in one is the most that it ever held."""


@pytest_asyncio.fixture(loop_scope="session")
async def other(browser: Browser, tmp_path: Path) -> ChromiumPage:
    (tmp_path / "other").mkdir()
    return await chromium_page(browser, tmp_path / "other")


async def offered(page: ChromiumPage, other: ChromiumPage, server: Server, file: Path) -> None:
    """From one page to the other, up to the question."""
    await other.goto(await open_files(page, server.url))
    await other.until(CONNECTED)
    await page.choose("file-input", file)
    await other.see("accept")


async def moved_within(page: Page, seconds: float) -> float:
    """Bytes a second over a span."""
    before, began = await page.run(BYTES), time.monotonic()
    await asyncio.sleep(seconds)  # the measure is bytes in a span of time
    return float(await page.run(BYTES) - before) / (time.monotonic() - began)


async def assert_stands(page: Page) -> None:
    """What was under way when it was paused has come, and then nothing more."""
    for _ in range(5):
        if await moved_within(page, 2) == 0:
            break
    assert await moved_within(page, 3) == 0


async def receive_with_a_pause(page: Page, server: Server, file: Path) -> None:
    with twocans("send", file, "--server", server.url, "--json", "--limit-rate", "20M") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await page.until(MOVED, 2 * MIB)
        await page.click("pause")
        await page.until(STATE, "paused")
        await page.until(SAYS, "Paused by you")
        await assert_stands(page)
        assert await page.run(BYTES) < file.stat().st_size
        await page.click("resume")
        await page.until(STATE, "done", within=90)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    assert (await page.save("save")).read_bytes() == file.read_bytes()


async def test_a_pause_in_the_page_stops_the_terminals_stream(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    await receive_with_a_pause(page, server, random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB))


@pytest.mark.firefox
async def test_the_same_in_firefox(server: Server, firefox_one: Page, tmp_path: Path) -> None:
    file = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    await receive_with_a_pause(firefox_one, server, file)


async def test_a_sending_page_pauses_and_goes_on(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 120 * MIB)
    link = await open_files(page, server.url)
    await page.choose("file-input", film)
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        await page.until(MOVED, 2 * MIB)
        await page.click("pause")
        await page.until(STATE, "paused")
        await assert_stands(page)
        await page.click("resume")
        ended = await asyncio.to_thread(receiver.finish, 120)
    assert_ended(ended, Exit.DONE)
    assert (tmp_path / "inbox" / "film.mkv").read_bytes() == film.read_bytes()


async def test_each_end_says_who_holds_it_and_lets_go_for_itself(
    server: Server, page: ChromiumPage, other: ChromiumPage, tmp_path: Path
) -> None:
    await offered(page, other, server, random_file(tmp_path / "outbox" / "film.mkv", 50 * MIB))
    await page.page.get_by_test_id("limit").select_option("5000000")
    await other.click("accept")
    await other.until(MOVED, MIB)
    await other.click("pause")
    await page.until(SAYS, "Paused by \u2068Somebody\u2069")
    assert await page.page.get_by_test_id("resume").count() == 0  # whose pause it is lets go
    assert await page.page.get_by_test_id("pause").count() == 0
    await other.click("resume")
    await page.until(STATE, "active")
    await page.click("pause")
    await other.until(SAYS, "Paused by \u2068Somebody\u2069")
    await page.click("resume")
    await page.page.get_by_test_id("limit").select_option("0")
    await other.until(STATE, "done", within=60)


async def test_a_limit_is_held_at_either_end(
    server: Server, page: ChromiumPage, other: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 80 * MIB)
    await offered(page, other, server, film)
    await page.page.get_by_test_id("limit").select_option("5000000")
    await other.click("accept")
    await other.until(MOVED, MIB)
    assert await moved_within(other, 6) == pytest.approx(5e6, rel=0.2)
    await other.page.get_by_test_id("limit").select_option("1000000")  # the lower of the two counts
    await other.until(MOVED, await other.run(BYTES) + 2 * MIB)
    assert await moved_within(other, 10) == pytest.approx(1e6, rel=0.2)
    await other.page.get_by_test_id("limit").select_option("0")
    assert await moved_within(other, 4) > 3e6
    await page.page.get_by_test_id("limit").select_option("0")
    await other.until(STATE, "done", within=60)
    assert (await other.save("save")).read_bytes() == film.read_bytes()


async def test_a_call_goes_before_files(server: Server, browser: Browser, tmp_path: Path) -> None:
    film = random_file(tmp_path / "film.mkv", 60 * MIB)
    asha, bela = await chromium_page(browser, tmp_path), await chromium_page(browser, tmp_path)
    await asha.page.add_init_script(WATCH_LANES)
    await enter(bela, await start_call(asha, server.url))
    await asha.until(PLAYS)
    await asha.choose("file-input", film)
    await bela.see("accept")
    await bela.click("accept")
    await bela.until(STATE, "done", within=90)
    in_call = await asha.run("() => globalThis.__most")
    assert 0 < in_call <= 320 * 1024  # what may wait beside a call, and one message; alone it is 500 KiB and more


async def test_of_two_receivers_one_is_killed_and_comes_back(
    server: Server, page: ChromiumPage, other: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    link = await open_files(page, server.url)
    await page.choose("file-input", film)
    await other.goto(link)
    await other.see("accept")
    await page.until("""() => document.querySelector('[data-testid="transfer"][data-peer]')""")
    await page.page.get_by_test_id("limit").select_option("5000000")
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as killed:
        await page.until("""() => document.querySelectorAll('[data-testid="transfer"]').length === 2""")
        await expect(page.page.get_by_test_id("offer")).to_contain_text("to 2 people")
        await other.click("accept")
        await page.until(
            """() => [...document.querySelectorAll('[data-testid="transfer"]')].every((e) => e.dataset.bytes > 3e6)"""
        )
        killed.signal(signal.SIGKILL)
        await asyncio.to_thread(killed.finish)
    with twocans("receive", link, "--yes", "--out", tmp_path / "again") as again:
        assert_ended(await asyncio.to_thread(again.finish, 120), Exit.DONE)
    await other.until(STATE, "done", within=60)
    assert (tmp_path / "again" / "film.mkv").read_bytes() == film.read_bytes()
    assert (await other.save("save")).read_bytes() == film.read_bytes()
    await page.until("""() => document.querySelectorAll('[data-testid="transfer"][data-state="done"]').length === 2""")


async def test_stopping_for_one_leaves_the_other(
    server: Server, page: ChromiumPage, other: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 40 * MIB)
    link = await open_files(page, server.url)
    await page.choose("file-input", film)
    await other.goto(link)
    await other.see("accept")
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        await page.see("offer")
        row = page.page.get_by_test_id("transfer").last  # the first that came
        await row.get_by_test_id("cancel").click()
        await expect(row).to_have_attribute("data-state", "failed")
        assert_ended(await asyncio.to_thread(receiver.finish, 60), Exit.DONE)
    assert (tmp_path / "inbox" / "film.mkv").read_bytes() == film.read_bytes()
    await other.until(STATE, "failed")
    await other.until(SAYS, "Stopped by")


async def test_a_transfer_that_stands_still_says_why_and_goes_on(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 80 * MIB)
    link = await open_files(page, server.url)
    await page.choose("file-input", film)
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        await page.until(MOVED, 2 * MIB)
        os.kill(receiver.pid, signal.SIGSTOP)
        try:
            await page.until("() => !document.querySelector('.transfer-state').hidden", within=40)
        finally:
            os.kill(receiver.pid, signal.SIGCONT)
        assert_ended(await asyncio.to_thread(receiver.finish, 120), Exit.DONE)
    assert (tmp_path / "inbox" / "film.mkv").read_bytes() == film.read_bytes()


async def test_an_offer_that_nobody_answers_says_so(
    server: Server, page: ChromiumPage, other: ChromiumPage, tmp_path: Path
) -> None:
    await offered(page, other, server, random_file(tmp_path / "outbox" / "film.mkv", MIB))
    await page.until(SAYS, "has not said yes yet", within=20)
    await other.click("accept")
    await page.until(STATE, "done")
