"""What people do beside talking: react, look up what was written before they came, keep their hands on the keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.browsers import ChromiumPage, Page, chromium_page
from tests.support.calls import CONNECTED, PLAYS, PRESSED, enter, start_call
from tests.support.server import Server

pytestmark = pytest.mark.chromium

LINES = """() => [...document.querySelectorAll(".chat-line")]
    .map((line) => line.innerText.replace(/[\u2066-\u2069]/g, "").replace(/\\s+/g, " ").trim())"""
HAS_LINES = """(count) => document.querySelectorAll('[data-testid="chat-message"]').length >= count"""
PASSES = """(emoji) => [...document.querySelectorAll('.peer [data-testid="passing"]')]
    .some((each) => each.textContent === emoji)"""
IS_SAID = """(words) => [...document.querySelectorAll('[role="status"]')]
    .some((each) => each.textContent.replace(/[\u2066-\u2069]/g, "") === words)"""
NO_LIST = """() => document.querySelector("dialog.shortcuts").childElementCount === 0"""
COUNT_RESTARTS = """() => {
    globalThis.__restarts = [];
    for (const video of document.querySelectorAll("video")) {
        video.addEventListener("emptied", () => __restarts.push(video.dataset.testid));
    }
}"""
IS_MUTED = """(muted) => Boolean(document.querySelector(".tile.peer .muted")) === muted"""


async def write(page: Page, *lines: str) -> None:
    await page.click("toggle-chat")
    for line in lines:
        await page.fill("chat-input", line)
        await page.click("chat-send")


async def test_who_comes_late_is_told_what_was_written(
    server: Server, browser: Browser, asha: ChromiumPage, bela: ChromiumPage, tmp_path: Path
) -> None:
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await write(asha, "first", "second")
    await bela.until(HAS_LINES, 2)
    await write(bela, "third")
    await asha.until(HAS_LINES, 3)
    await bela.click("leave")
    await asha.until("""() => document.querySelector('[data-testid="remote-video"]') === null""")
    chandra = await chromium_page(browser, tmp_path)
    await enter(chandra, link, "Chandra")
    await chandra.until(HAS_LINES, 3)
    await chandra.click("toggle-chat")
    first, second, third = await chandra.run(LINES)
    assert first.startswith("Asha ")
    assert first.endswith(" first")
    assert second == "second"
    assert third.startswith("Bela as Asha tells it")
    assert third.endswith(" third")
    await chandra.page.reload()
    await enter(chandra, link, "Chandra")
    await chandra.until(HAS_LINES, 3)
    assert len(await asha.run(LINES)) == 3, "nobody is told twice"


async def test_a_reaction_passes_over_the_tile_and_is_read_out(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.until(CONNECTED)
    await asha.click("react")
    await asha.page.locator('[data-testid="reaction"][data-emoji="🎉"]').click()
    await bela.until(PASSES, "🎉")
    await bela.until(IS_SAID, "Asha reacts: Celebration")
    await bela.until(f"(emoji) => !({PASSES})(emoji)", "🎉")


@pytest.mark.firefox
async def test_no_picture_starts_anew_while_people_write_react_and_raise_a_hand(
    server: Server, asha: ChromiumPage, firefox_one: Page
) -> None:
    await enter(firefox_one, await start_call(asha, server.url))
    for page in (asha, firefox_one):
        await page.until(PLAYS)
        await page.until(CONNECTED)
        await page.run(COUNT_RESTARTS)
    await write(asha, "first", "second")
    await firefox_one.until(HAS_LINES, 2)
    await asha.click("raise-hand")
    await asha.click("toggle-mic")
    await firefox_one.until(IS_MUTED, True)
    await firefox_one.click("raise-hand")
    await asha.until("""() => document.querySelector(".tile.peer .raised") !== null""")
    for page in (asha, firefox_one):
        assert await page.run("() => __restarts") == []


async def test_keys_do_what_the_list_of_them_says(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.until(CONNECTED)
    keyboard = asha.page.keyboard
    await asha.run("() => document.activeElement?.blur()")
    for key, hook, pressed in (
        ("m", "toggle-mic", False),
        ("v", "toggle-camera", False),
        ("h", "raise-hand", True),
        ("c", "toggle-chat", True),
        ("f", "toggle-files", True),
        ("p", "toggle-people", True),
    ):
        await asha.run("() => document.activeElement?.blur()")
        await keyboard.press(key)
        await asha.until(PRESSED, hook, pressed)
    await keyboard.press("Shift+?")
    await asha.see("shortcuts")
    await keyboard.press("m")  # not from within a dialog
    await keyboard.press("Escape")
    assert await asha.run(PRESSED, "toggle-mic", False)


async def test_a_key_held_down_lets_one_speak(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.click("toggle-mic")
    await bela.until(IS_MUTED, True)
    await asha.run("() => document.activeElement?.blur()")
    await asha.page.keyboard.down(" ")
    await bela.until(IS_MUTED, False)
    await asha.page.keyboard.up(" ")
    await bela.until(IS_MUTED, True)


async def test_keys_write_where_one_writes_and_can_be_switched_off(server: Server, asha: ChromiumPage) -> None:
    await start_call(asha, server.url)
    keyboard = asha.page.keyboard
    await asha.click("toggle-chat")
    await asha.page.get_by_test_id("chat-input").focus()
    await keyboard.type("mvh ")
    assert await asha.read("chat-input", "value") == "mvh "
    assert await asha.run(PRESSED, "toggle-mic", True)
    await asha.click("toggle-people")
    await asha.click("show-shortcuts")
    await asha.click("shortcuts-on")
    await keyboard.press("Escape")
    await asha.until(NO_LIST)
    await asha.run("() => document.activeElement?.blur()")
    await keyboard.press("h")
    await keyboard.press("Shift+?")  # the list stays at hand, to switch them on again
    await asha.see("shortcuts")
    assert await asha.run(PRESSED, "raise-hand", False)


async def test_the_figures_of_a_link_are_there_for_who_asks(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.until(CONNECTED)
    await asha.click("toggle-people")
    await asha.click("show-figures")
    await asha.until(
        """() => /\\d.* × .*\\d/.test(document.querySelector('[data-figure="seen"]')?.textContent ?? "")"""
    )
    await asha.until("""() => /[1-9]/.test(document.querySelector('[data-figure="in"]')?.textContent ?? "")""")
    report = (await asha.save("save-report")).read_text()
    seconds = json.loads(report)["seconds"]
    assert len(seconds) >= 2
    assert seconds[-1]["bytesIn"] > seconds[0]["bytesIn"]
    assert "Bela" not in report
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", report.partition('"kind"')[2]), (
        "no addresses; a browser's version aside"
    )


@pytest.mark.firefox
async def test_firefox_reacts_and_is_told(server: Server, asha: ChromiumPage, firefox_one: Page) -> None:
    link = await start_call(asha, server.url)
    await write(asha, "before you came")
    await enter(firefox_one, link)
    await firefox_one.until(HAS_LINES, 1)
    await firefox_one.click("react")
    await firefox_one.click("reaction")
    await asha.until(PASSES, "👍")
