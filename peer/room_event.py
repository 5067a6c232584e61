"""What a room tells beside who is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from peer.remote import Remote


@dataclass(frozen=True)
class RoomEvent:
    """Something that a log or a status line wants to know."""

    kind: Literal[
        "connected",
        "number_taken",
        "server_lost",
        "server_found",
        "arrived",
        "departed",
        "pair_failed",
        "locked",
        "held",
        "recording",
        "not_recording",
    ]
    """`locked`: the room is, and we have knocked; `held`: we were asked to wait."""
    why: str = ""
    """Of `pair_failed`: secret, share, commitment, told, no_path, hung_up, identity, malformed."""
    of: Remote | None = None
    """Who has begun to record, or is not known to go on."""
