"""A coturn of the test's own on loopback, and a raw TURN client to try what it lets through."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aioice import stun, turn

IPV4, IPV6 = 1, 2
"""REQUESTED-ADDRESS-FAMILY of RFC 8656, section 18.8."""


@dataclass
class Allocation:
    """One relayed address."""

    client: turn.TurnClientUdpProtocol

    async def permit(self, peer: str) -> int:
        """Asks for a permission for this peer address: 0 when granted, else the error code."""
        request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
        request.attributes["XOR-PEER-ADDRESS"] = (peer, 4444)
        return await _ask(self.client, request)


@dataclass
class TurnServer:
    """A running coturn."""

    port: int

    @asynccontextmanager
    async def allocation(self, username: str, password: str, family: int = IPV4) -> AsyncIterator[Allocation | int]:
        """Allocates a relayed address; the error code where that is refused."""
        server = ("127.0.0.1", self.port)
        transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(server, username, password, 600, 500), remote_addr=server
        )
        try:
            request = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
            request.attributes["REQUESTED-TRANSPORT"] = turn.UDP_TRANSPORT
            if family == IPV6:
                # aioice does not know this attribute; it is added here, in the test's process alone.
                entry = (0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_bytes, stun.unpack_bytes)
                stun.ATTRIBUTES_BY_NAME.setdefault("REQUESTED-ADDRESS-FAMILY", entry)
                request.attributes["REQUESTED-ADDRESS-FAMILY"] = bytes([family, 0, 0, 0])
            yield await _ask(client, request) or Allocation(client)
        finally:
            transport.close()


@asynccontextmanager
async def running_coturn(configuration: str, folder: Path) -> AsyncIterator[TurnServer]:
    """Starts coturn with this configuration, moved to a free port of loopback by flags."""
    file = folder / "turnserver.conf"
    file.write_text(configuration, encoding="utf-8")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    flags = [f"--{kind}-ip={address}" for kind in ("listening", "relay") for address in ("127.0.0.1", "::1")]
    flags += [f"--listening-port={port}", f"--userdb={folder / 'turndb'}", f"--pidfile={folder / 'pid'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["turnserver", "-c", file, *flags], stdout=log, stderr=log)
    try:
        await _answers(port)
        yield TurnServer(port)
    finally:
        process.terminate()
        process.wait(10)


async def _answers(port: int) -> None:
    """Returns soon after it answers: one request, as RFC 8489 repeats it, would wait ever longer."""
    server = ("127.0.0.1", port)
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: turn.TurnClientUdpProtocol(server, None, None, 600, 500), remote_addr=server
    )
    try:
        async with asyncio.timeout(60):
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await client.request(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
                        return
    finally:
        transport.close()


async def _ask(client: turn.TurnClientUdpProtocol, request: stun.Message) -> int:
    try:
        await client.request_with_retry(request)
    except stun.TransactionFailed as error:
        return error.response.error_code or -1
    return 0
