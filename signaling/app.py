"""The aiohttp application: routes, health, and the hub's life from start to shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from signaling.brokers.base import Broker
from signaling.brokers.memory import MemoryBroker
from signaling.config import Settings
from signaling.hub import Hub
from signaling.transports import websocket

HUB = web.AppKey("HUB", Hub)
"""The application's hub."""


def make_app(settings: Settings, broker: Broker | None = None) -> web.Application:
    """The server without pages. `broker` is the application's to close; by default rooms live in this process."""
    app = web.Application()
    app[HUB] = Hub(settings, MemoryBroker() if broker is None else broker)
    app.router.add_get("/v1/ws", _websocket)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)
    app.cleanup_ctx.append(_running_hub)
    app.on_shutdown.append(_end_links)
    return app


async def _websocket(request: web.Request) -> web.WebSocketResponse:
    return await websocket.serve(request, request.app[HUB])


async def _alive(request: web.Request) -> web.Response:
    """Whether this process does its work; if not, whoever watches it should restart it."""
    return _answer(request.app[HUB].running, "alive")


async def _ready(request: web.Request) -> web.Response:
    """Whether a load balancer should send clients here."""
    hub = request.app[HUB]
    return _answer(hub.running and not hub.stopping and await hub.broker.reachable(), "ready")


def _answer(good: bool, word: str) -> web.Response:
    return web.Response(text=f"{word}\n" if good else f"not {word}\n", status=200 if good else 503)


async def _running_hub(app: web.Application) -> AsyncIterator[None]:
    hub = app[HUB]
    started = asyncio.Event()
    running = asyncio.create_task(hub.run(started.set), name="hub")
    await started.wait()
    yield
    hub.stop()
    await running
    await hub.broker.aclose()


async def _end_links(app: web.Application) -> None:
    """Says goodbye on every link; each cuts off a client that does not answer."""
    app[HUB].end_links()
    await app[HUB].links_ended()
