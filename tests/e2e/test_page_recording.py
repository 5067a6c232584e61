"""A call is recorded in the page: all are told, all who were told are in it, and a crash loses next to nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from peer.client import RoomEvent, join
from peer.remote import DOOR, FILES, LANES
from tests.support.accessibility import violations
from tests.support.browsers import ChromiumPage, Page, chromium_page
from tests.support.calls import ALL_PLAY, PLAYS, PRESSED, enter, start_call
from tests.support.films import Film, read_film
from tests.support.processes import twocans
from tests.support.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.chromium]

MARKED = """(words) => {
    const mark = document.querySelector('[data-testid="recorders"]');
    return (mark?.innerText.replace(/[\u2066-\u2069]/g, "").trim() ?? "") === words;
}"""
TOLD = """(key) => document.querySelector(`[data-testid="notice"][data-key="${key}"]`) !== null"""
ON_TILES = """() => [...document.querySelectorAll(".tile")].filter((tile) => tile.querySelector(".records"))
    .map((tile) => tile.querySelector("video").dataset.testid)"""
HAS_PARTS = """async (count) => {
    let found = 0;
    const home = await (await navigator.storage.getDirectory()).getDirectoryHandle("recordings").catch(() => null);
    if (!home) return false;
    for await (const folder of home.values()) {
        for await (const part of folder.values()) found += (await part.getFile()).size > 0;
    }
    return found >= count;
}"""
HOLDS_NONE = """async () => {
    const home = await (await navigator.storage.getDirectory()).getDirectoryHandle("recordings");
    for await (const folder of home.keys()) return false;
    return true;
}"""
NO_PLACE = """navigator.storage.getDirectory = undefined;"""
"""As in a browser that has no place for files of a page."""
PART_S = 5
LASTS_S = 2.0
"""How long a recording takes where nothing is waited for."""
BACKGROUND = 40
"""What is darker is nobody's picture."""
THIRD = (640, 540)
"""Where the third of three people stands, and two have nobody."""
HOW_LONG = """() => {
    globalThis.__began ??= performance.now();
    return (performance.now() - globalThis.__began) / 1000;
}"""


@pytest.fixture
def window() -> dict[str, Any]:
    """One that has less to draw."""
    return {"reduced_motion": "reduce"}


