"""Who is in a room: sessions at the server, the meeting with each, and the persons behind them.

what the server and the links say ──► Roster ──effects──► Meetings, Persons          at a locked door: Doorway
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from peer.core import roster
from peer.core.link_moves import Met
from peer.core.roster import Roster
from peer.meeting import Meeting
from peer.meetings import Meetings
from peer.person import Person
from peer.wire.notes import Here
from signaling.protocol.messages import PeerId


class Host(Protocol):
    """What the company needs of its room."""

    instance: str

    def new_meeting(self, peer: PeerId, newcomer: bool) -> Meeting:
        """With a session that has come."""

    def new_person(self, instance: str) -> Person:
        """Somebody who has said who they are."""

    def nobody_waits(self, instance: str) -> None:
        """Whoever stood at the door under this instance, if they did, has gone."""

    def person_gone(self, instance: str) -> None:
        """Somebody is gone for good."""


class Company:
    """Keeps the roster and what stands for each line of it.

    Attributes:
        persons: by instance.
    """

    def __init__(self, host: Host) -> None:
        self.roster = Roster()
        self.meetings = Meetings()
        self.persons: dict[str, Person] = {}
        self._host = host
        self._stir = asyncio.Event()

    @property
    def met(self) -> bool:
        """Whether anybody here has proven that it knows the secret."""
        return bool(self.persons) or self.meetings.paired

    def apply(self, effects: list[roster.Effect]) -> None:
        """What the roster wants done."""
        for effect in effects:
            self._settle(effect)
        self._stir.set()

    async def expire(self) -> None:
        """Those who did not come back are gone; runs until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self.roster.deadline):
                    await self._stir.wait()
            self._stir.clear()
            for effect in self.roster.expire(loop.time()):
                self._settle(effect)

    def behind(self, meeting: Meeting) -> Person | None:
        """The person that speaks through it."""
        return next((person for person in self.persons.values() if person.meeting is meeting), None)

    def speaking(self, peer: PeerId) -> Person | None:
        """The person behind a session."""
        meeting = self.meetings.get(peer)
        return self.behind(meeting) if meeting is not None else None

    def waiting(self, instance: str) -> list[Meeting]:
        """Those that say they are this one. Once it is in, whoever else says so has to prove it."""
        return [] if instance in self.persons else [each for each in self.meetings if each.claims == instance]

    def recognised(self, meeting: Meeting, here: Here) -> None:
        """It says who it is, and may come in."""
        self.apply(self.roster.recognised(meeting.other, here.instance))
        if person := self.behind(meeting):
            person.feed(Met("newcomer" if meeting.newcomer else "member", here.epoch, here.live))

    def greeting(self) -> Here:
        """A newcomer greets somebody whom it cannot know yet: it speaks of all its links that lost their session."""
        lines = [person.line.talk for person in self.persons.values() if person.meeting is None]
        epoch = max((talk.epoch for talk in lines), default=0)
        return Here(instance=self._host.instance, epoch=epoch, live=any(talk.live for talk in lines))

    def unlinked(self, instance: str) -> None:
        """A link does not run any more."""
        self.roster.unlinked(instance, asyncio.get_running_loop().time())
        self._stir.set()

    def _settle(self, effect: roster.Effect) -> None:
        match effect:
            case roster.Meet(peer, newcomer):
                self.meetings.add(self._host.new_meeting(peer, newcomer))
            case roster.Forget(peer):
                meeting = self.meetings.get(peer)
                self.meetings.forget(peer)
                if meeting is not None and meeting.claims and not self.waiting(meeting.claims):
                    self._host.nobody_waits(meeting.claims)
            case roster.Bind(peer, instance, known):
                if not known:
                    self.persons[instance] = self._host.new_person(instance)
                meeting = self.meetings.get(peer)
                assert meeting is not None, "who is recognised has been met"
                self.persons[instance].bind(meeting)
            case roster.Part(instance):
                self.persons[instance].unbind()
            case roster.Gone(instance):
                self.persons.pop(instance).leave()
                self._host.person_gone(instance)
