"""Every state of the page, on a phone and a desk, dark and light: nothing overflows, nothing is refused by the CSP.

With `--screenshots FOLDER` the pictures are kept there; look at them after every change of the page. Of them
docs/screenshots shows home, lobby, call, chat and transfer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.browsers import ALLOW_DEVICES, FAKE_DEVICES, ChromiumPage, chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, start_call
from tests.support.commands import MIB
from tests.support.scenes import CLIP, film
from tests.support.server import running_server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
AT_REST = """async () => {
    const ending = document.getAnimations().filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime));
    await Promise.all(ending.map((each) => each.finished.catch(() => {})));
    const shown = [...document.querySelectorAll("video")].filter((video) => video.srcObject && video.checkVisibility());
    for (let frame = 0; frame < 3; frame += 1) {
        await Promise.all(shown.map((video) => new Promise((done) => video.requestVideoFrameCallback(done))));
    }
}"""
MOVES = """() => document.querySelector('[data-testid="transfer"][data-state="active"]')?.dataset.bytes > 2e6"""
STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
PASTE = """(text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
PUT_AWAY = """() => document.querySelectorAll('[data-testid="notice"] button').forEach((button) => button.click())"""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders with what the cameras of two people see."""
    return film(tmp_path_factory.mktemp("people"))


@asynccontextmanager
async def person(clip: Path, monkeypatch: pytest.MonkeyPatch, **look: object) -> AsyncIterator[ChromiumPage]:
    """A browser of one's own, with that clip for a camera; a relative path, for it becomes the camera's name."""
    with monkeypatch.context() as patch:
        patch.chdir(clip)
        browsing = chromium(FAKE_DEVICES, ALLOW_DEVICES, f"--use-file-for-fake-video-capture={CLIP}")
        async with browsing as browser:
            yield await chromium_page(browser, clip, **look)


def browser_of(page: ChromiumPage) -> Browser:
    browser = page.page.context.browser
    assert browser
    return browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_state_fits_its_screen(
    size: str,
    scheme: str,
    people: tuple[Path, Path],
    tmp_path: Path,
    screenshots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = tmp_path / "holiday film.mkv"
    film.write_bytes(bytes(40 * MIB))
    concert = tmp_path / "concert.mkv"
    concert.write_bytes(bytes(40 * MIB))
    album = tmp_path / "Sundarbans 2026"
    for name in (
        "boat at dawn.jpg",
        "মৌয়াল.jpg",
        "tide tables with a very long name that no card is wide enough for.pdf",
    ):
        (album / "day one").mkdir(parents=True, exist_ok=True)
        (album / "day one" / name).write_bytes(bytes(8 * MIB))
    pictures = screenshots.resolve()
    look = {"viewport": SIZES[size], "color_scheme": scheme}
    async with (
        running_server() as server,
        person(people[1], monkeypatch, **look) as asha,
        person(people[0], monkeypatch, **look) as bela,
    ):

        async def keep(shown: ChromiumPage, state: str) -> None:
            await shown.run(PUT_AWAY)
            await shown.run(AT_REST)
            assert await shown.run(OVERFLOW) <= 0, f"{state} is wider than its screen"
            await shown.page.screenshot(path=pictures / f"{state}-{size}-{scheme}.png")

        await asha.goto(server.url)
        await asha.see("start-call")
        await keep(asha, "home")
        link = await start_call(asha, server.url, "Asha")
        await bela.goto(link)
        await bela.fill("name-input", "Bela")
        await bela.until("""() => document.querySelector('[data-testid="preview"]').readyState >= 2""")
        await keep(bela, "lobby")
        await keep(asha, "alone")
        await enter(bela, link, "Bela")
        for page in (asha, bela):
            await page.until(PLAYS)
            await page.until(CONNECTED)
            await page.see("path")
        await keep(asha, "call")
        await asha.choose("file-input", film)
        await bela.see("accept")
        await keep(bela, "offer")
        await bela.click("accept")
        await bela.until(STATE, "done", within=90)
        await keep(bela, "transfer")
        await asha.run(PASTE, "Platform 4, 18:05.\nI have your ticket — গাড়ি ছাড়ার আগে ফোন কোরো।")
        await bela.see("accept")
        await bela.click("accept")
        await bela.see("transfer-text")
        await keep(bela, "text")
        await asha.choose("folder-input", album)
        await bela.see("accept")
        await asha.page.get_by_test_id("limit").first.select_option("1000000")
        await bela.click("accept")
        await bela.until(MOVES)
        await keep(asha, "sending")
        await bela.click("pause")
        await asha.until(STATE, "paused")
        await keep(bela, "paused")
        await keep(asha, "paused-there")
        await bela.click("cancel")
        await asha.until(STATE, "failed")
        chandra = await chromium_page(browser_of(bela), tmp_path, **look)
        await enter(chandra, link, "Chandra")
        await asha.choose("file-input", concert)
        await asha.see("offer")
        await asha.page.get_by_test_id("offer").first.get_by_test_id("limit").select_option("1000000")
        await bela.see("accept")
        await bela.click("accept")
        await chandra.see("accept")
        await asha.until(MOVES)
        await keep(asha, "receivers")
        await asha.click("toggle-chat")
        await asha.fill("chat-input", "Shall we start?")
        await asha.click("chat-send")
        await asha.see("chat-message")
        await keep(asha, "chat")
        problems = [line for shown in (asha, bela) for line in shown.console if line.startswith("error")]
        assert problems == []
