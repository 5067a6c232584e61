"""A transfer to a page is cut short, and what has arrived is not sent again: a reload, a killed browser, a sender that
comes back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Browser, expect

from peer.exits import Exit
from tests.support.browsers import (
    ChromiumPage,
    Page,
    browser_processes,
    chromium_page,
    chromium_profile,
)
from tests.support.calls import open_files
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.processes import twocans
from tests.support.server import Server, start_server
from tests.support.stage import CODE

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

SLOWLY = ("--limit-rate", "5M")
SLOW = "5000000"
STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
MOVED = """(bytes) => document.querySelector('[data-testid="transfer"]')?.dataset.bytes > bytes"""
RESUMED = """() => document.querySelector('[data-testid="transfer"]')?.dataset.resumed > 0"""
CAME = """async () => {
    let bytes = 0;
    for (const connection of globalThis.__connections) {
        for (const stat of (await connection.getStats()).values()) {
            if (stat.type === "data-channel") bytes += stat.bytesReceived;
        }
    }
    return bytes;
}"""
TURN_A_BYTE = """async (position) => {
    const home = await (await navigator.storage.getDirectory()).getDirectoryHandle(".twocans");
    for await (const folder of home.values()) {
        const part = await folder.getFileHandle("0.part");
        const was = new Uint8Array(await (await part.getFile()).slice(position, position + 1).arrayBuffer());
        const writable = await part.createWritable({ keepExistingData: true });
        await writable.write({ type: "write", position, data: was.map((byte) => byte ^ 1) });
        await writable.close();
    }
}"""
GROUP = 64 * MIB
"""What may travel twice at full speed: a group that was not journaled yet. Another may come within a second."""
SECONDS = 12 * MIB
"""What may travel twice at 5 MB/s: all is journaled within a second."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return random_file(tmp_path / "outbox" / "film.mkv", 50 * MIB)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def take(page: Page, link: str, bytes: int, slowed: ChromiumPage | None = None) -> None:
    """The receiver's page accepts, and so much arrives; of a page that is to give no more than 5 MB/s so far."""
    await page.goto(link)
    await page.see("accept")
    if slowed:
        await slowed.page.get_by_test_id("limit").select_option(SLOW)
    await page.click("accept")
    await page.until(MOVED, bytes, within=100)


async def assert_goes_on(page: Page, film: Path, *, least: int) -> None:
    """The transfer ends well, with at least so much from the first run, and that much less over the link."""
    await page.until(RESUMED, within=60)
    held = int(await page.read("transfer", "data-resumed") or 0)
    assert held >= least
    await page.until(STATE, "done", within=200)
    came: int = await page.run(CAME)
    overhead = 2 * MIB  # the manifest and the proofs come too, and what the disk got wrong
    assert came < film.stat().st_size - held + overhead
    assert await asyncio.to_thread(digest, await page.save("save")) == await asyncio.to_thread(digest, film)


async def test_a_reloaded_tab_of_chromium_goes_on_by_itself(
    server: Server, browser: Browser, film: Path, tmp_path: Path
) -> None:
    sender, page = await chromium_page(browser, tmp_path), await chromium_page(browser, tmp_path)
    await take(page, await open_files(sender, server.url, film), 20 * MIB, sender)
    await page.page.reload()
    await assert_goes_on(page, film, least=20 * MIB - SECONDS)
    assert page.console == []


@pytest.mark.firefox
async def test_a_reloaded_tab_of_firefox_goes_on_by_itself(
    server: Server, page: ChromiumPage, firefox_one: Page, film: Path
) -> None:
    await take(firefox_one, await open_files(page, server.url, film), 20 * MIB, page)
    await firefox_one.run("() => void setTimeout(() => location.reload())")
    await assert_goes_on(firefox_one, film, least=20 * MIB - SECONDS)


