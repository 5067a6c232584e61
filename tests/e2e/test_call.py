"""Two people open a link in two browsers and talk: real pages, real media, a real server."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.browsers import RECEIVED, ChromiumPage, Page
from tests.support.calls import CONNECTED, PLAYS, assert_sees_and_hears, enter, enter_quickly, start_call
from tests.support.server import Server, running_server

pytestmark = [pytest.mark.alone, pytest.mark.chromium]


@pytest.fixture
def pages(asha: ChromiumPage, bela: ChromiumPage) -> tuple[Page, Page]:
    """Two strangers with a Chromium window each."""
    return asha, bela


async def test_two_chromium_pages_see_and_hear_each_other(server: Server, pages: tuple[Page, Page]) -> None:
    asha, bela = pages
    elapsed = await enter_quickly(bela, await start_call(asha, server.url), 2000)
    print(f"from second join to first remote frame: {elapsed:.0f} ms")
    await asyncio.gather(*(assert_sees_and_hears(page) for page in pages))
    assert await asha.read("remote-video", "data-name") == "Bela"
    assert await bela.read("remote-video", "data-name") == "Asha"
    emoji = [await page.read("sas", "textContent") for page in pages]
    assert emoji[0] == emoji[1]
    assert emoji[0]
    assert await asha.read("path", "data-kind") == "direct"
    assert elapsed < 2000


@pytest.mark.firefox
async def test_chromium_calls_firefox(server: Server, asha: ChromiumPage, firefox_one: Page) -> None:
    elapsed = await enter_quickly(firefox_one, await start_call(asha, server.url), 2000)
    print(f"from Firefox's join to its first remote frame: {elapsed:.0f} ms")
    await asyncio.gather(assert_sees_and_hears(asha), assert_sees_and_hears(firefox_one))
    assert elapsed < 2000


@pytest.mark.firefox
async def test_firefox_calls_chromium(server: Server, firefox_one: Page, bela: ChromiumPage) -> None:
    await enter(bela, await start_call(firefox_one, server.url))
    await asyncio.gather(assert_sees_and_hears(firefox_one), assert_sees_and_hears(bela))


async def test_chat_goes_both_ways_and_shows_markup_as_text(server: Server, pages: tuple[Page, Page]) -> None:
    asha, bela = pages
    await enter(bela, await start_call(asha, server.url))
    hostile = "<img src=x onerror=alert(1)> hello"
    for page, line in ((asha, hostile), (bela, "and back")):
        await page.until(CONNECTED)
        await page.click("toggle-chat")
        await page.fill("chat-input", line)
        await page.click("chat-send")
    for page in pages:
        for line in (hostile, "and back"):
            await page.until(
                """(line) => [...document.querySelectorAll('[data-testid="chat-message"]')]
                    .some((message) => message.textContent.includes(line))""",
                line,
            )
    assert await bela.run("""() => document.querySelector('[data-testid="chat-message"] img')""") is None


async def test_mute_and_camera_are_told_to_the_other_side(server: Server, pages: tuple[Page, Page]) -> None:
    asha, bela = pages
    await enter(bela, await start_call(asha, server.url))
    await bela.until(PLAYS)
    assert await asha.read("toggle-camera", "aria-pressed") == "true"
    await asha.click("toggle-camera")
    await asha.until("""() => document.querySelector('[data-testid="toggle-camera"]').ariaPressed === "false" """)
    before = (await bela.received())["frames"]
    await asyncio.sleep(2)  # time in which a running camera would show 40 frames
    assert (await bela.received())["frames"] - before < 20
    await asha.click("toggle-camera")
    seen = (await bela.received())["frames"]
    await bela.until(f"async (wanted) => (await ({RECEIVED})()).frames >= wanted", seen + 30)


@pytest.mark.parametrize("how", ["by the button", "by closing the page"])
async def test_leaving_is_seen_at_once(server: Server, pages: tuple[Page, Page], how: str) -> None:
    asha, bela = pages
    await enter(bela, await start_call(asha, server.url))
    await asha.until(PLAYS)
    if how == "by the button":
        await bela.click("leave")
    await bela.close()
    await asha.until("""() => document.querySelector('[data-testid="remote-video"]') === null""", within=3)


async def test_video_goes_on_when_the_server_dies_and_a_new_one_is_found(
    server: Server, pages: tuple[Page, Page], cleo: ChromiumPage
) -> None:
    asha, bela = pages
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await asyncio.gather(*(page.until(CONNECTED) for page in pages))
    await server.kill()
    await asyncio.gather(*(assert_sees_and_hears(page) for page in pages))
    connections = "() => globalThis.__connections.length"
    made = [await page.run(connections) for page in pages]
    async with running_server(port=int(server.url.rsplit(":", 1)[1])):
        await asyncio.gather(
            *(
                page.until(
                    """() => document.querySelector('[data-testid="connection-state"][data-state="connected"]')
                        && !document.body.dataset.server?.includes("reconnecting")""",
                    within=30,
                )
                for page in pages
            )
        )
        await enter(cleo, link, "Cleo")  # the new server introduces a third person to both
        both = """() => document.querySelectorAll('[data-testid="remote-video"]').length === 2"""
        await asyncio.gather(*(page.until(both, within=30) for page in (asha, bela, cleo)))
        assert [await page.run(connections) for page in pages] == [count + 1 for count in made]
        await asyncio.gather(*(assert_sees_and_hears(page) for page in pages))
