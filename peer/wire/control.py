"""Messages on the `control` data channel: reliable, ordered, JSON text (docs/protocol.md, section 5).

The first one each way is `proof`; nothing else is said or believed before both have checked.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from peer.wire.notes import Bytes16, Bytes32, Candidate

MAX_CONTROL_BYTES = 16 * 1024
MAX_NAME = 64
MAX_CHAT = 4000
MAX_LANE_SDP = 12_000
"""Of one slot for data; it must fit a control message."""

TransferId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{11}\Z")]
"""64 random bits, base64url, chosen by the sender."""
Name = Annotated[str, Meta(max_length=MAX_NAME)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
LaneNumber = Annotated[int, Meta(ge=1, le=65535)]
"""Chosen by the sender, each once in a transfer."""
LaneSdp = Annotated[str, Meta(max_length=MAX_LANE_SDP)]
MAX_EXPIRY_S = 30 * 24 * 3600
Expiry = Annotated[int, Meta(ge=1, le=MAX_EXPIRY_S)]
Reason = Literal[
    "declined",  # a person said no
    "cancelled",  # a person stopped it
    "disk",  # space, permission, conflict
    "integrity",  # a leaf failed three times, or a root differs
    "unsafe_name",  # the manifest was refused as a whole
    "source_changed",  # the file changed while it was sent
    "too_big",  # more than the receiver takes
    "unsupported",
    "error",
]


class ControlMessage(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What peers say on `control`."""


class Proof(ControlMessage, frozen=True, tag="proof"):
    """HMAC-SHA256 over both certificates' fingerprints and roles, under a key from pairing."""

    mac: Bytes32


class Hello(ControlMessage, frozen=True, tag="hello"):
    """Who this is. `kind` tells a person with a page from a headless peer."""

    v: Literal[1]
    name: Name
    kind: Literal["browser", "headless"]
    engine: Annotated[str, Meta(max_length=32)]
    capabilities: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=32)]


class Media(ControlMessage, frozen=True, tag="media"):
    """What this side sends now, said whenever it changes."""

    mic: bool
    camera: bool
    screen: bool
    hand: bool


class View(ControlMessage, frozen=True, tag="view"):
    """What of the other's pictures is looked at here; said to those with the capability `view`, whenever it changes."""

    camera: Literal["full", "small", "none"]
    screen: bool


class Recording(ControlMessage, frozen=True, tag="recording"):
    """Whether this side records what it sees and hears. Said to those with the capability `recording`: whenever it
    changes, and on each link that is made meanwhile."""

    on: bool


class RoomState(ControlMessage, frozen=True, tag="room"):
    """Who decides who comes in, and whether the room is locked. Said by everyone when a link is made, and by the host
    whenever it changes; to those with the capability `door`. `claimed`: the host made the room, and was not chosen.
    `expires_in`: an open room locks itself after so many seconds."""

    host: Bytes16
    claimed: bool
    locked: bool
    expires_in: Expiry | None = None


class Verdict(ControlMessage, frozen=True, tag="verdict"):
    """The host's word on somebody: let in once, sent away while outside, or made to leave."""

    instance: Bytes16
    verdict: Literal["admit", "refuse", "remove"]


class AskMute(ControlMessage, frozen=True, tag="ask_mute"):
    """Please mute your microphone; nothing is muted from afar."""


class Chat(ControlMessage, frozen=True, tag="chat"):
    """One chat line; `at` is the sender's clock in milliseconds since 1970."""

    id: TransferId
    text: Annotated[str, Meta(min_length=1, max_length=MAX_CHAT)]
    at: Count


class Past(ControlMessage, frozen=True, tag="past"):
    """A chat line of before the link, told to a peer with the capability `history`: by who wrote it, or with `name` by
    another, who heard it from somebody of that name. The same `id` is the same line."""

    id: TransferId
    text: Annotated[str, Meta(min_length=1, max_length=MAX_CHAT)]
    at: Count
    name: Name | None = None


class Reaction(ControlMessage, frozen=True, tag="reaction"):
    """A passing emoji."""

    emoji: Annotated[str, Meta(min_length=1, max_length=16)]


class Typing(ControlMessage, frozen=True, tag="typing"):
    """The other side is writing."""


class OfferFiles(ControlMessage, frozen=True, tag="offer_files"):
    """Files to give. The manifest follows on the lane that carries the transfer's name; `files` counts its entries.

    `bytes` is the sum of the sizes; with `open_ended` one entry has no known size and the sum is what is known.
    """

    transfer: TransferId
    title: Annotated[str, Meta(max_length=255)]
    files: Annotated[int, Meta(ge=1, le=200_000)]
    bytes: Count
    open_ended: bool = False


class AcceptFiles(ControlMessage, frozen=True, tag="accept_files"):
    """Yes; `take` lists the manifest entries that are wanted, all when absent."""

    transfer: TransferId
    take: list[Count] | None = None


class DeclineFiles(ControlMessage, frozen=True, tag="decline_files"):
    """No, before anything was sent."""

    transfer: TransferId
    reason: Reason = "declined"
    message: Annotated[str, Meta(max_length=300)] = ""


class CancelFiles(ControlMessage, frozen=True, tag="cancel_files"):
    """Stop, from either end. Says why."""

    transfer: TransferId
    reason: Reason = "cancelled"
    message: Annotated[str, Meta(max_length=300)] = ""


class FinishedFiles(ControlMessage, frozen=True, tag="finished_files"):
    """Receiver: every entry is whole, proven and in its place. Only now is the sender done."""

    transfer: TransferId


class PauseFiles(ControlMessage, frozen=True, tag="pause_files"):
    """Hold the stream; either end."""

    transfer: TransferId


class ResumeFiles(ControlMessage, frozen=True, tag="resume_files"):
    """Go on."""

    transfer: TransferId


class LaneOffer(ControlMessage, frozen=True, tag="lane_offer"):
    """Sender: a JSEP offer of one more connection for this transfer, with the data slot alone; `lane` names it."""

    transfer: TransferId
    lane: LaneNumber
    sdp: LaneSdp


class LaneAnswer(ControlMessage, frozen=True, tag="lane_answer"):
    """Receiver: the JSEP answer; without `sdp` it wants no more lanes."""

    transfer: TransferId
    lane: LaneNumber
    sdp: LaneSdp | None = None


class LaneCandidate(ControlMessage, frozen=True, tag="lane_candidate"):
    """An ICE candidate of that connection; null is the end of them."""

    transfer: TransferId
    lane: LaneNumber
    candidate: Candidate | None


class Limit(ControlMessage, frozen=True, tag="limit"):
    """Receiver's ceiling on file traffic in bytes a second; 0 lifts it."""

    bytes_per_s: Count


class Bye(ControlMessage, frozen=True, tag="bye"):
    """Leaving for good; no reconnect."""


Control = (
    Proof
    | Hello
    | Media
    | View
    | Recording
    | RoomState
    | Verdict
    | AskMute
    | Chat
    | Past
    | Reaction
    | Typing
    | OfferFiles
    | AcceptFiles
    | DeclineFiles
    | CancelFiles
    | FinishedFiles
    | PauseFiles
    | ResumeFiles
    | LaneOffer
    | LaneAnswer
    | LaneCandidate
    | Limit
    | Bye
)
