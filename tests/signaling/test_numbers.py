from __future__ import annotations

import pytest

from signaling.brokers.memory import MemoryBroker
from signaling.numbers import LEASE_S, RENEW_S, Numbers

REUSE_S = 600.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def numbers(clock: Clock) -> Numbers:
    return Numbers(MemoryBroker(clock), REUSE_S)


async def fill(numbers: Numbers, count: int) -> set[str]:
    return {str(await numbers.reserve(f"peer {each}")) for each in range(count)}


async def test_the_shortest_free_range_is_used_up_first(numbers: Numbers) -> None:
    assert await fill(numbers, 9) == {f"n{number}" for number in range(1, 10)}
    assert await fill(numbers, 90) == {f"n{number}" for number in range(10, 100)}
    assert 100 <= int(str(await numbers.reserve("last"))[1:]) <= 999


async def test_numbers_come_in_no_order(clock: Clock) -> None:
    firsts = {await Numbers(MemoryBroker(clock), REUSE_S).reserve("a") for _ in range(60)}
    assert len(firsts) > 1


async def test_a_burnt_number_is_nobodys_until_its_time_is_over(numbers: Numbers, clock: Clock) -> None:
    room = str(await numbers.reserve("a"))
    numbers.end(room, "a", burnt=True)
    clock.now = REUSE_S - 1
    assert await numbers.reserve_again(room, "b") is None
    assert room not in await fill(numbers, 9)
    clock.now = REUSE_S + 1
    assert await numbers.reserve_again(room, "b") == room


async def test_a_number_that_was_left_can_be_asked_for_but_is_not_handed_out(numbers: Numbers) -> None:
    room = str(await numbers.reserve("a"))
    numbers.end(room, "a", burnt=False)
    assert room not in await fill(numbers, 8)
    assert await numbers.reserve_again(room, "back") == room
    assert await numbers.reserve_again(room, "another") is None


async def test_a_number_that_was_never_used_is_free_at_once(numbers: Numbers) -> None:
    room = str(await numbers.reserve("a"))
    numbers.give_back(room, "a")
    assert room in await fill(numbers, 9)


async def test_a_number_stays_held_while_it_is_renewed_and_not_for_long_after(numbers: Numbers, clock: Clock) -> None:
    room = str(await numbers.reserve("a"))
    for _ in range(100):
        clock.now += RENEW_S
        numbers.renew(room, "a", orphaned=False)
    assert await numbers.reserve_again(room, "b") is None
    clock.now += LEASE_S + 1
    assert await numbers.reserve_again(room, "b") == room, "its node died"


async def test_an_orphaned_number_can_be_asked_for_by_name_alone(numbers: Numbers, clock: Clock) -> None:
    room = str(await numbers.reserve("a"))
    numbers.orphan(room, "a")
    for _ in range(100):
        clock.now += RENEW_S
        numbers.renew(room, "a", orphaned=True)
    assert room not in await fill(numbers, 8)
    assert await numbers.reserve_again(room, "back") == room
    numbers.orphan(room, "a")  # said late by another node
    assert await numbers.reserve_again(room, "another") is None
