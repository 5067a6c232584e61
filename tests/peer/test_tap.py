from __future__ import annotations

import asyncio
import time

import pytest

from peer.tap import Tap


async def drink(tap: Tap, size: int, times: int) -> float:
    for _ in range(times):
        await tap.let(size)
    return time.monotonic()


async def test_a_tap_keeps_its_rate_for_all_who_share_it() -> None:
    began, tap = time.monotonic(), Tap(100_000)
    ended = await asyncio.gather(drink(tap, 1000, 25), drink(tap, 1000, 25))
    assert max(ended) - began == pytest.approx(0.5, abs=0.2)
    assert abs(ended[0] - ended[1]) < 0.1


async def test_an_open_tap_holds_nobody_up() -> None:
    began = time.monotonic()
    assert await drink(Tap(), 10**9, 100) - began < 0.5


async def test_who_waits_goes_when_the_tap_is_turned() -> None:
    tap = Tap(1)
    await tap.let(1000)
    waiting = asyncio.ensure_future(tap.let(1))
    await asyncio.sleep(0)
    assert tap.waits
    tap.turn(0)
    await asyncio.wait_for(waiting, 1)
    assert not tap.waits


def test_portions_are_small_where_the_rate_is() -> None:
    assert Tap().portion(262_144) == 262_144
    assert Tap(10**9).portion(262_144) == 262_144
    assert Tap(80_000).portion(262_144) == 10_000
    assert Tap(1).portion(262_144) == 1024
