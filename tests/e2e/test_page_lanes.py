"""Transfers over several connections at once, with a page at one end or both; each end takes the way for a long one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from peer.exits import Exit
from peer.wire.frames import MAX_LANES
from tests.support.browsers import ChromiumPage, Page, chromium_page
from tests.support.calls import open_files
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.far import FAR_PAGE, FAR_TERMINAL, GREEDY_TERMINAL, RUDE_TERMINAL, WATCH_LANES
from tests.support.processes import python, twocans
from tests.support.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.chromium, pytest.mark.timeout(300)]

DONE = """() => document.querySelector('[data-testid="transfer"][data-state="done"]')"""
MOVED = """(bytes) => document.querySelector('[data-testid="transfer"][data-state="active"]')?.dataset.bytes > bytes"""
OVER_SEVERAL = """(way, bytes) => __lanes[way]().filter((over) => over > bytes).length >= 3"""
"""At least three of four: whichever drains."""


@pytest_asyncio.fixture(loop_scope="session")
async def chromium_one(browser: Browser, tmp_path: Path) -> ChromiumPage:
    return await far_page(browser, tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def firefox_one(firefox_one: Page) -> Page:
    for script in (FAR_PAGE, WATCH_LANES):
        await firefox_one.before(script)
    return firefox_one


async def far_page(browser: Browser, folder: Path) -> ChromiumPage:
    page = await chromium_page(browser, folder)
    for script in (FAR_PAGE, WATCH_LANES):
        await page.page.add_init_script(script)
    return page


async def send_to_terminal(page: Page, server: Server, file: Path, inbox: Path) -> None:
    link = await open_files(page, server.url, file)
    with twocans("receive", link, "--yes", "--out", inbox) as receiver:
        assert_ended(await asyncio.to_thread(receiver.finish, 200), Exit.DONE)
    await page.until(DONE)
    await page.until(OVER_SEVERAL, "sent", MIB)
    assert (inbox / file.name).read_bytes() == file.read_bytes()


async def send_from_terminal(page: Page, server: Server, file: Path, terminal: str = FAR_TERMINAL) -> None:
    with python(terminal, "send", str(file), "--server", server.url, "--json") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await page.until(DONE, within=200)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    await page.until(OVER_SEVERAL, "got", MIB)
    assert (await page.save("save")).read_bytes() == file.read_bytes()


async def send_to_page(page: Page, other: Page, server: Server, file: Path) -> None:
    await other.goto(await open_files(page, server.url, file))
    await other.see("accept")
    await other.click("accept")
    await other.until(MOVED, 1)


async def test_chromium_sends_to_a_terminal(server: Server, chromium_one: ChromiumPage, tmp_path: Path) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    await send_to_terminal(chromium_one, server, film, tmp_path / "inbox")


async def test_chromium_gets_from_a_terminal(server: Server, chromium_one: ChromiumPage, tmp_path: Path) -> None:
    await send_from_terminal(chromium_one, server, random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB))


async def test_a_page_takes_no_more_lanes_than_there_may_be(
    server: Server, chromium_one: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    await send_from_terminal(chromium_one, server, film, GREEDY_TERMINAL)
    assert await chromium_one.run("() => __connections.length") == MAX_LANES


async def test_a_page_hears_on_a_side_lane_what_has_a_place_there(
    server: Server, chromium_one: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "film.mkv", 200 * MIB)
    with python(RUDE_TERMINAL, "send", str(film), "--server", server.url, "--json") as sender:
        await chromium_one.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await chromium_one.see("accept")
        await chromium_one.click("accept")
        ended = await asyncio.to_thread(sender.finish)
    assert_ended(ended, Exit.ERROR, "The sender erred: no frame for a side lane.")


@pytest.mark.parametrize("end", ["sender", "receiver"])
async def test_chromium_sends_to_chromium_and_a_side_lane_is_lost(
    server: Server, browser: Browser, chromium_one: ChromiumPage, tmp_path: Path, end: str
) -> None:
    bela = await far_page(browser, tmp_path)
    film = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    await send_to_page(chromium_one, bela, server, film)
    await chromium_one.until(OVER_SEVERAL, "sent", MIB)
    loser = chromium_one if end == "sender" else bela
    await loser.run("() => __connections.findLast((each) => each.connectionState === 'connected').close()")
    for person in (bela, chromium_one):
        await person.until(DONE, within=100)
    main_lanes = "() => __lanes.got().filter((bytes) => bytes > 0).length"
    assert await bela.run(main_lanes) > 4
    assert (await bela.save("save")).read_bytes() == film.read_bytes()


@pytest.mark.firefox
async def test_firefox_sends_to_a_terminal(server: Server, firefox_one: Page, tmp_path: Path) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    await send_to_terminal(firefox_one, server, film, tmp_path / "inbox")


@pytest.mark.firefox
async def test_firefox_gets_from_a_terminal(server: Server, firefox_one: Page, tmp_path: Path) -> None:
    await send_from_terminal(firefox_one, server, random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB))


@pytest.mark.firefox
async def test_chromium_sends_to_firefox(
    server: Server, chromium_one: ChromiumPage, firefox_one: Page, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 60 * MIB)
    await send_to_page(chromium_one, firefox_one, server, film)
    for person in (firefox_one, chromium_one):
        await person.until(DONE, within=100)
    await firefox_one.until(OVER_SEVERAL, "got", MIB)
    assert (await firefox_one.save("save")).read_bytes() == film.read_bytes()
