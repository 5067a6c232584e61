"""A seat in a room: who is there, how each of them was met, and the line to each.

server ── notices ──► Company ──┬─► Meeting  pairing and seal, one for each session
                                └─► Person   line and Remote, one for each person
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Literal, cast

from peer.bytes import to_base64url
from peer.company import Company
from peer.core import roster
from peer.core.link_moves import Heard
from peer.doorway import Doorway
from peer.invite import DEFAULT_WORDS, Invite, new_code_invite
from peer.line import Ended
from peer.links.base import Entry, Link, Lost
from peer.links.websocket import WebSocketLink
from peer.mailbox import Mailbox
from peer.meeting import Meeting, Mismatched, Opened, Outcome, Paired, Say
from peer.person import Person
from peer.remote import CAPABILITIES, RESTART, Remote
from peer.room_event import RoomEvent
from peer.room_failed import WRONG, NoRoom, RoomFailed, TurnedAway, WrongCode, failure_of, given_up
from peer.rtc.engine import Engine, LinkConfig, load_engine
from peer.wire.control import MAX_NAME, Hello, RoomState, Verdict
from peer.wire.notes import Door, Here, InnerNote, Knock
from signaling.protocol.errors import Malformed, RefusalCode
from signaling.protocol.messages import (
    Absent,
    Arrived,
    CloseRoom,
    Departed,
    Ice,
    IceServer,
    IceServers,
    Leave,
    Notice,
    PeerId,
    Pong,
    Refused,
    Relay,
    Relayed,
    Reserved,
    Resumed,
    Returned,
    RoomClosed,
    Welcome,
)

BURNT = "wrong code"
"""The reason with which a creator closes a code room after a wrong guess."""
DONE = "done"
ICE_FRESH_S = 600.0
"""How old an ICE server list may be when somebody arrives; its credentials expire."""
CLOSING_S = 5.0
"""How long to wait for the server to say that a burnt room is closed."""
_MAX_EVENTS = 256


class _Over(Exception):
    """Nobody else will come."""


class Room:
    """Made by `join` and `join_code`; opened and closed by them.

    Attributes:
        server: its base URL.
        invite: what others need; of `join_code`, once open.
        served: whether the server answers.
        keeps_code: leave our code good for the next who reserves its number; else it is burnt when we leave.
    """

    invite: Invite

    def __init__(
        self,
        server: str,
        invite: Invite | None,
        entry: Entry,
        *,
        name: str = "",
        engine: str = "auto",
        media: bool = False,
        words: int = DEFAULT_WORDS,
        capabilities: Sequence[str] = CAPABILITIES,
        on_event: Callable[[RoomEvent], None] | None = None,
    ) -> None:
        self.server = server
        self.keeps_code = False
        if invite is not None:
            self.invite = invite
        self.engine: Engine
        self._fresh_code = invite is None
        self._words = words
        self.name = name[:MAX_NAME]
        self._choice = cast("Literal['auto', 'aiortc', 'libwebrtc']", engine)
        self._media = media
        self.served = True
        self._can = list(capabilities)
        self.instance = to_base64url(secrets.token_bytes(16))
        self._me: PeerId = ""
        self._creator = False
        self._ice: list[IceServer] = []
        self._ice_at = 0.0
        self._company = Company(self)
        self._doorway = Doorway(self, self._company)
        self._link: Link = WebSocketLink(server, entry, holds=lambda: self._company.roster.links > 0)
        self._arrivals: Mailbox[Remote] = Mailbox(roster.MAX_PERSONS)
        self._events: Mailbox[RoomEvent] = Mailbox(_MAX_EVENTS)
        self._on_event = on_event
        self._loaded = asyncio.Event()
        self._closing = asyncio.Event()
        self._burning: WrongCode | None = None
        self._welcomed: asyncio.Future[None]
        self._main: asyncio.Task[None]
        self._group: asyncio.TaskGroup

    async def open(self) -> None:
        """Returns once seated. Raises RoomFailed, EngineFailed."""
        self._welcomed = asyncio.get_running_loop().create_future()
        self._main = asyncio.create_task(self._run(), name="room")
        self._main.add_done_callback(self._over)
        try:
            self.engine = await asyncio.to_thread(load_engine, self._choice)  # beside reaching the server
            self._loaded.set()
            await self._welcomed
        except BaseException:
            self._welcomed.cancel()
            await self.aclose()
            raise

    async def peers(self) -> AsyncIterator[Remote]:
        """Everybody, once verified: proof checked and hello heard. Ends with the room. Raises RoomFailed."""
        with suppress(_Over):
            while True:
                yield await self._arrivals.get()

    async def events(self) -> AsyncIterator[RoomEvent]:
        """What happens around the links; what nobody reads is dropped. Ends with the room."""
        with suppress(_Over):
            while True:
                yield await self._events.get()

    async def aclose(self) -> None:
        """Says goodbye, closes every link, and burns the code that it made; idempotent."""
        if not self._closing.is_set():
            self._closing.set()
            await asyncio.gather(*(person.part() for person in self._company.persons.values()))
            burns = self._creator and self._has_code and not self.keeps_code
            farewell = CloseRoom(reason=DONE) if burns else Leave()
            await self._link.farewell(farewell)
        self._main.cancel()
        with suppress(asyncio.CancelledError):
            await self._main

    @property
    def _has_code(self) -> bool:
        return self.invite.code is not None

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            link = group.create_task(self._link.run())
            group.create_task(self._company.expire())
            try:
                await self._attend()
            except RoomFailed as failure:
                self._fail(failure)
            link.cancel()  # running links go on until the room is left
            self._arrivals.end(_Over())

    def _over(self, main: asyncio.Task[None]) -> None:
        error = None if main.cancelled() else main.exception()
        ending = error if isinstance(error, Exception) else _Over()
        self._arrivals.end(ending)
        self._events.end(_Over())
        if not self._welcomed.done():
            self._welcomed.set_exception(ending)

    def _fail(self, failure: RoomFailed) -> None:
        self._arrivals.end(failure)
        if not self._welcomed.done():
            self._welcomed.set_exception(failure)

    def _tell(self, event: RoomEvent) -> None:
        self._events.put(event)
        if self._on_event is not None:
            self._on_event(event)

    async def _attend(self) -> None:
        """Takes what the server says until the room is closed."""
        while True:
            notice = await self._link.next()
            self.served = not isinstance(notice, Lost)
            if isinstance(notice, Lost):
                self._tell(RoomEvent("server_lost"))
            elif isinstance(notice, RoomClosed):
                return self._room_closed(notice.reason)
            else:
                await self._take(notice)
                await self._begin()

    async def _take(self, notice: Notice) -> None:
        now = asyncio.get_running_loop().time()
        match notice:
            case Reserved(room=room):
                if self._fresh_code:
                    self.invite, self._fresh_code = new_code_invite(room, self._words), False
            case Welcome():
                first = not self._welcomed.done()
                self._me, self._creator = notice.peer, notice.creator
                self._ice, self._ice_at = notice.ice_servers, now
                self._company.apply(self._company.roster.welcomed([member.peer for member in notice.members], now))
                self._tell(RoomEvent("connected" if first else "server_found"))
                if first:
                    self._welcomed.set_result(None)
            case Resumed():
                self._tell(RoomEvent("server_found"))
            case Arrived(peer=peer):
                if self._ice and now - self._ice_at > ICE_FRESH_S:
                    await self._link.say(Ice())
                self._company.apply(self._company.roster.arrived(peer))
            case Absent(peer=peer):
                self._company.roster.absent(peer)
            case Returned(peer=peer):
                self._company.roster.returned(peer)
            case Departed(peer=peer, reason=reason):
                if reason == "left" and (person := self._company.speaking(peer)):
                    person.left = True
                self._company.apply(self._company.roster.departed(peer, now, left=reason == "left"))
            case Relayed(sender=sender, body=body):
                await self._hear(sender, body)
            case IceServers(ice_servers=servers):
                self._ice, self._ice_at = servers, now
            case Refused(code=RefusalCode.NUMBER_TAKEN):
                self._tell(RoomEvent("number_taken"))
            case Refused() | Pong() | RoomClosed():
                pass  # a note to somebody who has just departed, at most

    def _room_closed(self, reason: str) -> None:
        if self._burning is not None:
            raise self._burning
        if self._company.roster.links == 0:
            if reason == BURNT:
                raise WrongCode(f"{WRONG} The code is burnt: ask for a new one.", burnt=True)
            raise NoRoom("The one who opened the room has closed it.")

    async def _begin(self) -> None:
        """Speaks first where we are the newcomer and it is time."""
        while meeting := self._company.meetings.due():
            await self._act(meeting, meeting.start())
        if self._company.meetings.spent and not self._creator and not self._company.met:
            raise given_up(code=self._has_code)

    async def _hear(self, sender: PeerId, body: str) -> None:
        """A note. One that is not what is due is dropped: the server, too, can make notes up."""
        await self._loaded.wait()
        meeting = self._company.meetings.get(sender)
        if meeting is not None:
            with suppress(Malformed):
                await self._act(meeting, meeting.hear(body))

    async def _act(self, meeting: Meeting, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case Say(body):
                    await self._link.say(Relay(to=meeting.other, body=body))
                case Paired():
                    await self._doorway.paired(meeting)
                case Mismatched(reason, final):
                    await self._mismatched(meeting, reason, final)
                case Opened(note):
                    await self._opened(meeting, note)

    async def say_note(self, meeting: Meeting, note: InnerNote) -> None:
        """Seals a note and relays it."""
        await self._link.say(Relay(to=meeting.other, body=meeting.seal(note)))

    async def _opened(self, meeting: Meeting, note: InnerNote) -> None:
        person = self._company.behind(meeting)
        if isinstance(note, Here | Door | Knock):
            if person is None:
                await self._doorway.opened(meeting, note)
            elif isinstance(note, Door) and note.state == "refused" and person.instance == self._doorway.door.host:
                self.removed()
        elif person is not None:
            person.feed(Heard(note))

    def outside(self, state: Literal["locked", "held", "refused"]) -> None:
        """A door is locked to us."""
        if state != "refused":
            self._doorway.door.turned_away()
            self._tell(RoomEvent(state))
        elif self._company.roster.links == 0:
            self._fail(TurnedAway("The room is locked, and somebody inside did not let us in."))

    def removed(self) -> None:
        """The host has sent us away."""
        for instance in list(self._company.persons):
            self._company.apply(self._company.roster.left(instance))
        self._fail(TurnedAway("Whoever runs the room has removed us."))

    async def _mismatched(self, meeting: Meeting, reason: str, final: bool) -> None:
        self._tell(RoomEvent("pair_failed", reason))
        if self._has_code and (final or not meeting.newcomer):
            self._company.meetings.spend()
        if self._company.meetings.spent and not meeting.newcomer and self._creator:
            self._burning = WrongCode(f"{WRONG} The code is burnt: make a new one.", burnt=True)
            asyncio.get_running_loop().call_later(CLOSING_S, self._fail, self._burning)
            await self._link.say(CloseRoom(reason=BURNT))
        elif final and not self._company.met:
            raise given_up(code=self._has_code, told=reason == "told")

    # What company and persons ask and tell

    def new_meeting(self, peer: PeerId, newcomer: bool) -> Meeting:
        """With a session that has come."""
        return Meeting(self.invite, self._me, peer, newcomer, self._company.meetings.may_begin)

    def new_person(self, instance: str) -> Person:
        """Somebody who has said who they are."""
        return Person(self, instance, self._group)

    def nobody_waits(self, instance: str) -> None:
        """Whoever stood at the door under this instance, if they did, has gone."""
        self._doorway.door.left(instance)

    def person_gone(self, instance: str) -> None:
        """Somebody is gone for good."""
        self._doorway.door.gone(instance)
        self._tell(RoomEvent("departed"))

    def link_config(self) -> LinkConfig:
        """For the next connection."""
        return LinkConfig(ice_servers=self._ice, media=self._media)

    def person_up(self, person: Person) -> None:
        """A proven link runs."""
        self._company.roster.linked(person.instance)
        self._doorway.linked(person)
        if not person.remote.announced:
            person.remote.announced = True
            self._company.meetings.proven()
            self._tell(RoomEvent("arrived"))
            self._arrivals.put(person.remote)

    def person_said(self, person: Person, message: RoomState | Verdict) -> None:
        """Something about who may be in the room."""
        self._group.create_task(self._doorway.heard(person, message))

    def person_records(self, person: Person) -> None:
        """It has begun to record, or is not known to go on."""
        self._tell(RoomEvent("recording" if person.remote.records else "not_recording", of=person.remote))

    def person_down(self, person: Person) -> None:
        """It does not any more."""
        self._company.unlinked(person.instance)

    def person_ended(self, person: Person, ended: Ended) -> None:
        """The line is over for good."""
        if self._company.persons.get(person.instance) is not person:
            return
        person.left = person.left or ended.why in ("left", "hung_up")
        self._company.apply(self._company.roster.left(person.instance))
        if self._closing.is_set() or ended.why in ("left", "over"):
            return
        self._tell(RoomEvent("pair_failed", ended.why))
        if ended.why == "hung_up" and (self._company.persons or self._company.meetings.pending):
            return  # one of several has left; the one we are here for may still come
        if self._company.roster.links == 0 and (ended.why == "identity" or not person.remote.announced):
            self._fail(failure_of(ended.why, str(ended)))

    def hello(self) -> Hello:
        """How we introduce ourselves."""
        can = [*self._can, RESTART] if self.engine.restarts else self._can
        return Hello(v=1, name=self.name, kind="headless", engine=self.engine.name, capabilities=can)