def assert_shows_people(film: Film) -> None:
    """Pictures that move, however busy the machine is."""
    assert film.size == (1280, 720)
    assert all(picture.mean > BACKGROUND for picture in film.pictures[len(film.pictures) // 2 :])
    assert film.pictures[-1].variance > 100
    assert len({picture.pixels for picture in film.pictures}) > film.seconds
    assert film.pictures[-1].at > film.seconds / 2


async def test_all_are_told_and_all_are_in_it_who_comes_late_too(
    server: Server, browser: Browser, asha: ChromiumPage, bela: ChromiumPage, tmp_path: Path
) -> None:
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await asha.until(PLAYS)
    await asha.run("() => document.activeElement?.blur()")
    await asha.page.keyboard.press("r")
    await asha.until(MARKED, "You are recording")
    await asha.run(HOW_LONG)
    await bela.until(MARKED, "Asha is recording")
    await bela.until(TOLD, "recording-began")
    assert await asha.run(ON_TILES) == ["self-video"]
    assert await bela.run(ON_TILES) == ["remote-video"]
    assert await asha.run(PRESSED, "record", True)
    chandra = await chromium_page(browser, tmp_path)
    await enter(chandra, link, "Chandra")
    await chandra.until(MARKED, "Asha is recording")
    await asha.until(ALL_PLAY, 2)
    parts = int(await asha.run(HOW_LONG) / PART_S)
    await asha.until(HAS_PARTS, parts + 2, within=40)  # a busy machine encodes seconds late, and drops the last of them
    lasted = await asha.run(HOW_LONG)
    film = read_film(await asha.save("record"))
    for page in (asha, bela, chandra):
        await page.until(MARKED, "")
        assert await page.run(ON_TILES) == []
    await bela.until(TOLD, "recording-ended")
    await asha.until(TOLD, "recording-saved")
    assert_shows_people(film)
    assert film.seconds == pytest.approx(lasted, abs=1.5)
    assert film.loudest is not None
    assert film.loudest > 0.02
    first = next(picture for picture in film.pictures if picture.mean > BACKGROUND)
    assert first.light(*THIRD) < BACKGROUND
    assert any(picture.light(*THIRD) > BACKGROUND for picture in film.pictures)
    assert [line for page in (asha, bela, chandra) for line in page.console] == []
    await chandra.close()


async def test_what_a_page_had_recorded_is_there_after_it_was_loaded_again(server: Server, asha: ChromiumPage) -> None:
    await start_call(asha, server.url)
    await asha.click("toggle-mic")
    await asha.until(PRESSED, "toggle-mic", False)
    await asha.click("record")  # alone
    await asha.until(HAS_PARTS, 1)
    await asha.page.reload()
    await asha.click("join")
    await asha.until(TOLD, "recording-kept")
    await asha.click("toggle-files")
    await asha.see("kept-recording")
    await asha.goto(server.url)
    kept = asha.page.get_by_test_id("kept-recording")
    await expect(kept).to_have_attribute("data-saved", "false")
    assert await violations(asha, "an unsaved recording") == []
    saved = await asha.save("save-recording")
    await expect(kept).to_have_attribute("data-saved", "true")
    film = read_film(saved)
    assert_shows_people(film)
    assert film.seconds > LASTS_S / 2
    assert film.loudest is not None
    assert film.loudest < 0.001, "one is muted in the recording as well"
    await asha.page.reload()
    await expect(kept).to_have_attribute("data-saved", "true")
    await asha.click("discard-recording")
    await expect(kept).to_have_count(0)
    await asha.until(HOLDS_NONE)
    assert asha.console == []


async def test_whoever_leaves_has_what_was_recorded_with_the_screen_large(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.until(PLAYS)
    for hook in ("share-screen", "toggle-camera", "record"):
        await asha.click(hook)
    await bela.until(MARKED, "Asha is recording")
    await bela.see("remote-screen")
    await bela.click("record")
    await bela.until(MARKED, "Recording: You and Asha")
    await asha.until(MARKED, "Recording: You and Bela")
    await asyncio.sleep(LASTS_S)
    film = read_film(await bela.save("leave"))
    await asha.until(MARKED, "You are recording")
    assert film.size == (1280, 720)
    last = film.pictures[-1]
    assert last.variance > 100
    assert max(last.light(1150, 20), last.light(1150, 700)) < BACKGROUND, "above and below the tiles of the strip"
    assert max(last.light(x, 360) for x in range(100, 900, 20)) > BACKGROUND, "where the screen stands"


async def test_a_headless_peer_is_told_and_one_that_cannot_be_told_is_left_out(
    server: Server, asha: ChromiumPage, tmp_path: Path
) -> None:
    link = await start_call(asha, server.url)
    events = deque[RoomEvent]()
    with twocans("receive", "--json", "--yes", "--server", server.url, "--out", tmp_path, link) as receiver:
        await asha.until("""() => document.querySelector(".tile.peer") !== null""")
        async with join(link, name="old robot", capabilities=(FILES, LANES, DOOR), on_event=events.append):
            await asha.until("""() => document.querySelectorAll(".tile.peer").length === 2""")
            await asha.click("record")
            await asyncio.to_thread(receiver.wait_for, r'"event":"recording",.*"name":"Asha","on":true')
            await asha.until(TOLD, "recording-without")
            await asha.click("record")
            await asyncio.to_thread(receiver.wait_for, r'"event":"recording",.*"name":"Asha","on":false')
    assert [event for event in events if event.of] == []


async def test_a_recording_ends_where_there_is_no_room_left(server: Server, asha: ChromiumPage) -> None:
    await start_call(asha, server.url)
    session = await asha.page.context.new_cdp_session(asha.page)
    await session.send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": 10_000})
    await asha.click("record")
    await asha.until(MARKED, "You are recording")
    await asha.until(TOLD, "recording-full")
    await asha.until(MARKED, "")
    assert asha.console == []


async def test_without_a_place_for_files_memory_holds_it(server: Server, asha: ChromiumPage) -> None:
    await asha.before(NO_PLACE)
    await start_call(asha, server.url)
    await asha.click("record")
    await asha.until(MARKED, "You are recording")
    assert await violations(asha, "recording") == []
    await asyncio.sleep(LASTS_S)
    film = read_film(await asha.save("record"))
    await asha.until(TOLD, "recording-memory")
    assert_shows_people(film)
    assert film.seconds > LASTS_S / 2
    await asha.click("toggle-files")
    await asha.click("discard-recording")
    await expect(asha.page.get_by_test_id("kept-recording")).to_have_count(0)


@pytest.mark.firefox
async def test_firefox_records_what_it_can(server: Server, asha: ChromiumPage, firefox_one: Page) -> None:
    await enter(asha, await start_call(firefox_one, server.url, "Farid"), "Asha")
    await firefox_one.until(PLAYS)
    await firefox_one.click("record")
    await asha.until(MARKED, "Farid is recording")
    await asyncio.sleep(LASTS_S)
    film = read_film(await firefox_one.save("record"))
    await asha.until(MARKED, "")
    assert_shows_people(film)
    assert film.seconds > LASTS_S / 2
