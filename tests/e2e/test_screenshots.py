"""Every state of the page, on a phone and a desk: all of it fits, and nothing is refused by the CSP.

With `--screenshots FOLDER` the states that docs/screenshots shows are kept there, dark and light; look at them after
every change of the page. Then there are also a room of four and figures over a minute, which take a while.
"""

from __future__ import annotations

import asyncio
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, ViewportSize

from tests.support.browsers import ChromiumPage
from tests.support.palette import shrink
from tests.support.scenes import EVENING, KITCHEN, LAMPLIT, SUNNY, film
from tests.support.server import Server, running_server
from tests.support.tour import crowd, walk
from tests.support.wording import Cut, find_cut

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(900)]

SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
PUBLISHED = {
    *("home", "bad-code", "bad-link", "lobby", "lobby-refused", "alone", "call", "four", "screen", "chat", "figures"),
    *("knocked", "outside", "sending", "receiving", "received", "stopped", "server-lost"),
}
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
AT_REST = """async () => {
    const shown = [...document.querySelectorAll(":not([data-camera=false]) > video")].filter((each) => each.srcObject);
    for (let frame = 0; frame < 3; frame += 1) {
        const drawn = shown.map((video) => new Promise((done) => video.requestVideoFrameCallback(done)));
        await Promise.race([Promise.all(drawn), new Promise((done) => setTimeout(done, 1000))]);
    }
}"""
ALL_QUIET = """() => !document.querySelector('[data-testid="passing"]')"""
SETTLED = """async () => {
    const shown = () => [...document.querySelectorAll("[data-camera=true] > video")];
    const sharp = () => shown().every((each) => each.videoWidth >= 640);
    const end = performance.now() + 5000;
    while (performance.now() < end && !(sharp() && !document.querySelector('[data-testid="quality"]'))) {
        await new Promise((done) => setTimeout(done, 200));
    }
}"""
"""A picture that has just begun is small; on a machine that is busy it stays so."""
A_MINUTE = """() => document.querySelector(".course polyline")?.points.length >= 58"""
PUT_AWAY = """() => document.querySelectorAll('[data-level="info"] button').forEach((button) => button.click())"""


class Gallery:
    """What is done at each halt."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        """Where pictures go, if they are wanted."""
        self.cut: dict[str, list[Cut]] = {}
        self.consoles: dict[str, list[str]] = {}

    async def look(self, page: ChromiumPage, state: str) -> None:
        """Whether all of it fits; and pictures of it."""
        self.consoles[state] = page.console
        for name, size in SIZES.items():
            await page.page.set_viewport_size(size)
            await page.run(DRAWN)
            if found := await find_cut(page):
                self.cut[f"{state} on a {name}"] = found
        if self.folder and state in PUBLISHED:
            await self._keep(page, state, self.folder)

    async def _keep(self, page: ChromiumPage, state: str, folder: Path) -> None:
        await page.run(PUT_AWAY)
        await page.until(ALL_QUIET)
        await page.page.mouse.move(0, 0)
        await page.run(SETTLED)
        if state == "figures":
            await page.until(A_MINUTE, within=70)
        for (name, size), scheme in product(SIZES.items(), SCHEMES):
            await page.page.set_viewport_size(size)
            await page.page.emulate_media(color_scheme=scheme)
            await page.run(AT_REST)
            picture = folder / f"{state}-{name}-{scheme}.png"
            await page.page.screenshot(path=picture)
            await asyncio.to_thread(shrink, picture)

    def problems(self) -> set[str]:
        """What the consoles say, but for answers that are meant to be missing."""
        lines = {line for console in self.consoles.values() for line in console if line.startswith("error")}
        return {line for line in lines if "Failed to load resource" not in line and "WebSocket connection" not in line}


async def test_every_state_fits_its_screen(server: Server, browser: Browser, tmp_path: Path, screenshots: Path) -> None:
    wanted = not screenshots.is_relative_to(tmp_path)
    gallery = Gallery(screenshots.resolve() if wanted else None)
    cameras = [await film(browser, scene) for scene in (LAMPLIT, SUNNY)]
    await walk(server, browser, tmp_path, gallery.look, cameras=cameras, reduced_motion="reduce")
    if wanted:
        cameras += [await film(browser, scene) for scene in (KITCHEN, EVENING)]
        async with running_server() as another:
            await crowd(another, browser, tmp_path, gallery.look, cameras, reduced_motion="reduce")
    assert gallery.cut == {}
    assert gallery.problems() == set()
