"""A receiver that was left takes the same files from whoever offers them next, and nothing else from anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from peer import pulse
from peer.client import Remote, Room
from peer.exits import Failed
from peer.invite import parse_invite
from peer.mailbox import Mailbox
from peer.manifest import Manifest
from peer.offers import Offers
from peer.pulse import Pulse
from peer.room_failed import NoRoom
from peer.rtc.engine import Connection
from peer.taker import Taker
from peer.transfer import Incoming, PeerGone, PeerLeft, Receipt
from peer.wire.control import OfferFiles
from peer.wire.frames import Entry
from tests.support.channels import channel_pair

CODE, _ = parse_invite("7-otter-maple-drum")
FILM = Manifest((Entry("film.mkv", size=9, mtime=5),))
WORM = Manifest((Entry("worm.exe", size=9, mtime=5),))


@pytest.fixture(autouse=True)
async def _patience() -> AsyncIterator[None]:
    async with asyncio.timeout(20):
        yield


def _no_lanes() -> Connection:
    raise AssertionError("nobody asked for a side lane")


class Place:
    """As much of a room as Offers sees: people come in."""

    def __init__(self) -> None:
        self.invite = CODE
        self._box: Mailbox[Remote] = Mailbox(100)
        self._count = 0

    async def peers(self) -> AsyncIterator[Remote]:
        while True:
            yield await self._box.get()

    def close(self) -> None:
        self._box.end(NoRoom("No such room."))

    async def come(self, manifest: Manifest = FILM) -> Remote:
        """Somebody comes and offers this."""
        self._count += 1
        remote, transfer = Remote(f"person {self._count}", _no_lanes), f"transfer{self._count:03}"
        near, far = channel_pair(f"lane/{transfer}/0")
        for page in manifest.pages(near.max_message_bytes):
            await near.send(page)
        remote.take_lane(far)
        offer = OfferFiles(transfer=transfer, title="t", files=len(manifest.entries), bytes=manifest.known_bytes)
        remote.take(offer)
        self._box.put(remote)
        return remote


class Accepting:
    """What the command does with those whom it takes from."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[tuple[Remote, Pulse, asyncio.Future[Receipt]]] = asyncio.Queue()
        self.waits: list[float] = []

    async def __call__(self, remote: Remote, incoming: Incoming, pulse: Pulse) -> Receipt:
        end: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.calls.put_nowait((remote, pulse, end))
        return await end


DONE = Receipt("transfer001", (), 9)


async def begin(place: Place, offers: Offers, accepting: Accepting, return_s: float = 10.0) -> asyncio.Future[Receipt]:
    first = await place.come()
    remote, offer = await offers.first()
    assert remote is first
    incoming = Incoming(remote, offer)
    offers.expect((await incoming.manifest()).fingerprint, None)
    return asyncio.ensure_future(Taker(offers, accepting, accepting.waits.append, return_s).take(remote, incoming))


async def test_the_same_files_are_taken_from_who_comes_after_the_sender_vanished() -> None:
    place, accepting = Place(), Accepting()
    async with Offers(cast(Room, place)) as offers:
        taking = await begin(place, offers, accepting, 7.0)
        _, _, end = await accepting.calls.get()
        end.set_exception(PeerGone("gone"))
        await place.come(WORM)
        back = await place.come()
        remote, _, end = await accepting.calls.get()
        assert remote is back
        assert accepting.waits == [7.0]
        end.set_result(DONE)
        assert await taking == DONE


async def test_who_comes_back_before_the_loss_is_noticed_takes_over_once_nothing_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "STILL_S", 0.5)
    linked = asyncio.Event()

    async def cut(_: Remote) -> None:
        await linked.wait()

    monkeypatch.setattr(Remote, "cut", cut)  # these people have no links that could be cut
    place, accepting = Place(), Accepting()
    async with Offers(cast(Room, place)) as offers:
        taking = await begin(place, offers, accepting)
        _, moving, former = await accepting.calls.get()
        back = await place.come()
        for _ in range(20):
            moving.beat()
            await asyncio.wait([taking], timeout=0.05)
        assert accepting.calls.empty(), "it still moved"
        remote, _, end = await accepting.calls.get()
        assert remote is back
        assert former.cancelled()
        assert moving.given_up
        end.set_result(DONE)
        assert await taking == DONE
        assert accepting.waits == []


async def test_nobody_comes_back() -> None:
    place, accepting = Place(), Accepting()
    async with Offers(cast(Room, place)) as offers:
        taking = await begin(place, offers, accepting, 0.05)
        _, _, end = await accepting.calls.get()
        end.set_exception(PeerGone("gone"))
        with pytest.raises(PeerGone, match="gone"):
            await taking


async def test_a_goodbye_is_the_end() -> None:
    place, accepting = Place(), Accepting()
    async with Offers(cast(Room, place)) as offers:
        taking = await begin(place, offers, accepting)
        _, _, end = await accepting.calls.get()
        end.set_exception(PeerLeft("left"))
        with pytest.raises(PeerLeft):
            await taking
        assert accepting.waits == []


async def test_a_room_that_is_over_does_not_end_what_runs_but_the_waiting() -> None:
    place, accepting = Place(), Accepting()
    async with Offers(cast(Room, place)) as offers:
        taking = await begin(place, offers, accepting)
        _, _, end = await accepting.calls.get()
        place.close()
        await asyncio.wait([taking], timeout=0.05)
        assert not taking.done()
        end.set_exception(PeerGone("gone"))
        with pytest.raises(PeerGone):
            await taking


async def test_before_anything_is_offered_a_room_that_is_over_is_told() -> None:
    place = Place()
    async with Offers(cast(Room, place)) as offers:
        place.close()
        with pytest.raises((NoRoom, Failed)):
            await offers.first()
