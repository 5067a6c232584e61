"""A room with a door: the host locks it, who comes knocks, and nobody gets in past that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import WebSocket

from peer.exits import Exit
from peer.invite import parse_invite
from peer.wire.notes import Door, Here, Offer
from signaling.protocol.messages import Hello, Resume, Resumed
from tests.support.browsers import ChromiumPage, Page
from tests.support.calls import ALL_PLAY, PLAYS, enter, start_call
from tests.support.commands import assert_ended
from tests.support.processes import twocans
from tests.support.server import Server
from tests.support.signaling import Client
from tests.support.stranger import Stranger

pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.timeout(120)]

OUTSIDE = """(state) => document.querySelector(`[data-testid="outside"][data-state="${state}"]`)"""
KNOCKS = """(name) => document.querySelector(`[data-testid="knock"][data-name="${name}"]`)"""
NOBODY_KNOCKS = """() => !document.querySelector('[data-testid="knock"]')"""
ENDED = """(reason) => document.querySelector(`[data-testid="ending"][data-reason="${reason}"]`)"""
PEOPLE = """() => Number(document.querySelector('[data-testid="peer-count"]').dataset.count)"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
IS_LOCKED = """(locked) => Boolean(document.querySelector('[data-testid="locked"]')) === locked"""


async def come(page: Page, link: str, name: str) -> None:
    """Through the lobby, to wherever that leads."""
    await page.goto("about:blank")
    await page.goto(link)
    await page.fill("name-input", name)
    await page.click("join")


async def press(page: ChromiumPage, key: str) -> None:
    """A key that no field takes, and what it does to the page."""
    await page.run("() => document.activeElement?.blur()")
    await page.page.keyboard.press(key)
    await page.run(DRAWN)


async def lock(host: ChromiumPage) -> None:
    await host.click("toggle-people")
    await host.click("lock")


