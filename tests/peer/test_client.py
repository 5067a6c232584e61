"""Rooms against the real server and real engines, all in one process."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from peer.client import (
    NoRoom,
    Remote,
    Room,
    RoomFailed,
    RoomFull,
    ServerUnreachable,
    WrongCode,
    join,
    join_code,
)
from peer.failures import PeerGone
from peer.invite import Invite, new_link_invite, parse_invite
from peer.links.base import Entry
from peer.rtc.engine import Engine, EngineFailed, load_engine
from peer.transfer import Incoming
from tests.support.restart import free_port, restartable_server

ENGINES = ["aiortc", "libwebrtc"]
PAIRS = [(one, other) for one in ENGINES for other in ENGINES]


@pytest.fixture(autouse=True)
async def _patience() -> AsyncIterator[None]:
    async with asyncio.timeout(60):
        yield


async def first(room: Room) -> Remote:
    """The next person."""
    return await anext(room.peers())


@asynccontextmanager
async def together(url: str, *engines: str) -> AsyncIterator[list[tuple[Room, Remote]]]:
    """Two rooms of one link, each with the other's Remote."""
    invite = new_link_invite()
    async with AsyncExitStack() as stack:
        rooms = [
            await stack.enter_async_context(join(invite, server=url, engine=engine, name=f"number {index}"))
            for index, engine in enumerate(engines)
        ]
        remotes = await asyncio.gather(*(first(room) for room in rooms))
        yield list(zip(rooms, remotes, strict=True))


async def take(remote: Remote, out: Path) -> None:
    incoming = Incoming(remote, await remote.next_offer())
    await incoming.manifest()
    await incoming.accept(out, "rename")


@pytest.mark.parametrize("pair", PAIRS, ids=" to ".join)
async def test_two_rooms_exchange_chat_and_a_file(pair: tuple[str, str], tmp_path: Path) -> None:
    source, out = tmp_path / "film.bin", tmp_path / "out"
    source.write_bytes(bytes(range(256)) * 12_000)
    out.mkdir()
    async with restartable_server() as server, together(server.url, *pair) as ((_, at_one), (_, at_other)):
        assert (at_one.name, at_one.kind, at_one.engine) == ("number 1", "headless", pair[1])
        assert (at_other.name, at_other.engine) == ("number 0", pair[0])
        assert at_one.sas == at_other.sas
        assert len(at_one.sas) == 4
        path = await at_one.path()
        assert path is not None
        assert path.kind == "direct"

        await at_one.chat("কেমন আছ?")
        assert (await at_other.next_chat()).text == "কেমন আছ?"
        receipt, _ = await asyncio.gather(at_one.send_files(source), take(at_other, out))
        assert (out / "film.bin").read_bytes() == source.read_bytes()
        assert receipt.bytes == source.stat().st_size


@pytest.mark.parametrize("pair", [("aiortc", "libwebrtc"), ("libwebrtc", "libwebrtc")], ids=" to ".join)
async def test_a_lost_server_touches_no_link_and_a_new_one_is_found(pair: tuple[str, str]) -> None:
    async with restartable_server() as server, together(server.url, *pair) as ((one, at_one), (other, at_other)):
        connection = at_one._connection
        await server.stop()
        await at_one.chat("still here")
        assert (await at_other.next_chat()).text == "still here"
        await server.start()
        await asyncio.gather(found(one), found(other))
        await at_other.chat("and after")
        assert (await at_one.next_chat()).text == "and after"

        async with join(one.invite, server=server.url, engine=pair[0]) as third:
            newcomers = await asyncio.gather(first(one), first(other))
            assert {remote.id for remote in newcomers} == {third.instance}
            assert at_one._connection is connection, "the link was made anew"
            assert at_one.linked
            assert at_other.linked


async def found(room: Room) -> None:
    """Returns once the room has met a server again."""
    async for event in room.events():
        if event.kind == "server_found":
            return


async def test_a_broken_link_is_replaced_and_the_remote_stays_the_same() -> None:
    async with restartable_server() as server, together(server.url, "libwebrtc", "aiortc") as ((_, one), (_, other)):
        former = one._connection
        assert former is not None
        await former.aclose()
        await one.chat("waits for the next link")
        assert (await other.next_chat()).text == "waits for the next link"
        await other.chat("and so it is")
        assert (await one.next_chat()).text == "and so it is"
        assert one._connection is not former


async def test_a_file_arrives_although_the_link_breaks_on_its_way(tmp_path: Path) -> None:
    source, out = tmp_path / "film.bin", tmp_path / "out"
    source.write_bytes(bytes(range(256)) * 120_000)
    out.mkdir()
    async with (
        restartable_server() as server,
        together(server.url, "libwebrtc", "libwebrtc") as (
            (_, sender),
            (_, receiver),
        ),
    ):
        sending = asyncio.create_task(sender.send_files(source))
        incoming = Incoming(receiver, await receiver.next_offer())
        await incoming.manifest()
        broken = asyncio.Event()

        def breaks_once(progress: object) -> None:
            broken.set()

        receiving = asyncio.create_task(incoming.accept(out, "rename", on_progress=breaks_once))
        await broken.wait()
        assert receiver._connection is not None
        await receiver._connection.aclose()
        await asyncio.gather(sending, receiving)
        assert (out / "film.bin").read_bytes() == source.read_bytes()


