"""A TCP relay before the server that keeps every byte the server is given and gives, in the clear.

WebSocket clients mask what they send (RFC 6455, section 5.3), so frames are unmasked before they are searched.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Recording:
    """What passed in each connection and direction."""

    def __init__(self) -> None:
        self.url = ""
        self._streams: list[bytearray] = []

    def stream(self) -> bytearray:
        """A new stream to write into."""
        made = bytearray()
        self._streams.append(made)
        return made

    def seen(self) -> bytes:
        """Everything, with WebSocket frames unmasked."""
        return b"\n".join(bytes(stream) + b"\n" + b"".join(unmasked(bytes(stream))) for stream in self._streams)

    def holds(self, secret: bytes) -> bool:
        """Whether `secret` passed in any usual spelling: plain, hex, or base64 at any of three alignments."""
        seen = self.seen()
        return any(spelling in seen for spelling in spellings(secret))


def spellings(secret: bytes) -> Iterator[bytes]:
    """The ways in which text travels through JSON and URLs."""
    yield secret
    yield secret.hex().encode()
    yield secret.decode("latin-1").encode("unicode_escape")
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + secret)
        inner = encoded[(shift * 8 + 5) // 6 : len(encoded) - 4 if encoded.endswith(b"=") else len(encoded)]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def unmasked(stream: bytes) -> Iterator[bytes]:
    """Payloads of the WebSocket frames after the HTTP head of a stream."""
    at = stream.find(b"\r\n\r\n") + 4
    if at < 4 or b"pgrade: websocket" not in stream[:at]:
        return
    while at + 2 <= len(stream):
        masked, size = stream[at + 1] & 0x80, stream[at + 1] & 0x7F
        at += 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size = int.from_bytes(stream[at : at + width], "big")
            at += width
        key = stream[at : at + 4] if masked else bytes(4)
        at += 4 if masked else 0
        payload = stream[at : at + size]
        yield bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
        at += size


@asynccontextmanager
async def recording(server_url: str) -> AsyncIterator[Recording]:
    """A relay on a free port of loopback; `url` is what clients use instead of the server's."""
    kept = Recording()
    target = urlsplit(server_url)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = kept.stream()
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                stream += data
                writer.write(data)
                await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        onward_reader, onward_writer = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(pump(reader, onward_writer), pump(onward_reader, writer))

    listener = await asyncio.start_server(relay, "127.0.0.1", 0)
    kept.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield kept
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
