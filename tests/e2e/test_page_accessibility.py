"""The pages for everybody (WCAG 2.2): by axe-core's rules, by keyboard alone, with large text, in a narrow window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.accessibility import misfits, nameless, set_text_size, tour, violations
from tests.support.browsers import ChromiumPage
from tests.support.calls import CONNECTED, enter, open_files, start_call
from tests.support.server import Server

pytestmark = [pytest.mark.chromium]

Look = Callable[[ChromiumPage, str], Awaitable[list[str]]]

CHECKED = (
    """() => ["good", "warn", "bad"].includes(document.querySelector('[data-testid="check-sum"]')?.dataset.state)"""
)
ASKED = """() => !document.querySelector('[data-testid="toggle-mic"]')?.disabled
    && document.querySelectorAll('select option[value]:not([value=""])').length > 1"""
PUT_AWAY = """() => {
    document.querySelectorAll('[data-testid="notice"] button').forEach((button) => button.click());
    return document.querySelector('[data-testid="notice"]') === null;
}"""
STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
BAR = """() => [...document.querySelectorAll(".controls > button")]
    .map((each) => [each.dataset.testid, each.getBoundingClientRect()])
    .filter(([, { width, height }]) => Math.min(width, height) < 44).map(([hook]) => hook)"""
DIALOGS = {"roster-sas": "safety", "show-figures": "figures", "show-shortcuts": "shortcuts"}
"""In the list of people: what opens a dialog, and which."""
OPEN = "(name) => document.querySelector(`dialog.${name}`).open"


@pytest.fixture
def window() -> dict[str, Any]:
    """Without motion, so that nothing is looked at half way."""
    return {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}


async def before_a_call(page: ChromiumPage, url: str, look: Look) -> list[str]:
    """Home, `/check`, an address that leads nowhere, and the lobby, one after the other."""
    found = []
    await page.goto(url)
    await page.see("start-call")
    found += await look(page, "home")
    await page.goto(f"{url}/check")
    await page.until(CHECKED)
    found += await look(page, "check")
    await page.goto(f"{url}/nowhere")
    found += await look(page, "nowhere")
    await page.goto(url)
    await page.click("start-call")
    await page.see("join")
    await page.until(ASKED)
    return [*found, *await look(page, "lobby")]


async def in_a_call(page: ChromiumPage, look: Look) -> list[str]:
    """The call of two, its panels one after the other, and what opens above them."""
    await page.until(CONNECTED)
    await page.see("path")
    await page.until(PUT_AWAY)
    found = await look(page, "call")
    for panel in ("chat", "files", "people"):
        await page.click(f"toggle-{panel}")
        await page.until(PUT_AWAY)
        found += await look(page, panel)
    for opener, name in DIALOGS.items():
        await page.click(opener)
        await page.until(OPEN, name)
        found += await look(page, name)
        await page.page.keyboard.press("Escape")
    await page.click("toggle-people")
    await page.click("react")
    found += await look(page, "reactions")
    await page.page.keyboard.press("Escape")
    return found


async def test_axe_finds_nothing(server: Server, asha: ChromiumPage, bela: ChromiumPage, tmp_path: Path) -> None:
    found = await before_a_call(asha, server.url, violations)
    link = await start_call(asha, server.url)
    await asha.until(CONNECTED)
    found += await violations(asha, "alone")
    await enter(bela, link)
    await talk(asha, bela, tmp_path)
    found += await in_a_call(asha, violations)
    await bela.until(PUT_AWAY)
    found += await violations(bela, "offered")
    await bela.page.set_viewport_size({"width": 390, "height": 844})
    found += await violations(bela, "offered, on a phone")
    await bela.click("accept")
    await bela.until(STATE, "done")
    found += await violations(bela, "received")
    await bela.click("leave")
    found += await violations(bela, "left")
    assert not found, "\n".join(found)


async def test_axe_finds_nothing_on_the_page_of_files(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, tmp_path: Path
) -> None:
    link = await open_files(asha, server.url, *some_files(tmp_path))
    await asha.until(CONNECTED)
    found = await violations(asha, "alone")
    await bela.goto(link)
    await bela.see("accept")
    await bela.until(PUT_AWAY)
    found += await violations(bela, "offered")
    await bela.click("accept")
    await bela.until(STATE, "done")
    found += await violations(bela, "received")
    await asha.click("toggle-people")
    await asha.until(PUT_AWAY)
    found += await violations(asha, "sent")
    assert not found, "\n".join(found)


async def test_a_keyboard_reaches_everything(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    async def look(page: ChromiumPage, state: str) -> list[str]:
        return [*await nameless(page, state), *await tour(page, state)]

    found = await before_a_call(asha, server.url, look)
    await enter(bela, await start_call(asha, server.url))
    found += await in_a_call(asha, look)
    assert not found, "\n".join(found)


async def test_escape_shuts_what_is_open_and_gives_the_focus_back(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.until(CONNECTED)
    keyboard, by_hook = asha.page.keyboard, asha.page.get_by_test_id
    await by_hook("toggle-people").focus()
    await keyboard.press("Enter")
    for opener, name in DIALOGS.items():
        await by_hook(opener).focus()
        await keyboard.press("Enter")
        await asha.until(OPEN, name)
        assert await asha.run("() => document.activeElement.closest('dialog') !== null"), f"{name} takes the focus"
        await keyboard.press("Escape")
        await expect(by_hook(opener)).to_be_focused()
        assert not await asha.run(OPEN, name)
    panel = asha.page.locator("#panel")
    await keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(by_hook("toggle-people")).to_be_focused()
    await keyboard.press("Enter")
    await expect(panel).to_be_visible()
    await by_hook("leave").focus()
    await keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(by_hook("leave")).to_be_focused()  # it was not in the panel, and stays where it is
    await by_hook("react").focus()
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    await expect(by_hook("reaction").first).to_be_focused()
    await keyboard.press("Escape")
    await expect(by_hook("react")).to_be_focused()


@pytest.mark.parametrize(
    ("text", "width", "height"),
    [
        pytest.param(32, 1280, 800, id="text of twice the size"),
        pytest.param(16, 320, 640, id="a narrow window"),
        pytest.param(16, 320, 256, id="a window at 400 percent"),
    ],
)
async def test_nothing_is_lost(
    text: int, width: int, height: int, server: Server, asha: ChromiumPage, bela: ChromiumPage, tmp_path: Path
) -> None:
    await asha.page.set_viewport_size({"width": width, "height": height})
    await set_text_size(asha, text)
    found = await before_a_call(asha, server.url, misfits)
    link = await start_call(asha, server.url)
    assert await asha.run("() => getComputedStyle(document.documentElement).fontSize") == f"{text}px"
    await asha.until(CONNECTED)
    found += await misfits(asha, "alone")
    await enter(bela, link)
    await talk(asha, bela, tmp_path)
    found += await in_a_call(asha, misfits)
    await open_files(asha, server.url)
    await asha.until(CONNECTED)
    found += await misfits(asha, "the page of files")
    assert not found, "\n".join(found)


async def test_a_thumb_hits_every_control_of_a_call(server: Server, asha: ChromiumPage) -> None:
    await asha.page.set_viewport_size({"width": 390, "height": 844})
    await start_call(asha, server.url)
    assert await asha.page.locator(".controls > button:visible").count() == 9
    assert await asha.run(BAR) == []


async def talk(asha: ChromiumPage, bela: ChromiumPage, folder: Path) -> None:
    """A line from each and some files from one, so that the panels have something to show."""
    for page, line in ((bela, "See https://example.org/plan for more"), (asha, "I shall")):
        await page.until(CONNECTED)
        await page.click("toggle-chat")
        await page.fill("chat-input", line)
        await page.click("chat-send")
    await asha.until("""() => document.querySelectorAll('[data-testid="chat-message"]').length === 2""")
    await asha.choose("file-input", *some_files(folder))
    await bela.see("accept")
    await asha.click("toggle-files")


def some_files(folder: Path) -> list[Path]:
    files = [
        folder / "boat at dawn.txt",
        folder / "tide tables with a very long name that no card has the width for.txt",
    ]
    for file in files:
        file.write_text("low water at noon")
    return files
