"""The real server as a process of its own, as a person would start it."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent.parent.parent


@dataclass
class Server:
    """A running `twocans serve`."""

    url: str
    process: Process

    async def kill(self) -> None:
        """kill -9, and waits until it is gone."""
        self.process.kill()
        await self.process.wait()


async def start_server(*flags: str, port: int = 0, module: str = "twocans", home: Path = HOME) -> Server:
    """Starts the server and returns once it says that it listens; `port` 0 takes a free one, `home` is its source."""
    words = ["-m", module, "serve", "--port", str(port), "--stun-port", "0", *flags]
    process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=home, stdout=PIPE, stderr=DEVNULL)
    assert process.stdout
    async for line in process.stdout:
        if found := re.match(rb"listening on (\S+)", line):
            return Server(found[1].decode(), process)
    raise AssertionError(f"the server ended with {await process.wait()} before it listened")


@asynccontextmanager
async def running_server(
    *flags: str, port: int = 0, module: str = "twocans", home: Path = HOME
) -> AsyncIterator[Server]:
    """A server for the length of a block; SIGTERM at its end, unless the test killed it."""
    server = await start_server(*flags, port=port, module=module, home=home)
    try:
        yield server
    finally:
        if server.process.returncode is None:
            server.process.send_signal(signal.SIGTERM)
            await server.process.wait()
