"""The link against the real server: a session survives its sockets, and a room its server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from peer.links import websocket
from peer.links.base import Entry, Lost
from peer.links.websocket import WebSocketLink, _Broken
from peer.room_failed import NoRoom, NotAdmitted, RoomFull, ServerUnreachable
from signaling.protocol.errors import RefusalCode
from signaling.protocol.messages import (
    Absent,
    Arrived,
    CloseRoom,
    Departed,
    Leave,
    Refused,
    Relay,
    Relayed,
    Reserved,
    Resumed,
    Returned,
    RoomClosed,
    Welcome,
)
from tests.support.restart import free_port, restartable_server
from tests.support.signaling import LINK_ROOM, serving
from tests.support.tcp import breakable

N = TypeVar("N")


@asynccontextmanager
async def running(url: str, entry: Entry | None = None, **options: object) -> AsyncIterator[WebSocketLink]:
    link = WebSocketLink(url, entry or Entry(LINK_ROOM), jitter=lambda: 0.0, **options)  # type: ignore[arg-type]
    task = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(30):
            yield link
    finally:
        task.cancel()
        await asyncio.wait([task])


async def hear(link: WebSocketLink, kind: type[N]) -> N:
    """The next of this kind, whatever comes before it."""
    while not isinstance(notice := await link.next(), kind):
        pass
    return notice


async def test_two_links_meet_and_talk() -> None:
    async with serving() as site, running(site.url) as one, running(site.url) as other:
        first, second = await hear(one, Welcome), await hear(other, Welcome)
        member, newcomer = (first, second) if not first.members else (second, first)
        assert [seat.peer for seat in newcomer.members] == [member.peer]
        of = {first.peer: one, second.peer: other}
        assert (await hear(of[member.peer], Arrived)).peer == newcomer.peer
        await of[newcomer.peer].say(Relay(to=member.peer, body="hello"))
        assert (await hear(of[member.peer], Relayed)) == Relayed(sender=newcomer.peer, body="hello", seq=3)
        await of[newcomer.peer].farewell(Leave())
        assert (await hear(of[member.peer], Departed)).reason == "left"


async def test_a_session_goes_on_after_its_connection_broke_and_no_frame_is_lost() -> None:
    async with serving() as site, breakable(site.url) as wire, running(site.url) as steady:
        mine = await hear(steady, Welcome)
        async with running(wire.url) as shaky:
            theirs = await hear(shaky, Welcome)
            await hear(steady, Arrived)
            wire.cut()
            assert (await hear(steady, Absent)).peer == theirs.peer
            for number in range(40):
                await steady.say(Relay(to=theirs.peer, body=f"to {number}"))
                await shaky.say(Relay(to=mine.peer, body=f"from {number}"))
            wire.mend()
            assert isinstance(await hear(shaky, Lost), Lost)
            assert (await hear(shaky, Resumed)).recovered
            assert [(await hear(shaky, Relayed)).body for _ in range(40)] == [f"to {n}" for n in range(40)]
            assert (await hear(steady, Returned)).peer == theirs.peer
            assert [(await hear(steady, Relayed)).body for _ in range(40)] == [f"from {n}" for n in range(40)]


async def test_a_silent_server_is_left_within_one_and_a_half_heartbeats() -> None:
    async with serving(heartbeat_s=0.4) as site, breakable(site.url) as wire, running(wire.url) as link:
        await hear(link, Welcome)
        wire.freeze()
        await hear(link, Lost)
        wire.mend()
        assert (await hear(link, Resumed)).recovered


async def test_a_quiet_server_that_answers_pings_is_kept() -> None:
    async with serving(heartbeat_s=0.2) as site, running(site.url) as link:
        await hear(link, Welcome)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await link.next()


async def test_frames_are_acknowledged_so_that_the_outbox_never_fills() -> None:
    async with serving(outbox_frames=32, rate_per_s=1000, rate_burst=1000) as site, running(site.url) as link:
        me = await hear(link, Welcome)
        other = await site.join()
        await hear(link, Arrived)
        for number in range(100):
            await other.say(Relay(to=me.peer, body=str(number)))
            assert (await hear(link, Relayed)).body == str(number)


async def test_long_frames_are_acknowledged_before_they_fill_the_outbox() -> None:
    async with serving() as site, running(site.url) as link:
        me = await hear(link, Welcome)
        other = await site.join()
        await hear(link, Arrived)
        for number in range(12):
            await other.say(Relay(to=me.peer, body=f"{number:050000}"))
            assert isinstance(await link.next(), Relayed)  # and not Lost, as for a client that is too slow


async def test_a_new_server_gets_a_fresh_hello() -> None:
    async with restartable_server() as server, running(server.url) as link:
        former = await hear(link, Welcome)
        await server.stop()
        await hear(link, Lost)
        await server.start()
        fresh = await hear(link, Welcome)
        assert fresh.session != former.session
        other = WebSocketLink(server.url, Entry(LINK_ROOM))
        task = asyncio.create_task(other.run())
        met = await hear(other, Welcome)
        await link.say(Relay(to=met.peer, body="numbered from one again"))
        assert (await hear(other, Relayed)).body == "numbered from one again"
        task.cancel()
        await asyncio.wait([task])


async def test_the_creator_of_a_code_room_opens_it_again_on_a_new_server_and_the_other_waits_for_that() -> None:
    async with restartable_server() as server, running(server.url, Entry(None, reserves=True, limit=2)) as creator:
        room = (await hear(creator, Reserved)).room
        assert (await hear(creator, Welcome)).creator
        async with running(server.url, Entry(room)) as guest:
            assert not (await hear(guest, Welcome)).creator
            await server.stop()
            await hear(creator, Lost)
            await hear(guest, Lost)
            await server.start()
            assert (await hear(creator, Welcome)).creator
            assert not (await hear(guest, Welcome)).creator


async def test_the_creator_resumes_a_session_that_is_still_there() -> None:
    reserving = Entry(None, reserves=True)
    async with serving() as site, breakable(site.url) as wire, running(wire.url, reserving) as creator:
        await hear(creator, Welcome)
        wire.cut()
        wire.mend()
        assert (await hear(creator, Resumed)).recovered


async def test_who_was_killed_and_asks_for_its_number_gets_it_once_its_former_session_is_over() -> None:
    async with serving(grace_s=1.0) as site:
        former = await site.connect()
        room = await former.reserve()
        await former.join(room, limit=2)
        async with running(site.url, Entry(room)) as guest:
            await hear(guest, Welcome)
            former.abort()
            async with running(site.url, Entry(room, reserves=True)) as creator:
                taken = await creator.next()
                assert isinstance(taken, Refused)
                assert taken.code is RefusalCode.NUMBER_TAKEN
                assert isinstance(await creator.next(), Reserved), "said once"
                assert (await hear(creator, Welcome)).creator
                assert (await hear(guest, Arrived)).peer


async def test_a_number_that_stays_taken_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "NUMBER_S", 0.5)
    async with serving() as site:
        holder = await site.connect()
        room = await holder.reserve()
        async with running(site.url, Entry(room, reserves=True)) as link:
            assert isinstance(await link.next(), Refused)
            with pytest.raises(NotAdmitted, match="taken"):
                await link.next()
        await holder.socket.close()


async def test_a_room_that_is_not_there_is_said_at_once_by_the_first_server() -> None:
    async with serving() as site, running(site.url, Entry("n7")) as link:
        with pytest.raises(NoRoom):
            await link.next()


async def test_a_full_room_is_said() -> None:
    async with serving() as site:
        there = [await site.join(limit=2), await site.join()]
        async with running(site.url) as link:
            with pytest.raises((RoomFull, NoRoom)):
                await link.next()
        assert there[0].welcome.creator


async def test_a_closed_server_asks_for_its_token() -> None:
    async with serving(token="open-sesame-1") as site:
        async with running(site.url) as link:
            with pytest.raises(NotAdmitted):
                await link.next()
        async with running(site.url, Entry(LINK_ROOM, token="open-sesame-1")) as link:
            assert isinstance(await link.next(), Welcome)


async def test_the_room_is_closed_for_all_by_its_creator() -> None:
    async with serving() as site, running(site.url, Entry(None, reserves=True)) as creator:
        room = (await hear(creator, Reserved)).room
        await hear(creator, Welcome)
        async with running(site.url, Entry(room)) as guest:
            await hear(guest, Welcome)
            await creator.say(CloseRoom(reason="done"))
            for link in (creator, guest):
                assert (await hear(link, RoomClosed)).reason == "done"


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://{port}.invalid", "nonsense"])
async def test_a_server_that_never_answered_is_named(url: str) -> None:
    address = url.format(port=free_port())
    async with running(address) as link:
        with pytest.raises(ServerUnreachable) as caught:
            await link.next()
        assert address in str(caught.value)


async def test_a_link_that_breaks_while_it_is_cancelled_ends_all_the_same() -> None:
    class Breaking(WebSocketLink):
        async def _watch(self, socket: object) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise _Broken("at the same time")

    async with serving() as site:
        link = Breaking(site.url, Entry(LINK_ROOM), jitter=lambda: 1.0)
        task = asyncio.create_task(link.run())
        await hear(link, Welcome)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=2)
        assert done
        assert task.cancelled()
