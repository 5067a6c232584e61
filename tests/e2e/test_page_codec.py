"""The codec of a picture: the best that the machine makes with ease, a cheaper one when it turns out to be too much."""

from __future__ import annotations

import pytest

from tests.support.browsers import ChromiumPage
from tests.support.calls import PLAYS, enter, start_call
from tests.support.server import Server

pytestmark = pytest.mark.chromium

MANY_CORES = """Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => 16 });"""
"""Runs before the page's own scripts: two cores are too few for any codec but the cheapest."""
OVERLOAD = """() => {
    const real = RTCPeerConnection.prototype.getStats;
    RTCPeerConnection.prototype.getStats = async function (...words) {
        const report = new Map(await real.apply(this, words));
        for (const [id, each] of report) {
            if (each.type === "outbound-rtp") report.set(id, { ...each, qualityLimitationReason: "cpu" });
        }
        return report;
    };
}"""
"""From now on the browser says that the processor is too slow for the picture."""
SENT_IN = """async (codec) => {
    const stats = await globalThis.__connections[0].getStats();
    const sent = [...stats.values()].find(({ type, mid }) => type === "outbound-rtp" && mid === "0");
    return sent?.framesSent > 0 && stats.get(sent.codecId)?.mimeType === codec;
}"""
AGREED = """() => [__connections.length, __connections[0].localDescription.sdp]"""


async def test_a_strong_machine_sends_av1_and_what_is_too_much_for_it_gives_way(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await asha.page.add_init_script(MANY_CORES)
    await enter(bela, await start_call(asha, server.url))
    await bela.until(PLAYS)
    agreed = await asha.run(AGREED)
    await asha.until(SENT_IN, "video/AV1")
    await bela.until(SENT_IN, "video/VP8")
    await asha.run(OVERLOAD)
    await asha.until(SENT_IN, "video/VP9", within=30)
    await bela.until(PLAYS)
    assert await asha.run(AGREED) == agreed, "nothing is negotiated anew"
