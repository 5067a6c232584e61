"""Who is here: sessions of the server on one side, the persons behind them on the other.

peer id    one session at the server; new after a lost server
instance   one Room object or page load, as said in `here`: the person, for as long as the link or the session lives

         arrived / welcome                recognised               departed, session lost
(nobody) ───────────────► a session ─────────────────► a person ───────────────────────► apart
                                                           ▲          recognised anew      │ link runs: stays
                                                           └───────────────────────────────┤ no link: REUNION_S
                                                                                           ▼
                                                                                          gone
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from signaling.protocol.messages import PeerId

REUNION_S = 30.0
"""How long a person without session and link is waited for, so that both may come back from a lost server."""
MAX_PERSONS = 32
MAX_SESSIONS = 64
"""More than any room seats: the server may invent as many as it likes."""


@dataclass(frozen=True)
class Meet:
    """Pair with this session; as newcomer we begin."""

    peer: PeerId
    newcomer: bool


@dataclass(frozen=True)
class Forget:
    """This session is over: drop its pairing and its seals."""

    peer: PeerId


@dataclass(frozen=True)
class Bind:
    """From now on this session speaks for the person; `known` if there is a Remote for it already."""

    peer: PeerId
    instance: str
    known: bool


@dataclass(frozen=True)
class Part:
    """The person has no session any more; its link may run on."""

    instance: str


@dataclass(frozen=True)
class Gone:
    """The person is gone for good."""

    instance: str


Effect = Meet | Forget | Bind | Part | Gone


@dataclass
class _Person:
    peer: PeerId | None
    linked: bool = False
    met: bool = False
    """Whether a link ever ran: then who leaves for good says so over it, or in a sealed `bye`."""
    until: float | None = None


@dataclass
class _Session:
    absent: bool = False
    instance: str | None = None


@dataclass
class Roster:
    """Folds what the server and the links say into who is here."""

    sessions: dict[PeerId, _Session] = field(default_factory=dict)
    persons: dict[str, _Person] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        """When `expire` is due."""
        return min((person.until for person in self.persons.values() if person.until is not None), default=None)

    @property
    def links(self) -> int:
        """How many persons have a running link."""
        return sum(person.linked for person in self.persons.values())

    def welcomed(self, peers: Iterable[PeerId], now: float) -> list[Effect]:
        """A new session of ours. All that we knew of others' sessions is void."""
        effects = [effect for peer in list(self.sessions) for effect in self.departed(peer, now)]
        for peer in list(peers)[:MAX_SESSIONS]:
            self.sessions[peer] = _Session()
            effects.append(Meet(peer, newcomer=True))
        return effects

    def arrived(self, peer: PeerId) -> list[Effect]:
        """A newcomer."""
        if peer in self.sessions or len(self.sessions) >= MAX_SESSIONS:
            return []
        self.sessions[peer] = _Session()
        return [Meet(peer, newcomer=False)]

    def absent(self, peer: PeerId) -> None:
        """Its socket is lost; it may return."""
        if peer in self.sessions:
            self.sessions[peer].absent = True

    def returned(self, peer: PeerId) -> None:
        """It has."""
        if peer in self.sessions:
            self.sessions[peer].absent = False

    def departed(self, peer: PeerId, now: float, left: bool = False) -> list[Effect]:
        """The session is over; `left` on purpose. A running link goes on without it.

        A page that is loaded again while files come in leaves the server on purpose and says goodbye to nobody, and the
        end of its link may be heard first: whoever was linked once is waited for all the same.
        """
        session = self.sessions.pop(peer, None)
        if session is None:
            return []
        person = self.persons.get(session.instance or "")
        if person is None or person.peer != peer:
            return [Forget(peer)]
        instance = session.instance or ""
        if left and not person.met:
            del self.persons[instance]
            return [Forget(peer), Gone(instance)]
        person.peer, person.until = None, None if person.linked else now + REUNION_S
        return [Forget(peer), Part(instance)]

    def recognised(self, peer: PeerId, instance: str) -> list[Effect]:
        """A paired session says who it is.

        A person has one session. Another one that claims the same instance takes over only from one whose socket is
        lost; while that lives, the claim is somebody else's, and the claimant is not met.
        """
        session = self.sessions.get(peer)
        if session is None or session.instance is not None:
            return []
        person = self.persons.get(instance)
        if person is None:
            if len(self.persons) >= MAX_PERSONS:
                return [Forget(peer)]
            session.instance = instance
            self.persons[instance] = _Person(peer)
            return [Bind(peer, instance, known=False)]
        effects: list[Effect] = []
        if person.peer is not None:
            if not self.sessions[person.peer].absent:
                return [Forget(peer)]
            effects = [Forget(person.peer), Part(instance)]
            self.sessions[person.peer].instance = None
        session.instance, person.peer, person.until = instance, peer, None
        return [*effects, Bind(peer, instance, known=True)]

    def linked(self, instance: str) -> None:
        """A proven link to this person runs."""
        if person := self.persons.get(instance):
            person.linked, person.met, person.until = True, True, None

    def unlinked(self, instance: str, now: float) -> None:
        """It does not any more."""
        if person := self.persons.get(instance):
            person.linked = False
            if person.peer is None:
                person.until = now + REUNION_S

    def left(self, instance: str) -> list[Effect]:
        """The person said goodbye, or was given up."""
        person = self.persons.pop(instance, None)
        if person is None:
            return []
        if person.peer is not None:
            self.sessions[person.peer].instance = None
            return [Forget(person.peer), Gone(instance)]
        return [Gone(instance)]

    def expire(self, now: float) -> list[Effect]:
        """Persons who did not come back in time are gone."""
        late = [name for name, person in self.persons.items() if person.until is not None and person.until <= now]
        return [effect for instance in late for effect in self.left(instance)]
