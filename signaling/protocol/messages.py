"""Every signaling message once, with its limits beside the field they bound.

Types are checked by the decoder alone (`codec`): inside the house a message is always well formed.
Source: docs/protocol.md, section 2.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from signaling.protocol.errors import RefusalCode

VERSION: Literal[1] = 1
MAX_FRAME_BYTES = 64 * 1024
"""The longest frame either side may send, in bytes of UTF-8."""
MAX_BODY_BYTES = 60_000
MIN_SEATS, DEFAULT_SEATS, MAX_SEATS = 2, 8, 16
HELLO_TIMEOUT_S = 5.0
ACK_EVERY_FRAMES, ACK_EVERY_S, ACK_EVERY_BYTES = 16, 2.0, 64 * 1024
"""Whichever comes first: the server keeps 256 KiB, and the longest frames fill them before sixteen have come."""

Sequence = Annotated[int, Meta(ge=0, le=2**53 - 1)]
RoomId = Annotated[str, Meta(pattern=r"^(n[1-9][0-9]{0,8}|[A-Za-z0-9_-]{22})\Z")]
"""`n7` for the spoken code 7-…, or 22 characters derived from a link secret."""
PeerId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{11}\Z")]
"""64 random bits, base64url. Names a peer to the others in its room, for one session."""
SessionId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
"""128 random bits, base64url. Known to its client and the server alone."""
ResumeToken = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
"""256 random bits, base64url. Used once, then rotated."""
Body = Annotated[str, Meta(min_length=1, max_length=MAX_BODY_BYTES)]
"""Opaque to the server: base64 or ASCII JSON that only peers read."""
Reason = Annotated[str, Meta(max_length=120)]
Seats = Annotated[int, Meta(ge=MIN_SEATS, le=MAX_SEATS)]


class Resume(Struct, frozen=True, forbid_unknown_fields=True):
    """Which session to continue, and the last server frame (`seq`) that the client has seen."""

    session: SessionId
    token: ResumeToken
    after: Sequence


class ClientMessage(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What a client may say. `cseq` counts its frames of one session from 1, without gaps."""

    cseq: Sequence = 0


class Hello(ClientMessage, frozen=True, tag="hello"):
    """First frame, within 5 s: joins a room (and so creates it), or resumes a session."""

    v: Literal[1]
    room: RoomId
    limit: Seats | None = None
    token: Annotated[str, Meta(max_length=256)] | None = None
    resume: Resume | None = None


class Reserve(ClientMessage, frozen=True, tag="reserve"):
    """Before `hello`: asks for a room number; `room` asks for that one again, after the server was lost."""

    room: Annotated[str, Meta(pattern=r"^n[1-9][0-9]{0,8}\Z")] | None = None
    token: Annotated[str, Meta(max_length=256)] | None = None


class Relay(ClientMessage, frozen=True, tag="relay"):
    """Passes `body` on, unread, to one peer, to several, or to all others (`"*"`)."""

    to: (
        Annotated[str, Meta(pattern=r"^(\*|[A-Za-z0-9_-]{11})\Z")]
        | Annotated[list[PeerId], Meta(min_length=1, max_length=MAX_SEATS)]
    )
    body: Body


class Ack(ClientMessage, frozen=True, tag="ack"):
    """Everything up to server frame `seq` has arrived. Every 16 frames or 2 s."""

    seq: Sequence


class Ice(ClientMessage, frozen=True, tag="ice"):
    """Asks for a fresh ICE server list; TURN credentials expire."""


class CloseRoom(ClientMessage, frozen=True, tag="close_room"):
    """Creator only: ends the room for all. A code's number is burnt with it."""

    reason: Reason = ""


class Leave(ClientMessage, frozen=True, tag="leave"):
    """Go now, without grace."""


class Ping(ClientMessage, frozen=True, tag="ping"):
    """Asks for a `pong`; a page cannot send WebSocket pings."""


class IceServer(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry of W3C `RTCConfiguration.iceServers`."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """One peer that was in the room before you; `absent` while its socket is lost and its grace runs."""

    peer: PeerId
    absent: bool = False


class ServerMessage(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What the server may say. `seq` counts the frames of one session from 1, without gaps; 0 before a session."""

    seq: Sequence = 0


class Welcome(ServerMessage, frozen=True, tag="welcome"):
    """You are in: who you are, who was here before you, and how to come back."""

    v: Literal[1]
    session: SessionId
    peer: PeerId
    resume_token: ResumeToken
    members: list[Member]
    ice_servers: list[IceServer]
    heartbeat: float
    """Seconds between the server's pings; silence for 1.5 of them means that the path is dead."""
    limit: Seats
    creator: bool
    """Whether you made this room, and so may close it."""


class Resumed(ServerMessage, frozen=True, tag="resumed"):
    """Answer to `resume`. Recovered: missed frames follow, all of them. Not recovered: a fresh `welcome` follows."""

    recovered: bool
    after: Sequence = 0
    """The last client frame (`cseq`) that the server has seen; send the later ones again."""
    resume_token: ResumeToken | None = None


class Reserved(ServerMessage, frozen=True, tag="reserved"):
    """The room number is yours; only this connection can create that room."""

    room: RoomId


class Arrived(ServerMessage, frozen=True, tag="arrived"):
    """A newcomer. It pairs with you and makes the offer."""

    peer: PeerId


class Absent(ServerMessage, frozen=True, tag="absent"):
    """The peer's socket is lost; it has 20 s to come back."""

    peer: PeerId
    reason: Reason = ""


class Returned(ServerMessage, frozen=True, tag="returned"):
    """An absent peer resumed its session."""

    peer: PeerId


class Departed(ServerMessage, frozen=True, tag="departed"):
    """The peer is gone for good: it left, or its grace ran out."""

    peer: PeerId
    reason: Reason = ""


class Relayed(ServerMessage, frozen=True, tag="relayed", rename={"sender": "from"}):
    """A note from another peer of the room."""

    sender: PeerId
    body: Body


class IceServers(ServerMessage, frozen=True, tag="ice"):
    """The fresh ICE server list."""

    ice_servers: list[IceServer]


class RoomClosed(ServerMessage, frozen=True, tag="room_closed"):
    """The creator ended the room."""

    reason: Reason = ""


class Refused(ServerMessage, frozen=True, tag="refused"):
    """No, with a stable code and a sentence for a person."""

    code: RefusalCode
    message: str
    retry_after: float | None = None
    """Seconds to wait before trying again."""


class Pong(ServerMessage, frozen=True, tag="pong"):
    """Answers `ping`."""


Command = Hello | Reserve | Relay | Ack | Ice | CloseRoom | Leave | Ping
Notice = (
    Welcome
    | Resumed
    | Reserved
    | Arrived
    | Absent
    | Returned
    | Departed
    | Relayed
    | IceServers
    | RoomClosed
    | Refused
    | Pong
)
