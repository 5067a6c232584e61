"""A TCP relay before a server whose connections a test can cut, hold still, and let through again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Wire:
    """Where clients connect instead of to the server."""

    def __init__(self) -> None:
        self.url = ""
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._open = True
        self._flows.set()

    def cut(self) -> None:
        """Breaks every connection; new ones break too, until mended."""
        self._open = False
        self._abort()

    def freeze(self) -> None:
        """Nothing passes in either direction, and nobody is told: a cable pulled far away."""
        self._flows.clear()

    def mend(self) -> None:
        """New connections work again; those that were frozen are gone."""
        if not self._flows.is_set():
            self._abort()
        self._open = True
        self._flows.set()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction of one connection."""
        self._writers.add(writer)
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    @property
    def works(self) -> bool:
        """Whether new connections are let through."""
        return self._open

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


@asynccontextmanager
async def breakable(server_url: str) -> AsyncIterator[Wire]:
    """A relay on a free port of loopback, for the length of a block."""
    wire = Wire()
    target = urlsplit(server_url)
    tasks: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        if not wire.works:
            writer.transport.abort()
            return
        onward_reader, onward_writer = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(wire.pump(reader, onward_writer), wire.pump(onward_reader, writer))

    listener = await asyncio.start_server(relay, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        listener.close()
        wire.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
