"""Who offers and when: the link of one pair, from the first sealed note to the last (docs/protocol.md, section 4).

    newcomer                                   member
       │ ─────────── here (about the room) ──────► │   says what links it holds, whoever this is
       │ ◄────────── here (about this pair) ────── │   both live: the link is kept, nothing is offered
       │ ─────────── offer 1 ────────────────────► │
       │ ◄────────── answer 1, candidates 1 ────── │
       │ ═══════════ ICE, DTLS, proof ════════════ │
       │ ◄────────── renegotiate 1 ─────────────── │   the member noticed first that the link failed
       │ ─────────── offer 2 ────────────────────► │   a fresh connection; all that bears a 1 is dropped now

A proven link that falls silent is mended first, where both ends can restart ICE, and replaced only then:

    linked ──disconnected──► shaken ──3 s──► restart ──5 s──► restart ──5 s──► restart ──5 s──► the next epoch
       ▲ ──failed, moved──────────────────────► │                │                │
       └────────────────── connected ───────────┴────────────────┴────────────────┘     not answered in 30 s: likewise

While the server cannot be reached nothing can be said, so a shaken link is held for as long as packets may come back.

Only the newcomer offers, so two offers never meet. The machine outlives the server: after a lost one the same two
peers meet again, perhaps with their roles changed, and epochs go on counting. The shell runs effects strictly in
order, each to its end, and reports what came of them as events. Twin: web/static/js/core/negotiation.js.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from peer.core.link_moves import (
    AddCandidate,
    AnswerMade,
    Changed,
    Close,
    Connect,
    Effect,
    Event,
    Failed,
    Found,
    GaveUp,
    HangUp,
    Heard,
    HungUp,
    Lost,
    MakeOffer,
    MakeRestart,
    Met,
    Moved,
    OfferMade,
    Parted,
    Prove,
    Proven,
    Role,
    Say,
    TakeAnswer,
    TakeOffer,
    TakeRestart,
    Woken,
)
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
"""How long a link may be `disconnected` before it counts as failed, where ICE cannot be restarted."""
STILL_S = 3.0
"""The same where it can, before it is."""
RESTART_S = 5.0
"""How long a restart of ICE has to bring packets back, once it is answered."""
ANSWER_S = 30.0
"""How long one may stay without an answer: what it is to mend may have cut off the server too, and packets may well
come back over the old way."""
MAX_RESTARTS = 3
"""Restarts in a row that brought nothing; then the connection is replaced."""
FORLORN_S = 15.0
"""How long a shaken link is held while there is no server to mend it over."""
MAX_ATTEMPTS = 3
"""Attempts in a row without a proven link; then the pair gives up."""
BUNDLE = 16
"""Candidates in one note, so that a note of the longest ones still fits into a sealed box."""


class Restart(StrEnum):
    """Where a restart of ICE inside the epoch stands."""

    NONE = "none"
    ASKED = "asked"  # member: an offer is due
    MAKING = "making"  # newcomer: an offer is in the making
    OFFERED = "offered"  # newcomer: and not answered yet
    ANSWERING = "answering"  # member: an answer is in the making
    CHECKING = "checking"  # both descriptions are set


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


class Negotiation:
    """The link of one pair. `instance` is this side's, as said in `here`."""

    def __init__(self, instance: str) -> None:
        self.phase = Phase.APART
        self.epoch = 0
        self.role: Role = "member"
        self._instance = instance
        self._reachable = False
        self._attempts = 0
        self._can_restart = False
        self._restart = Restart.NONE
        self._restarts = 0
        """How many there were since packets came last."""
        self._forlorn = False
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
                return self._part(now)
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
            case OfferMade(epoch, sdp) if self._restart is Restart.MAKING:
                self._restart, self._due = Restart.OFFERED, now + ANSWER_S
                return self._describe(Offer(epoch=epoch, sdp=sdp, restart=True))
            case AnswerMade(epoch, sdp) if self._restart is Restart.ANSWERING:
                self._restart, self._due = Restart.CHECKING, now + RESTART_S
                return self._describe(Answer(epoch=epoch, sdp=sdp))
            case Moved():
                return self._begin_restart("the network changed", now) if self._may_restart else []
            case Found(_, candidate):
                return self._find(candidate, now)
            case Changed(_, state):
                return self._change(state, now)
            case Proven(_, restarts) if self.phase is Phase.PROVING:
                self.phase, self._due, self._attempts = Phase.LINKED, None, 0
                self._can_restart = restarts
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

    def _part(self, now: float) -> list[Effect]:
        self._reachable, self._flush_at, self._found = False, None, []
        if self._restart is not Restart.NONE:
            self._restart = Restart.NONE
            self._due = now + FORLORN_S if self.phase is Phase.SHAKEN else None
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
            case Offer(epoch=epoch, sdp=sdp, restart=True) if self._takes_restart and epoch == self.epoch:
                self._restart, self._due = Restart.ANSWERING, now + RESTART_S
                self._forget_candidates()
                return [TakeRestart(epoch, sdp)]
            case Answer(epoch=epoch, sdp=sdp) if self._restart is Restart.OFFERED and epoch == self.epoch:
                self._restart, self._due = Restart.CHECKING, now + RESTART_S
                return self._take_answer(sdp)
            case Answer(epoch=epoch, sdp=sdp) if self._awaits_answer and epoch == self.epoch:
                self.phase = Phase.LINKING
                return self._take_answer(sdp)
            case Candidates(epoch=epoch, candidates=candidates) if epoch == self.epoch:
                room = MAX_CANDIDATES - self._heard_count
                taken = candidates[:room]
                self._heard_count += len(taken)
                if self.phase is Phase.OFFERING or self._restart in (Restart.MAKING, Restart.OFFERED):
                    self._held += taken
                    return []
                return [AddCandidate(epoch, candidate) for candidate in taken]
            case Renegotiate(epoch=epoch, restart=True) if self._stands and epoch == self.epoch:
                return self._begin_restart("", now) if self._may_restart else []
            case Renegotiate(epoch=epoch, reason=reason) if self.role == "newcomer" and epoch == self.epoch:
                return self._fail(reason or "the other end asked for a new link", now)
            case Bye():
                return [*self._end(None), HungUp()]
            case _:
                return []

    @property
    def _awaits_answer(self) -> bool:
        return self.phase is Phase.OFFERING and self._described

    @property
    def _stands(self) -> bool:
        """Whether there is a proven link, be it shaken."""
        return self.phase in (Phase.LINKED, Phase.SHAKEN)

    @property
    def _may_restart(self) -> bool:
        return self._stands and self._can_restart and self._reachable and self._restart is Restart.NONE

    @property
    def _takes_restart(self) -> bool:
        return self._stands and self._can_restart and self.role == "member"

    def _take_answer(self, sdp: str) -> list[Effect]:
        held, self._held = self._held, []
        return [TakeAnswer(self.epoch, sdp), *(AddCandidate(self.epoch, candidate) for candidate in held)]

    def _begin_restart(self, reason: str, now: float) -> list[Effect]:
        self._restarts += 1
        self._due = now + ANSWER_S
        if self.role == "member":
            self._restart = Restart.ASKED
            return [Say(Renegotiate(epoch=self.epoch, reason=reason, restart=True))]
        self._restart = Restart.MAKING
        self._forget_candidates()
        return [MakeRestart(self.epoch)]

    def _mend(self, reason: str, now: float) -> list[Effect]:
        """The next rung for a link that is silent."""
        if self._may_restart and self._restarts < MAX_RESTARTS:
            return self._begin_restart(reason, now)
        if self._reachable or self._forlorn or not self._can_restart:
            return self._fail(reason, now)
        self._forlorn, self._due = True, now + FORLORN_S
        return []

    def _recover(self) -> list[Effect]:
        """Packets come again. What was offered or is being answered goes its way."""
        self.phase, self._restarts, self._forlorn = Phase.LINKED, 0, False
        if self._restart in (Restart.NONE, Restart.ASKED, Restart.CHECKING):
            self._restart, self._due = Restart.NONE, None
        return []

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
            case ((Phase.LINKED | Phase.SHAKEN), "connected"):
                return self._recover()
            case Phase.LINKED, "disconnected":
                self.phase = Phase.SHAKEN
                if self._restart is Restart.NONE:
                    self._due = now + (STILL_S if self._may_restart else SHAKEN_S)
                return []
            case ((Phase.LINKED | Phase.SHAKEN), "failed"):
                self.phase = Phase.SHAKEN
                waits = self._restart is not Restart.NONE or self._forlorn
                return [] if waits else self._mend("the connection failed", now)
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
            effects += self._run_out(now)
        return effects

    def _run_out(self, now: float) -> list[Effect]:
        """The time that something had is over."""
        silent = "nothing came back in time"
        unanswered = self._restart in (Restart.ASKED, Restart.OFFERED)  # to say it again would not be heard sooner
        self._restart = Restart.NONE
        if self.phase is Phase.LINKED:  # it was never broken, or is whole again
            return self._recover()
        if self.phase is Phase.SHAKEN and not unanswered:
            return self._mend(silent, now)
        return self._fail(silent, now)

    def _fail(self, reason: str, now: float) -> list[Effect]:
        lost = self._lost()
        self._restart = Restart.NONE
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
        self._can_restart = self._forlorn = False
        self._restart, self._restarts = Restart.NONE, 0
        self._forget_candidates()

    def _forget_candidates(self) -> None:
        self._described, self._flush_at = False, None
        self._found, self._held = [], []
        self._found_count = self._heard_count = 0

    def _end(self, farewell: Say | None) -> list[Effect]:
        lost = self._lost()
        self._restart = Restart.NONE
        self.phase, self._due, self._flush_at = Phase.ENDED, None, None
        return [*lost, *([farewell] if farewell else []), Close()]

    def _lost(self) -> list[Effect]:
        return [Lost(self.epoch)] if self._stands else []
