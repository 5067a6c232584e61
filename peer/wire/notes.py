"""Notes that peers exchange through the server: the four of pairing in the open, all others sealed.

Outer notes are the JSON `body` of a `relay`; inner notes are the plaintext inside `sealed.box`.
Bytes travel as base64url without padding. Source: docs/protocol.md, sections 3 and 4.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_SDP_BYTES = 32 * 1024
MAX_CANDIDATES = 64
"""Candidates accepted in one epoch."""
CANDIDATE_BUNDLE_S = 0.05

Bytes16 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
Bytes32 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
Bytes64 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{86}\Z")]
Text = Annotated[str, Meta(max_length=512, pattern=r"^[A-Za-z0-9_-]*\Z")]
Epoch = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Note(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What stands in the `body` of a `relay`."""


class Commit(Note, frozen=True, tag="commit"):
    """Newcomer to member: opens a CPace run, bound to shares that it may no longer change."""

    sid: Bytes16
    h: Bytes32
    """SHA-256(Ya ‖ ADa ‖ nonce)."""


class Share(Note, frozen=True, tag="share"):
    """Member to newcomer: the member's CPace share."""

    sid: Bytes16
    y: Bytes32
    ad: Text


class Open(Note, frozen=True, tag="open"):
    """Newcomer to member: what was committed to, and the proof that the newcomer knows the secret."""

    sid: Bytes16
    y: Bytes32
    ad: Text
    nonce: Bytes16
    tag: Bytes64


class Confirm(Note, frozen=True, tag="confirm"):
    """Member to newcomer: the proof that the member knows the secret."""

    sid: Bytes16
    tag: Bytes64


class Mismatch(Note, frozen=True, tag="mismatch"):
    """Member to newcomer: your proof did not check. Carries no proof itself; it only spares a wait."""

    sid: Bytes16


class Sealed(Note, frozen=True, tag="sealed"):
    """AES-256-GCM box; `n` is the counter nonce of its direction, from 0, without gaps."""

    n: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    box: Annotated[str, Meta(max_length=56_000, pattern=r"^[A-Za-z0-9_-]+\Z")]


class Inner(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What stands inside the seal."""


class Here(Inner, frozen=True, tag="here"):
    """First sealed note of each side: who this is across a lost server.

    `instance` is random per process or page; `epoch` is the highest that this side has seen with the other (0 for
    none) and `live` says whether that link still runs. Both say live: the running link is kept and no offer is made.
    Else the newcomer offers the epoch above the higher of the two.
    """

    instance: Bytes16
    epoch: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    live: bool


class Offer(Inner, frozen=True, tag="offer"):
    """JSEP offer; `restart` asks for an ICE restart inside the running epoch."""

    epoch: Epoch
    sdp: Annotated[str, Meta(max_length=MAX_SDP_BYTES)]
    restart: bool = False


class Answer(Inner, frozen=True, tag="answer"):
    """JSEP answer to the offer of the same epoch."""

    epoch: Epoch
    sdp: Annotated[str, Meta(max_length=MAX_SDP_BYTES)]


class Candidate(Struct, frozen=True, forbid_unknown_fields=True):
    """W3C `RTCIceCandidateInit`, without its user fragment."""

    candidate: Annotated[str, Meta(max_length=1024)]
    mid: Annotated[str, Meta(max_length=16)] | None = None
    index: Annotated[int, Meta(ge=0, le=64)] | None = None


class Candidates(Inner, frozen=True, tag="candidates"):
    """ICE candidates of one epoch, bundled for 50 ms; null closes the list (RFC 8838, end of candidates)."""

    epoch: Epoch
    candidates: Annotated[list[Candidate | None], Meta(min_length=1, max_length=MAX_CANDIDATES)]


class Renegotiate(Inner, frozen=True, tag="renegotiate"):
    """Member to newcomer, for only the newcomer may offer: please offer the epoch after `epoch`, or with `restart` a
    restart of ICE inside it."""

    epoch: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    reason: Annotated[str, Meta(max_length=120)] = ""
    restart: bool = False


class Door(Inner, frozen=True, tag="door"):
    """In place of `here`: the room is locked, and who is outside may knock. `held` asks them to wait, `refused` sends
    them away. `instance` is whose door it is."""

    instance: Bytes16
    state: Literal["locked", "held", "refused"]


class Knock(Inner, frozen=True, tag="knock"):
    """Who is outside asks to come in. `again` proves to somebody it was linked with that it is the same: HMAC-SHA256
    under the proof key of their last pairing, over "twocans/1 again" ‖ the proof key of this one."""

    instance: Bytes16
    name: Annotated[str, Meta(max_length=64)]
    again: Bytes32 | None = None


class Bye(Inner, frozen=True, tag="bye"):
    """The sender hangs up on this pair."""


OuterNote = Commit | Share | Open | Confirm | Mismatch | Sealed
InnerNote = Here | Door | Knock | Offer | Answer | Candidates | Renegotiate | Bye
