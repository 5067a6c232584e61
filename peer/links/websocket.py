"""The link over one WebSocket after another (docs/protocol.md, section 2).

connect ─► reserve? ─► hello ─► welcome ─► notices … ─┐
   ▲                     │ resume ─► resumed ─► …     │
   └───── backoff ◄──────┴────────────────────────────┘ closed, or silent for 1.5 heartbeats
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import aiohttp

from peer.abreast import abreast
from peer.links.base import Entry, Lost, Thread
from peer.room_failed import NoRoom, NotAdmitted, RoomFailed, RoomFull, ServerUnreachable
from signaling.protocol.codec import decode_notice, encode
from signaling.protocol.errors import Malformed, RefusalCode
from signaling.protocol.messages import (
    ACK_EVERY_S,
    MAX_FRAME_BYTES,
    Ack,
    Command,
    Notice,
    Refused,
    Reserve,
    Reserved,
    Resumed,
    Welcome,
)

CONNECT_S = 10.0
REOPEN_S = 20.0
"""How long a room that a lost server took with it is asked for again; longer while a link still runs."""
NUMBER_S = 30.0
"""How long a number that is taken is asked for again: its holder may be our former self, whose session is not over."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 8.0
RATE_PER_S, BURST = 15.0, 40.0
"""Own pace, a little below what the server allows: twenty frames a second, sixty at once."""
_MAX_UNREAD = 1000
_BREAKS = (aiohttp.ClientError, OSError, TimeoutError, Malformed)
_FOR_GOOD = {RefusalCode.UNAUTHORISED, RefusalCode.ORIGIN, RefusalCode.MALFORMED}
_MAY_COME_BACK = {RefusalCode.NO_ROOM, RefusalCode.ROOM_FULL, RefusalCode.NUMBER_TAKEN}


class _Broken(Exception):
    """This connection is over; the next one may do better."""


class _NotYet(_Broken):
    """The server said no to what it may allow a little later."""


