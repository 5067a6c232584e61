"""What is pasted or dropped into the page: pictures, texts, folders with empty ones in them, ten thousand files."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, chromium_page, firefox_page
from tests.support.calls import CONNECTED, open_files, start_call
from tests.support.commands import assert_ended
from tests.support.firefox import Firefox
from tests.support.hostile import HOSTILE
from tests.support.processes import python, twocans
from tests.support.server import Server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
COPY_PICTURE = """async () => {
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext("2d").fillRect(0, 0, 20, 30);
    await navigator.clipboard.write([new ClipboardItem({ "image/png": await canvas.convertToBlob() })]);
}"""
SELECT = """(text) => {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
}"""
PUT_DOWN = """() => document.querySelector("textarea").remove()"""
LONGEST_TASK = """() => {
    globalThis.__longest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.__longest = Math.max(globalThis.__longest, duration);
    }).observe({ type: "longtask" });
}"""
NASTY = "<img src=x onerror='document.title = 1'>\n\u202egnp.exe </p><script>document.title = 2</script>\nকেমন আছ? 👋"


@pytest.fixture
def window() -> dict[str, Any]:
    return {"permissions": ["clipboard-read", "clipboard-write"]}


@pytest_asyncio.fixture(loop_scope="session")
async def other(browser: Browser, tmp_path: Path, window: dict[str, Any]) -> ChromiumPage:
    (tmp_path / "other").mkdir()
    return await chromium_page(browser, tmp_path / "other", **window)


async def meet(page: ChromiumPage, other: ChromiumPage, server: Server) -> None:
    await other.goto(await open_files(page, server.url))
    for person in (page, other):
        await person.until(CONNECTED)


async def drop(page: ChromiumPage, path: Path) -> None:
    """Lets go of a folder over the page."""
    box = await page.page.locator('[data-testid="drop-zone"]').bounding_box()
    assert box
    session = await page.page.context.new_cdp_session(page.page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
        await session.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})


async def test_a_pasted_picture_arrives_under_a_name_with_its_time(
    server: Server, page: ChromiumPage, other: ChromiumPage
) -> None:
    await meet(page, other, server)
    await page.run(COPY_PICTURE)
    await page.page.keyboard.press("Control+V")
    await other.see("accept")
    await expect(other.page.get_by_test_id("transfer")).to_contain_text("Pasted picture")
    await other.click("accept")
    await other.see("save")
    saved = await other.save("save")
    assert re.fullmatch(r"Pasted picture \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png", saved.name)
    assert saved.read_bytes().startswith(b"\x89PNG")


async def test_a_pasted_text_is_read_where_it_arrives_and_nothing_in_it_runs(
    server: Server, page: ChromiumPage, other: ChromiumPage
) -> None:
    await meet(page, other, server)
    await page.run("(text) => navigator.clipboard.writeText(text)", NASTY)
    title = await other.page.title()
    await page.page.keyboard.press("Control+V")
    await other.see("accept")
    await other.click("accept")
    await other.see("transfer-text")
    assert await other.read("transfer-text", "textContent") == NASTY
    assert await other.run("() => document.querySelector('[data-testid=\"transfer-text\"]').childElementCount") == 0
    assert await other.page.title() == title
    await other.run("() => navigator.clipboard.writeText('')")
    await other.click("copy-text")
    await expect(other.page.get_by_test_id("copy-text")).to_contain_text("Copied")
    assert await other.run("() => navigator.clipboard.readText()") == NASTY
    assert [line for line in other.console if line.startswith("error")] == []


async def test_a_text_goes_both_ways_between_page_and_terminal(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    link = await open_files(page, server.url)
    await page.run("(text) => navigator.clipboard.writeText(text)", "See you at six.")
    await page.page.keyboard.press("Control+V")
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        ended = await asyncio.to_thread(receiver.finish)
    assert_ended(ended, Exit.DONE)
    assert "See you at six." in ended.stdout
    with twocans("send", "--text", "At seven, then.", "--server", server.url, "--json") as sender:
        await page.goto("about:blank")
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await page.see("transfer-text")
        assert await page.read("transfer-text", "textContent") == "At seven, then."
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)


async def test_what_is_pasted_into_a_line_of_chat_stays_there(server: Server, page: ChromiumPage) -> None:
    await start_call(page, server.url)
    await page.click("toggle-chat")
    await page.run("(text) => navigator.clipboard.writeText(text)", "Hello")
    await page.page.get_by_test_id("chat-input").focus()
    await page.page.keyboard.press("Control+V")
    await expect(page.page.get_by_test_id("chat-input")).to_have_value("Hello")
    assert await page.page.get_by_test_id("transfer").count() == 0
    await page.run(COPY_PICTURE)
    await page.page.keyboard.press("Control+V")  # no line of text takes a picture
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("Pasted picture")


@pytest.mark.firefox
async def test_a_text_pasted_in_firefox_arrives(server: Server, page: ChromiumPage, firefox: Firefox) -> None:
    sender = await firefox_page(firefox)
    await page.goto(await open_files(sender, server.url))
    await page.until(CONNECTED)
    await sender.run(SELECT, NASTY)
    await sender.press_control("c")
    await sender.run(PUT_DOWN)
    await sender.press_control("v")
    await page.see("accept")
    await page.click("accept")
    await page.see("transfer-text")
    assert await page.read("transfer-text", "textContent") == NASTY


async def test_names_and_people_that_look_like_markup_are_shown_as_they_are(server: Server, page: ChromiumPage) -> None:
    name = "<b>bold</b><img src=x onerror=document.title=1>"
    tree = [{"path": f"{name}/{number}", "size": 7} for number in range(3)]
    with python(HOSTILE, server.url, "names", json.dumps([tree])) as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r"(http\S+)\n"))[1])
        await page.see("transfer")
        await expect(page.page.get_by_test_id("transfer").locator("summary")).to_be_visible()
        await page.page.get_by_test_id("transfer").locator("summary").click()
        await expect(page.page.get_by_test_id("transfer").locator("li bdi").first).to_have_text(f"{name}/0")
        assert await page.page.locator('[data-testid="transfer"] img').count() == 0
        sender.kill()


async def test_a_dropped_folder_keeps_its_empty_folders_and_times(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    album = tmp_path / "outbox" / "album"
    (album / "bare" / "barer").mkdir(parents=True)
    (album / "one.txt").write_text("1")
    for number, path in enumerate((album / "one.txt", album / "bare" / "barer", album / "bare", album)):
        os.utime(path, (1_500_000_000 + number, 1_500_000_000 + number))
    link = await open_files(page, server.url)
    await drop(page, album)
    await expect(page.page.get_by_test_id("transfer")).to_contain_text("1 file")
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        assert_ended(await asyncio.to_thread(receiver.finish), Exit.DONE)
    got = tmp_path / "inbox" / "album"
    assert (got / "bare" / "barer").is_dir()
    assert got.joinpath("one.txt").read_text() == "1"
    for number, path in enumerate((got / "one.txt", got / "bare" / "barer", got / "bare", got)):
        assert path.stat().st_mtime == 1_500_000_000 + number, path


async def test_ten_thousand_files_are_offered_without_a_standstill(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    many = tmp_path / "many"
    for number in range(10_000):
        file = many / f"folder {number // 500}" / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(number))
    await open_files(page, server.url)
    await page.run(LONGEST_TASK)
    await drop(page, many)
    await page.until(
        "() => document.querySelector('[data-testid=\"transfer\"]')?.textContent.includes('10,000 files')", within=90
    )
    assert await page.run("() => globalThis.__longest") < 500
    assert await page.page.locator('[data-testid="transfer"] .transfer-list li').count() <= 201
