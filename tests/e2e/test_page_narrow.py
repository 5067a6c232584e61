"""A line that is too narrow for pictures carries the voice alone, and the picture again once it is wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.network import MBIT, Network, network
from tests.support.apart import call_apart
from tests.support.calls import PLAYS

pytestmark = [pytest.mark.chromium, pytest.mark.namespaces, pytest.mark.slow, pytest.mark.timeout(240)]

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


async def test_on_a_narrow_line_the_voice_goes_alone_until_it_is_wide_again(lab: Network, tmp_path: Path) -> None:
    async with call_apart(lab, tmp_path) as (_, asha, bela):
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
