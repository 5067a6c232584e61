"""A hostile server: passes everything on to the real one, and does what it likes with the notes between peers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import WSMsgType, web

from signaling.protocol.codec import decode_notice, encode
from signaling.protocol.messages import Notice, PeerId, Relayed, Welcome
from web import pages

Meddling = Callable[[PeerId, Relayed], Awaitable[list[Relayed]]]
"""What the peer hears instead of a note that was meant for it."""


class Meddler:
    """Clients connect to `url`. Notes that are invented have no number, so that the real ones keep theirs."""

    def __init__(self, meddle: Meddling) -> None:
        self.url = ""
        self._meddle = meddle
        self._sockets: dict[PeerId, web.WebSocketResponse] = {}

    async def tell(self, peer: PeerId, sender: PeerId, body: str) -> None:
        """Says a note to a peer that nobody has sent."""
        await self._sockets[peer].send_str(encode(Relayed(sender=sender, body=body)))

    async def serve(self, request: web.Request, server_url: str) -> web.WebSocketResponse:
        """One client."""
        client = web.WebSocketResponse()
        await client.prepare(request)
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{server_url}/v1/ws") as server:
            up = asyncio.create_task(self._up(client, server))
            down = asyncio.create_task(self._down(server, client))
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
        await client.close()
        return client

    async def _up(self, client: web.WebSocketResponse, server: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in client:
            if frame.type is WSMsgType.TEXT:
                await server.send_str(frame.data)

    async def _down(self, server: aiohttp.ClientWebSocketResponse, client: web.WebSocketResponse) -> None:
        me: PeerId = ""
        async for frame in server:
            notice: Notice = decode_notice(frame.data)
            if isinstance(notice, Welcome):
                me = notice.peer
                self._sockets[me] = client
            heard = await self._meddle(me, notice) if isinstance(notice, Relayed) else [notice]
            for each in heard:
                await client.send_str(encode(each))


@asynccontextmanager
async def meddling(server_url: str, meddle: Meddling) -> AsyncIterator[Meddler]:
    """A hostile server on a free port of loopback."""
    meddler = Meddler(meddle)

    async def serve(request: web.Request) -> web.WebSocketResponse:
        return await meddler.serve(request, server_url)

    async with _listening(web.Application(), serve) as meddler.url:
        yield meddler


@asynccontextmanager
async def parting(browsers: str, programs: str) -> AsyncIterator[str]:
    """A hostile host with genuine pages, on a free port of loopback; gives back its address.

    Browsers are passed on to one server and programs to another: they meet only whoever sits at both under their link.
    """

    async def pass_on(_: PeerId, note: Relayed) -> list[Relayed]:
        return [note]

    async def serve(request: web.Request) -> web.WebSocketResponse:
        return await Meddler(pass_on).serve(request, browsers if "Origin" in request.headers else programs)

    app = web.Application()
    pages.setup(app)
    async with _listening(app, serve) as url:
        yield url


@asynccontextmanager
async def _listening(
    app: web.Application, serve: Callable[[web.Request], Awaitable[web.WebSocketResponse]]
) -> AsyncIterator[str]:
    app.router.add_get("/v1/ws", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
