"""What a page keeps of received files: as much as there is room for, for one tab, until it is saved or removed."""

from __future__ import annotations

import asyncio
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from peer.exits import Exit
from tests.support.browsers import ChromiumPage
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.processes import Program, twocans
from tests.support.server import Server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

MANY = 4000
STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
KEPT_FOLDERS = """async () => {
    const names = [];
    const root = await navigator.storage.getDirectory();
    const home = await root.getDirectoryHandle(".twocans").catch(() => null);
    if (home) for await (const name of home.keys()) names.push(name);
    return names;
}"""
PARTS = """async () => {
    const names = [];
    const root = await navigator.storage.getDirectory();
    for await (const kept of (await root.getDirectoryHandle(".twocans")).values()) {
        for await (const name of kept.keys()) names.push(name);
    }
    return names;
}"""
PRIVATE = """navigator.storage.getDirectory = async () => { throw new DOMException("no", "SecurityError"); };
globalThis.Worker = undefined;"""
"""As in a private window of Firefox, which keeps no files for a page; no driver opens one."""
BROKEN_OFF = """async () => {
    const root = await navigator.storage.getDirectory();
    const home = await root.getDirectoryHandle(".twocans", { create: true });
    const left = await home.getDirectoryHandle("0".repeat(32), { create: true });
    await left.getFileHandle("7.part", { create: true });
}"""


async def open_offer(page: ChromiumPage, sender: Program) -> None:
    """The sender's link, as far as the question."""
    await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
    await page.see("accept")


async def test_what_does_not_fit_is_refused_before_its_first_byte(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "film.mkv", 40 * MIB)
    session = await page.page.context.new_cdp_session(page.page)
    with twocans("send", film, "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await session.send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": 20 * MIB})
        await page.click("accept")
        await page.until(STATE, "failed")
        ended = await asyncio.to_thread(sender.finish)
    assert_ended(ended, Exit.DISK, "The receiving browser has no room for 41943040 bytes.")
    assert [event for event in ended.events if event["event"] == "progress"] == []
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("not enough room for it in this browser")
    assert await page.run(KEPT_FOLDERS) == []
    assert page.console == []


async def test_a_window_without_a_place_for_files_takes_what_memory_holds(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    await page.page.add_init_script(PRIVATE)
    film = random_file(tmp_path / "outbox" / "film.mkv", 3 * MIB + 1)
    with twocans("send", film, "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "done")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("only in the memory of this page")
    assert (await page.save("save")).read_bytes() == film.read_bytes()
    assert page.console == []


async def test_a_window_without_a_place_for_files_refuses_what_is_too_big_for_memory(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    await page.page.add_init_script(PRIVATE)
    film = tmp_path / "film.mkv"
    with film.open("wb") as sparse:
        sparse.truncate(600 * MIB)
    with twocans("send", film, "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "failed")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DISK, "keeps files in memory")
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("not a private one")


async def test_only_one_tab_has_a_partial_in_hand(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    film = random_file(tmp_path / "film.mkv", 20 * MIB)
    other = ChromiumPage(await page.page.context.new_page(), tmp_path)
    with twocans("send", film, "--limit-rate", "1M", "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "active")
        with twocans("send", film, "--limit-rate", "1M", "--server", server.url, "--json") as again:
            await open_offer(other, again)
            await other.click("accept")
            notice = other.page.get_by_test_id("notice").filter(has_text="in another tab of this browser")
            await expect(notice).to_be_visible()
            await other.see("accept")  # it can be tried again
            await page.click("cancel")
            await page.until(STATE, "failed")
            await other.click("accept")
            await other.until(STATE, "active")
            await other.click("cancel")


async def test_whole_files_can_still_be_saved_after_the_page_was_closed(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 3 * MIB + 1)
    with twocans("send", film, "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "done")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    await page.goto("about:blank")
    await page.goto(server.url)
    await page.click("send-files")
    await page.see("kept")
    assert (await page.save("save")).read_bytes() == film.read_bytes()
    await page.click("discard")
    await page.until("() => !document.querySelector('[data-testid=\"kept\"]')")
    assert await page.run(KEPT_FOLDERS) == []
    assert page.console == []


async def test_what_nobody_came_back_for_in_a_week_is_removed(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 3 * MIB + 1)
    with twocans("send", film, "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "done")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    await page.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=6.9))
    await page.goto(server.url)
    await page.click("send-files")
    await page.see("kept")
    await page.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=7.1))
    await page.page.reload()
    await page.until(f"async () => (await ({KEPT_FOLDERS})()).length === 0")
    assert await page.page.get_by_test_id("kept").count() == 0


async def test_what_is_left_of_nothing_is_swept(server: Server, page: ChromiumPage) -> None:
    await page.goto(server.url)
    await page.run(BROKEN_OFF)
    assert await page.run(KEPT_FOLDERS) == ["0" * 32]
    await page.click("send-files")
    await page.until(f"async () => (await ({KEPT_FOLDERS})()).length === 0")
    assert await page.page.get_by_test_id("kept").count() == 0


async def test_thousands_of_small_files_are_kept_in_one_part_and_found_again(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    album = tmp_path / "outbox" / "album"
    for number in range(MANY):
        folder = album / str(number // 100)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_bytes(number.to_bytes(4, "big") * (number % 2000))
    with twocans("send", album, "--server", server.url, "--json") as sender:
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "done", within=100)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    parts = [name for name in await page.run(PARTS) if name.endswith(".part")]
    assert parts == ["packed.part"]
    saved = await page.save("save")
    with zipfile.ZipFile(saved) as opened:
        files = [name for name in opened.namelist() if not name.endswith("/")]
        assert len(files) == MANY
        for name in files:
            assert opened.read(name) == (album.parent / name).read_bytes()
    with twocans("send", album, "--server", server.url, "--json") as sender:
        await page.goto("about:blank")
        await open_offer(page, sender)
        await page.click("accept")
        await page.until(STATE, "done", within=100)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    total = sum(file.stat().st_size for file in album.rglob("*.txt"))
    assert await page.read("transfer", "data-resumed") == str(total)
    assert page.console == []
