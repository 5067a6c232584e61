"""What can happen to a session (events), and what it asks of the shell (effects)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signaling.core.facts import Fact
from signaling.protocol.errors import CloseCode, RefusalCode
from signaling.protocol.messages import Command, IceServer, Member, Notice, ResumeToken, RoomId


@dataclass(frozen=True)
class Received:
    """The client said this."""

    command: Command


@dataclass(frozen=True)
class Numbered:
    """Answer to `ReserveNumber`: the room that is now reserved, or None if it was taken."""

    room: RoomId | None


@dataclass(frozen=True)
class Seated:
    """The log gave us a seat. `token` is the first resume token, fresh from the shell."""

    members: Sequence[Member]
    limit: int
    creator: bool
    ice_servers: Sequence[IceServer]
    token: ResumeToken


@dataclass(frozen=True)
class Told:
    """The client must hear this."""

    notice: Notice


@dataclass(frozen=True)
class Unseated:
    """The log says that we have no seat; `why` if we never got one."""

    why: RefusalCode | None


@dataclass(frozen=True)
class Resuming:
    """Somebody with a newer socket claims this session. `fresh` replaces the token that it shows."""

    token: ResumeToken
    after: int
    fresh: ResumeToken


@dataclass(frozen=True)
class Detached:
    """The socket is lost."""

    reason: str


@dataclass(frozen=True)
class Erred:
    """They erred, or we cannot serve them."""

    code: RefusalCode
    message: str = ""
    retry_after: float | None = None


@dataclass(frozen=True)
class Woken:
    """The deadline has come."""


Event = Received | Numbered | Seated | Told | Unseated | Resuming | Detached | Erred | Woken


@dataclass(frozen=True)
class Send:
    """Write this text to the socket."""

    text: str


@dataclass(frozen=True)
class Close:
    """Close the socket after what was sent; it no longer speaks for this session."""

    code: CloseCode


@dataclass(frozen=True)
class Attach:
    """From here on the newer socket is the session's."""


@dataclass(frozen=True)
class Append:
    """Put this into the room's log."""

    fact: Fact


@dataclass(frozen=True)
class ReserveNumber:
    """Find a free room number, or take this one; answer with `Numbered`."""

    room: RoomId | None


@dataclass(frozen=True)
class GiveBack:
    """The reserved room was never opened."""

    room: RoomId


@dataclass(frozen=True)
class TellIce:
    """Answer with the ICE server list through `Told`."""


@dataclass(frozen=True)
class Forget:
    """The session is over and the log knows nothing of it."""


Effect = Send | Close | Attach | Append | ReserveNumber | GiveBack | TellIce | Forget
