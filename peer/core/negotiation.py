"""Who offers and when: the link of one pair, from the first sealed note to the last (docs/protocol.md, section 4).

    newcomer                                   member
       │ ─────────── here (about the room) ──────► │   says what links it holds, whoever this is
       │ ◄────────── here (about this pair) ────── │   both live: the link is kept, nothing is offered
       │ ─────────── offer 1 ────────────────────► │
       │ ◄────────── answer 1, candidates 1 ────── │
       │ ═══════════ ICE, DTLS, proof ════════════ │
       │ ◄────────── renegotiate 1 ─────────────── │   the member noticed first that the link failed
       │ ─────────── offer 2 ────────────────────► │   a fresh connection; all that bears a 1 is dropped now

Only the newcomer offers, so two offers never meet. The machine outlives the server: after a lost one the same two
peers meet again, perhaps with their roles changed, and epochs go on counting. The shell runs effects strictly in
order, each to its end, and reports what came of them as events. Twin: web/static/js/core/negotiation.js.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, assert_never

from msgspec import Struct

from peer.wire.notes import (
    CANDIDATE_BUNDLE_S,
    MAX_CANDIDATES,
    Answer,
    Bye,
    Candidate,
    Candidates,
    Here,
    Offer,
    Renegotiate,
)

ATTEMPT_S = 20.0
"""From the start of an attempt, or the request for one, to a proven link."""
SHAKEN_S = 10.0
"""How long a link may be `disconnected` before it counts as failed."""
MAX_ATTEMPTS = 3
"""Attempts in a row without a proven link; then the pair gives up."""
BUNDLE = 16
"""Candidates in one note, so that a note of the longest ones still fits into a sealed box."""

Role = Literal["newcomer", "member"]


class Phase(StrEnum):
    """Where the link of a pair stands."""

    APART = "apart"  # no link, and no way to ask for one
    WAITING = "waiting"  # member: an offer is due
    OFFERING = "offering"  # newcomer: an offer is in the making, or not answered yet
    ANSWERING = "answering"  # member: an answer is in the making
    LINKING = "linking"  # both descriptions are set
    PROVING = "proving"  # connected; nothing is believed before the proofs
    LINKED = "linked"
    SHAKEN = "shaken"  # proven, but nothing arrives any more
    ENDED = "ended"


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


class Woken(Struct, frozen=True):
    """The deadline has come."""


class HangUp(Struct, frozen=True):
    """Enough: leaving, or the proof was wrong."""


Event = Met | Parted | Heard | OfferMade | AnswerMade | Found | Changed | Failed | Proven | Woken | HangUp


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


Effect = Say | Connect | MakeOffer | TakeOffer | TakeAnswer | AddCandidate | Prove | Lost | Close | GaveUp | HungUp


class Negotiation:
    """The link of one pair. `instance` is this side's, as said in `here`."""

    def __init__(self, instance: str) -> None:
        self.phase = Phase.APART
        self.epoch = 0
        self.role: Role = "member"
        self._instance = instance
        self._reachable = False
        self._attempts = 0
        self._due: float | None = None
        self._described = False
        """Whether our description of this epoch is said, so that candidates may follow."""
        self._found: list[Candidate | None] = []
        self._found_count = 0
        self._flush_at: float | None = None
        self._held: list[Candidate | None] = []
        self._heard_count = 0

    @property
    def live(self) -> bool:
        """Whether a proven link runs."""
        return self.phase is Phase.LINKED

    @property
    def deadline(self) -> float | None:
        """When `Woken` is due, None for never."""
        flush = self._flush_at if self._described else None
        return min((at for at in (self._due, flush) if at is not None), default=None)

    def step(self, event: Event, now: float) -> list[Effect]:
        """What to do about an event, in order. Events of an epoch that is over, or after the end, do nothing."""
        if self.phase is Phase.ENDED:
            return []
        match event:
            case Met():
                return self._meet(event, now)
            case Parted():
                return self._part()
            case Heard(note):
                return self._hear(note, now) if self._reachable else []
            case Woken():
                return self._wake(now)
            case HangUp():
                return self._end(Say(Bye()) if self._reachable else None)
            case _ if event.epoch != self.epoch:
                return []
            case OfferMade(epoch, sdp) if self.phase is Phase.OFFERING:
                return self._describe(Offer(epoch=epoch, sdp=sdp))
            case AnswerMade(epoch, sdp) if self.phase is Phase.ANSWERING:
                self.phase = Phase.LINKING
                return self._describe(Answer(epoch=epoch, sdp=sdp))
            case Found(_, candidate):
                return self._find(candidate, now)
            case Changed(_, state):
                return self._change(state, now)
            case Proven() if self.phase is Phase.PROVING:
                self.phase, self._due, self._attempts = Phase.LINKED, None, 0
                return []
            case Failed(_, reason) if self.phase not in (Phase.APART, Phase.WAITING):
                return self._fail(reason, now)
            case OfferMade() | AnswerMade() | Proven() | Failed():
                return []
            case _:
                assert_never(event)

    def _meet(self, met: Met, now: float) -> list[Effect]:
        self.role, self._reachable, self._attempts = met.role, True, 0
        here = Say(Here(instance=self._instance, epoch=self.epoch, live=self.live))
        greeting: list[Effect] = [here] if met.role == "member" else []
        if self.live and met.live:
            return greeting
        lost = self._lost()
        if met.role == "newcomer":
            return [*lost, *self._offer(max(self.epoch, met.epoch) + 1, now)]
        self.phase, self._due = Phase.WAITING, now + ATTEMPT_S
        return [*greeting, *lost, Close()] if self.epoch else greeting

    def _part(self) -> list[Effect]:
        self._reachable, self._flush_at, self._found = False, None, []
        if self.phase not in (Phase.WAITING, Phase.OFFERING, Phase.ANSWERING):
            return []
        self.phase, self._due = Phase.APART, None
        return [Close()]

    def _hear(self, note: Offer | Answer | Candidates | Renegotiate | Bye, now: float) -> list[Effect]:
        match note:
            case Offer(epoch=epoch, sdp=sdp) if self.role == "member" and epoch > self.epoch:
                lost = self._lost()
                self._begin(epoch, Phase.ANSWERING, now)
                return [*lost, Connect(epoch), TakeOffer(epoch, sdp)]
            case Answer(epoch=epoch, sdp=sdp) if self._awaits_answer and epoch == self.epoch:
                self.phase = Phase.LINKING
                held, self._held = self._held, []
                return [TakeAnswer(epoch, sdp), *(AddCandidate(epoch, candidate) for candidate in held)]
            case Candidates(epoch=epoch, candidates=candidates) if epoch == self.epoch:
                room = MAX_CANDIDATES - self._heard_count
                taken = candidates[:room]
                self._heard_count += len(taken)
                if self.phase is Phase.OFFERING:
                    self._held += taken
                    return []
                return [AddCandidate(epoch, candidate) for candidate in taken]
            case Renegotiate(epoch=epoch, reason=reason) if self.role == "newcomer" and epoch == self.epoch:
                return self._fail(reason or "the other end asked for a new link", now)
            case Bye():
                return [*self._end(None), HungUp()]
            case _:
                return []

    @property
    def _awaits_answer(self) -> bool:
        return self.phase is Phase.OFFERING and self._described

    def _describe(self, note: Offer | Answer) -> list[Effect]:
        self._described = True
        return [Say(note)]

    def _find(self, candidate: Candidate | None, now: float) -> list[Effect]:
        if self._reachable and self._found_count < MAX_CANDIDATES:
            self._found_count += 1
            self._found.append(candidate)
            if self._flush_at is None:
                self._flush_at = now + CANDIDATE_BUNDLE_S
        return []

    def _change(self, state: str, now: float) -> list[Effect]:
        match self.phase, state:
            case Phase.LINKING, "connected":
                self.phase = Phase.PROVING
                return [Prove(self.epoch)]
            case Phase.SHAKEN, "connected":
                self.phase, self._due = Phase.LINKED, None
                return []
            case Phase.LINKED, "disconnected":
                self.phase, self._due = Phase.SHAKEN, now + SHAKEN_S
                return []
            case ((Phase.APART | Phase.WAITING), _):
                return []
            case _, ("failed" | "closed"):
                return self._fail(f"the connection {state}", now)
            case _:
                return []

    def _wake(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if self._described and self._flush_at is not None and now >= self._flush_at:
            found, self._found, self._flush_at = self._found, [], None
            bundles = (found[start : start + BUNDLE] for start in range(0, len(found), BUNDLE))
            effects += [Say(Candidates(epoch=self.epoch, candidates=bundle)) for bundle in bundles]
        if self._due is not None and now >= self._due:
            effects += self._fail("nothing came back in time", now)
        return effects

    def _fail(self, reason: str, now: float) -> list[Effect]:
        lost = self._lost()
        if not self._reachable:
            self.phase, self._due = Phase.APART, None
            return [*lost, Close()]
        self._attempts += 1
        if self._attempts >= MAX_ATTEMPTS:
            return [*self._end(Say(Bye())), GaveUp(reason)]
        if self.role == "newcomer":
            return [*lost, *self._offer(self.epoch + 1, now)]
        self.phase, self._due = Phase.WAITING, now + ATTEMPT_S
        return [*lost, Close(), Say(Renegotiate(epoch=self.epoch, reason=reason[:120]))]

    def _offer(self, epoch: int, now: float) -> list[Effect]:
        self._begin(epoch, Phase.OFFERING, now)
        return [Connect(epoch), MakeOffer(epoch)]

    def _begin(self, epoch: int, phase: Phase, now: float) -> None:
        self.epoch, self.phase, self._due = epoch, phase, now + ATTEMPT_S
        self._described, self._flush_at = False, None
        self._found, self._held = [], []
        self._found_count = self._heard_count = 0

    def _end(self, farewell: Say | None) -> list[Effect]:
        lost = self._lost()
        self.phase, self._due, self._flush_at = Phase.ENDED, None, None
        return [*lost, *([farewell] if farewell else []), Close()]

    def _lost(self) -> list[Effect]:
        return [Lost(self.epoch)] if self.phase in (Phase.LINKED, Phase.SHAKEN) else []