async def test_a_killed_browser_finds_what_was_journaled(server: Server, browser: Browser, tmp_path: Path) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 140 * MIB)
    sender = await chromium_page(browser, tmp_path)
    link = await open_files(sender, server.url, film)
    profile = tmp_path / "profile"
    async with killed_profile(profile) as page:
        await take(page, link, 90 * MIB)
    async with chromium_profile(profile) as context:
        page = ChromiumPage(await context.new_page(), tmp_path)
        await page.goto(link)
        await page.see("accept")
        await page.click("accept")
        await assert_goes_on(page, film, least=90 * MIB - GROUP)


@asynccontextmanager
async def killed_profile(profile: Path) -> AsyncIterator[ChromiumPage]:
    """A page whose browser is killed, all processes at once, when the block is over."""
    async with chromium_profile(profile) as context:
        yield ChromiumPage(await context.new_page(), profile)
        processes = browser_processes(profile)
        for process in processes:
            process.kill()
        await asyncio.to_thread(psutil.wait_procs, processes)


async def test_a_sender_that_reloads_picks_the_same_file_and_the_receiver_goes_on(
    server: Server, browser: Browser, film: Path, tmp_path: Path
) -> None:
    sender, page = await chromium_page(browser, tmp_path), await chromium_page(browser, tmp_path)
    await take(page, await open_files(sender, server.url, film), 20 * MIB, sender)
    before: int = await page.run(CAME)
    await sender.page.reload()
    await page.until(STATE, "failed")
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("kept in this browser for 7 days")
    await sender.see("file-input")
    await sender.choose("file-input", film)
    await page.until(RESUMED, within=60)
    await page.until(STATE, "done", within=200)
    assert await page.run(CAME) - before < film.stat().st_size - 20 * MIB + SECONDS
    assert digest(await page.save("save")) == digest(film)


async def test_a_terminal_waits_for_the_page_that_is_reloaded(
    server: Server, browser: Browser, film: Path, tmp_path: Path
) -> None:
    page = await chromium_page(browser, tmp_path)
    with twocans("send", film, "--server", server.url, "--json", *SLOWLY) as sender:
        await take(page, (await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1], 20 * MIB)
        await page.page.reload()
        await page.page.reload()  # once more, before anything has come
        await assert_goes_on(page, film, least=20 * MIB - SECONDS)
        ended = await asyncio.to_thread(sender.finish)
    assert_ended(ended, Exit.DONE)
    assert page.console == []


async def test_a_page_that_was_in_a_room_waits_for_who_brings_it_back(
    server: Server, browser: Browser, film: Path, tmp_path: Path
) -> None:
    page = await chromium_page(browser, tmp_path)
    with twocans("send", film, "--server", server.url, "--json", "--code", CODE, *SLOWLY) as sender:
        await asyncio.to_thread(sender.wait_for, '"event": ?"code"')
        await take(page, f"{server.url}/f#{CODE}", 20 * MIB)
        sender.kill()
        await asyncio.to_thread(sender.finish)
        await server.kill()
    again = await start_server(port=int(server.url.rsplit(":", 1)[1]))
    try:
        await page.page.reload()
        awaited = page.page.locator('[data-testid="notice"][data-key="room-awaited"]')
        await expect(awaited).to_be_visible()
        with twocans("send", film, "--server", server.url, "--json", "--code", CODE) as sender:
            await assert_goes_on(page, film, least=20 * MIB - SECONDS)
            assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
        await expect(awaited).to_have_count(0)
    finally:
        await again.kill()


async def test_a_killed_terminal_sends_again_and_the_page_takes_what_it_lacks_and_what_its_disk_got_wrong(
    server: Server, browser: Browser, film: Path, tmp_path: Path
) -> None:
    page = await chromium_page(browser, tmp_path)
    with twocans("send", film, "--server", server.url, "--json", *SLOWLY) as sender:
        await take(page, (await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1], 20 * MIB)
        sender.kill()
        await asyncio.to_thread(sender.finish)
    await page.goto(server.url)
    await page.run(TURN_A_BYTE, 7 * MIB + 7)  # the disk is not believed
    with twocans("send", film, "--server", server.url, "--json") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await assert_goes_on(page, film, least=20 * MIB - SECONDS)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
