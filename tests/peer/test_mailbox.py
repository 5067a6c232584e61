from __future__ import annotations

import asyncio

import pytest

from peer.mailbox import Mailbox


async def test_items_come_in_order_and_whoever_waits_gets_the_next() -> None:
    box: Mailbox[int] = Mailbox(10)
    waiting = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    assert box.put(1)
    assert box.put(2)
    assert [await waiting, await box.get()] == [1, 2]


async def test_a_full_box_drops_what_comes() -> None:
    box: Mailbox[int] = Mailbox(1)
    assert box.put(1)
    assert not box.put(2)
    assert len(box) == 1


async def test_the_end_comes_after_the_last_item_and_for_everybody() -> None:
    box: Mailbox[int] = Mailbox(10)
    box.put(1)
    box.end(LookupError("over"))
    box.end(ValueError("a later end"))
    assert not box.put(2)
    assert await box.get() == 1
    for _ in range(2):
        with pytest.raises(LookupError):
            await box.get()


async def test_all_who_wait_learn_of_the_end() -> None:
    box: Mailbox[int] = Mailbox(10)
    waiting = [asyncio.create_task(box.get()) for _ in range(3)]
    await asyncio.sleep(0)
    box.end(LookupError("over"))
    assert {type(result) for result in await asyncio.gather(*waiting, return_exceptions=True)} == {LookupError}


async def test_an_item_given_to_one_who_stopped_waiting_goes_to_the_next() -> None:
    box: Mailbox[int] = Mailbox(10)
    first, second = asyncio.create_task(box.get()), asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put(1)
    first.cancel()
    async with asyncio.timeout(5):
        assert await second == 1
