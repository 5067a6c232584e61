"""What a room's log may hold. A fact has happened: it is read back in the same order everywhere, and only then counts.

The log is the arbiter. Two joins that race for the last seat both stand in it, and the earlier one has the seat.
"""

from __future__ import annotations

from msgspec import Struct

from signaling.protocol.messages import PeerId, Reason, RoomId, Seats


class _Fact(Struct, frozen=True, tag_field="fact", forbid_unknown_fields=True):
    """Encodes as one JSON object, so that a log may live outside of this process."""


class Arrived(_Fact, frozen=True, tag="arrived"):
    """A peer asks for a seat. In an empty room it gets one only if it may open the room; then its limit holds."""

    peer: PeerId
    limit: Seats
    opens: bool


class Absent(_Fact, frozen=True, tag="absent"):
    """The peer's socket is lost; its seat is kept while its grace runs."""

    peer: PeerId
    reason: Reason = ""


class Returned(_Fact, frozen=True, tag="returned"):
    """An absent peer is back."""

    peer: PeerId


class Departed(_Fact, frozen=True, tag="departed"):
    """The peer is gone for good, its seat is free."""

    peer: PeerId
    reason: Reason = ""


class Closed(_Fact, frozen=True, tag="closed"):
    """Ends the room, if `by` is a member and opened it."""

    by: PeerId
    reason: Reason = ""


class Relayed(_Fact, frozen=True, tag="relayed"):
    """A note from one member to others; it changes nothing, so no log need keep it."""

    sender: PeerId
    to: tuple[PeerId, ...] | None
    """None for all others."""
    body: str


LoggedFact = Arrived | Absent | Returned | Departed | Closed
Fact = LoggedFact | Relayed


def is_code(room: RoomId) -> bool:
    """Whether the room is that of a spoken code (`n7`)."""
    return room.startswith("n") and len(room) < 22
