"""Files in the page beside sending one: folders, a change of mind, a peer alone, a harmful name, a dead server."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, chromium_page
from tests.support.calls import CONNECTED, enter, open_files, start_call
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.hostile import HOSTILE
from tests.support.processes import python, twocans
from tests.support.server import Server, running_server, start_server

pytestmark = pytest.mark.chromium

STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
MOVED = """() => document.querySelector('[data-testid="transfer"][data-state="active"]')?.dataset.bytes > 4e6"""
TREE = {"album/one.txt": "1", "album/deep/two.txt": "two", "album/deep/empty.txt": "", "album/ছবি ১.txt": "ছবি"}


def grow(folder: Path) -> Path:
    """The tree on disk."""
    for path, text in TREE.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / "album"


def found_in(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


async def test_a_folder_and_files_go_from_page_to_terminal(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    link = await open_files(page, server.url)
    await page.choose("folder-input", grow(tmp_path / "outbox"))
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        ended = await asyncio.to_thread(receiver.finish)
    assert_ended(ended, Exit.DONE)
    assert found_in(tmp_path / "inbox") == TREE
    await page.until(STATE, "done")


async def test_several_files_go_from_page_to_terminal(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    big, empty = random_file(tmp_path / "outbox" / "big.bin", 3 * MIB + 1), tmp_path / "outbox" / "empty.txt"
    empty.touch()
    link = await open_files(page, server.url)
    await page.choose("file-input", big, empty)
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        assert_ended(await asyncio.to_thread(receiver.finish), Exit.DONE)
    assert (tmp_path / "inbox" / "big.bin").read_bytes() == big.read_bytes()
    assert (tmp_path / "inbox" / "empty.txt").read_bytes() == b""


async def test_a_page_that_stops_sending_ends_the_terminal(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    link = await open_files(page, server.url)
    await page.choose("file-input", random_file(tmp_path / "outbox" / "film.mkv", 200 * MIB))
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        await page.until(MOVED)
        await page.click("cancel")
        await page.until(STATE, "failed")
        ended = await asyncio.to_thread(receiver.finish)
    assert_ended(ended, Exit.INTERRUPTED)
    assert not (tmp_path / "inbox" / "film.mkv").exists()


async def test_a_page_that_stops_receiving_ends_the_terminal(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    file = random_file(tmp_path / "film.mkv", 200 * MIB)
    with twocans("send", file, "--server", server.url, "--json") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await page.until(MOVED)
        await page.click("cancel")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.INTERRUPTED)
    assert page.console == []


async def test_a_terminal_that_stops_is_seen_in_the_page(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    link = await open_files(page, server.url)
    await page.choose("file-input", random_file(tmp_path / "outbox" / "film.mkv", 200 * MIB))
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        await page.until(MOVED)
        receiver.signal(signal.SIGINT)
        await page.until(STATE, "failed")
        await asyncio.to_thread(receiver.finish)
    assert await page.read("transfer", "data-state") == "failed"


async def test_a_name_that_could_do_harm_is_refused_with_its_reason(server: Server, page: ChromiumPage) -> None:
    tree = [{"path": "holiday.mkv", "size": 7}, {"path": "bill\u202efdp.exe", "size": 7}]
    with python(HOSTILE, server.url, "names", json.dumps([tree])) as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r"(http\S+)\n"))[1])
        notice = page.page.get_by_test_id("notice").filter(has_text="refused")
        await expect(notice).to_contain_text("bill\\u202efdp.exe")
        await expect(notice).to_contain_text("turns the direction of writing")
        await asyncio.to_thread(sender.finish)
    assert await page.page.get_by_test_id("transfer").count() == 0


async def test_a_file_dropped_on_one_of_two_goes_to_that_one_alone(
    server: Server, browser: Browser, page: ChromiumPage, tmp_path: Path
) -> None:
    album = grow(tmp_path / "outbox")
    bela, chandra = await chromium_page(browser, tmp_path), await chromium_page(browser, tmp_path)
    link = await start_call(page, server.url)
    for person, name in ((bela, "Bela"), (chandra, "Chandra")):
        await enter(person, link, name)
    await page.until(
        '() => document.querySelectorAll(\'[data-testid="connection-state"][data-state="connected"]\').length === 2'
    )
    await drop(page, '[data-testid="remote-video"][data-name="Bela"]', album)
    await bela.see("accept")
    await expect(bela.page.get_by_test_id("transfer")).to_contain_text("album")
    await expect(bela.page.get_by_test_id("transfer")).to_contain_text("4 files")
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("Bela")
    await expect(page.page.get_by_test_id("transfer")).to_be_visible()
    assert await page.run("() => document.body.hasAttribute('data-dragging')") is False
    await drop(page, "body > main .bar", album / "one.txt")
    for person in (bela, chandra):
        await expect(person.page.get_by_test_id("transfer").first).to_contain_text("one.txt")
    assert await chandra.page.get_by_test_id("transfer").count() == 1


async def test_a_transfer_outlives_the_server_and_a_new_one_introduces_a_third(
    browser: Browser, page: ChromiumPage, tmp_path: Path
) -> None:
    server = await start_server()
    film = random_file(tmp_path / "outbox" / "film.mkv", 80 * MIB)
    bela, chandra = await chromium_page(browser, tmp_path), await chromium_page(browser, tmp_path)
    link = await open_files(page, server.url)
    await bela.goto(link)
    await bela.until(CONNECTED)
    await page.choose("file-input", film)
    await bela.see("accept")
    await bela.click("accept")
    await bela.until(MOVED)
    await server.kill()
    await expect(bela.page.get_by_test_id("notice").filter(has_text="The server cannot be reached.")).to_be_visible()
    await bela.until(STATE, "done")
    assert (await bela.save("save")).read_bytes() == film.read_bytes()
    async with running_server(port=int(server.url.rsplit(":", 1)[1])):
        await expect(bela.page.get_by_test_id("notice").filter(has_text="The server is back.")).to_be_visible()
        await chandra.goto(link)
        await chandra.see("accept")  # what was offered to everyone stands
        await chandra.until("() => document.querySelector('[data-testid=\"peer-count\"]').dataset.count === '2'")
    for person in (page, bela, chandra):  # beside the attempts themselves, nothing is held against the pages
        assert [line for line in person.console if "ERR_CONNECTION_REFUSED" not in line] == []


async def drop(page: ChromiumPage, selector: str, path: Path) -> None:
    """Drags a file or folder over an element and lets go of it there."""
    box = await page.page.locator(selector).bounding_box()
    assert box
    session = await page.page.context.new_cdp_session(page.page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "dragOver", "dragOver", "drop"):  # it is over again as long as it hovers
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        await session.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
