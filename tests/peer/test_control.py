"""Pauses, limits and what is seen of a transfer, over wires in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from peer.tap import Tap
from peer.transfer import Incoming, Outgoing, Receipt, Source
from tests.support.channels import MemoryWire, wire_pair
from tests.support.transfers import MIB, after_bytes, big_file

SOON_S = 20


class Ends:
    """Both ends of one transfer, begun."""

    def __init__(self, tmp_path: Path, size: int = 8 * MIB, tap: Tap | None = None) -> None:
        self.near, self.far = wire_pair()
        self.out = tmp_path / "out"
        self.outgoing = Outgoing(Source.from_paths([big_file(tmp_path, size)]), tap=tap)
        self.incoming: Incoming

    async def begin(self) -> asyncio.Future[tuple[Receipt, Receipt]]:
        giving = asyncio.create_task(self.outgoing.run(self.near))
        self.incoming = Incoming(self.far, await self.far.offers.get())
        await self.incoming.manifest()
        return asyncio.gather(giving, self._take())

    async def _take(self) -> Receipt:
        return await self.incoming.accept(self.out)


async def until(holds: Callable[[], bool]) -> None:
    """Returns once it does; facts are looked at, nobody tells of them."""
    async with asyncio.timeout(SOON_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def heard(wire: MemoryWire, kind: str) -> None:
    """Returns once that end has said it."""
    await until(lambda: kind in [type(message).__name__ for message in wire.said])


async def test_a_pause_at_the_receiver_is_seen_at_both_ends_and_lets_nothing_pass(tmp_path: Path) -> None:
    ends = Ends(tmp_path)
    going = await ends.begin()
    ends.incoming.pause()
    await heard(ends.far, "PauseFiles")
    await until(lambda: ends.outgoing.facts().paused_there)
    assert ends.incoming.facts().paused_here
    await asyncio.sleep(0.3)  # what was on its way has come
    moved = ends.incoming.facts().moved
    await asyncio.sleep(0.3)
    assert ends.incoming.facts().moved == moved
    assert not going.done()
    ends.incoming.resume()
    await asyncio.wait_for(going, SOON_S)
    assert not ends.outgoing.facts().paused_there


async def test_a_pause_at_the_sender_is_seen_at_the_receiver(tmp_path: Path) -> None:
    ends = Ends(tmp_path, 40 * MIB)
    going = await ends.begin()
    ends.outgoing.pause()
    await until(lambda: ends.incoming.facts().paused_there)
    assert ends.outgoing.facts().paused_here
    ends.outgoing.resume()
    await asyncio.wait_for(going, SOON_S)
    assert not ends.incoming.facts().paused_there


async def test_a_pause_of_the_sender_before_it_offers_is_seen_at_the_receiver(tmp_path: Path) -> None:
    ends = Ends(tmp_path)
    ends.outgoing.pause()
    going = await ends.begin()
    await until(lambda: ends.incoming.facts().paused_there)
    ends.outgoing.resume()
    await asyncio.wait_for(going, SOON_S)


async def test_who_holds_it_is_said_again_on_the_next_link(tmp_path: Path) -> None:
    ends = Ends(tmp_path, 40 * MIB)
    going = await ends.begin()
    ends.outgoing.pause()
    ends.incoming.pause()
    await until(lambda: ends.incoming.facts().paused_there and ends.outgoing.facts().paused_there)
    for end in (ends.near, ends.far):
        end.said.clear()
    ends.near.cut()
    await heard(ends.near, "PauseFiles")
    await heard(ends.far, "PauseFiles")
    ends.outgoing.resume()
    ends.incoming.resume()
    await asyncio.wait_for(going, SOON_S)


async def test_what_was_asked_before_the_yes_counts_after_it(tmp_path: Path) -> None:
    ends = Ends(tmp_path)
    giving = asyncio.create_task(ends.outgoing.run(ends.near))
    ends.incoming = Incoming(ends.far, await ends.far.offers.get())
    ends.incoming.limit(64 * MIB)
    ends.incoming.pause()
    taking = asyncio.create_task(ends.incoming.accept(ends.out))
    await heard(ends.far, "PauseFiles")
    assert ends.near.ceiling.rate == 64 * MIB
    ends.incoming.resume()
    await asyncio.wait_for(asyncio.gather(giving, taking), SOON_S)


async def test_a_ceiling_of_the_receiver_is_kept_and_can_be_lifted(tmp_path: Path) -> None:
    ends = Ends(tmp_path, 4 * MIB)
    began = time.monotonic()
    going = await ends.begin()
    ends.incoming.limit(2 * MIB)
    await asyncio.wait_for(going, SOON_S)
    assert time.monotonic() - began > 1.2
    (tmp_path / "again").mkdir()
    ends = Ends(tmp_path / "again", 4 * MIB)
    going = await ends.begin()
    ends.incoming.limit(1000)
    await heard(ends.far, "Limit")
    ends.incoming.limit(0)
    await asyncio.wait_for(going, SOON_S)


async def test_transfers_that_share_a_tap_share_its_rate(tmp_path: Path) -> None:
    tap, began = Tap(4 * MIB), time.monotonic()
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    both = [await Ends(folder, 3 * MIB, tap).begin() for folder in folders]
    await asyncio.wait_for(asyncio.gather(*both), SOON_S)
    assert time.monotonic() - began > 1.2


async def test_the_lane_is_opened_anew_when_asked(tmp_path: Path) -> None:
    near, far = wire_pair()
    outgoing = Outgoing(Source.from_paths([big_file(tmp_path, 20 * MIB)]))
    giving = asyncio.create_task(outgoing.run(near, after_bytes(4 * MIB, outgoing.reopen)))
    incoming = Incoming(far, await far.offers.get())
    await asyncio.wait_for(asyncio.gather(giving, incoming.accept(tmp_path / "out")), SOON_S)
    assert len(near.lanes) == 2
    assert (tmp_path / "out" / "film.mkv").read_bytes() == (tmp_path / "film.mkv").read_bytes()


async def test_a_sender_sees_that_nobody_has_said_yes(tmp_path: Path) -> None:
    near, far = wire_pair()
    outgoing = Outgoing(Source.from_paths([big_file(tmp_path)]))
    giving = asyncio.create_task(outgoing.run(near))
    incoming = Incoming(far, await far.offers.get())
    await incoming.manifest()
    assert outgoing.facts().asking
    await asyncio.wait_for(asyncio.gather(giving, incoming.accept(tmp_path / "out")), SOON_S)
    assert not outgoing.facts().asking
