"""An invite that expires: for a while the link lets people in; after that they knock, whoever is left inside."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from peer.client import join
from peer.invite import new_link_invite
from peer.wire.control import RoomState
from tests.support.browsers import ChromiumPage, Page
from tests.support.calls import ALL_PLAY, CONNECTED, PLAYS, enter, start_call
from tests.support.server import Server

pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.timeout(120)]

SMALL = {"width": 800, "height": 600}
SLEEP = """(seconds) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + seconds * 1000;
}"""
"""As after a sleep, in which the date went on and the ticks of `performance.now()` did not."""
LETS_IN_FOR = """(least, most) => {
    const until = document.querySelector('[data-testid="invite-until"]')?.dataset.until;
    const left = (until - Date.now()) / 1000;
    return until !== undefined && left > least && left <= most;
}"""
LETS_IN_FOR_GOOD = """() => !document.querySelector('[data-testid="invite-until"]')"""
CHOICE = """() => document.querySelector('[data-testid="invite-lasts"]')?.value ?? null"""
IS_LOCKED = """(locked) => Boolean(document.querySelector('[data-testid="locked"]')) === locked"""
NOTICE = """(key) => Boolean(document.querySelector(`[data-testid="notice"][data-key="${key}"]`))"""
OUTSIDE = """() => document.querySelector('[data-testid="outside"][data-state="locked"]')"""
KNOCKS = """(name) => document.querySelector(`[data-testid="knock"][data-name="${name}"]`)"""
PEOPLE = """(count) => document.querySelector('[data-testid="peer-count"]').dataset.count === String(count)"""


@pytest.fixture
def window() -> dict[str, Any]:
    """A small one, whose pictures are drawn fast."""
    return {"viewport": SMALL}


async def choose(page: ChromiumPage, lasts: str) -> None:
    await page.page.get_by_test_id("invite-lasts").select_option(lasts)


async def come(page: Page, link: str, name: str) -> None:
    """Through the lobby, to wherever that leads."""
    await page.goto(link)
    await page.fill("name-input", name)
    await page.click("join")


async def test_when_its_time_is_over_the_room_is_locked_for_all(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    assert await asha.run(CHOICE) == "always"
    await choose(asha, "600")
    await asha.until(LETS_IN_FOR, 590, 600)
    assert await asha.run(CHOICE) == "until"
    await enter(bela, link)
    await bela.click("toggle-people")
    await bela.until(LETS_IN_FOR, 560, 600)
    await expect(bela.page.get_by_test_id("invite-until")).to_contain_text("after that they knock")
    assert await bela.run(CHOICE) is None, "the host decides"

    await asha.click("toggle-people")
    await choose(asha, "3600")
    await bela.until(LETS_IN_FOR, 3590, 3601)
    await choose(asha, "always")
    await bela.until(LETS_IN_FOR_GOOD)
    for _ in range(2):  # the same choice again begins anew
        await choose(asha, "600")
        await bela.until(LETS_IN_FOR, 590, 601)
        await bela.run(SLEEP, 60)

    for page in (asha, bela):
        assert await page.run(IS_LOCKED, False)
        await page.run(SLEEP, 600)
    for page in (asha, bela):
        await page.until(IS_LOCKED, True)
        await page.until(NOTICE, "locked")
        assert await page.run(LETS_IN_FOR_GOOD)
    assert await asha.run(CHOICE) is None, "what is locked lets in nobody"
    await come(cleo, link, "Cleo")
    await cleo.until(OUTSIDE)
    await asha.until(KNOCKS, "Cleo")
    await asha.click("let-in")
    await asyncio.gather(*(each.until(ALL_PLAY, 2) for each in (asha, bela, cleo)))

    await asha.click("lock")
    for page in (asha, bela, cleo):
        await page.until(IS_LOCKED, False)
        assert await page.run(LETS_IN_FOR_GOOD)
    assert await asha.run(CHOICE) == "always"


async def test_it_holds_when_the_host_is_gone(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    await choose(asha, "600")
    await enter(bela, link)
    await asha.until(CONNECTED)
    await asha.page.reload()  # which gives the room away, and what holds for it stays with the others
    await bela.until(PEOPLE, 0)
    await bela.until(LETS_IN_FOR, 540, 600)
    assert await bela.run(CHOICE) == "until", "now she decides"
    await come(asha, link, "Asha")
    await asha.until(PLAYS)
    await asha.until(LETS_IN_FOR, 540, 600)
    assert await asha.run(CHOICE) is None
    await asha.click("leave")
    await bela.until(PEOPLE, 0)
    await bela.run(SLEEP, 600)
    await come(cleo, link, "Cleo")
    await cleo.until(OUTSIDE)
    await bela.until(IS_LOCKED, True)
    await bela.until(KNOCKS, "Cleo")
    await bela.click("let-in")
    await asyncio.gather(bela.until(PLAYS), cleo.until(PLAYS))


async def test_a_page_locks_by_itself_when_the_host_says_nothing_more(server: Server, page: ChromiumPage) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url, name="host") as host:
        await come(page, invite.link(server.url), "Asha")
        remote = await anext(host.peers())
        await remote.say(RoomState(host=host.instance, claimed=True, locked=False, expires_in=5))
        await page.until(LETS_IN_FOR, 0, 5)
        await page.until(IS_LOCKED, True)
        await page.until(NOTICE, "locked")
