"""What people in a room offer, whoever comes and whenever: the first one is taken, and then only the same again."""

from __future__ import annotations

import asyncio
from types import TracebackType

from peer.client import Remote, Room
from peer.exits import Exit, Failed
from peer.mailbox import Mailbox
from peer.room_failed import RoomFailed
from peer.transfer import Incoming, PeerGone, TransferFailed, UnsafeName
from peer.wire.control import OfferFiles

MAX_WAITING = 64
_OTHERS = "Only the files that were being received are taken here; start another `twocans receive` for these."


class Offers:
    """Listens to everybody in a room for the length of an `async with` block."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._box: Mailbox[tuple[Remote, OfferFiles]] = Mailbox(MAX_WAITING)
        self._wanted = ""
        self._max_bytes: int | None = None
        self._same: list[tuple[Remote, Incoming]] = []
        self._over: RoomFailed | Failed | None = None
        self._news = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._listening: asyncio.Task[None]

    async def __aenter__(self) -> Offers:
        await self._group.__aenter__()
        self._listening = self._group.create_task(self._listen())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._listening.cancel()
        await self._group.__aexit__(None, None, None)  # how the block ended is none of the listeners' business

    async def first(self) -> tuple[Remote, OfferFiles]:
        """The first offer.

        Raises:
            PeerGone: in the room of a code, somebody left without an offer.
            RoomFailed: nobody can come any more.
            Failed: the room was closed.
        """
        return await self._box.get()

    def expect(self, fingerprint: str, max_bytes: int | None) -> None:
        """From now on only this manifest is of interest; whoever offers another is declined."""
        self._wanted, self._max_bytes = fingerprint, max_bytes

    async def another(self) -> None:
        """Returns once somebody offers what is expected; see `same`."""
        while not self._same:
            if self._over is not None:
                raise self._over
            self._news.clear()
            await self._news.wait()

    async def same(self) -> tuple[Remote, Incoming]:
        """The latest who offers what is expected, with its manifest read. Raises RoomFailed, Failed."""
        await self.another()
        latest = self._same.pop()
        self._same.clear()
        return latest

    async def _listen(self) -> None:
        try:
            async with asyncio.TaskGroup() as ears:
                async for remote in self._room.peers():
                    ears.create_task(self._hear(remote, ears))
                self._end(Failed(Exit.NOBODY_CAME, "The room was closed before anybody came."))
        except* RoomFailed as failed:
            for failure in failed.exceptions:
                if isinstance(failure, RoomFailed):
                    self._end(failure)

    async def _hear(self, remote: Remote, ears: asyncio.TaskGroup) -> None:
        try:
            while True:
                offer = await remote.next_offer()
                if self._wanted:
                    ears.create_task(self._examine(remote, offer))
                else:
                    self._box.put((remote, offer))
        except PeerGone as gone:
            if self._room.invite.code is not None:
                self._box.end(gone)

    async def _examine(self, remote: Remote, offer: OfferFiles) -> None:
        incoming = Incoming(remote, offer, max_bytes=self._max_bytes)
        try:
            if (await incoming.manifest()).fingerprint == self._wanted:
                self._same.append((remote, incoming))
                self._news.set()
            else:
                await incoming.decline("declined", _OTHERS)
        except (TransferFailed, UnsafeName):
            pass  # told to whoever offers it

    def _end(self, over: RoomFailed | Failed) -> None:
        self._box.end(over)
        self._over = over
        self._news.set()
