"""Works that live and end together, also when they break while they are cancelled."""

from __future__ import annotations

import asyncio

import pytest

from peer.abreast import abreast


class Broken(Exception):
    pass


async def for_ever(ended: list[str] | None = None) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        if ended is not None:
            ended.append("ended")


async def breaks() -> None:
    raise Broken


async def breaks_when_cancelled() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        raise Broken


async def test_the_first_failure_ends_the_others_and_is_raised() -> None:
    ended: list[str] = []
    with pytest.raises(Broken):
        await abreast(for_ever(ended), breaks())
    assert ended == ["ended"]


async def test_a_cancellation_wins_over_a_failure_that_it_brings_about() -> None:
    task = asyncio.create_task(abreast(for_ever(), breaks_when_cancelled()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_caller_that_goes_on_after_a_failure_does_not_count_as_cancelled() -> None:
    with pytest.raises(Broken):
        await abreast(for_ever(), breaks())
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0
