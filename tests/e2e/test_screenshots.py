"""Every state of the page, on a phone and a desk, dark and light: nothing overflows, nothing is refused by the CSP.

With `--screenshots docs/screenshots` the pictures are kept there; look at them after every change of the page.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browsers import ChromiumPage, chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, start_call
from tests.support.server import running_server

pytestmark = pytest.mark.chromium

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_state_fits_its_screen(size: str, scheme: str, tmp_path: Path, screenshots: Path) -> None:
    film = tmp_path / "holiday film.mkv"
    film.write_bytes(bytes(1024) * 40_000)
    look = {"viewport": SIZES[size], "color_scheme": scheme}
    async with running_server() as server, chromium() as browser:
        page = await chromium_page(browser, tmp_path, **look)
        other = await chromium_page(browser, tmp_path, **look)

        async def keep(shown: ChromiumPage, state: str) -> None:
            assert await shown.run(OVERFLOW) <= 0, f"{state} is wider than its screen"
            await shown.page.screenshot(path=screenshots / f"{state}-{size}-{scheme}.png")

        await page.goto(server.url)
        await page.see("start-call")
        await keep(page, "home")
        link = await start_call(page, server.url, "Asha")
        await other.goto(link)
        await other.see("preview")
        await other.until("""() => document.querySelector('[data-testid="preview"]').readyState >= 2""")
        await keep(other, "lobby")
        await keep(page, "alone")
        await enter(other, link, "Bela")
        await page.until(PLAYS)
        await page.until(CONNECTED)
        await keep(page, "call")
        await page.choose("file-input", film)
        await other.see("accept")
        await keep(other, "offer")
        await other.click("accept")
        await other.until("""() => document.querySelector('[data-testid="transfer"][data-state="done"]')""")
        await keep(other, "transfer")
        await page.click("toggle-chat")
        await page.fill("chat-input", "Shall we start?")
        await page.click("chat-send")
        await page.see("chat-message")
        await keep(page, "chat")
        problems = [line for shown in (page, other) for line in shown.console if line.startswith("error")]
        assert problems == []
