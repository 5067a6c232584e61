"""Who records in a room, as those in it learn it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from peer.client import RoomEvent, join
from peer.invite import new_link_invite
from peer.remote import RECORDING
from peer.room import Room
from peer.wire.control import Recording
from tests.support.server import Server, running_server


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running_server() as running:
        yield running


async def told(room: Room) -> RoomEvent:
    """The next that is told of a recording."""
    async for event in room.events():
        if event.of is not None:
            return event
    raise AssertionError("the room ended before it told of a recording")


async def test_a_recording_is_told_of_each_time_that_it_begins_and_ends(server: Server) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url, name="Asha") as host, join(invite, server=server.url) as guest:
        at_host, at_guest = await anext(host.peers()), await anext(guest.peers())
        assert RECORDING in at_host.capabilities
        for on in (True, True, False, True):
            await at_host.say(Recording(on=on))
        for kind in ("recording", "not_recording", "recording"):
            event = await told(guest)
            assert (event.kind, event.of) == (kind, at_guest)
        assert at_guest.records


@pytest.mark.parametrize("leaves", [True, False], ids=["left", "link lost"])
async def test_nobody_is_known_to_record_over_a_link_that_is_gone(server: Server, leaves: bool) -> None:
    invite = new_link_invite()
    async with join(invite, server=server.url, name="Asha") as host, join(invite, server=server.url) as guest:
        at_host, at_guest = await anext(host.peers()), await anext(guest.peers())
        await at_host.say(Recording(on=True))
        assert (await told(guest)).kind == "recording"
        if leaves:
            await host.aclose()
        else:
            await at_guest.replace_link()
        assert (await told(guest)).kind == "not_recording"
        assert not at_guest.records
