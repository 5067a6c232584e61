"""What an engine's data channel does by itself: no room, no pairing, no hashing, no disk.

    python -m bench.bare ENGINE send BYTES               prints a port on loopback, gives zeros to who calls there
    python -m bench.bare ENGINE receive BYTES PORT       prints how many seconds they took

Two processes, one connection, one channel, the longest messages. What a transfer loses against this is ours to answer
for; the rest is the library's.
"""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio import StreamReader, StreamWriter
from typing import Any

import msgspec

from peer.rtc.engine import CandidateFound, Channel, Connection, LinkConfig, load_engine
from peer.rtc.sdp import MAX_MESSAGE_BYTES
from peer.wire.notes import Candidate


async def main(engine: Any, role: str, size: int, port: int = 0) -> None:
    """One end, from its start to its last byte."""
    connection = load_engine(engine).connect(LinkConfig())
    reader, writer = await (called() if role == "send" else asyncio.open_connection("127.0.0.1", port))
    if role == "send":
        say(writer, await connection.make_offer())
        await connection.take_answer(msgspec.json.decode(await reader.readline(), type=str))
    else:
        say(writer, await connection.take_offer(msgspec.json.decode(await reader.readline(), type=str)))
    introducing = [asyncio.create_task(tell(connection, writer)), asyncio.create_task(hear(connection, reader))]
    await connection.control.opened()
    began = time.monotonic()
    await (give if role == "send" else take)(connection.control, size)
    if role == "receive":
        print(f"{time.monotonic() - began:.3f}")
    writer.write_eof()
    await introducing[1]  # until the other end has done the same
    await connection.aclose()
    await introducing[0]


async def give(channel: Channel, size: int) -> None:
    """Sends `size` bytes; returns once they are there."""
    message = bytes(MAX_MESSAGE_BYTES)
    for start in range(0, size, len(message)):
        await channel.send(message[: size - start])
    await channel.receive()


async def take(channel: Channel, size: int) -> None:
    """Takes `size` bytes and says so."""
    while size > 0:
        size -= len(await channel.receive())
    await channel.send("all is there")
    await channel.drained()


async def called() -> tuple[StreamReader, StreamWriter]:
    """Prints a port, and waits for the first caller."""
    callers: asyncio.Queue[tuple[StreamReader, StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *streams: callers.put_nowait(streams), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    caller = await callers.get()
    server.close()
    return caller


async def tell(connection: Connection, writer: StreamWriter) -> None:
    """Passes our candidates on as they are found."""
    async for event in connection.events():
        if isinstance(event, CandidateFound) and not writer.is_closing() and event.candidate:
            say(writer, event.candidate)


async def hear(connection: Connection, reader: StreamReader) -> None:
    """Takes the other end's candidates until it hangs up."""
    while line := await reader.readline():
        await connection.add_candidate(msgspec.json.decode(line, type=Candidate))


def say(writer: StreamWriter, words: str | Candidate) -> None:
    """One line of JSON."""
    writer.write(msgspec.json.encode(words) + b"\n")


if __name__ == "__main__":
    engine, role, *numbers = sys.argv[1:]
    asyncio.run(main(engine, role, *map(int, numbers)))
