"""One person as the room keeps it: the line, the Remote that programs see, and the session it speaks through now."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from peer.core.link_moves import Event, HangUp, Parted
from peer.failures import PeerGone, PeerLeft
from peer.line import Attempt, Ended, Line
from peer.meeting import Meeting
from peer.remote import Remote
from peer.rtc.engine import Channel, ChannelClosed, Connection, Engine, LinkConfig
from peer.wire.codec import encode
from peer.wire.control import Bye, Control, Hello, Recording, RoomState, Verdict
from peer.wire.notes import InnerNote
from signaling.protocol.messages import IceServer

GOODBYE_S = 1.0


class Host(Protocol):
    """What a person needs of its room."""

    engine: Engine
    instance: str

    def hello(self) -> Hello:
        """How we introduce ourselves."""

    def link_config(self) -> LinkConfig:
        """For the next connection."""

    async def say_note(self, meeting: Meeting, note: InnerNote) -> None:
        """Seals a note and relays it."""

    def person_up(self, person: Person) -> None:
        """A proven link runs."""

    def person_said(self, person: Person, message: RoomState | Verdict) -> None:
        """Something about who may be in the room."""

    def person_records(self, person: Person) -> None:
        """It has begun to record, or is not known to go on."""

    def person_down(self, person: Person) -> None:
        """It does not any more."""

    def person_ended(self, person: Person, ended: Ended) -> None:
        """The line is over for good."""


class Person:
    """Owner of a Line."""

    def __init__(self, host: Host, instance: str, group: asyncio.TaskGroup) -> None:
        self.instance = instance
        self.remote = Remote(instance, self._connect_side)
        self.meeting: Meeting | None = None
        """The session that it speaks through; None while it has none."""
        self.left = False
        """Whether it said goodbye."""
        self.line = Line(self, host.instance, host.engine, host.link_config, host.hello())
        self._host = host
        self._running = group.create_task(self.line.run())

    def bind(self, meeting: Meeting) -> None:
        """A paired session speaks for this person from now on."""
        assert meeting.keys is not None, "only a paired session is bound"
        self.meeting, self.line.keys = meeting, meeting.keys

    def unbind(self) -> None:
        """It has no session; its link may run on."""
        self.meeting = None
        self.line.feed(Parted())

    def feed(self, event: Event) -> None:
        """For the line."""
        self.line.feed(event)

    def leave(self) -> None:
        """The person is gone for good."""
        self.remote.go(PeerLeft("The other end has left.") if self.left else PeerGone("The other end is gone."))
        self.line.feed(HangUp())

    async def part(self) -> None:
        """We leave: says so over the link and through the server, and closes."""
        with suppress(ChannelClosed, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self.remote.farewell(encode(Bye()))
                await self.remote.cut()  # the other hangs up once it has read all that we said
        self.line.feed(HangUp())
        await asyncio.wait([self._running], timeout=2 * GOODBYE_S)

    def _connect_side(self) -> Connection:
        """For a side lane. It goes from machine to machine or not at all: relays are for those who need them."""
        servers = [
            IceServer(urls=urls)
            for server in self._host.link_config().ice_servers
            if (urls := [url for url in server.urls if url.startswith("stun")])
        ]
        return self._host.engine.connect(LinkConfig(ice_servers=servers))

    # What the line tells

    async def send_note(self, note: InnerNote) -> None:
        if self.meeting is not None:
            await self._host.say_note(self.meeting, note)

    def line_up(self, attempt: Attempt, hello: Hello) -> None:
        self.remote.up(attempt.connection, hello, attempt.keys.sas)
        self._host.person_up(self)

    def line_down(self) -> None:
        recorded = self.remote.records
        self.remote.down()
        if recorded:
            self._host.person_records(self)
        self._host.person_down(self)

    def line_ended(self, ended: Ended) -> None:
        self._host.person_ended(self, ended)

    def take_control(self, message: Control) -> None:
        if isinstance(message, RoomState | Verdict):
            self._host.person_said(self, message)
        turned = isinstance(message, Recording) and message.on != self.remote.records
        if not self.remote.take(message):
            raise Ended("left", "The other end has left.")
        if turned:
            self._host.person_records(self)

    def take_lane(self, channel: Channel) -> None:
        self.remote.take_lane(channel)