async def test_who_knocks_waits_until_the_host_opens(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    await enter(bela, link)
    assert await bela.page.get_by_test_id("lock").count() == 0, "the room is its maker's"
    await lock(asha)
    await bela.until(IS_LOCKED, True)
    await come(cleo, link, "Cleo")
    await cleo.until(OUTSIDE, "locked")
    await asha.until(KNOCKS, "Cleo")
    assert await bela.run(NOBODY_KNOCKS), "only the host is asked"
    await asha.click("hold")
    await cleo.until(OUTSIDE, "held")
    assert await cleo.run(PEOPLE) == 0
    await asha.click("let-in")
    await asyncio.gather(*(each.until(ALL_PLAY, 2, within=20) for each in (asha, bela, cleo)))
    await cleo.until(IS_LOCKED, True)
    await asha.click("lock")
    await asyncio.gather(*(each.until(IS_LOCKED, False) for each in (bela, cleo)))
    for page in (asha, bela):
        await page.click("leave")
    await cleo.until("""() => document.querySelector('.waiting [data-testid="invite-link"]')""")


async def test_two_outside_do_not_meet_before_both_are_in(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    await lock(asha)
    for page, name in ((bela, "Bela"), (cleo, "Cleo")):
        await come(page, link, name)
        await page.until(OUTSIDE, "locked")
        await asha.until(KNOCKS, name)
    for name, page in (("Cleo", cleo), ("Bela", bela)):
        assert await page.run(PEOPLE) == 0
        await asha.page.locator(f'[data-testid="knock"][data-name="{name}"]').get_by_test_id("let-in").click()
        await page.until(PLAYS)
    await asyncio.gather(*(each.until(ALL_PLAY, 2, within=20) for each in (asha, bela, cleo)))


async def test_who_is_sent_away_or_removed_reads_so_and_stays_out(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await lock(asha)
    await come(cleo, link, "Cleo")
    await asha.until(KNOCKS, "Cleo")
    await asha.click("refuse")
    await cleo.until(ENDED, "turned-away")
    await asha.click("lock")
    await asha.until(IS_LOCKED, False)
    await asha.click("remove-peer")
    await bela.until(ENDED, "removed")
    assert await asha.run(PEOPLE) == 0
    await asha.until(IS_LOCKED, True)
    await come(bela, link, "Bela")
    await bela.until(OUTSIDE, "locked")
    await asha.until(KNOCKS, "Bela")
    await asha.click("lock")  # whoever waits comes in with it
    await asyncio.gather(asha.until(PLAYS), bela.until(PLAYS))


async def test_who_came_early_knocks_too(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    await asha.goto(server.url)
    await asha.click("start-call")
    await asha.see("join")
    link = asha.page.url
    for page, name in ((bela, "Bela"), (cleo, "Cleo")):
        await come(page, link, name)
    await asyncio.gather(bela.until(PLAYS), cleo.until(PLAYS))
    await asha.fill("name-input", "Asha")
    await asha.click("lock")
    await asha.click("join")
    await asyncio.gather(asha.until(KNOCKS, "Bela"), asha.until(KNOCKS, "Cleo"))
    assert await asha.run(PEOPLE) == 0
    assert await asha.run("() => !document.querySelector('[data-testid=\"remote-video\"]')")
    await asha.page.locator('[data-testid="knock"][data-name="Bela"]').get_by_test_id("let-in").click()
    await asha.until(PLAYS)
    assert await asha.run(PEOPLE) == 1
    await asha.page.locator('[data-testid="knock"][data-name="Cleo"]').get_by_test_id("let-in").click()
    await asyncio.gather(*(each.until(ALL_PLAY, 2, within=20) for each in (asha, bela, cleo)))


@pytest.mark.parametrize("box", [(), ("--keep-open",)], ids=["once", "kept-open"])
async def test_a_terminal_knocks_and_says_how_it_was_answered(
    server: Server, asha: ChromiumPage, tmp_path: Path, box: tuple[str, ...]
) -> None:
    link = await start_call(asha, server.url)
    await lock(asha)
    with twocans("receive", *box, link, "--yes", "--out", tmp_path) as receiver:
        await asyncio.to_thread(receiver.wait_for, "The room is locked. Knocked", "stderr")
        await asha.click("hold")
        await asyncio.to_thread(receiver.wait_for, "asks us to wait", "stderr")
        await asha.click("refuse")
        ended = await asyncio.to_thread(receiver.finish)
    assert_ended(ended, Exit.DECLINED, "did not let us in")


async def test_the_keys_of_the_door_are_for_whoever_decides(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, cleo: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await asha.until(PLAYS)
    await press(asha, "l")
    for page in (asha, bela):
        await page.until(IS_LOCKED, True)
        await page.until("""() => document.querySelector('[data-testid="notice"][data-key="locked"]')""")
    await come(cleo, link, "Cleo")
    await asha.until(KNOCKS, "Cleo")
    for key in "lk":
        await press(bela, key)
    assert await bela.run(IS_LOCKED, True)
    assert await asha.run(KNOCKS, "Cleo")
    await press(asha, "k")
    await asyncio.gather(*(each.until(ALL_PLAY, 2, within=20) for each in (asha, bela, cleo)))
    await press(asha, "l")
    await asyncio.gather(*(each.until(IS_LOCKED, False) for each in (asha, bela, cleo)))
    await press(asha, "Shift+?")
    for words in ("Lock or open the room", "Let in whoever has knocked longest"):
        await asha.page.get_by_test_id("shortcuts").get_by_text(words).wait_for()


async def test_to_be_asked_to_mute_is_a_wish(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.until(PLAYS)
    await asha.click("toggle-people")
    await asha.click("ask-mute")
    await bela.until("""() => document.querySelector('[data-testid="notice"][data-key="ask-mute"]')""")
    assert await bela.read("toggle-mic", "ariaPressed") == "true"


@asynccontextmanager
async def client_of(server: Server) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        address = f"{server.url}/v1/ws"
        async with session.ws_connect(address, headers={"Origin": server.url}, compress=0) as socket:
            yield Client(socket)


async def assert_shut(stranger: Stranger, host: ChromiumPage, people: int) -> None:
    """The door is said to be locked, and what is said past it is for nobody."""
    assert isinstance(door := await stranger.hear(), Door)
    assert door.state == "locked"
    await stranger.note(Offer(epoch=1, sdp="v=0\r\n"))
    await stranger.note(Here(instance="B" * 22, epoch=1, live=True))
    await stranger.note(Offer(epoch=2, sdp="v=0\r\n"))
    assert await host.run(PEOPLE) == people


async def test_who_asks_the_server_is_seated_and_answered_by_nobody(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await lock(asha)
    await bela.until(IS_LOCKED, True)
    invite, _ = parse_invite(link)
    for page in range(2):
        async with client_of(server) as client:
            members = (await client.join(invite.room)).members
            stranger = Stranger(client, invite)
            await stranger.meet(members[page].peer, newcomer=True)
            await stranger.paired()
            await stranger.note(Here(instance="A" * 22, epoch=0, live=False))
            await assert_shut(stranger, asha, people=1)
    assert await asha.run(NOBODY_KNOCKS)
    assert await bela.run(PEOPLE) == 1


async def test_a_stolen_session_opens_nothing(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    stolen = list[dict[str, str]]()

    def listen(socket: WebSocket) -> None:
        def read(frame: str | bytes) -> None:
            notice = json.loads(frame)
            if notice["type"] == "welcome":
                stolen.append(notice)

        socket.on("framereceived", read)

    bela.page.on("websocket", listen)
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await asha.until(PLAYS)
    await lock(asha)
    await bela.until(IS_LOCKED, True)
    invite, _ = parse_invite(link)
    [welcome] = stolen
    async with client_of(server) as client:
        claim = Resume(welcome["session"], welcome["resume_token"], 1)
        await client.say(Hello(v=1, room=invite.room, resume=claim))
        client.said = (await client.hear(Resumed)).after
        await bela.until(ENDED, "elsewhere")
        async with client_of(server) as helper:  # says when the host has read all that came before
            members = (await helper.join(invite.room)).members
            host = next(each.peer for each in members if each.peer != welcome["peer"])
            thief = Stranger(client, invite, welcome["peer"])
            await thief.meet(host, newcomer=True)
            stranger = Stranger(helper, invite)
            await stranger.meet(host, newcomer=True)
            await stranger.paired()
            await stranger.note(Here(instance="A" * 22, epoch=0, live=False))
            await assert_shut(stranger, asha, people=await asha.run(PEOPLE))
        assert thief.meeting is not None
        assert thief.meeting.keys is None
