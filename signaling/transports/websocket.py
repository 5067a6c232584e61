"""Pumps text between one WebSocket and the hub, and finds out when the other end is silent or does not read.

One task reads, one writes. Writing ends the connection, whoever wants it to end: the reader is then stopped, so that
the closing handshake can wait for the client's answer, and a client that never answers is cut off.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from signaling.clients import Caller
from signaling.config import Settings
from signaling.hub import Hub
from signaling.protocol.errors import CloseCode, RefusalCode
from signaling.protocol.messages import MAX_FRAME_BYTES
from signaling.transports.caller import caller_of, origin_allowed

PATIENCE = 1.4
"""Heartbeats of silence after which a client counts as lost: at 8 s each, others hear of it within 12 s."""
QUEUED_OUTBOXES = 3
"""How much may wait to be written, in outboxes: a resume alone replays up to two."""
CLOSING_S = 2.0
"""How long a client has to read what is left and answer the close frame."""


async def serve(request: web.Request, hub: Hub) -> web.WebSocketResponse:
    """Answers `/v1/ws`: one connection from its opening to its end."""
    # a frame of exactly the limit is allowed; compression would cost 90 KiB a connection
    socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_FRAME_BYTES + 1, autoping=False, timeout=CLOSING_S)
    with suppress(ConnectionError):
        await socket.prepare(request)
    if socket.prepared and request.transport:  # else it is gone already
        link = WebSocketLink(socket, request.transport, hub)
        allowed = origin_allowed(request.headers.get("Origin"), request.host, hub.settings)
        await link.run(caller_of(request, hub.settings), allowed)
    return socket


class WebSocketLink:
    """A Link of the hub over one WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, hub: Hub) -> None:
        self._socket = socket
        self._transport = transport
        self._hub = hub
        self._settings: Settings = hub.settings
        self._loop = asyncio.get_running_loop()
        self._queue: deque[str] = deque()
        self._queued = 0
        """Characters in the queue. The outbox does not bound them: a client can acknowledge what it never read."""
        self._news = asyncio.Event()
        """There is something to write, or an end to it."""
        self._closing: CloseCode | None = None
        self._lost = False
        self._ping_due = False
        self._heard = self._loop.time()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def send(self, text: str) -> None:
        """See Link."""
        if self._closing is None:
            self._queue.append(text)
            self._queued += len(text)
            self._news.set()
            if self._queued > QUEUED_OUTBOXES * self._settings.outbox_bytes:
                self._after("full", 0, lambda: self._abort("slow"))

    def close(self, code: CloseCode) -> None:
        """See Link."""
        if self._closing is None:
            self._closing = code
            self._news.set()
            self._after("close", CLOSING_S, lambda: self._abort("slow"))

    async def run(self, caller: Caller, allowed: bool) -> None:
        """Serves the connection until either side ends it."""
        self._hub.connect(self, caller)
        try:
            if not allowed:
                self._hub.refuse(self, RefusalCode.ORIGIN, "Pages of this origin may not use this server.")
            self._after("ping", self._settings.heartbeat_s, self._beat)
            self._watch()
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read())
                await self._write()
                reading.cancel()
            if self._closing is not None and not self._lost:
                await self._socket.close(code=self._closing)
        finally:
            for timer in self._timers.values():
                timer.cancel()
            self._hub.disconnect(self, "lost")
            if self._transport.get_write_buffer_size():
                self._transport.abort()  # nobody reads what is left

    async def _read(self) -> None:
        """Returns when nothing more will come."""
        with suppress(ConnectionError):
            while True:
                message = await self._socket.receive()
                self._heard = self._loop.time()
                match message.type:
                    case WSMsgType.TEXT:
                        await self._hub.receive(self, message.data)
                    case WSMsgType.BINARY:
                        self._hub.refuse(self, RefusalCode.MALFORMED, "Frames are text.")
                    case WSMsgType.PING:
                        await self._socket.pong(message.data)
                    case WSMsgType.PONG:
                        pass
                    case _:
                        break
        self._lost = True
        self._news.set()

    async def _write(self) -> None:
        """Returns when the connection is to end."""
        try:
            while not self._lost:
                if self._queue:
                    text = self._queue.popleft()
                    self._queued -= len(text)
                    async with asyncio.timeout(self._settings.write_timeout_s):
                        await self._socket.send_str(text)
                elif self._closing is not None:
                    return
                elif self._ping_due:
                    self._ping_due = False
                    async with asyncio.timeout(self._settings.write_timeout_s):
                        await self._socket.ping()
                else:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self._abort("slow")
        except ConnectionError:
            self._lost = True

    def _beat(self) -> None:
        """Asks for a sign of life every heartbeat."""
        self._ping_due = True
        self._news.set()
        self._after("ping", self._settings.heartbeat_s, self._beat)

    def _watch(self) -> None:
        """Gives up on a client that showed no sign of life for PATIENCE heartbeats."""
        left = self._heard + PATIENCE * self._settings.heartbeat_s - self._loop.time()
        if left > 0:
            self._after("silence", left, self._watch)
        else:
            self._abort("silent")

    def _abort(self, reason: str) -> None:
        """Cuts the connection: a close frame would wait behind what nobody reads."""
        self._lost = True
        self._news.set()
        self._hub.disconnect(self, reason)
        self._transport.abort()

    def _after(self, purpose: str, seconds: float, call: Callable[[], None]) -> None:
        if purpose in self._timers:
            self._timers[purpose].cancel()
        self._timers[purpose] = self._loop.call_later(seconds, call)
