"""What goes into the machine of one pair's link and what comes out of it (peer/core/negotiation.py)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from peer.wire.notes import Answer, Bye, Candidate, Candidates, Here, Offer, Renegotiate

Role = Literal["newcomer", "member"]


class Met(Struct, frozen=True):
    """Paired anew over the server, and the other's `here` has come."""

    role: Role
    epoch: int
    live: bool


class Parted(Struct, frozen=True):
    """The way through the server is gone: it lost this session or the other's. The link may run on."""


class Heard(Struct, frozen=True):
    """A note out of its seal."""

    note: Offer | Answer | Candidates | Renegotiate | Bye


class OfferMade(Struct, frozen=True):
    """Came of MakeOffer."""

    epoch: int
    sdp: str


class AnswerMade(Struct, frozen=True):
    """Came of TakeOffer."""

    epoch: int
    sdp: str


class Found(Struct, frozen=True):
    """A local candidate; None when there are no more."""

    epoch: int
    candidate: Candidate | None


class Changed(Struct, frozen=True):
    """The connection's state (W3C RTCPeerConnectionState)."""

    epoch: int
    state: Literal["connecting", "connected", "disconnected", "failed", "closed"]


class Failed(Struct, frozen=True):
    """The engine refused a step, or the control channel broke."""

    epoch: int
    reason: str


class Proven(Struct, frozen=True):
    """Both proofs and hellos are in: the other end is who it was paired with."""

    epoch: int
    restarts: bool = False
    """Whether both ends can restart ICE inside the connection."""


class Moved(Struct, frozen=True):
    """This machine is on another network now, or nothing has come for a while where much came before."""

    epoch: int


class Woken(Struct, frozen=True):
    """The deadline has come."""


class HangUp(Struct, frozen=True):
    """Enough: leaving, or the proof was wrong."""


Event = Met | Parted | Heard | OfferMade | AnswerMade | Found | Changed | Failed | Proven | Moved | Woken | HangUp


class Say(Struct, frozen=True):
    """Seal this note and relay it."""

    note: Here | Offer | Answer | Candidates | Renegotiate | Bye


class Connect(Struct, frozen=True):
    """Make a fresh connection; the former one, if any, is closed."""

    epoch: int


class MakeOffer(Struct, frozen=True):
    epoch: int


class TakeOffer(Struct, frozen=True):
    epoch: int
    sdp: str


class MakeRestart(Struct, frozen=True):
    """Make an offer that restarts ICE inside the running connection; OfferMade comes of it."""

    epoch: int


class TakeRestart(Struct, frozen=True):
    """Take such an offer; AnswerMade comes of it."""

    epoch: int
    sdp: str


class TakeAnswer(Struct, frozen=True):
    epoch: int
    sdp: str


class AddCandidate(Struct, frozen=True):
    epoch: int
    candidate: Candidate | None


class Prove(Struct, frozen=True):
    """Connected: exchange proofs and hellos on the control channel, then report Proven."""

    epoch: int


class Lost(Struct, frozen=True):
    """A proven link is gone; another attempt may follow."""

    epoch: int


class Close(Struct, frozen=True):
    """Close the connection."""


class GaveUp(Struct, frozen=True):
    """No link could be made; the machine has ended."""

    reason: str


class HungUp(Struct, frozen=True):
    """The other end does not want this pair any more; the machine has ended."""


Effect = (
    Say
    | Connect
    | MakeOffer
    | TakeOffer
    | MakeRestart
    | TakeRestart
    | TakeAnswer
    | AddCandidate
    | Prove
    | Lost
    | Close
    | GaveUp
    | HungUp
)
