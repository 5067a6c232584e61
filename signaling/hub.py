"""The shell around sessions and rooms: owns this node's, runs their effects, keeps their time.

    link ─► receive ─► Session.step ─► effects ─► Broker.append          commands go up
    link ◄─── send ◄── Session.step ◄─ Room.apply ◄─ Broker.follow       facts come down, one task a room

Nothing here awaits a socket. A link queues what it is given; a client that does not read fills its own outbox alone.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import assert_never

from signaling.brokers.base import Broker, BrokerDown, Following
from signaling.clients import Caller, Client, Clients, Link
from signaling.config import Settings
from signaling.core import events, facts, room
from signaling.core.events import Erred, Received
from signaling.core.facts import is_code
from signaling.core.room import Room
from signaling.core.session import State
from signaling.ice import ice_servers
from signaling.numbers import RENEW_S, Numbers
from signaling.protocol import messages
from signaling.protocol.codec import decode_command, encode
from signaling.protocol.errors import CloseCode, Malformed, RefusalCode
from signaling.protocol.messages import MAX_BODY_BYTES, PeerId, RoomId

log = logging.getLogger(__name__)

TRY_AGAIN_S = 30.0
"""`retry_after` of a refusal for want of room."""


@dataclass(eq=False)
class Followed:
    """A room that this node reads, because clients of its own are in it or about to be."""

    room: Room
    facts: Following
    local: dict[PeerId, Client] = field(default_factory=dict)


class Hub:
    """All sessions and rooms of this process."""

    def __init__(self, settings: Settings, broker: Broker) -> None:
        self.settings = settings
        self.broker = broker
        self.clients = Clients(settings)
        self.rooms: dict[RoomId, Followed] = {}
        self.links: dict[Link, Client | None] = {}
        """Every open link; None once it no longer speaks for anybody."""
        self.running = False
        self.stopping = False
        self._numbers = Numbers(broker, settings.number_reuse_s)
        self._group = asyncio.TaskGroup()
        self._stop = asyncio.Event()
        self._link_ended = asyncio.Event()

    # What a transport calls

    def connect(self, link: Link, caller: Caller) -> None:
        """A client is there; it may be refused at once."""
        client = self.clients.add(link, caller, self._now())
        self.links[link] = client
        log.debug("< %s connected from %s", client.name, caller.address)
        if self.stopping:
            self._step(client, events.Detached("stopping"))
            self.end_links()
        elif not self.clients.take(client, self.clients.arriving):
            self._refuse_for_now(client)
        self._rearm(client)

    async def receive(self, link: Link, text: str) -> None:
        """The client said something. Returns when it may say more."""
        client = self.links.get(link)
        if client is None:
            return
        wait = client.throttle.take(self._now())
        if wait is None:
            self._step(client, Erred(RefusalCode.RATE, "Too many frames a second.", TRY_AGAIN_S))
            return
        if wait:
            await asyncio.sleep(wait)
            if self.links.get(link) is not client:
                return
        try:
            command = decode_command(text)
            if isinstance(command, messages.Relay) and len(command.body.encode()) > MAX_BODY_BYTES:
                raise Malformed(f"a body may have {MAX_BODY_BYTES} bytes")
        except Malformed as error:
            self._step(client, Erred(RefusalCode.MALFORMED, str(error)))
            return
        log.debug("< %s %s", client.name, type(command).__name__)
        self._obey(client, link, command)
        if client.session.room:
            await self.broker.drain(client.session.room)

    def refuse(self, link: Link, code: RefusalCode, message: str) -> None:
        """The transport finds fault with the client."""
        if client := self.links.get(link):
            self._step(client, Erred(code, message))

    def disconnect(self, link: Link, reason: str) -> None:
        """The link is no more; a second time does nothing."""
        client = self.links.pop(link, None)
        self._link_ended.set()
        if client:
            client.link = None
            self._step(client, events.Detached(reason))

    # The hub's own life

    async def run(self, on_started: Callable[[], None]) -> None:
        """Serves until `stop`; then every task of the hub has ended."""
        self.running = True
        try:
            async with self._group:
                renewing = self._group.create_task(self._renew(), name="renew numbers")
                on_started()
                await self._stop.wait()
                renewing.cancel()
                for client in self.clients:
                    self.clients.forget(client)
                for followed in list(self.rooms.values()):
                    followed.local.clear()
                    await followed.facts.aclose()
        finally:
            self.running = False

    def stop(self) -> None:
        """Ends `run`. End the links before."""
        self._stop.set()

    def end_links(self) -> None:
        """Tells every client that the server goes away."""
        self.stopping = True
        for link in self.links:
            self.links[link] = None
            link.close(CloseCode.GOING_AWAY)

    async def links_ended(self) -> None:
        """Returns when no link is left."""
        while self.links:
            self._link_ended.clear()
            await self._link_ended.wait()

    # Commands go up

    def _obey(self, client: Client, link: Link, command: messages.Command) -> None:
        match command:
            case messages.Hello() | messages.Reserve() if not self._knows_token(command.token):
                self._step(client, Erred(RefusalCode.UNAUTHORISED, "This server asks for a token."))
            case messages.Hello() if client.session.state is State.NEW:
                self._greet(client, link, command)
            case messages.Reserve() if client.session.state is State.NEW and not self._may_reserve(client):
                self._refuse_for_now(client)
            case _:
                self._step(client, Received(command))

    def _greet(self, client: Client, link: Link, hello: messages.Hello) -> None:
        if hello.resume:
            if self._resume(client, link, hello.room, hello.resume):
                return
            link.send(encode(messages.Resumed(recovered=False)))
        full = hello.room not in self.rooms and len(self.rooms) >= self.settings.max_rooms
        if full or not self.clients.take(client, self.clients.joined):
            self._refuse_for_now(client)
            return
        self.clients.give(client, self.clients.arriving)
        self._step(client, Received(hello))

    def _resume(self, newcomer: Client, link: Link, room_id: RoomId, resume: messages.Resume) -> bool:
        """Hands the newcomer's link to the session that it claims; False if that cannot be recovered."""
        client = self.clients.get(resume.session)
        if client is None or client.session.room != room_id:
            return False
        claim = events.Resuming(resume.token, resume.after, secrets.token_urlsafe(32))
        effects = client.session.step(claim, self._now())
        recovered = events.Attach() in effects
        if recovered:
            newcomer.link = None
            self._step(newcomer, events.Detached("resumed"))
        self._perform(client, effects, newer=link)
        return recovered

    async def _reserve(self, client: Client, asked: RoomId | None) -> None:
        peer = client.session.peer
        try:
            number = await (self._numbers.reserve(peer) if asked is None else self._numbers.reserve_again(asked, peer))
        except BrokerDown:
            self._step(client, Erred(RefusalCode.BACKPLANE_DOWN))
        else:
            self._step(client, events.Numbered(number))

    def _step(self, client: Client, event: events.Event) -> None:
        self._perform(client, client.session.step(event, self._now()))

    def _perform(self, client: Client, effects: list[events.Effect], newer: Link | None = None) -> None:
        for effect in effects:
            match effect:
                case events.Send(text):
                    if client.link:
                        client.link.send(text)
                case events.Close(code):
                    self._close(client, code)
                case events.Attach():
                    assert newer
                    client.link = newer
                    self.links[newer] = client
                case events.Append(fact):
                    self._append(client, fact)
                case events.ReserveNumber(asked):
                    self._group.create_task(self._reserve(client, asked), name="reserve a number")
                case events.GiveBack(number) if number in self.rooms:
                    self._numbers.orphan(number, client.session.peer)  # others still wait there
                case events.GiveBack(number):
                    self._numbers.give_back(number, client.session.peer)
                case events.TellIce():
                    self._step(client, events.Told(messages.IceServers(ice_servers=self._ice(client))))
                case events.Forget():
                    self.clients.forget(client)
                case _:
                    assert_never(effect)
        self._rearm(client)

    def _close(self, client: Client, code: CloseCode) -> None:
        if link := client.link:
            log.info("> %s closed %s", client.name, code.name.lower())
            self.links[link] = client.link = None
            link.close(code)

    def _append(self, client: Client, fact: facts.Fact) -> None:
        room_id = client.session.room
        assert room_id
        if isinstance(fact, facts.Relayed):
            self.broker.relay(room_id, fact)
            return
        if isinstance(fact, facts.Arrived):
            self._follow(room_id).local[fact.peer] = client
        log.info("= %s %s room=%s", client.name, type(fact).__name__.lower(), room_id[:6])
        self.broker.append(room_id, fact)

    # Facts come down

    def _follow(self, room_id: RoomId) -> Followed:
        if room_id not in self.rooms:
            self.rooms[room_id] = followed = Followed(Room(room_id), self.broker.follow(room_id))
            self._group.create_task(self._fold(room_id, followed), name=f"room {room_id[:6]}")
        return self.rooms[room_id]

    async def _fold(self, room_id: RoomId, followed: Followed) -> None:
        """Reads one room's facts for as long as clients of ours are in it."""
        try:
            async for fact in followed.facts:
                for effect in followed.room.apply(fact):
                    self._carry_out(room_id, followed, effect)
                if not followed.local:
                    break
        except BrokerDown as error:
            log.warning("! room=%s %s", room_id[:6], error)
        except Exception:
            log.exception("! room=%s", room_id[:6])
        finally:
            del self.rooms[room_id]
            for client in followed.local.values():
                self._step(client, Erred(RefusalCode.BACKPLANE_DOWN))
                self.clients.forget(client)
            await followed.facts.aclose()

    def _carry_out(self, room_id: RoomId, followed: Followed, effect: room.Effect) -> None:
        match effect:
            case room.Tell(to, notice):
                for peer in to:
                    if client := followed.local.get(peer):
                        log.debug("> %s %s", client.name, type(notice).__name__)
                        self._step(client, events.Told(notice))
            case room.Seat(peer, members, limit, creator):
                if client := followed.local.get(peer):
                    token = secrets.token_urlsafe(32)
                    self._step(client, events.Seated(members, limit, creator, self._ice(client), token))
            case room.Unseat(peer, why):
                if peer in followed.local:
                    client = followed.local.pop(peer)
                    self._step(client, events.Unseated(why))
                    self.clients.forget(client)
            case room.Orphan(creator):
                log.info("= room=%s orphaned", room_id[:6])
                self._numbers.orphan(room_id, creator)
            case room.Vacate(creator, burnt):
                log.info("= room=%s %s", room_id[:6], "closed" if burnt else "empty")
                if is_code(room_id):
                    self._numbers.end(room_id, creator, burnt=burnt)
            case _:
                assert_never(effect)

    # Time and small change

    def _rearm(self, client: Client) -> None:
        """Wakes the session at its deadline."""
        deadline = client.session.deadline
        if client.wakes_at == deadline:
            return
        if client.timer:
            client.timer.cancel()
        loop = asyncio.get_running_loop()
        client.timer = loop.call_at(deadline, self._wake, client) if deadline is not None else None
        client.wakes_at = deadline

    def _wake(self, client: Client) -> None:
        client.timer = client.wakes_at = None
        self._step(client, events.Woken())

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            for room_id, followed in self.rooms.items():
                if is_code(room_id) and followed.room.creator:
                    self._numbers.renew(room_id, followed.room.creator, orphaned=followed.room.orphaned)

    def _may_reserve(self, client: Client) -> bool:
        return self.clients.take(client, self.clients.reserved)

    def _refuse_for_now(self, client: Client) -> None:
        self._step(client, Erred(RefusalCode.TOO_MANY, retry_after=TRY_AGAIN_S))

    def _knows_token(self, token: str | None) -> bool:
        asked = self.settings.token
        return asked is None or compare_digest(asked.encode(), (token or "").encode())

    def _ice(self, client: Client) -> list[messages.IceServer]:
        return ice_servers(self.settings, client.session.id, time.time(), client.caller.host)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
