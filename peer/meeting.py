"""Two sessions of one room meet: pairing first, then everything else under its seal.

A peer never takes a plain offer, candidate or greeting: before the pairing has checked, the four notes of pairing are
all that is read, and after it, sealed notes are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from peer import pairing
from peer.invite import Invite
from peer.pairing import Member, Newcomer, PairKeys, State, Why
from peer.sealed import Seal
from peer.wire.codec import decode_outer, encode
from peer.wire.notes import Commit, Here, InnerNote, OuterNote, Sealed
from signaling.protocol.errors import Malformed
from signaling.protocol.messages import PeerId

MAX_RUNS = 3
"""How often a newcomer tries on a link, whose secret cannot be mistyped: a meddler may have spoilt the first run."""


@dataclass(frozen=True)
class Say:
    """Relay this body to the other."""

    body: str


@dataclass(frozen=True)
class Paired:
    """The other knows the secret."""


@dataclass(frozen=True)
class Mismatched:
    """The other does not, or somebody meddles. `final`: this meeting will not come about."""

    reason: Why
    final: bool


@dataclass(frozen=True)
class Opened:
    """A note out of its seal."""

    note: InnerNote


Outcome = Say | Paired | Mismatched | Opened


class Meeting:
    """One pair of sessions, from the first note of pairing to the last sealed one."""

    def __init__(
        self,
        invite: Invite,
        me: PeerId,
        other: PeerId,
        newcomer: bool,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> None:
        """`may_begin` is asked before each run, be it ours or the other's to begin."""
        self.other = other
        self.newcomer = newcomer
        self.keys: PairKeys | None = None
        self._invite = invite
        self._me = me
        self._may_begin = may_begin
        self._runs = 1
        self._run = self._new_run()
        self._seal: Seal | None = None
        self._settled = False
        """Whether a sealed note has come: the other is paired too."""
        self._sid = ""
        self.begun = False
        self.claims = ""
        """The instance that it says it is, once it has; as what follows, for the doorway."""
        self.here: Here | None = None
        """Its greeting, while it may not come in."""
        self.welcome = False
        """It may come in, whatever the door says later."""

    @property
    def guessable(self) -> bool:
        """Whether the secret has few enough words to be guessed."""
        return self._invite.code is not None

    @property
    def exposed(self) -> bool:
        """Whether the other holds our proof and has not given its own."""
        return self._run.state is State.OPENED

    def start(self) -> list[Outcome]:
        """The newcomer speaks first."""
        self.begun = True
        return self._answer(self._run.start()) if isinstance(self._run, Newcomer) and self._may_begin() else []

    def hear(self, body: str) -> list[Outcome]:
        """A body that the other's session relayed, or that the server made up.

        Raises:
            Malformed: not what is due now; nothing has changed.
        """
        note = decode_outer(body)
        if isinstance(note, Sealed):
            if self._seal is None:
                raise Malformed("a sealed note came before pairing")
            inner = self._seal.open(note)
            self._settled = True
            return [Opened(inner)]
        if self._settled:
            raise Malformed("a plain note came after pairing")
        if isinstance(note, Commit) and not self.newcomer and note.sid != self._sid:
            self._expect(note.sid)
        return self._answer(self._run.step(note))

    def _expect(self, sid: str) -> None:
        """A newcomer begins a run."""
        if self.guessable and self._run.state is not State.IDLE:
            return  # a code allows one
        if not self._may_begin():
            raise Malformed("too many runs came to nothing")
        if not self.guessable:
            # Maybe anew: what it heard of us, such as our `confirm`, had been changed on its way.
            self._sid, self._run = sid, self._new_run()

    def seal(self, note: InnerNote) -> str:
        """The body that carries a note to the other."""
        if self._seal is None:
            raise RuntimeError("nothing is said before pairing")
        return encode(self._seal.seal(note))

    def _new_run(self) -> Newcomer | Member:
        role = Newcomer if self.newcomer else Member
        return role(self._invite.secret, self._invite.room, self._me, self.other)

    def _answer(self, effects: list[pairing.Effect]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for effect in effects:
            match effect:
                case pairing.Say(note):
                    outcomes.append(Say(_text(note)))
                case pairing.Paired(keys):
                    self.keys = keys
                    self._seal = Seal(keys, self._invite.room, self._me, self.other)
                    outcomes.append(Paired())
                case pairing.Mismatched(reason):
                    outcomes += self._again(reason)
        return outcomes

    def _again(self, reason: Why) -> list[Outcome]:
        """A code allows one guess. On a link the newcomer tries anew; the member waits for it to."""
        if not self.newcomer:
            return [Mismatched(reason, final=False)]
        if self.guessable or self._runs >= MAX_RUNS:
            return [Mismatched(reason, final=True)]
        self._runs += 1
        self._run = self._new_run()
        return [Mismatched(reason, final=False), *self.start()]


def _text(note: OuterNote) -> str:
    return encode(note)
