"""The signaling server inside the test's own loop, on a real socket, and a client that speaks its protocol raw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import aiohttp
from aiohttp import WSMsgType, web

from signaling.app import HUB, make_app
from signaling.brokers.base import Broker
from signaling.config import Settings
from signaling.hub import Hub
from signaling.protocol import messages
from signaling.protocol.codec import decode_notice, encode, numbered
from signaling.protocol.errors import RefusalCode
from signaling.protocol.messages import Command, Hello, Notice, Refused, Reserve, Reserved, Welcome

N = TypeVar("N", bound=Notice)
PATIENCE_S = 10.0
"""How long a test waits for a frame before it fails."""
LINK_ROOM = "r" * 22


@dataclass
class Site:
    """A listening server."""

    url: str
    hub: Hub
    runner: web.AppRunner
    session: aiohttp.ClientSession

    async def connect(self, **headers: str) -> Client:
        """A client that has said nothing yet; it is closed with the site."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        socket = await self.session.ws_connect(f"{self.url}/v1/ws", headers=named, compress=0)
        return Client(socket)

    async def join(self, room: str = LINK_ROOM, **hello: Any) -> Client:
        """A client that has been welcomed."""
        client = await self.connect()
        await client.join(room, **hello)
        return client


@asynccontextmanager
async def serving(broker: Broker | None = None, **overrides: Any) -> AsyncIterator[Site]:
    """A server with these settings, on a free port of loopback, for the length of a block."""
    app = make_app(Settings(**{"stun_port": None, **overrides}), broker)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        listener = web.TCPSite(runner, "127.0.0.1", 0)
        await listener.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            yield Site(f"http://127.0.0.1:{runner.addresses[0][1]}", app[HUB], runner, session)
    finally:
        await runner.cleanup()


class Client:
    """Says commands with their `cseq`, hears notices, remembers what a resume needs. Answers pings while it hears."""

    welcome: Welcome

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.after = 0
        self.said = 0

    @property
    def peer(self) -> str:
        """The id that the server gave us."""
        return self.welcome.peer

    async def say(self, command: Command) -> None:
        """Sends a command with the next number."""
        self.said += 1
        await self.socket.send_str(encode(numbered(command, self.said)))

    async def hear(self, kind: type[N]) -> N:
        """The next notice, which must be of this kind."""
        notice = await self.hear_any()
        assert isinstance(notice, kind), f"{notice} instead of {kind.__name__}"
        return notice

    async def hear_any(self) -> Notice:
        """The next notice."""
        async with asyncio.timeout(PATIENCE_S):
            frame = await self.socket.receive()
        assert frame.type is WSMsgType.TEXT, f"{frame.type.name} {frame.data} instead of a notice"
        notice = decode_notice(frame.data)
        self.after = notice.seq or self.after
        return notice

    async def closed(self) -> int | None:
        """The code with which the server closes, once all before it is read."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code

    async def join(self, room: str = LINK_ROOM, **hello: Any) -> Welcome:
        """Says hello and hears the welcome."""
        await self.say(Hello(v=1, room=room, **hello))
        self.welcome = await self.hear(Welcome)
        return self.welcome

    async def reserve(self) -> str:
        """Asks for a room number."""
        await self.say(Reserve())
        return (await self.hear(Reserved)).room

    async def resume(self, other: Client, room: str = LINK_ROOM) -> messages.Resumed:
        """Takes over another client's session, from the last frame that it heard."""
        claim = messages.Resume(other.welcome.session, other.welcome.resume_token, other.after)
        await self.say(Hello(v=1, room=room, resume=claim))
        self.welcome, self.after, self.said = other.welcome, other.after, other.said
        return await self.hear(messages.Resumed)

    def abort(self) -> None:
        """Goes away without a word, as a process that is killed."""
        self._transport.abort()

    def freeze(self) -> None:
        """Neither reads nor answers any more, as a process that is stopped; the kernel keeps the connection."""
        self._transport.pause_reading()

    @property
    def _transport(self) -> asyncio.Transport:
        assert self.socket._conn
        return cast(asyncio.Transport, self.socket._conn.transport)


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop run until something that no event tells of has come true."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def refused(client: Client) -> tuple[RefusalCode, int | None]:
    """The refusal that the client hears, and the close code after it."""
    return (await client.hear(Refused)).code, await client.closed()
