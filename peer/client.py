"""The public library: join a room, meet who is there, and hold a proven link to each.

async with join("https://host/r#…", name="robot") as room:
    async for remote in room.peers():
        await remote.send_files("report.pdf")
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from peer.defaults import DEFAULT_SERVER
from peer.invite import DEFAULT_WORDS, Invite, parse_invite
from peer.links.base import Entry
from peer.remote import CAPABILITIES, Remote
from peer.room import Room
from peer.room_event import RoomEvent
from peer.room_failed import (
    NoPath,
    NoRoom,
    NotAdmitted,
    RoomFailed,
    RoomFull,
    ServerUnreachable,
    TurnedAway,
    WrongCode,
    WrongIdentity,
)

__all__ = [
    "NoPath",
    "NoRoom",
    "NotAdmitted",
    "Remote",
    "Room",
    "RoomEvent",
    "RoomFailed",
    "RoomFull",
    "ServerUnreachable",
    "TurnedAway",
    "WrongCode",
    "WrongIdentity",
    "join",
    "join_code",
]


@asynccontextmanager
async def join(
    invite: Invite | str,
    *,
    server: str | None = None,
    name: str = "",
    engine: str = "auto",
    media: bool = False,
    limit: int | None = None,
    token: str | None = None,
    capabilities: Sequence[str] = CAPABILITIES,
    on_event: Callable[[RoomEvent], None] | None = None,
) -> AsyncIterator[Room]:
    """A seat in the room of an invite, for the length of a block.

    Args:
        invite: what was handed over: a link, a code in any spelling, a bare token, or an Invite.
        server: base URL; else the link's, else `TWOCANS_SERVER`, else this machine's.
        name: what others read; they learn it from us, never from the server.
        engine: "auto", "aiortc" or "libwebrtc".
        media: lay out the slots of a call in our offers.
        limit: seats, if the room is not there yet.
        token: what a closed server asks for.
        capabilities: what others are told that we can do; without "files", offers are not answered.
        on_event: hears at once what `Room.events` tells, also before the room is open.

    Raises:
        BadInvite: `invite` is none.
        ServerUnreachable, NoRoom, RoomFull, NotAdmitted: see their sentences.
        EngineFailed: the engine asked for is not here.
    """
    base: str | None = None
    if isinstance(invite, str):
        invite, base = parse_invite(invite)
    address = server or base or os.environ.get("TWOCANS_SERVER") or DEFAULT_SERVER
    entry = Entry(invite.room, limit=limit, token=token)
    room = Room(
        address, invite, entry, name=name, engine=engine, media=media, capabilities=capabilities, on_event=on_event
    )
    async with _running(room):
        yield room


@asynccontextmanager
async def join_code(
    invite: Invite | None = None,
    *,
    words: int = DEFAULT_WORDS,
    limit: int = 2,
    server: str | None = None,
    name: str = "",
    engine: str = "auto",
    media: bool = False,
    token: str | None = None,
    capabilities: Sequence[str] = CAPABILITIES,
    on_event: Callable[[RoomEvent], None] | None = None,
) -> AsyncIterator[Room]:
    """A fresh room with a spoken code, `room.invite.code`; it is burnt when the block ends, or after a wrong guess.

    Args:
        invite: the code to use; a fresh one with this many `words` if None.
        limit: seats; two, unless more than one is meant to come.
        server, name, engine, media, token, capabilities, on_event: as in `join`.

    Raises:
        ServerUnreachable, NotAdmitted: see their sentences. The number of `invite` may be taken; it is asked for
            again for a while, as by a command that takes the place of one that was killed.
        EngineFailed: the engine asked for is not here.
    """
    address = server or os.environ.get("TWOCANS_SERVER") or DEFAULT_SERVER
    entry = Entry(invite.room if invite else None, reserves=True, limit=limit, token=token)
    room = Room(
        address,
        invite,
        entry,
        name=name,
        engine=engine,
        media=media,
        words=words,
        capabilities=capabilities,
        on_event=on_event,
    )
    async with _running(room):
        yield room


@asynccontextmanager
async def _running(room: Room) -> AsyncIterator[None]:
    await room.open()
    try:
        yield
    finally:
        await room.aclose()