async def test_who_leaves_is_gone_at_once() -> None:
    invite = new_link_invite()
    async with restartable_server() as server, join(invite, server=server.url) as stays:
        async with join(invite, server=server.url) as leaves:
            remote, _ = await asyncio.gather(first(stays), first(leaves))
        await remote.gone.wait()
        with pytest.raises(PeerGone):
            await remote.chat("too late")
        with pytest.raises(PeerGone):
            await remote.next_offer()


async def test_three_in_a_room_know_each_other() -> None:
    async with restartable_server() as server, AsyncExitStack() as stack:
        invite = new_link_invite()
        rooms = [
            await stack.enter_async_context(join(invite, server=server.url, engine=engine, name=engine))
            for engine in ("libwebrtc", "aiortc", "libwebrtc")
        ]
        met = [{(await first(room)).id, (await first(room)).id} for room in rooms]
        everyone = {room.instance for room in rooms}
        assert met == [everyone - {room.instance} for room in rooms]


async def test_a_spoken_code_meets_and_is_burnt_at_the_end() -> None:
    async with restartable_server() as server:
        async with join_code(server=server.url) as creator:
            assert creator.invite.code is not None
            async with join(creator.invite.code.upper().replace("-", " "), server=server.url) as guest:
                await asyncio.gather(first(creator), first(guest))
        with pytest.raises(NoRoom):
            async with join(creator.invite, server=server.url):
                pass


async def test_a_code_of_ones_own_is_reserved() -> None:
    invite, _ = parse_invite("4711-otter-maple-drum")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(restartable_server())
        creator = await stack.enter_async_context(join_code(invite, server=server.url))
        guest = await stack.enter_async_context(join("4711 otter maple drum", server=server.url))
        await asyncio.gather(first(creator), first(guest))


def misheard(invite: Invite) -> Invite:
    code = invite.code or ""
    wrong, _ = parse_invite("-".join([*code.split("-")[:-1], "zebra" if not code.endswith("zebra") else "zoo"]))
    return wrong


async def failure(room: Room) -> RoomFailed:
    with pytest.raises(RoomFailed) as caught:
        await first(room)
    return caught.value


async def test_a_wrong_word_is_told_to_both_and_burns_the_code() -> None:
    async with restartable_server() as server, join_code(server=server.url) as creator:
        async with join(misheard(creator.invite), server=server.url) as guesser:
            told, learnt = await asyncio.gather(failure(creator), failure(guesser))
            for error in (told, learnt):
                assert isinstance(error, WrongCode)
                assert error.burnt
                assert "burnt" in error.sentence
        with pytest.raises(NoRoom):
            async with join(creator.invite, server=server.url):
                pass


async def test_a_wrong_secret_never_meets_and_the_room_goes_on() -> None:
    invite, other = new_link_invite(), new_link_invite()
    forged = Invite(secret=other.secret, room=invite.room, code=None, token=other.token)
    async with restartable_server() as server, join(invite, server=server.url) as stays:
        async with join(forged, server=server.url) as guesser:
            error = await failure(guesser)
            assert isinstance(error, WrongCode)
            assert not error.burnt
        async with join(invite, server=server.url) as friend:
            assert (await first(stays)).id == friend.instance


async def test_a_full_room_lets_nobody_in() -> None:
    invite = new_link_invite()
    async with (
        restartable_server() as server,
        join(invite, server=server.url, limit=2),
        join(invite, server=server.url),
    ):
        with pytest.raises((RoomFull, NoRoom)):
            async with join(invite, server=server.url):
                pass


async def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(ServerUnreachable):
        async with join(new_link_invite(), server=f"http://127.0.0.1:{free_port()}"):
            pass


async def test_the_server_comes_from_the_link_then_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with restartable_server() as server:
        invite = new_link_invite()
        async with join(invite.link(server.url)) as room:
            assert room.server == server.url
        monkeypatch.setenv("TWOCANS_SERVER", server.url)
        async with join(invite) as room:
            assert room.server == server.url


async def test_the_server_is_reached_while_the_engine_is_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    seated, first_was = threading.Event(), []

    def load(choice: str) -> Engine:
        first_was.append("seated" if seated.wait(5) else "loaded")
        return load_engine("aiortc")

    monkeypatch.setattr("peer.room.load_engine", load)
    async with restartable_server() as server:
        invite = new_link_invite()
        room = Room(server.url, invite, Entry(invite.room))
        opening = asyncio.create_task(room.open())
        assert (await anext(room.events())).kind == "connected"
        seated.set()
        await opening
        await room.aclose()
    assert first_was == ["seated"]


async def test_an_engine_that_is_not_here_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webrtc", None)
    monkeypatch.delitem(sys.modules, "peer.rtc.libwebrtc_engine", raising=False)
    async with restartable_server() as server:
        with pytest.raises(EngineFailed, match="libwebrtc"):
            async with join(new_link_invite(), server=server.url, engine="libwebrtc"):
                pass


async def test_a_room_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with restartable_server() as server, together(server.url, "libwebrtc", "aiortc"):
        pass
    await asyncio.sleep(0)
    assert {task.get_name() for task in asyncio.all_tasks() - before} == set()
