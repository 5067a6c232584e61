"""A line that is too narrow for pictures carries the voice alone, and the picture again once it is wide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.lab.network import MBIT, Network, network
from tests.support.browsers import Page, chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, start_call
from tests.support.processes import twocans

pytestmark = [pytest.mark.chromium, pytest.mark.namespaces, pytest.mark.slow, pytest.mark.timeout(240)]

PORT = 8080
KBIT = 1000
CAMERA = """(on) => document.querySelector('[data-testid="remote-video"]').dataset.camera === String(on)"""
TOLD = """(told) => Boolean(document.querySelector('[data-testid="notice"][data-key="voice-alone"]')) === told"""
SOUND = """async () => [...(await __connections[0].getStats()).values()]
    .find(({ type, kind }) => type === "inbound-rtp" && kind === "audio").packetsReceived"""
SOUNDS = f"async (least) => await ({SOUND})() >= least"


@pytest.fixture
def lab() -> Iterator[Network]:
    with network(rate=50 * MBIT, round_trip=0.02) as made:
        yield made


@pytest.fixture
async def pages(lab: Network, tmp_path: Path) -> AsyncIterator[tuple[Page, Page]]:
    """Asha, and Bela, who came to her; each on a host of its own."""
    url = f"http://{lab.middle.address}:{PORT}"
    words = ("serve", "--host", lab.middle.address, "--port", str(PORT), "--stun-port", "0")
    async with AsyncExitStack() as stack:
        stack.enter_context(twocans(*words, within=lab.middle.within)).wait_for("listening on")
        browsers = [
            await stack.enter_async_context(chromium(within=host.within, trusts=url)) for host in (lab.one, lab.other)
        ]
        asha, bela = [await chromium_page(browser, tmp_path) for browser in browsers]
        await enter(bela, await start_call(asha, url))
        for page in (asha, bela):
            await page.until(PLAYS)
            await page.until(CONNECTED)
        yield asha, bela


async def test_on_a_narrow_line_the_voice_goes_alone_until_it_is_wide_again(
    lab: Network, pages: tuple[Page, Page]
) -> None:
    asha, bela = pages
    lab.other.narrow([lab.one], 80 * KBIT)
    await asha.until(TOLD, True, within=60)
    await bela.until(CAMERA, False)
    heard = await bela.run(SOUND)
    await bela.until(SOUNDS, heard + 200)
    lab.mend()
    await asha.until(TOLD, False, within=60)
    await bela.until(CAMERA, True)
    await bela.until(PLAYS)
    assert await asha.run("() => __connections.length") == 1, "nothing is made anew for it"
