"""Places for receivers: who gets one, who gets it next when somebody vanishes, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from peer import pulse
from peer.exits import Exit, Failed
from peer.giver import Giver
from peer.mailbox import Mailbox
from peer.pulse import Pulse
from peer.room_failed import NoRoom, RoomFailed
from peer.transfer import Declined, PeerGone, PeerLeft


@pytest.fixture(autouse=True)
async def _patience() -> AsyncIterator[None]:
    async with asyncio.timeout(20):
        yield


class Person:
    """Somebody who may come, whose link may be cut, and who is given something until it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lost = asyncio.Event()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.given = asyncio.Event()
        self.pulse: Pulse
        self.abandoned = False

    async def cut(self) -> None:
        await self.lost.wait()

    async def take(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.given.set()
        try:
            await self.ended
        except asyncio.CancelledError:
            self.abandoned = True
            raise

    def vanish(self) -> None:
        self.lost.set()
        self.ended.set_exception(PeerGone("gone"))


class Gifts:
    """A giver at work."""

    def __init__(self, places: int = 1, timeout_s: float | None = None, return_s: float = 10.0) -> None:
        self._box: Mailbox[Person] = Mailbox(100)
        self.waits: list[float] = []
        give = lambda person, pulse: person.take(pulse)  # noqa: E731
        self.giver = Giver(self._arrivals(), places, give, self.waits.append, timeout_s=timeout_s, return_s=return_s)
        self.running = asyncio.ensure_future(self.giver.run())

    async def _arrivals(self) -> AsyncIterator[Person]:
        while True:
            try:
                yield await self._box.get()
            except StopAsyncIteration:
                return

    def come(self, name: str) -> Person:
        person = Person(name)
        self._box.put(person)
        return person

    def close(self, failure: RoomFailed) -> None:
        self._box.end(failure)

    async def end(self) -> Failed | None:
        try:
            await self.running
        except Failed as failed:
            return failed
        return None


async def test_each_place_is_filled_by_one_who_comes() -> None:
    gifts = Gifts(places=2)
    first, second = gifts.come("a"), gifts.come("b")
    await first.given.wait()
    await second.given.wait()
    first.ended.set_result(None)
    assert not gifts.running.done()
    second.ended.set_result(None)
    assert await gifts.end() is None


async def test_who_vanishes_frees_its_place_for_whoever_comes_back() -> None:
    gifts = Gifts(return_s=7.0)
    first = gifts.come("a")
    await first.given.wait()
    first.vanish()
    back = gifts.come("a again")
    await back.given.wait()
    assert gifts.waits == [7.0]
    back.ended.set_result(None)
    assert await gifts.end() is None


async def test_nobody_comes_back_11() -> None:
    gifts = Gifts(return_s=0.05)
    first = gifts.come("a")
    await first.given.wait()
    first.vanish()
    failed = await gifts.end()
    assert failed is not None
    assert failed.exit is Exit.INTERRUPTED


async def test_the_room_is_lost_while_somebody_is_waited_for_11() -> None:
    gifts = Gifts()
    first = gifts.come("a")
    await first.given.wait()
    gifts.close(NoRoom("No such room."))
    first.vanish()
    failed = await gifts.end()
    assert failed is not None
    assert (failed.exit, failed.sentence) == (Exit.INTERRUPTED, "gone")


async def test_who_says_goodbye_is_not_waited_for() -> None:
    gifts = Gifts()
    first = gifts.come("a")
    await first.given.wait()
    first.ended.set_exception(PeerLeft("left"))
    failed = await gifts.end()
    assert failed is not None
    assert failed.exit is Exit.INTERRUPTED
    assert gifts.waits == []


async def test_one_who_fails_does_not_disturb_the_others_and_is_told_in_the_end() -> None:
    gifts = Gifts(places=2)
    first, second = gifts.come("a"), gifts.come("b")
    await first.given.wait()
    await second.given.wait()
    first.ended.set_exception(Declined("no"))
    await asyncio.wait([gifts.running], timeout=0.05)
    assert not gifts.running.done()
    second.ended.set_result(None)
    failed = await gifts.end()
    assert failed is not None
    assert failed.exit is Exit.DECLINED


async def test_who_comes_for_a_link_that_is_cut_takes_its_place_before_it_is_given_up() -> None:
    gifts = Gifts()
    first = gifts.come("a")
    await first.given.wait()
    back = gifts.come("a again")
    await asyncio.wait([asyncio.ensure_future(back.given.wait())], timeout=0.05)
    assert not back.given.is_set(), "the link runs"
    first.lost.set()
    await back.given.wait()
    assert first.abandoned
    assert first.pulse.given_up
    back.ended.set_result(None)
    assert await gifts.end() is None


async def test_who_moves_keeps_its_place_and_who_stands_still_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "STILL_S", 0.5)
    gifts = Gifts(places=2)
    moving, still = gifts.come("moving"), gifts.come("still")
    await moving.given.wait()
    await still.given.wait()
    still.pulse.beat()
    back = gifts.come("still again")
    while not back.given.is_set():
        moving.pulse.beat()
        await asyncio.wait([asyncio.ensure_future(back.given.wait())], timeout=0.01)
    assert still.abandoned
    assert not moving.abandoned
    moving.ended.set_result(None)
    back.ended.set_result(None)
    assert await gifts.end() is None


async def test_who_thinks_about_the_offer_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "STILL_S", 0.01)
    gifts = Gifts()
    thinking = gifts.come("a")
    await thinking.given.wait()
    other = gifts.come("b")
    await asyncio.wait([asyncio.ensure_future(other.given.wait())], timeout=0.1)
    assert not other.given.is_set()
    thinking.ended.set_result(None)
    assert await gifts.end() is None


async def test_nobody_comes_in_time_3() -> None:
    gifts = Gifts(timeout_s=0.05)
    failed = await gifts.end()
    assert failed is not None
    assert failed.exit is Exit.NOBODY_CAME


async def test_each_who_comes_gives_the_others_time() -> None:
    gifts = Gifts(places=2, timeout_s=1.5)
    await asyncio.wait([gifts.running], timeout=0.8)
    first = gifts.come("a")
    await asyncio.wait([gifts.running], timeout=0.8)
    second = gifts.come("b")
    await second.given.wait()
    first.ended.set_result(None)
    second.ended.set_result(None)
    assert await gifts.end() is None


async def test_a_closed_room_ends_the_waiting() -> None:
    gifts = Gifts()
    gifts.close(NoRoom("No such room."))
    failed = await gifts.end()
    assert failed is not None
    assert failed.exit is Exit.WRONG_CODE


async def test_ctrl_c_abandons_everybody() -> None:
    gifts = Gifts()
    first = gifts.come("a")
    await first.given.wait()
    gifts.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gifts.running
    assert first.abandoned
    assert not first.pulse.given_up, "there is somebody to say goodbye to"
    assert gifts.giver.begun
