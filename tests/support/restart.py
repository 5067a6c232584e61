"""A server inside the test's own loop that can be lost and started again on the same port."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from signaling.app import make_app
from signaling.config import Settings


class RestartableServer:
    """Knows its port from its first start on."""

    def __init__(self, **settings: Any) -> None:
        self._settings: dict[str, Any] = {"stun_port": None, **settings}
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens, or will again."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """A new process's worth of state: it knows no session, no room and no reserved number."""
        self._runner = web.AppRunner(make_app(Settings(**self._settings)), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Everything that it knew is gone."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()


@asynccontextmanager
async def restartable_server(**settings: Any) -> AsyncIterator[RestartableServer]:
    """Started; stopped at the end of the block."""
    server = RestartableServer(**settings)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
