"""The stage: who speaks is marked, and one may make a picture large, fill the screen with it, or let it float."""

from __future__ import annotations

import asyncio
import math
import re
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from aiortc import MediaStreamTrack
from av import AudioFrame
from playwright.async_api import Browser, expect

from peer.client import join
from peer.rtc.aiortc_engine import AiortcConnection
from peer.wire.control import Media
from tests.support.browsers import ChromiumPage, Page, chromium_page
from tests.support.calls import ALL_PLAY, CONNECTED, PLAYS, enter, start_call
from tests.support.server import Server

pytestmark = [pytest.mark.chromium]

NO_CAMERA = """if (location.protocol !== "about:") localStorage["twocans.choices"] = '{"camera":false}';"""
SMALL = {"width": 800, "height": 600}
HUM = """
const ask = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (wishes) {
    const stream = await ask.call(this, wishes);
    for (const track of stream.getAudioTracks()) stream.removeTrack(track);
    if (!wishes.audio) return stream;
    const context = new AudioContext();
    const voice = new OscillatorNode(context, { frequency: 220 });
    const out = context.createMediaStreamDestination();
    voice.connect(new GainNode(context, { gain: 0.3 })).connect(out);
    voice.start();
    stream.addTrack(out.stream.getAudioTracks()[0]);
    return stream;
};
"""
"""A microphone that hears somebody all the time; that of the browser beeps for a moment now and then."""
HEAR_VIEWS = """
globalThis.__views = new Map();
const open = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (label, ...words) {
    const channel = open.call(this, label, ...words);
    if (label === "control") channel.addEventListener("message", ({ data }) => {
        const said = JSON.parse(data);
        if (said.type === "view") __views.set(channel, said.camera);
    });
    return channel;
};
"""
"""What each of the others says that it looks at, the last that each said."""
LOOKED_AT = """(...views) => [...__views.values()].sort().join() === views.join()"""
SPEAKS = """(name, speaks) => document.querySelector(`[data-testid="remote-video"][data-name="${name}"]`)
    ?.dataset.speaking === String(speaks)"""
I_SPEAK = """(speak) => document.querySelector('[data-testid="self-video"]').dataset.speaking === String(speak)"""
SIZES = """(sizes) => Object.entries(sizes).every(([name, size]) =>
    document.querySelector(`.tile.peer:has([data-name="${name}"])`).dataset.size === size)"""
PIN_CHANDRA = re.compile("^Pin \u2068Chandra\u2069$")
LAYOUT = """(layout) => document.querySelector('[data-testid="stage"]').dataset.layout === layout"""
WIDTH = """(size) => document.querySelector(`.tile[data-size="${size}"]`).clientWidth"""
PLACES = """() => [...document.querySelectorAll(".tile, .tile-name, .tile-name > *")]
    .map((each) => Object.values(each.getBoundingClientRect().toJSON()).map(Math.round).join())"""
COUNT_RESTARTS = """() => {
    globalThis.__restarts = [];
    for (const video of document.querySelectorAll("video")) {
        video.addEventListener("emptied", () => __restarts.push(video.dataset.testid));
    }
}"""
FILLED = """(selector) => {
    const filled = document.querySelector("[data-filled]") ?? document.documentElement;
    const { width, height } = filled.getBoundingClientRect();
    const fills = document.fullscreenElement && width === innerWidth && height === innerHeight;
    return Boolean(fills && filled.matches(selector));
}"""
FREE = """() => document.fullscreenElement === null"""
FLOATS = """(floats) => (document.pictureInPictureElement?.dataset.testid === "remote-video") === floats"""
OFFERS_WHAT_IS_THERE = """() => Object.entries({
    "tile-float": document.pictureInPictureEnabled,
    "tile-fill": document.fullscreenEnabled,
}).every(([hook, there]) => (document.querySelector(`[data-testid="${hook}"]`) !== null) === Boolean(there))"""
REFUSE = """() => {
    HTMLVideoElement.prototype.requestPictureInPicture = () => Promise.reject(new DOMException("no"));
}"""


