"""Rooms of a spoken code on a server that invents peers to guess at the words: it gets one guess, not many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from peer.client import WrongCode, join, join_code
from peer.invite import Invite, parse_invite
from peer.meeting import Meeting, Outcome, Say
from peer.wire.codec import decode_outer
from signaling.protocol.codec import decode_command, encode
from signaling.protocol.messages import (
    Arrived,
    CloseRoom,
    Command,
    Departed,
    Hello,
    Leave,
    Member,
    Notice,
    PeerId,
    Relay,
    Relayed,
    Reserve,
    Reserved,
    Welcome,
)

CODE, _ = parse_invite("7-otter-maple-drum")
WRONG, _ = parse_invite("7-otter-maple-zebra")
ME = "m" * 11
GUESSERS = [letter * 11 for letter in "abcd"]


@pytest.fixture(autouse=True)
async def _patience() -> AsyncIterator[None]:
    async with asyncio.timeout(30):
        yield


class Liar:
    """The server as one peer sees it."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def tell(self, notice: Notice) -> None:
        await self._socket.send_str(encode(notice))

    async def hear(self) -> Command:
        """The next command that matters; Leave once the peer is gone."""
        async for frame in self._socket:
            command = decode_command(frame.data)
            if isinstance(command, (Hello, Reserve, Relay, CloseRoom, Leave)):
                return command
        return Leave()

    async def welcome(self, *members: PeerId, creator: bool) -> None:
        """Seats the peer in room 7 beside these."""
        if isinstance(await self.hear(), Reserve):
            await self.tell(Reserved(room="n7"))
            await self.hear()
        there = [Member(peer=member) for member in members]
        hello = Welcome(
            v=1, session="s" * 22, peer=ME, resume_token="t" * 43, members=there,
            ice_servers=[], heartbeat=8, limit=16, creator=creator,
        )  # fmt: skip
        await self.tell(hello)


@asynccontextmanager
async def lying(script: Callable[[Liar], Awaitable[None]]) -> AsyncIterator[tuple[str, asyncio.Future[None]]]:
    """A server on a free port of loopback, and how its script ended."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            await script(Liar(socket))
            done.set_result(None)
        except AssertionError as error:
            done.set_exception(error)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/v1/ws", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", done
    finally:
        await runner.cleanup()


class Guesser:
    """An invented peer with words of its own."""

    def __init__(self, server: Liar, peer: PeerId, words: Invite, *, newcomer: bool) -> None:
        self._server = server
        self.peer = peer
        self._meeting = Meeting(words, peer, ME, newcomer=newcomer)

    async def start(self) -> None:
        await self._say(self._meeting.start())

    async def answer(self, relay: Command) -> None:
        """Answers a note that the peer has sent it."""
        assert isinstance(relay, Relay)
        assert relay.to == self.peer
        await self._say(self._meeting.hear(relay.body))

    async def _say(self, said: list[Outcome]) -> None:
        for outcome in said:
            if isinstance(outcome, Say):
                await self._server.tell(Relayed(sender=self.peer, body=outcome.body))


def kind(command: Command) -> str:
    """What is said: the kind of a relayed note."""
    return type(decode_outer(command.body) if isinstance(command, Relay) else command).__name__


async def test_after_one_wrong_guess_no_other_newcomer_is_answered() -> None:
    async def script(server: Liar) -> None:
        await server.welcome(creator=True)
        wrong, right, late = (
            Guesser(server, peer, words, newcomer=True)
            for peer, words in zip(GUESSERS, (WRONG, CODE, CODE), strict=False)
        )
        shares = []
        for guesser in (wrong, right):
            await server.tell(Arrived(peer=guesser.peer))
            await guesser.start()
            shares.append(await server.hear())
        await wrong.answer(shares[0])
        assert kind(await server.hear()) == "Mismatch"
        assert kind(await server.hear()) == "CloseRoom"  # which this server does not do
        await right.answer(shares[1])
        await server.tell(Arrived(peer=late.peer))
        await late.start()
        assert kind(await server.hear()) in ("CloseRoom", "Leave"), "a second guess was answered"

    async with lying(script) as (url, done), join_code(CODE, limit=16, server=url) as room:
        with pytest.raises(WrongCode):
            await anext(room.peers())
        await room.aclose()
        await done


async def test_a_guest_who_was_guessed_at_leaves() -> None:
    async def script(server: Liar) -> None:
        await server.welcome(creator=False)
        guesser = Guesser(server, GUESSERS[0], WRONG, newcomer=True)
        await server.tell(Arrived(peer=guesser.peer))
        for _ in range(2):
            await guesser.start()
            share = await server.hear()
            if kind(share) == "Leave":
                return
            await guesser.answer(share)
            assert kind(await server.hear()) == "Mismatch"
            guesser = Guesser(server, GUESSERS[0], WRONG, newcomer=True)
        raise AssertionError("a second guess was answered")

    async with lying(script) as (url, done), join(CODE, server=url) as room:
        with pytest.raises(WrongCode):
            await anext(room.peers())
        await room.aclose()
        await done


async def test_a_newcomer_shows_its_proof_to_one_at_a_time_and_gives_up_after_three() -> None:
    shown: list[PeerId] = []

    async def script(server: Liar) -> None:
        await server.welcome(*GUESSERS, creator=False)
        for peer in GUESSERS:
            command = await server.hear()
            if kind(command) == "Leave":
                return
            assert isinstance(command, Relay)
            assert (kind(command), command.to) == ("Commit", peer)
            guesser = Guesser(server, peer, WRONG, newcomer=False)
            await guesser.answer(command)
            assert kind(await server.hear()) == "Open"
            shown.append(peer)
            await server.tell(Departed(peer=peer))

    async with lying(script) as (url, done), join(CODE, server=url) as room:
        with pytest.raises(WrongCode):
            await anext(room.peers())
        await room.aclose()
        await done
    assert shown == GUESSERS[:3]
