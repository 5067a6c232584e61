"""Those of a room's meetings that have not come in: what they are told at a locked door, and what we do at one.

    paired ──► here ──► Door: in ─────────────────────────────► met, as a person
                          └──► locked ──► door ⇄ knock ──► let in by the host, or known again

Twin: the seats of web/static/js/io/roster.js. Nobody sits here to decide: the host in some page does, and what it says
over its link is carried out. An invite that expires is looked at when somebody comes; there is nobody here to be told.
"""

from __future__ import annotations

import hmac
import sys
import time
from typing import Literal, Protocol

from peer.company import Company
from peer.core.door import Answer, Door, Move
from peer.meeting import Meeting
from peer.pairing import again_mac
from peer.person import Person
from peer.wire.control import RoomState, Verdict
from peer.wire.notes import Door as DoorNote
from peer.wire.notes import Here, InnerNote, Knock


class Host(Protocol):
    """What the doorway needs of its room."""

    instance: str
    name: str

    async def say_note(self, meeting: Meeting, note: InnerNote) -> None:
        """Seals a note and relays it."""

    def outside(self, state: Literal["locked", "held", "refused"]) -> None:
        """A door is locked to us."""

    def removed(self) -> None:
        """The host has sent us away."""


class Doorway:
    """Where the meetings of one room stand until they are persons."""

    def __init__(self, host: Host, company: Company) -> None:
        self.door = Door(host.instance, able=False)
        self._host = host
        self._company = company

    async def paired(self, meeting: Meeting) -> None:
        """The other knows the secret. A newcomer greets, unless whoever is there has to knock."""
        if meeting.newcomer:
            if self.door.tick(_now()):
                await self._answer(meeting, "locked")
            else:
                await self._host.say_note(meeting, self._company.greeting())

    async def opened(self, meeting: Meeting, note: Here | DoorNote | Knock) -> None:
        """A note of somebody who is not a person yet."""
        if isinstance(note, DoorNote):
            await self._knock(meeting, note)
        elif meeting.claims in ("", note.instance):
            meeting.claims = note.instance
            if isinstance(note, Here):
                await self._came(meeting, note)
            else:
                await self._knocked(meeting, note)

    def linked(self, person: Person) -> None:
        """A proven link runs."""
        can = person.remote.capabilities
        able = "door" in can and person.remote.kind == "browser"
        self.door.linked(person.instance, able=able, claims="host" in can, elder=False)

    async def heard(self, person: Person, message: RoomState | Verdict) -> None:
        """Of whoever decides, or says who does."""
        for move in self.door.heard(person.instance, message, _now()):
            await self._carry_out(move)

    async def _came(self, meeting: Meeting, here: Here) -> None:
        if meeting.here is None:
            meeting.here = here
            answer = "in" if meeting.welcome else self.door.came(here.instance, _now())
            if answer == "in":
                self._company.recognised(meeting, here)
            else:
                await self._answer(meeting, answer)

    async def _knock(self, meeting: Meeting, note: DoorNote) -> None:
        """A door is locked to us. Who was linked with us before knows us again."""
        self._host.outside(note.state)
        if note.state == "locked":
            known = self._company.persons.get(note.instance)
            again = _again(known, meeting) if known else None
            knock = Knock(instance=self._host.instance, name=self._host.name, again=again)
            meeting.welcome = meeting.welcome or self.door.outside  # whoever opens to us comes in here as well
            await self._host.say_note(meeting, knock)

    async def _knocked(self, meeting: Meeting, knock: Knock) -> None:
        known = self._company.persons.get(knock.instance)
        if known is None:
            answer = self.door.knocked(knock.instance, knock.name, _now())
        elif hmac.compare_digest(knock.again or "", _again(known, meeting)):
            answer = "in"
        else:
            return  # an impostor
        if answer == "in":
            await self._welcome(meeting)
        elif answer != "locked":
            await self._answer(meeting, answer)

    async def _answer(self, meeting: Meeting, state: Answer) -> None:
        if state != "in":
            await self._host.say_note(meeting, DoorNote(instance=self._host.instance, state=state))

    async def _admit(self, instance: str) -> None:
        for meeting in self._company.waiting(instance):
            await self._welcome(meeting)

    async def _welcome(self, meeting: Meeting) -> None:
        meeting.welcome = True
        if meeting.here is not None:
            self._company.recognised(meeting, meeting.here)
        else:  # it was told of our door in place of a greeting, and answers this one
            await self._host.say_note(meeting, self._company.greeting())

    async def _carry_out(self, move: Move) -> None:
        match move.what:
            case "in":
                await self._admit(move.instance)
            case "out":
                for meeting in self._company.waiting(move.instance):
                    await self._answer(meeting, "refused")
            case "drop":
                await self._drop(move.instance)
            case "ours":
                self._host.removed()

    async def _drop(self, instance: str) -> None:
        """Says it through the server too: the link may end before the other has read so."""
        person = self._company.persons.get(instance)
        if person is not None and person.meeting is not None:
            await self._answer(person.meeting, "refused")
        self._company.apply(self._company.roster.left(instance))


def _now() -> float:
    """In seconds, with those that the computer slept through."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _again(known: Person, meeting: Meeting) -> str:
    """What shows in this meeting that it is with somebody whom we were linked with."""
    assert known.line.keys is not None, "it was paired then"
    assert meeting.keys is not None, "it is paired now"
    return again_mac(known.line.keys.proof, meeting.keys.proof)