class WebSocketLink:
    """Link to `server` (an http or https URL) over `/v1/ws`. `holds` says whether links run that outlive the server."""

    def __init__(
        self,
        server: str,
        entry: Entry,
        holds: Callable[[], bool] = lambda: False,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._server = server
        self._url = f"{server.rstrip('/')}/v1/ws"
        self._entry = entry
        self._holds = holds
        self._jitter = jitter
        self._thread = Thread(entry)
        self._inbox: asyncio.Queue[Notice | Lost | RoomFailed] = asyncio.Queue(_MAX_UNREAD)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        """The socket, once what the server missed has been said again on it."""
        self._turn = asyncio.Lock()
        self._budget, self._paced_at = BURST, 0.0
        self._heartbeat = CONNECT_S
        self._heard_at = 0.0
        self._ack_at: float | None = None
        self._stir = asyncio.Event()
        self._tries = 0
        self._reopen_until: float | None = None
        self._number_until: float | None = None
        self._wait_s = 0.0

    async def run(self) -> None:
        """Keeps connected until cancelled or refused."""
        try:
            async with aiohttp.ClientSession() as http:
                while True:
                    await self._connect(http)
                    await asyncio.sleep(self._backoff())
        except RoomFailed as failure:
            await self._inbox.put(failure)

    async def next(self) -> Notice | Lost:
        """The next notice, in order and once each. Raises RoomFailed."""
        item = await self._inbox.get()
        if isinstance(item, RoomFailed):
            raise item
        return item

    async def say(self, command: Command) -> None:
        """Says a command now, or after a resume."""
        async with self._turn:
            await self._pace()
            text = encode(self._thread.number(command))
            if self._socket is not None:
                with suppress(*_BREAKS):
                    await self._socket.send_str(text)

    async def farewell(self, *commands: Command) -> None:
        """Says these if connected, and closes."""
        socket = self._socket
        if socket is not None:
            with suppress(*_BREAKS):
                async with asyncio.timeout(2):
                    for command in commands:
                        await socket.send_str(encode(self._thread.number(command)))
                    await socket.close()

    async def _connect(self, http: aiohttp.ClientSession) -> None:
        """One connection, from its handshake to its end."""
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await http.ws_connect(
                    self._url,
                    autoping=False,
                    max_msg_size=MAX_FRAME_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
                )
        except aiohttp.InvalidURL:
            raise ServerUnreachable(f"{self._server} is not the address of a server.") from None
        except _BREAKS as error:
            self._fail_first(_why(error))
            return
        try:
            async with socket:
                await self._converse(socket)
        except _NotYet:
            self._tries = min(self._tries, 2)
        except (_Broken, *_BREAKS) as error:
            self._fail_first(_why(error))
        finally:
            was_in, self._socket = self._socket is not None, None
        if was_in:
            await self._inbox.put(Lost())

    def _fail_first(self, why: str) -> None:
        if not self._thread.welcomed:
            raise ServerUnreachable(
                f"No Twocans server answers at {self._server} ({why}). Is `twocans serve` running there? "
                "Another one is named with --server or TWOCANS_SERVER."
            )

    async def _converse(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async with asyncio.timeout(CONNECT_S):
            await self._enter(socket)
        self._tries, self._wait_s, self._reopen_until = 0, 0.0, None
        await abreast(self._read(socket), self._watch(socket))

    async def _enter(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Reserve, hello, and whatever comes up to `welcome` or `resumed`."""
        if self._entry.reserves:
            await socket.send_str(encode(Reserve(room=self._thread.room, token=self._entry.token)))
            await self._await_number(socket)
        await socket.send_str(encode(self._thread.hello()))
        while True:
            notice = await self._receive(socket)
            match notice:
                case Resumed(recovered=True, after=after) if self._thread.can_go_on_after(after):
                    async with self._turn:
                        for command in self._thread.said_after(after):
                            await self._pace()
                            await socket.send_str(encode(command))
                        self._socket = socket
                    await self._inbox.put(notice)
                    return
                case Resumed(recovered=True):
                    self._thread.forget()
                    raise _Broken("the server missed more than is kept")
                case Resumed():
                    self._thread.forget()
                case Welcome():
                    self._heartbeat = min(max(notice.heartbeat, 0.1), 60.0)
                    self._socket = socket
                    await self._inbox.put(notice)
                    return
                case Refused():
                    self._refused(notice)
                case _:
                    raise _Broken("the server spoke out of turn")

    async def _await_number(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        notice = await self._receive(socket)
        match notice:
            case Reserved():
                await self._inbox.put(notice)
            case Refused(code=RefusalCode.NUMBER_TAKEN) if self._thread.resumes:
                pass  # by ourselves: the server still knows the session
            case Refused(code=RefusalCode.NUMBER_TAKEN) if not self._thread.welcomed and self._thread.room:
                await self._await_holder(notice)
            case Refused():
                self._refused(notice)
            case _:
                raise _Broken("the server spoke out of turn")

    async def _await_holder(self, taken: Refused) -> None:
        """Raises: not now, or not at all."""
        now = asyncio.get_running_loop().time()
        if self._number_until is None:
            self._number_until = now + NUMBER_S
            await self._inbox.put(taken)
        if now < self._number_until:
            raise _NotYet
        self._refused(taken)

    def _refused(self, refused: Refused) -> None:
        """Not let in: for good, or worth another try. Raises."""
        self._wait_s = min(refused.retry_after or 0.0, 60.0)
        patient = self._thread.welcomed and refused.code not in _FOR_GOOD
        if patient and refused.code in _MAY_COME_BACK:
            now = asyncio.get_running_loop().time()
            self._reopen_until = self._reopen_until or now + REOPEN_S
            patient = now < self._reopen_until or self._holds()
            self._tries = min(self._tries, 2)
        if patient:
            self._thread.forget()
            raise _Broken(refused.message)
        match refused.code:
            case RefusalCode.NO_ROOM:
                raise NoRoom(refused.message)
            case RefusalCode.ROOM_FULL:
                raise RoomFull(refused.message)
            case _:
                raise NotAdmitted(refused.message)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            notice = await self._receive(socket)
            if isinstance(notice, Refused) and not notice.seq:
                self._wait_s = min(notice.retry_after or 0.0, 60.0)  # the close follows
                continue
            await self._inbox.put(notice)
            if self._thread.must_ack:
                await self._acknowledge(socket)
            elif self._thread.owes_ack and self._ack_at is None:
                self._ack_at = asyncio.get_running_loop().time() + ACK_EVERY_S
                self._stir.set()

    async def _watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Acknowledges what has waited, asks a silent server for a sign, and gives up on a dead one."""
        loop, asked_at = asyncio.get_running_loop(), 0.0
        while True:
            silent_at = self._heard_at + self._heartbeat
            dead_at = self._heard_at + 1.5 * self._heartbeat
            due = dead_at if asked_at >= self._heard_at else silent_at
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(due, self._ack_at or due)):
                    await self._stir.wait()
            self._stir.clear()
            now = loop.time()
            if self._ack_at is not None and now >= self._ack_at:
                await self._acknowledge(socket)
            if now >= self._heard_at + 1.5 * self._heartbeat:
                raise _Broken("the server is silent")
            if now >= self._heard_at + self._heartbeat and asked_at < self._heard_at:
                asked_at = now
                await socket.ping()

    async def _acknowledge(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._ack_at = None
        if self._thread.owes_ack:
            self._thread.acknowledged()
            await socket.send_str(encode(Ack(seq=self._thread.heard)))

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> Notice:
        """The next notice that is new. Any frame is a sign of life."""
        while True:
            message = await socket.receive()
            self._heard_at = asyncio.get_running_loop().time()
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    notice = decode_notice(message.data)
                    if self._thread.hear(notice, len(message.data)):
                        return notice
                case aiohttp.WSMsgType.PING:
                    await socket.pong(message.data)
                case aiohttp.WSMsgType.PONG:
                    pass
                case _:
                    raise _Broken(f"closed with {socket.close_code}")

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        self._budget = min(BURST, self._budget + (now - self._paced_at) * RATE_PER_S) - 1
        self._paced_at = now
        if self._budget < 0:
            await asyncio.sleep(-self._budget / RATE_PER_S)

    def _backoff(self) -> float:
        """Seconds to the next connection: doubling, at random in the upper half, and not before the server allows."""
        ceiling = min(FIRST_WAIT_S * 2.0**self._tries, LONGEST_WAIT_S)
        self._tries = min(self._tries + 1, 10)
        wait, self._wait_s = max(ceiling * (0.5 + self._jitter() / 2), self._wait_s), 0.0
        return wait


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"it answered {error.status}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or "no connection"
    return str(error) or type(error).__name__