@pytest.fixture
def window() -> dict[str, Any]:
    """A small one, whose pictures are drawn fast."""
    return {"viewport": SMALL}


async def test_who_speaks_is_marked_and_nothing_moves_for_it(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await bela.before(HUM)
    link = await start_call(asha, server.url)
    await asha.click("toggle-mic")  # the beeps of the browser's microphone are no speech
    await enter(bela, link)
    await asha.until(CONNECTED)
    await asha.until(SPEAKS, "Bela", True)
    await bela.until(I_SPEAK, True)
    assert await bela.run(SPEAKS, "Asha", False)
    expect_bars = asha.page.locator(".tile.peer").get_by_role("img", name="Speaks")
    await expect(expect_bars).to_be_visible()
    assert await asha.page.locator("[aria-live] [data-speaking], [role=status] .voice").count() == 0
    before = await asha.run(PLACES)
    await bela.click("toggle-mic")
    await asha.until(SPEAKS, "Bela", False)
    await bela.until(I_SPEAK, False)
    assert await asha.run(PLACES) == before


async def test_a_pin_makes_a_picture_large_and_what_is_small_is_sent_small(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, browser: Browser, tmp_path: Path
) -> None:
    chandra = await chromium_page(browser, tmp_path, viewport=SMALL)
    for page in (bela, chandra):
        await page.before(HEAR_VIEWS)
    await bela.before(HUM)
    await chandra.before(NO_CAMERA)  # what is looked at is said all the same, and three pages have less to do
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await enter(chandra, link, "Chandra")
    await asha.until(SIZES, {"Bela": "even", "Chandra": "even"})
    await asha.until(PLAYS)
    await asha.run(COUNT_RESTARTS)
    await asha.run("() => document.activeElement.blur()")

    pin = asha.page.get_by_role("button", name=PIN_CHANDRA)
    await pin.focus()
    await asha.page.keyboard.press("Enter")
    await asha.until(SIZES, {"Bela": "small", "Chandra": "large"})
    await expect(pin).to_have_attribute("aria-pressed", "true")
    await expect(pin).to_have_attribute("title", "Unpin")
    await bela.until(LOOKED_AT, "full", "small")
    assert await chandra.run(LOOKED_AT, "full", "full")
    assert await asha.run(WIDTH, "large") > 3 * await asha.run(WIDTH, "small")

    await pin.click()
    await asha.until(SIZES, {"Bela": "even", "Chandra": "even"})
    await bela.until(LOOKED_AT, "full", "full")

    await asha.run("() => document.activeElement.blur()")
    await asha.page.keyboard.press("g")
    await asha.until(SIZES, {"Bela": "large", "Chandra": "small"})  # she speaks
    await chandra.until(LOOKED_AT, "full", "small")
    assert await asha.run("() => JSON.parse(localStorage['twocans.choices']).layout") == "spotlight"

    await chandra.click("share-screen")
    await asha.until("""() => document.querySelector('.tile.screen')?.dataset.size === "large" """)
    await bela.until(LOOKED_AT, "full", "small")
    await asha.click("toggle-spotlight")
    await asha.until(LAYOUT, "grid")
    await chandra.click("share-screen")
    await asha.until(LAYOUT, "spotlight")  # the grid was for that screen
    await pin.click()
    await asha.until(SIZES, {"Chandra": "large"})
    assert await asha.run("() => __restarts") == []
    await chandra.click("leave")
    await asha.until(LAYOUT, "grid")  # with one other there is nothing to arrange


async def test_a_picture_fills_the_screen_or_floats(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    await enter(bela, await start_call(asha, server.url))
    for page in (asha, bela):
        await page.until(PLAYS)
        await page.until(CONNECTED)
    await asha.run(COUNT_RESTARTS)
    picture = asha.page.locator(".tile.peer")

    await picture.dblclick(position={"x": 300, "y": 300})
    await asha.until(FILLED, ".tile.peer")
    await picture.dblclick(position={"x": 300, "y": 300})
    await asha.until(FREE)
    await picture.hover()
    await asha.click("tile-fill")
    await asha.until(FILLED, ".tile.peer")
    await expect(asha.page.get_by_test_id("tile-fill")).to_have_attribute("aria-pressed", "true")
    await asha.click("tile-fill")
    await asha.until(FREE)
    await asha.click("fill-screen")
    await asha.until(FILLED, "html")
    await asha.see("toggle-mic")
    await asha.click("fill-screen")
    await asha.until(FREE)

    await asha.click("tile-float")
    await asha.until(FLOATS, True)
    await expect(asha.page.get_by_test_id("tile-float")).to_have_attribute("aria-pressed", "true")
    await asha.click("tile-float")
    await asha.until(FLOATS, False)
    await asha.run(REFUSE)
    await asha.click("tile-float")
    await expect(asha.page.locator('[data-testid="notice"][data-key="float-refused"]')).to_be_visible()
    await bela.click("toggle-camera")
    await expect(asha.page.get_by_test_id("tile-float")).to_have_count(0)  # there is nothing to float
    assert await asha.run("() => __restarts") == []


async def test_somebody_who_knocks_is_let_in_over_a_picture_that_fills_the_screen(
    server: Server, asha: ChromiumPage, bela: ChromiumPage, browser: Browser, tmp_path: Path
) -> None:
    chandra = await chromium_page(browser, tmp_path, viewport=SMALL)
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await asha.until(PLAYS)
    await asha.run("() => document.activeElement.blur()")
    await asha.page.keyboard.press("l")
    await asha.page.locator(".tile.peer").dblclick(position={"x": 300, "y": 300})
    await asha.until(FILLED, ".tile.peer")
    await chandra.goto(link)
    await chandra.fill("name-input", "Chandra")
    await chandra.click("join")
    await asha.click("let-in")
    await chandra.until(ALL_PLAY, 2)
    assert await asha.run(FILLED, ".tile.peer")
    await asha.page.locator(".tile.peer").first.hover()
    await asha.click("tile-fill")
    await asha.until(FREE)
    await asha.until(ALL_PLAY, 2)
    await asha.click("tile-fill")
    await asha.until(FILLED, ".tile.peer")
    await bela.click("leave")
    await asha.until(FREE)  # with whom it showed


@pytest.mark.firefox
async def test_firefox_marks_who_speaks_and_offers_what_it_has(
    server: Server, asha: ChromiumPage, firefox_one: Page
) -> None:
    await asha.before(HUM)
    await enter(firefox_one, await start_call(asha, server.url))
    await firefox_one.until(PLAYS)
    await firefox_one.until(SPEAKS, "Asha", True)
    await asha.click("toggle-mic")
    await firefox_one.until(SPEAKS, "Asha", False)
    assert await firefox_one.run(OFFERS_WHAT_IS_THERE)


class Hum(MediaStreamTrack):
    """A steady tone, in pieces of 20 ms at 48 kHz."""

    kind = "audio"
    SAMPLES = 960

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        wave = (int(9000 * math.sin(2 * math.pi * 250 * each / 48000)) for each in range(self.SAMPLES))
        self._piece = array("h", wave).tobytes()

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(0.02)  # as a microphone brings it
        frame = AudioFrame(format="s16", layout="mono", samples=self.SAMPLES)
        frame.planes[0].update(self._piece)
        frame.sample_rate = 48000
        frame.pts = self._sent
        frame.time_base = Fraction(1, 48000)
        self._sent += self.SAMPLES
        return frame


async def test_a_headless_peer_that_sounds_is_marked(server: Server, asha: ChromiumPage) -> None:
    link = await start_call(asha, server.url)
    async with join(link, name="robot", engine="aiortc", media=True) as room:
        remote = await anext(room.peers())
        connection = remote._connection
        assert isinstance(connection, AiortcConnection)
        connection._pc.getTransceivers()[2].sender.replaceTrack(Hum())
        await remote.say(Media(mic=True, camera=False, screen=False, hand=False))
        await asha.until(SPEAKS, "robot", True)
        await remote.say(Media(mic=False, camera=False, screen=False, hand=False))
        await asha.until(SPEAKS, "robot", False)
