"""A call whose packets stop: it comes back by itself, on the same tile, soon after they do. Prints how soon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.lab.network import MBIT, Host, Network, network
from tests.support.apart import call_apart, serve
from tests.support.browsers import Page
from tests.support.calls import CONNECTED, SERVER
from tests.support.processes import Program

pytestmark = [
    pytest.mark.alone,
    pytest.mark.slow,
    pytest.mark.chromium,
    pytest.mark.namespaces,
    pytest.mark.timeout(240),
]

SOON_S = 3.0
MARK_TILE = """() => { document.querySelector('[data-testid="remote-video"]').dataset.mark = "the same"; }"""
SAME_TILE = """() => document.querySelectorAll('[data-testid="remote-video"]').length === 1
    && document.querySelector('[data-testid="remote-video"]').dataset.mark === "the same" """
MUTED = """() => document.querySelector('[data-testid="toggle-mic"]').ariaPressed === "false" """
FRAMES = """() => document.querySelector('[data-testid="remote-video"]').getVideoPlaybackQuality().totalVideoFrames"""
SENT = """async () => {
    const reports = await Promise.all(globalThis.__connections.map((each) => each.getStats()));
    const stats = reports.flatMap((each) => [...each.values()]);
    return stats.filter(({ type }) => type === "outbound-rtp").reduce((all, each) => all + (each.framesSent ?? 0), 0);
}"""
NEXT_FRAMES = """async (limit) => {
    const video = document.querySelector('[data-testid="remote-video"]');
    const first = video.getVideoPlaybackQuality().totalVideoFrames;
    const start = performance.now();
    while (video.getVideoPlaybackQuality().totalVideoFrames < first + 3) {
        if (performance.now() - start > limit * 1000) return -1;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return (performance.now() - start) / 1000;
}"""
"""Seconds until three more frames have been shown."""


@dataclass
class Call:
    """Asha, on one host, and Bela, who came to her from the other."""

    lab: Network
    server: Program
    asha: Page
    bela: Page

    def cut_off(self, host: Host, share: float = 1.0) -> None:
        """Nothing reaches the host any more, and nothing that it says reaches anybody; with 0 all is as before."""
        others = [each for each in (self.lab.one, self.lab.other, self.lab.middle) if each is not host]
        host.lose(others, share)
        for other in others:
            other.lose([host], share)

    async def goes_on(self, what: str, within: float = SOON_S) -> None:
        """Both see each other move again, on the tile that was there, and nobody is told to do anything."""
        waited = await asyncio.gather(*(page.run(NEXT_FRAMES, 60) for page in (self.asha, self.bela)))
        print(f"{what}: pictures after {waited[0]:.1f} s at the caller's, {waited[1]:.1f} s at the other's")
        assert 0 <= max(waited) < within, waited
        for page in (self.asha, self.bela):
            await page.until(CONNECTED)
            assert await page.run(SAME_TILE)
        assert await self.bela.run(MUTED), "muted before, muted after"


@pytest.fixture
def lab() -> Iterator[Network]:
    with network(rate=50 * MBIT, round_trip=0.02) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def call(lab: Network, tmp_path: Path) -> AsyncIterator[Call]:
    async with call_apart(lab, tmp_path) as (server, asha, bela):
        await bela.click("toggle-mic")
        for page in (asha, bela):
            await page.run(MARK_TILE)
        yield Call(lab, server, asha, bela)


async def no_packets(call: Call, seconds: int) -> None:
    """One of them, cut off from everybody, the server too."""
    call.cut_off(call.lab.other)
    await asyncio.sleep(0.5)  # what was on its way arrives
    before = await call.asha.run(FRAMES)
    await asyncio.sleep(seconds - 1)  # the length of the outage
    sent = [await page.run(SENT) for page in (call.asha, call.bela)]
    await asyncio.sleep(1)
    assert await call.asha.run(FRAMES) - before < 10, "the outage is one"
    assert [await page.run(SENT) for page in (call.asha, call.bela)] == sent, "no picture goes where nobody sees it"
    call.cut_off(call.lab.other, 0)
    await call.goes_on(f"{seconds} s without packets")


async def without_the_server(call: Call) -> None:
    call.server.kill()
    for _ in range(6):
        await asyncio.sleep(10)  # the length of the outage
        await call.goes_on("no server", 1.0)


async def test_a_call_outlasts_a_lost_server_other_addresses_and_short_outages(call: Call, lab: Network) -> None:
    """The quiet minute first: in a call of a few seconds Chromium foretells badly (docs/decisions/016)."""
    await without_the_server(call)
    with serve(lab.middle):
        for page in (call.asha, call.bela):
            await page.until(SERVER, "connected", within=30)
        await call.goes_on("a new server", 1.0)
        for who, host in (("the caller", lab.one), ("the other", lab.other)):
            host.move()
            await asyncio.sleep(0.5)  # pictures that were on their way
            await call.goes_on(f"{who} has another address")
            await asyncio.sleep(5)  # a quiet while
        for seconds in (4, 10):
            await no_packets(call, seconds)
            await asyncio.sleep(5)  # a quiet while


async def test_no_packets_at_all_for_long(call: Call) -> None:
    await no_packets(call, 25)


async def test_no_packets_between_the_two_for_a_while(call: Call) -> None:
    call.lab.cut()
    await asyncio.sleep(25)  # longer than what a browser takes for a failed connection
    call.lab.mend()
    await call.goes_on("25 s without packets from one to the other, the server at hand")


async def test_a_line_that_loses_packets_is_told_of_with_its_cause(call: Call) -> None:
    marked = """(cause) => document.querySelector('[data-testid="quality"]')?.dataset.cause === cause"""
    assert not await call.asha.run("""() => document.querySelector('[data-testid="quality"]')""")
    call.lab.one.lose([call.lab.other], 0.15)
    await call.asha.until(marked, "downlink", within=15)
    await call.bela.until(marked, "uplink", within=15)
    call.lab.mend()
    for page in (call.asha, call.bela):
        await page.until("""() => document.querySelector('[data-testid="quality"]') === null""", within=40)


async def test_a_farewell_that_is_lost_is_said_again(call: Call) -> None:
    call.server.kill()
    call.lab.cut()
    await call.bela.click("leave")
    call.lab.mend()
    await call.asha.until("""() => document.querySelector('[data-testid="remote-video"]') === null""", within=5)
