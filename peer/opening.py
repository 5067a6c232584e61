"""The room of a command that opens one, under a code or a link, and what a person at the terminal is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from peer import events
from peer.client import Room, RoomEvent, join, join_code
from peer.invite import new_link_invite, parse_invite
from peer.remote import CAPABILITIES
from peer.report import Report

_TOLD = {
    "number_taken": "The number of this code is taken, maybe by a command that was killed. Trying again for 30 s …",
    "locked": "The room is locked. Knocked; waiting to be let in …",
    "held": "Somebody in the room asks us to wait …",
}


class Opens(Protocol):
    """What a command was asked to do, as far as its room goes; see peer.jobs."""

    @property
    def code(self) -> str | None:
        """A code or link that was made before; a fresh one if None."""

    @property
    def as_link(self) -> bool:
        """Whether a fresh one is a link."""

    @property
    def words(self) -> int:
        """Of a fresh code."""

    @property
    def server(self) -> str | None: ...

    @property
    def token(self) -> str | None: ...

    @property
    def engine(self) -> str: ...


def open_room(
    job: Opens, report: Report, guests: int, *, to: str | None = None, capabilities: Sequence[str] = CAPABILITIES
) -> AbstractAsyncContextManager[Room]:
    """Opens it when entered; raises what `join` and `join_code` do, and BadInvite at once.

    Args:
        guests: how many may come.
        to: a code or link that somebody else has opened, in place of a room of ours.
    """
    invite, base = parse_invite(job.code) if job.code else (None, None)
    server, limit, tell = job.server or base, guests + 1, telling(report)
    if to is not None or job.as_link or (invite and invite.code is None):
        return join(
            to or invite or new_link_invite(),
            server=server,
            engine=job.engine,
            limit=limit if to is None else None,
            token=job.token,
            capabilities=capabilities,
            on_event=tell,
        )
    return join_code(
        invite,
        words=job.words,
        limit=limit,
        server=server,
        engine=job.engine,
        token=job.token,
        capabilities=capabilities,
        on_event=tell,
    )


def telling(report: Report) -> Callable[[RoomEvent], None]:
    """Says who records, and what a person at the terminal should know of the room, each once."""
    untold = dict(_TOLD)

    def tell(event: RoomEvent) -> None:
        if event.of is not None:
            report.say(events.Recording(peer=event.of.id, name=event.of.name, on=event.of.records))
        if sentence := untold.pop(event.kind, ""):
            report.note(sentence)

    return tell
