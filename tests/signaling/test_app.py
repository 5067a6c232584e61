from __future__ import annotations

import asyncio
import os
from time import monotonic

import aiohttp
import pytest

from signaling.app import HUB, make_app
from signaling.brokers.memory import MemoryBroker
from signaling.config import Settings
from signaling.protocol.errors import CloseCode
from signaling.protocol.messages import Hello, IceServers
from signaling.protocol.messages import Ice as AskIce
from tests.support.signaling import LINK_ROOM, serving, until


class UnreachableBroker(MemoryBroker):
    async def reachable(self) -> bool:
        return False


async def status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as response:
        return response.status


async def test_it_is_alive_and_ready() -> None:
    async with serving() as site:
        assert await status(site.session, f"{site.url}/healthz") == 200
        assert await status(site.session, f"{site.url}/readyz") == 200
        site.hub.end_links()
        assert await status(site.session, f"{site.url}/healthz") == 200
        assert await status(site.session, f"{site.url}/readyz") == 503


async def test_without_its_backplane_it_is_alive_and_not_ready() -> None:
    async with serving(UnreachableBroker()) as site:
        assert await status(site.session, f"{site.url}/healthz") == 200
        assert await status(site.session, f"{site.url}/readyz") == 503


async def test_ice_servers_come_with_the_welcome_and_fresh_on_request() -> None:
    async with serving(stun_urls=("stun:stun.example.org:3478",), heartbeat_s=7.5) as site:
        client = await site.join()
        assert client.welcome.ice_servers[0].urls == ["stun:stun.example.org:3478"]
        assert client.welcome.heartbeat == 7.5
        await client.say(AskIce())
        assert (await client.hear(IceServers)).ice_servers == client.welcome.ice_servers


async def test_shutdown_says_goodbye_and_waits_for_nobody_long() -> None:
    async with serving() as site:
        polite, rude, newcomer = await site.join(), await site.join(), await site.connect()
        rude.freeze()
        await newcomer.say(Hello(v=1, room="n1"))
        heard = asyncio.create_task(polite.closed())
        started = monotonic()
        await site.runner.cleanup()
        assert monotonic() - started < 4
        assert await heard == CloseCode.GOING_AWAY
        assert not site.hub.links
        assert not site.hub.rooms
        assert not site.hub.clients


async def test_shutdown_ends_every_task_of_the_hub() -> None:
    before = asyncio.all_tasks()
    app = make_app(Settings(stun_port=None))
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    assert {task.get_name() for task in asyncio.all_tasks() - before} == {"hub", "renew numbers"}
    await runner.cleanup()
    assert asyncio.all_tasks() == before
    assert app[HUB].stopping


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
async def test_2000_connects_and_abrupt_ends_leave_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    """Half of them say hello, a quarter more reserve a number, the rest say nothing; all vanish without a word."""
    broker = MemoryBroker()
    limits = {"max_sessions_per_address": 4000, "max_reserved_per_address": 4000}
    async with serving(broker, grace_s=0.1, **limits) as site:
        tasks, files = asyncio.all_tasks(), descriptors()
        turn = asyncio.Semaphore(100)

        async def come_and_go(number: int) -> None:
            async with turn:
                client = await site.connect()
                if number % 4 == 0:
                    await client.join(f"{number % 40:022}")
                elif number % 4 == 1:
                    await client.say(Hello(v=1, room=LINK_ROOM, limit=16))
                elif number % 4 == 2:
                    await client.join(await client.reserve())
                client.abort()

        async with asyncio.TaskGroup() as group:
            for number in range(2000):
                group.create_task(come_and_go(number))
        await until(lambda: not site.hub.links and not site.hub.clients and not site.hub.rooms)
        await until(lambda: asyncio.all_tasks() == tasks)
        await until(lambda: descriptors() == files)
        hub = site.hub.clients
        assert (len(hub.arriving), len(hub.joined), len(hub.reserved)) == (0, 0, 0)
        assert not broker.rooms
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
