"""A locked room of Python peers: they keep the lock that a host has turned, and nobody comes in past them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from peer import doorway
from peer.client import Room, TurnedAway, join
from peer.invite import new_link_invite
from peer.remote import Remote
from peer.room_event import RoomEvent
from peer.wire.control import RoomState, Verdict
from peer.wire.notes import Door, Here, Knock, Offer
from signaling.protocol.messages import Arrived
from tests.support.restart import RestartableServer, restartable_server
from tests.support.signaling import serving, until
from tests.support.stranger import Stranger


@pytest.fixture(autouse=True)
async def _patience() -> AsyncIterator[None]:
    async with asyncio.timeout(60):
        yield


@pytest.fixture
async def server() -> AsyncIterator[RestartableServer]:
    async with restartable_server() as running:
        yield running


async def lock(room: Room, remote: Remote, locked: bool = True) -> None:
    """As a host does: here, and there over the link."""
    state = RoomState(host=room.instance, claimed=True, locked=locked)
    room._doorway.door.heard(room.instance, state, now=0)
    await remote.say(state)


async def told(room: Room, kind: str) -> RoomEvent:
    async for event in room.events():
        if event.kind == kind:
            return event
    raise AssertionError(f"the room ended before it told of {kind}")


async def judge(room: Room, remote: Remote, verdict: Verdict) -> None:
    for move in room._doorway.door.decide(verdict):
        await room._doorway._carry_out(move)
    await remote.say(verdict)


async def test_who_knocks_is_let_in_by_all(server: RestartableServer) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url, name="host") as host, join(invite, server=server.url) as guest:
        at_host, at_guest = await anext(host.peers()), await anext(guest.peers())
        await lock(host, at_host)
        await at_host.chat("locked")  # which comes behind it
        await at_guest.next_chat()
        async with join(invite, server=server.url, name="Cleo") as late:
            await told(late, "locked")
            await until(lambda: host._doorway.door.knocks and guest._doorway.door.knocks)
            assert [knock.name for knock in host._doorway.door.knocks] == ["Cleo"]
            assert len(host._company.persons) == len(guest._company.persons) == 1
            await judge(host, at_host, Verdict(instance=late.instance, verdict="admit"))
            met = {(await anext(late.peers())).id, (await anext(late.peers())).id}
            assert met == {host.instance, guest.instance}


async def test_who_goes_away_waits_no_more(server: RestartableServer) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url) as host, join(invite, server=server.url):
        await lock(host, await anext(host.peers()))
        async with join(invite, server=server.url):
            await until(lambda: host._doorway.door.knocks)
        await until(lambda: not host._doorway.door.knocks)


async def test_an_invite_expires_though_the_host_is_gone(
    server: RestartableServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url) as guest:
        async with join(invite, server=server.url) as host:
            at_host, at_guest = await anext(host.peers()), await anext(guest.peers())
            await at_host.say(RoomState(host=host.instance, claimed=True, locked=False, expires_in=600))
            await at_host.chat("open for ten minutes")  # which comes behind it
            await at_guest.next_chat()
            async with join(invite, server=server.url) as early:
                await anext(early.peers())
        began = doorway._now()
        monkeypatch.setattr(doorway, "_now", lambda: began + 610)
        async with join(invite, server=server.url, name="Cleo") as late:
            await told(late, "locked")
            await until(lambda: guest._doorway.door.knocks)
        assert guest._doorway.door.locked


async def test_who_is_refused_is_told_so(server: RestartableServer) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url) as host, join(invite, server=server.url):
        at_host = await anext(host.peers())
        await lock(host, at_host)
        async with join(invite, server=server.url) as late:
            await told(late, "locked")
            await until(lambda: host._doorway.door.knocks)
            await judge(host, at_host, Verdict(instance=late.instance, verdict="refuse"))
            with pytest.raises(TurnedAway, match="did not let us in"):
                await anext(late.peers())


async def test_who_is_removed_is_told_so_and_the_link_ends(server: RestartableServer) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url) as host, join(invite, server=server.url) as guest:
        at_host, at_guest = await anext(host.peers()), await anext(guest.peers())
        await lock(host, at_host, locked=False)
        await at_host.chat("open")  # which comes behind it
        await at_guest.next_chat()
        await at_host.say(Verdict(instance=guest.instance, verdict="remove"))
        for move in host._doorway.door.decide(Verdict(instance=guest.instance, verdict="remove")):
            await host._doorway._carry_out(move)
        await at_guest.gone.wait()
        with pytest.raises(TurnedAway, match="removed"):
            await anext(guest.peers())
        assert host._doorway.door.locked


async def test_after_a_lost_server_those_inside_know_each_other_again(server: RestartableServer) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url) as host, join(invite, server=server.url) as guest:
        at_host, at_guest = await anext(host.peers()), await anext(guest.peers())
        await lock(host, at_host)
        await at_host.chat("locked")
        await at_guest.next_chat()
        former = at_host._connection
        await server.stop()
        await server.start()
        await asyncio.gather(told(host, "server_found"), told(guest, "server_found"))
        persons = [*host._company.persons.values(), *guest._company.persons.values()]
        await until(lambda: all(person.meeting for person in persons))
        await at_guest.chat("still here")
        assert (await at_host.next_chat()).text == "still here"
        assert at_host._connection is former
        assert not host._doorway.door.knocks


async def test_who_says_that_a_door_is_locked_to_us_does_not_open_ours() -> None:
    invite = new_link_invite()
    async with serving() as site, join(invite, server=site.url) as room:
        door = room._doorway.door
        door.linked("B" * 22, able=True, claims=True, elder=True)
        door.heard("B" * 22, RoomState(host="B" * 22, claimed=True, locked=True), now=0)
        client = await site.join(invite.room)
        stranger = Stranger(client, invite)
        await stranger.meet(client.welcome.members[0].peer, newcomer=True)
        await stranger.paired()
        await stranger.note(Door(instance="A" * 22, state="locked"))
        assert isinstance(await stranger.hear(), Knock)
        await stranger.note(Here(instance="A" * 22, epoch=0, live=False))
        assert await stranger.hear() == Door(instance=room.instance, state="locked")
        assert not room._company.persons


SDP = "v=0\r\n"


@pytest.mark.parametrize("early", [False, True], ids=["late", "early"])
async def test_an_offer_without_an_invitation_is_for_nobody(early: bool) -> None:
    """Whoever holds the link and skips the door gets no link, whether it was there first or comes later."""
    invite = new_link_invite()
    async with serving() as site:
        client = await site.join(invite.room) if early else await site.connect()
        async with join(invite, server=site.url) as room:
            room._doorway.door.heard(room.instance, RoomState(host=room.instance, claimed=True, locked=True), now=0)
            welcome = client.welcome if early else await client.join(invite.room)
            stranger = Stranger(client, invite)
            other = (await client.hear(Arrived)).peer if early else welcome.members[0].peer
            await stranger.meet(other, newcomer=not early)
            await stranger.paired()
            if not early:
                await stranger.note(Here(instance="A" * 22, epoch=0, live=False))
            assert await stranger.hear() == Door(instance=room.instance, state="locked")
            await stranger.note(Offer(epoch=1, sdp=SDP))
            await stranger.note(Here(instance="A" * 22, epoch=1, live=True))
            await stranger.note(Offer(epoch=2, sdp=SDP))
            assert not room._company.persons
