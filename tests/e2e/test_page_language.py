"""The pages in Bengali: nothing that is to be read, or read out, is left in English, and no text is cut off.

With `--screenshots FOLDER` the pictures of every state are kept there, on a phone and a desk.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import ViewportSize

from tests.support.browsers import ChromiumPage, chromium
from tests.support.server import Server, running_server
from tests.support.tour import walk
from tests.support.wording import Cut, find_cut, read
from web import languages

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

LATIN = re.compile(r"[A-Za-z]\w*")
BORROWED = {word for text in languages.load("bn").values() for word in LATIN.findall(re.sub(r"\{\w+\}", "", text))}
"""What Bengali sentences say in Latin letters: names of programs and protocols, the example of a code."""
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STYLE = """(hook, style) => { document.querySelector(`[data-testid="${hook}"]`).style.cssText = style; }"""


async def test_no_english_is_left_and_no_text_is_cut_off(tmp_path: Path, screenshots: Path) -> None:
    english: dict[str, set[str]] = {}
    cut: dict[str, list[Cut]] = {}
    kept = not screenshots.is_relative_to(tmp_path)

    async def look(page: ChromiumPage, state: str) -> None:
        words = {word for text in await read(page) for word in LATIN.findall(text)} - BORROWED
        if words:
            english[state] = words
        for size in (PHONE, DESK):
            scheme: Literal["dark", "light"] = "dark" if size is PHONE else "light"
            await page.page.emulate_media(color_scheme=scheme)
            await page.page.set_viewport_size(size)
            await page.run(DRAWN)
            shown = f"bn-{state}-{size['width']}-{scheme}"
            if found := await find_cut(page):
                cut[shown] = found
            if kept:
                await page.page.screenshot(path=screenshots / f"{shown}.png")

    async with running_server() as server, chromium() as browser:
        await walk(server, browser, tmp_path, look, locale="bn-BD", viewport=DESK, reduced_motion="reduce")
    assert english == {}
    assert cut == {}


async def test_a_text_that_is_cut_off_would_be_found(server: Server, page: ChromiumPage) -> None:
    await page.goto(server.url)
    assert await find_cut(page) == []
    for hook, style, axis in (
        ("start-call", "overflow: hidden; width: 4rem; white-space: nowrap", "wide"),
        ("start-call", "overflow: clip; height: 3rem", "high"),
        ("code-input", "flex: none; width: 4rem", "wide"),
    ):
        await page.run(STYLE, hook, style)
        assert {(found["place"], found["axis"]) for found in await find_cut(page)} == {(hook, axis)}
        await page.run(STYLE, hook, "")
