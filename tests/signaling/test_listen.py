"""Sockets: one port on every address, and one sentence when that cannot be."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from signaling import listen
from signaling.listen import CannotListen, open_sockets, run, web_address

KINDS = pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])


@contextmanager
def opened(hosts: tuple[str, ...], port: int, kind: socket.SocketKind) -> Iterator[list[socket.socket]]:
    sockets = open_sockets(hosts, port, kind)
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


@KINDS
def test_all_addresses_share_one_free_port(kind: socket.SocketKind) -> None:
    with opened(("127.0.0.1", "::1"), 0, kind) as sockets:
        assert [each.family for each in sockets] == [socket.AF_INET, socket.AF_INET6]
        assert len({each.getsockname()[1] for each in sockets}) == 1


@KINDS
def test_a_taken_port_is_one_sentence_and_leaves_nothing_open(kind: socket.SocketKind) -> None:
    with opened(("127.0.0.1",), 0, kind) as sockets:
        port = sockets[0].getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            open_sockets(("::1", "127.0.0.1"), port, kind, "--stun-")
        assert str(caught.value) == (
            f"Port {port} on ::1 and 127.0.0.1 is already in use; choose another one with --stun-port, or 0 for any."
        )
        with opened(("::1",), port, kind):
            pass


def test_an_address_of_another_machine_is_skipped_while_one_is_left() -> None:
    with opened(("203.0.113.1", "127.0.0.1"), 0, socket.SOCK_STREAM) as sockets:
        assert [each.getsockname()[0] for each in sockets] == ["127.0.0.1"]
    with pytest.raises(CannotListen, match=r"203\.0\.113\.1 is not an address of this machine; see --host"):
        open_sockets(("203.0.113.1",), 0, socket.SOCK_STREAM)


def test_a_name_that_is_none() -> None:
    with pytest.raises(CannotListen, match="not an address or a known name"):
        open_sockets(("not a name",), 0, socket.SOCK_STREAM)


def test_addresses_to_click_on() -> None:
    assert web_address("http", "127.0.0.1", 8080) == "http://127.0.0.1:8080"
    assert web_address("https", "fd00::2", 1) == "https://[fd00::2]:1"


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: "])
async def test_who_never_ends_a_request_is_hung_up_on(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "IDLE_S", 0.1)
    sockets = open_sockets(("127.0.0.1",), 0, socket.SOCK_STREAM)
    listening = asyncio.Event()
    running = asyncio.create_task(run(web.Application(), sockets, tls=None, shutdown_s=5, on_listening=listening.set))
    await listening.wait()
    reader, writer = await asyncio.open_connection(*sockets[0].getsockname())
    writer.write(said)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    os.kill(os.getpid(), signal.SIGTERM)
    await running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_runs_until_it_is_told_to_stop(number: signal.Signals) -> None:
    sockets = open_sockets(("127.0.0.1",), 0, socket.SOCK_STREAM)
    port = sockets[0].getsockname()[1]
    app = web.Application()
    ended: list[web.Application] = []

    async def note(app: web.Application) -> None:
        ended.append(app)

    app.on_shutdown.append(note)
    listening: list[int] = []

    def stop() -> None:
        with socket.create_connection(("127.0.0.1", port), 5):
            listening.append(port)
        os.kill(os.getpid(), number)

    await run(app, sockets, tls=None, shutdown_s=5, on_listening=stop)
    assert (listening, ended) == ([port], [app])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
