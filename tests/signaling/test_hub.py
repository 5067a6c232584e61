"""Sessions and rooms together, through real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from signaling.brokers.base import BrokerDown, Following
from signaling.brokers.memory import MemoryBroker
from signaling.core.facts import Fact
from signaling.protocol import messages
from signaling.protocol.errors import CloseCode, RefusalCode
from signaling.protocol.messages import (
    Absent,
    Arrived,
    Departed,
    Hello,
    Leave,
    Member,
    Refused,
    Relay,
    Relayed,
    Reserve,
    Resumed,
    Returned,
    RoomId,
    Welcome,
)
from tests.support.signaling import LINK_ROOM, refused, serving, until


async def test_peers_meet_talk_and_part() -> None:
    async with serving() as site:
        first, second = await site.join(), await site.join()
        assert (first.welcome.creator, second.welcome.creator) == (True, False)
        assert second.welcome.members == [Member(first.peer)]
        assert (await first.hear(Arrived)).peer == second.peer
        third = await site.join()
        for other in (first, second):
            assert (await other.hear(Arrived)).peer == third.peer
        await third.say(Relay([first.peer, second.peer], "hello, you two"))
        for other in (first, second):
            assert await other.hear(Relayed) == Relayed(third.peer, "hello, you two", seq=other.after)
        await second.say(Relay(third.peer, "only you"))
        assert (await third.hear(Relayed)).body == "only you"
        await third.say(Leave())
        assert await third.closed() == CloseCode.DONE
        for other in (first, second):
            assert await other.hear(Departed) == Departed(third.peer, "left", seq=other.after)


async def test_the_last_seat_is_given_once() -> None:
    """Twelve hellos under way at once, over two servers that share a log."""
    broker = MemoryBroker()
    limits = {"max_sessions_per_address": 100}
    async with serving(broker, **limits) as one, serving(broker, **limits) as two:
        opener = await one.join(limit=5)
        clients = [await site.connect() for site in (one, two) for _ in range(6)]
        for client in clients:
            await client.say(Hello(v=1, room=LINK_ROOM))
        first_words = [await client.hear_any() for client in clients]
        welcomes = [word for word in first_words if isinstance(word, Welcome)]
        assert sorted(len(word.members) for word in welcomes) == [1, 2, 3, 4]
        refusals = [word.code for word in first_words if isinstance(word, Refused)]
        assert refusals == [RefusalCode.ROOM_FULL] * 8
        assert opener.welcome.creator


async def test_a_room_spans_two_servers() -> None:
    broker = MemoryBroker()
    async with serving(broker, grace_s=0.1) as one, serving(broker) as two:
        here, there = await one.join(), await two.join()
        assert there.welcome.members == [Member(here.peer)]
        assert (await here.hear(Arrived)).peer == there.peer
        await there.say(Relay("*", "over the wire"))
        assert (await here.hear(Relayed)).body == "over the wire"
        here.abort()
        assert (await there.hear(Absent)).peer == here.peer
        assert (await there.hear(Departed)).reason == "grace"
        await until(lambda: not one.hub.rooms)
        assert two.hub.rooms


async def test_a_resume_replays_exactly_what_was_missed() -> None:
    async with serving() as site:
        away, other = await site.join(), await site.join()
        await away.hear(Arrived)
        away.abort()
        await other.hear(Absent)
        session = next(client.session for client in site.hub.clients if client.session.peer == away.peer)
        for number in range(5):
            await other.say(Relay("*", str(number)))
        await other.say(Relay(away.peer, "last"))
        await until(lambda: session.outbox.last == 8)
        back = await site.connect()
        resumed = await back.resume(away)
        assert resumed.recovered
        assert resumed.after == away.said
        bodies = [(await back.hear(Relayed)).body for _ in range(6)]
        assert bodies == ["0", "1", "2", "3", "4", "last"]
        assert back.after == 8
        assert (await other.hear(Returned)).peer == away.peer
        await back.say(Relay("*", "here again"))
        assert (await other.hear(Relayed)).sender == away.peer


async def test_commands_said_again_after_a_resume_count_once() -> None:
    async with serving() as site:
        away, other = await site.join(), await site.join()
        await away.say(Relay("*", "once"))
        assert (await other.hear(Relayed)).body == "once"
        back = await site.connect()
        await back.resume(away)
        back.said -= 1
        await back.say(Relay("*", "once"))
        await back.say(Relay("*", "twice"))
        assert (await other.hear(Relayed)).body == "twice"


async def test_a_newer_socket_fences_the_older_one_without_a_blink() -> None:
    async with serving() as site:
        older, other = await site.join(), await site.join()
        await older.hear(Arrived)
        newer = await site.connect()
        assert (await newer.resume(older)).recovered
        assert await refused(older) == (RefusalCode.FENCED, CloseCode.FENCED)
        await other.say(Relay("*", "still there?"))
        assert (await newer.hear(Relayed)).body == "still there?"
        await newer.say(Relay("*", "yes"))
        assert isinstance(await other.hear(Relayed), Relayed), "neither absent nor returned was said"


async def test_a_resume_that_cannot_be_recovered_joins_anew() -> None:
    async with serving() as site:
        away, other = await site.join(), await site.join()
        await away.hear(Arrived)
        await away.say(messages.Ack(2))
        away.abort()
        await other.hear(Absent)
        away.after = 1
        back = await site.connect()
        assert await back.resume(away) == Resumed(recovered=False)
        welcome = await back.hear(Welcome)
        assert welcome.session != away.welcome.session
        assert (await other.hear(Departed)).peer == away.peer
        assert (await other.hear(Arrived)).peer == welcome.peer


async def test_a_guessed_token_takes_nothing_over() -> None:
    async with serving() as site:
        victim = await site.join()
        thief = await site.connect()
        claim = messages.Resume(victim.welcome.session, "x" * 43, 1)
        await thief.say(Hello(v=1, room=LINK_ROOM, resume=claim))
        assert not (await thief.hear(Resumed)).recovered
        assert (await thief.hear(Welcome)).peer != victim.peer
        assert (await victim.hear(Arrived)).seq == 2


async def test_a_silent_seat_is_free_after_its_grace() -> None:
    async with serving(grace_s=0.05) as site:
        away, other = await site.join(limit=2), await site.join()
        away.abort()
        assert await other.hear(Absent) == Absent(away.peer, "lost", seq=2)
        assert await other.hear(Departed) == Departed(away.peer, "grace", seq=3)
        assert (await site.join()).welcome.members == [Member(other.peer)]


@pytest.mark.parametrize("room", [LINK_ROOM, "a code's"])
async def test_a_silent_seat_is_free_at_once_if_it_is_needed(room: str) -> None:
    """Whoever was killed and comes again finds its own former self in its seat."""
    async with serving() as site:
        creator = await site.connect()
        room = await creator.reserve() if room != LINK_ROOM else room
        await creator.join(room, limit=2)
        killed = await site.join(room)
        await creator.hear(Arrived)
        killed.abort()
        assert (await creator.hear(Absent)).peer == killed.peer
        again = await site.join(room)
        assert again.welcome.members == [Member(creator.peer)]
        assert await creator.hear(Departed) == Departed(killed.peer, "replaced", seq=4)
        assert (await creator.hear(Arrived)).peer == again.peer
        late = await site.connect()
        assert not (await late.resume(killed, room)).recovered
        full = RefusalCode.ROOM_FULL if room == LINK_ROOM else RefusalCode.NO_ROOM
        assert (await refused(late))[0] is full


# Numbers


@pytest.mark.parametrize(
    "settings",
    [{"max_sessions": 2}, {"max_sessions_per_address": 2}, {"max_rooms": 2}],
    ids=lambda settings: next(iter(settings)),
)
async def test_caps_refuse_one_more_and_admit_it_when_one_has_left(settings: dict[str, Any]) -> None:
    async with serving(**settings) as site:
        first, _ = await site.join("a" * 22), await site.join("b" * 22)
        extra = await site.connect()
        await extra.say(Hello(v=1, room="c" * 22))
        refusal = await extra.hear(Refused)
        assert refusal.code is RefusalCode.TOO_MANY
        assert refusal.retry_after
        assert await extra.closed() == CloseCode.RATE
        await first.say(Leave())
        await first.closed()
        assert (await site.join("c" * 22)).welcome.creator


async def test_one_address_holds_so_many_numbers() -> None:
    async with serving(max_reserved_per_address=2) as site:
        holders = [await site.connect() for _ in range(2)]
        for holder in holders:
            await holder.reserve()
            await holder.reserve()
        extra = await site.connect()
        await extra.say(Reserve())
        assert await refused(extra) == (RefusalCode.TOO_MANY, CloseCode.RATE)
        holders[0].abort()
        await until(lambda: len(site.hub.clients.reserved) == 1)
        assert await (await site.connect()).reserve()


async def test_sockets_that_say_nothing_are_capped_and_sent_away() -> None:
    async with serving(max_sessions_per_address=2, hello_timeout_s=0.2) as site:
        silent = [await site.connect() for _ in range(3)]
        assert await refused(silent[2]) == (RefusalCode.TOO_MANY, CloseCode.RATE)
        for client in silent[:2]:
            assert await refused(client) == (RefusalCode.HELLO_TIMEOUT, CloseCode.HELLO_TIMEOUT)
        assert not site.hub.clients


async def test_a_flood_is_slowed_and_then_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.core.limits.PATIENCE_S", 0.2)
    async with serving(rate_per_s=100, rate_burst=10) as site:
        flooder, other = await site.join(), await site.join()
        await flooder.hear(Arrived)
        for _ in range(200):
            await flooder.say(Relay("*", "x"))
        assert await refused(flooder) == (RefusalCode.RATE, CloseCode.RATE)
        passed = 0
        while isinstance(word := await other.hear_any(), Relayed):
            passed += 1
        assert word == Absent(flooder.peer, "rate", seq=other.after)
        assert 10 <= passed < 100


async def test_the_servers_token_is_asked_of_everybody() -> None:
    async with serving(token="open sesame") as site:
        for command in (Hello(v=1, room=LINK_ROOM), Hello(v=1, room=LINK_ROOM, token="wrong"), Reserve()):
            client = await site.connect()
            await client.say(command)
            assert await refused(client) == (RefusalCode.UNAUTHORISED, CloseCode.UNAUTHORISED)
        await site.join(token="open sesame")


async def test_a_body_is_measured_in_bytes() -> None:
    async with serving() as site:
        client = await site.join()
        await client.say(Relay("*", "ক" * 20_001))
        assert await refused(client) == (RefusalCode.MALFORMED, CloseCode.MALFORMED)


# Failure


class FragileBroker(MemoryBroker):
    """A backplane that a test can lose: whoever then reads hears of it."""

    lost = False

    def follow(self, room: RoomId) -> FragileReader:
        return FragileReader(self, super().follow(room))


class FragileReader:
    def __init__(self, broker: FragileBroker, reader: Following) -> None:
        self.broker = broker
        self.reader = reader
        self.aclose = reader.aclose

    async def __aiter__(self) -> AsyncIterator[Fact]:
        async for fact in self.reader:
            if self.broker.lost:
                raise BrokerDown("connection refused")
            yield fact


async def test_a_lost_backplane_is_said_and_the_server_goes_on() -> None:
    broker = FragileBroker()
    async with serving(broker) as site:
        client = await site.join()
        broker.lost = True
        await client.say(Relay("*", "anybody?"))
        assert await refused(client) == (RefusalCode.BACKPLANE_DOWN, CloseCode.BACKPLANE_DOWN)
        await until(lambda: not site.hub.rooms and not site.hub.clients)
        broker.lost = False
        assert not (await site.join()).welcome.members


async def test_nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "signaling")
    async with serving() as site:
        first, second = await site.join(), await site.join()
        await first.say(Relay("*", "a body that is nobody's business"))
        await first.hear(Arrived)
        await second.hear(Relayed)
        second.abort()
        await first.hear(Absent)
        back = await site.connect()
        await back.resume(second)
        await first.hear(Returned)
    assert first.peer[:6] in caplog.text
    for secret in (
        "nobody's business",
        LINK_ROOM,
        "127.0.0.1",
        *(client.welcome.session for client in (first, second)),
        *(client.welcome.resume_token for client in (first, second)),
        *(client.peer for client in (first, second)),
    ):
        assert secret not in caplog.text
