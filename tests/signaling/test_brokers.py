"""The contract of signaling.brokers.base, which every body must keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from signaling.brokers.base import Broker, Following
from signaling.brokers.memory import HIGH_WATER, MemoryBroker
from signaling.core.facts import Absent, Arrived, Closed, Departed, Fact, Relayed, Returned

ROOM, A, B, C = "r" * 22, "A" * 11, "B" * 11, "C" * 11


@pytest.fixture(params=["memory"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    broker = {"memory": MemoryBroker}[request.param]()
    yield broker
    await broker.aclose()


async def take(following: Following, count: int) -> list[Fact]:
    facts: list[Fact] = []
    async with asyncio.timeout(5):
        async for fact in following:
            facts.append(fact)
            if len(facts) == count:
                break
    return facts


async def test_all_followers_read_one_order(broker: Broker) -> None:
    first, second = broker.follow(ROOM), broker.follow(ROOM)
    facts: list[Fact] = []
    for fact in (Arrived(A, 2, True), Arrived(B, 2, True), Absent(A), Returned(A)):
        broker.append(ROOM, fact)
        broker.relay(ROOM, note := Relayed(A, None, f"after {len(facts)}"))
        facts += [fact, note]
    assert await take(first, len(facts)) == facts
    assert await take(second, len(facts)) == facts


async def test_a_late_follower_learns_the_state_then_the_news(broker: Broker) -> None:
    early = broker.follow(ROOM)
    broker.append(ROOM, Arrived(A, 2, True))
    broker.append(ROOM, Arrived(B, 2, True))
    broker.relay(ROOM, Relayed(A, None, "missed"))
    broker.append(ROOM, Absent(B, "lost"))
    await take(early, 4)
    late = broker.follow(ROOM)
    broker.append(ROOM, Departed(B, "grace"))
    facts = await take(late, 4)
    assert [type(fact) for fact in facts] == [Arrived, Arrived, Absent, Departed]
    assert facts[-1] == Departed(B, "grace")


async def test_rooms_are_apart(broker: Broker) -> None:
    here, there = broker.follow(ROOM), broker.follow("n7")
    broker.append("n7", Arrived(A, 2, True))
    broker.append(ROOM, Arrived(B, 2, True))
    assert await take(here, 1) == [Arrived(B, 2, True)]
    assert await take(there, 1) == [Arrived(A, 2, True)]


async def test_a_room_that_ended_leaves_nothing_to_a_new_one(broker: Broker) -> None:
    first = broker.follow(ROOM)
    broker.append(ROOM, Arrived(A, 2, True))
    broker.append(ROOM, Closed(A))
    await take(first, 2)
    await first.aclose()
    second = broker.follow(ROOM)
    broker.append(ROOM, Arrived(B, 5, True))
    assert await take(second, 1) == [Arrived(B, 5, True)]


async def test_a_closed_following_ends(broker: Broker) -> None:
    following = broker.follow(ROOM)
    waiting = asyncio.create_task(take(following, 1))
    await asyncio.sleep(0)
    await following.aclose()
    await following.aclose()
    assert await waiting == []


async def test_drain_waits_for_a_follower_that_is_far_behind(broker: Broker) -> None:
    following = broker.follow(ROOM)
    broker.append(ROOM, Arrived(A, 2, True))
    await asyncio.wait_for(broker.drain(ROOM), 5)
    for _ in range(HIGH_WATER + 1):
        broker.relay(ROOM, Relayed(A, None, "x"))
    draining = asyncio.create_task(broker.drain(ROOM))
    await asyncio.sleep(0)
    assert not draining.done()
    await take(following, HIGH_WATER)
    await asyncio.wait_for(draining, 5)


async def test_the_first_free_name_is_leased_to_one_holder(broker: Broker) -> None:
    assert await broker.claim(["n1", "n2"], A, 60) == "n1"
    assert await broker.claim(["n1", "n2"], B, 60) == "n2"
    assert await broker.claim(["n1", "n2"], C, 60) is None


async def test_leases_end_by_release_of_the_holder_or_with_time(broker: Broker) -> None:
    assert await broker.claim(["n1"], A, 60) == "n1"
    broker.release("n1", B)
    assert await broker.claim(["n1"], B, 60) is None
    broker.release("n1", A)
    assert await broker.claim(["n1"], B, 60) == "n1"
    broker.hold("n1", B, 0.02)
    await asyncio.sleep(0.05)
    assert await broker.claim(["n1"], C, 60) == "n1"


async def test_it_is_reachable(broker: Broker) -> None:
    assert await broker.reachable()


async def test_memory_keeps_no_log_that_nobody_needs() -> None:
    broker = MemoryBroker()
    following = broker.follow(ROOM)
    broker.append(ROOM, Arrived(A, 2, True))
    await following.aclose()
    assert broker.rooms == {ROOM}, "somebody sits in the room"
    broker.append(ROOM, Departed(A))
    assert not broker.rooms
