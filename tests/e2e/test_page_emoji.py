"""The safety emoji of a page and of a Python peer: the same at both ends, unless somebody sits in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from peer.client import Remote, Room, join
from peer.invite import new_link_invite
from peer.sas import Emoji
from tests.support.browsers import ChromiumPage
from tests.support.calls import CONNECTED
from tests.support.meddler import parting
from tests.support.server import Server, running_server

pytestmark = pytest.mark.chromium

NAMED = """(name) => [...document.querySelectorAll(".peer-row")].some((row) => row.textContent.includes(name))"""


async def first(room: Room) -> Remote:
    return await anext(room.peers())


async def shown(page: ChromiumPage) -> tuple[str | None, str | None]:
    """The emoji on the page, and their names."""
    await page.see("sas")
    return await page.read("sas", "textContent"), await page.read("sas", "title")


def written(sas: Sequence[Emoji]) -> tuple[str, str]:
    """As a page shows them."""
    return "".join(each.emoji for each in sas), ", ".join(each.name for each in sas)


async def test_a_python_peer_that_comes_later_sees_what_the_page_sees(server: Server, page: ChromiumPage) -> None:
    invite = new_link_invite()
    await page.goto(invite.link(server.url, files=True))
    await page.until(CONNECTED)
    async with join(invite, server=server.url) as room:
        remote = await first(room)
        assert await shown(page) == written(remote.sas)
        assert len(remote.sas) == 4


async def test_a_page_that_comes_later_sees_what_the_python_peer_sees(server: Server, page: ChromiumPage) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url) as room:
        await page.goto(invite.link(server.url, files=True))
        remote = await first(room)
        assert await shown(page) == written(remote.sas)
        assert len(remote.sas) == 4


async def test_nothing_but_the_emoji_tells_of_somebody_in_the_middle_who_holds_the_link(page: ChromiumPage) -> None:
    """The host: it keeps the two apart, sits with each under the other's name, and carries on what they say."""
    invite = new_link_invite()
    async with (
        running_server() as near,
        running_server() as far,
        parting(near.url, far.url) as host,
        join(invite, server=near.url, name="Bela") as beside_the_page,
        join(invite, server=far.url, name="Asha") as beside_bela,
        join(invite, server=host, name="Bela") as bela,
    ):
        await page.goto(invite.link(host, files=True))
        from_page, to_bela, heard = await asyncio.gather(*map(first, (beside_the_page, beside_bela, bela)))
        await page.until(CONNECTED)
        await page.until(NAMED, "Bela")
        assert heard.name == "Asha"
        await page.click("toggle-chat")
        await page.fill("chat-input", "Is it you?")
        await page.click("chat-send")
        await to_bela.chat((await from_page.next_chat()).text)
        assert (await heard.next_chat()).text == "Is it you?"

        assert await shown(page) == written(from_page.sas)
        assert heard.sas == to_bela.sas
        assert await shown(page) != written(heard.sas)
