"""Rooms of codes, through real sockets: who opens one, who gets its number back, and what is burnt."""

from __future__ import annotations

from signaling.protocol.errors import CloseCode, RefusalCode
from signaling.protocol.messages import (
    Absent,
    Arrived,
    CloseRoom,
    Departed,
    Hello,
    Leave,
    Member,
    Refused,
    Reserve,
    Reserved,
    RoomClosed,
)
from tests.support.signaling import refused, serving, until


async def test_only_the_reserver_opens_a_code_room_and_closing_burns_it() -> None:
    async with serving() as site:
        creator = await site.connect()
        room = await creator.reserve()
        early = await site.connect()
        await early.say(Hello(v=1, room=room))
        assert await refused(early) == (RefusalCode.NO_ROOM, CloseCode.NO_ROOM)
        assert (await creator.join(room, limit=2)).creator
        guest = await site.join(room)
        assert not guest.welcome.creator
        await guest.say(CloseRoom())
        assert (await guest.hear(Refused)).code is RefusalCode.NOT_CREATOR
        full = await site.connect()
        await full.say(Hello(v=1, room=room))
        assert await refused(full) == (RefusalCode.NO_ROOM, CloseCode.NO_ROOM), "full looks like unknown"
        await creator.hear(Arrived)
        await creator.say(CloseRoom("wrong code"))
        for client in (creator, guest):
            assert (await client.hear(RoomClosed)).reason == "wrong code"
            assert await client.closed() == CloseCode.DONE
        again = await site.connect()
        await again.say(Reserve(room))
        assert (await again.hear(Refused)).code is RefusalCode.NUMBER_TAKEN
        await again.say(Hello(v=1, room=room))
        assert await refused(again) == (RefusalCode.NO_ROOM, CloseCode.NO_ROOM)


async def test_a_creator_that_lost_its_room_gets_its_number_back() -> None:
    async with serving(grace_s=0.05) as site:
        creator = await site.connect()
        room = await creator.reserve()
        await creator.join(room)
        other = await site.connect()
        await other.say(Reserve(room))
        assert (await other.hear(Refused)).code is RefusalCode.NUMBER_TAKEN
        creator.abort()
        await until(lambda: not site.hub.rooms)
        back = await site.connect()
        await back.say(Reserve(room))
        assert (await back.hear(Reserved)).room == room
        assert (await back.join(room)).creator


async def test_who_reserves_an_orphaned_number_opens_the_room_to_those_who_wait_in_it() -> None:
    async with serving(grace_s=0.05) as site:
        creator = await site.connect()
        room = await creator.reserve()
        await creator.join(room, limit=2)
        guest = await site.join(room)
        creator.abort()
        await guest.hear(Absent)
        await guest.hear(Departed)
        stranger = await site.connect()
        await stranger.say(Hello(v=1, room=room))
        assert await refused(stranger) == (RefusalCode.NO_ROOM, CloseCode.NO_ROOM), "the creator's seat is kept"
        back = await site.connect()
        await back.say(Reserve(room))
        assert (await back.hear(Reserved)).room == room
        second = await site.connect()
        await second.say(Reserve(room))
        assert (await second.hear(Refused)).code is RefusalCode.NUMBER_TAKEN
        welcome = await back.join(room)
        assert welcome.creator
        assert welcome.members == [Member(guest.peer)]
        assert (await guest.hear(Arrived)).peer == back.peer
        await back.say(CloseRoom("done"))
        assert (await guest.hear(RoomClosed)).reason == "done"
        third = await site.connect()
        await third.say(Reserve(room))
        assert (await third.hear(Refused)).code is RefusalCode.NUMBER_TAKEN, "burnt"


async def test_a_creator_whose_socket_is_lost_is_not_replaced() -> None:
    async with serving() as site:
        creator = await site.connect()
        room = await creator.reserve()
        await creator.join(room, limit=2)
        guest = await site.join(room)
        creator.abort()
        await guest.hear(Absent)
        stranger = await site.connect()
        await stranger.say(Hello(v=1, room=room))
        assert await refused(stranger) == (RefusalCode.NO_ROOM, CloseCode.NO_ROOM)
        await (taker := await site.connect()).say(Reserve(room))
        assert (await taker.hear(Refused)).code is RefusalCode.NUMBER_TAKEN
        assert (await (await site.connect()).resume(creator, room)).recovered


async def test_an_orphaned_number_that_is_not_used_stays_that_rooms() -> None:
    async with serving(grace_s=0.05) as site:
        creator = await site.connect()
        room = await creator.reserve()
        await creator.join(room, limit=2)
        guest = await site.join(room)
        creator.abort()
        await guest.hear(Absent)
        await guest.hear(Departed)
        shy = await site.connect()
        await shy.say(Reserve(room))
        await shy.hear(Reserved)
        await shy.say(Leave())
        await shy.closed()
        others = [await (await site.connect()).reserve() for _ in range(8)]
        assert room not in others
        back = await site.connect()
        await back.say(Reserve(room))
        assert (await back.hear(Reserved)).room == room


# Limits
