"""A screen beside the camera, on and off again, three times: seen each time, and nothing is negotiated for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
import webrtc
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from peer.client import join
from peer.mailbox import Mailbox
from peer.remote import Remote
from peer.rtc.aiortc_engine import AiortcConnection
from peer.rtc.engine import Connection
from peer.rtc.libwebrtc_engine import LibwebrtcConnection
from peer.wire.control import Control, Media
from tests.support.browsers import ChromiumPage, Page
from tests.support.calls import PLAYS, PRESSED, enter, start_call
from tests.support.server import Server

pytestmark = pytest.mark.chromium

TIMES = 3
CAMERA, SCREEN = 0, 1
"""Slots, by their order."""
MORE = 15
"""Frames after which a picture is held to go on, or the other one to have stopped."""
WIDTH = 1000
"""Of the window, and so of the screen that Chromium makes up; the camera's picture has never this one."""
PATIENCE_S = 30.0
COUNT_DESCRIPTIONS = """
globalThis.__described = 0;
for (const step of ["setLocalDescription", "setRemoteDescription"]) {
  const real = RTCPeerConnection.prototype[step];
  RTCPeerConnection.prototype[step] = function (...words) {
    globalThis.__described += 1;
    return real.apply(this, words);
  };
}
"""
"""Runs before the page's own scripts: each offer and each answer takes one of the two."""
AGREED = "() => [__described, ...__connections.map(({ signalingState }) => signalingState)]"
DECODED = """async (slot) => {
    const stats = await __connections[0].getTransceivers()[slot].receiver.getStats();
    return [...stats.values()].find(({ type }) => type === "inbound-rtp")?.framesDecoded ?? 0;
}"""
GOES_ON = f"async (slot, wanted) => await ({DECODED})(slot) >= wanted"
SHOWS = """(width) => {
    const video = document.querySelector('[data-testid="remote-screen"]');
    return video && !video.paused && video.videoWidth === width;
}"""
SHOWS_NONE = """() => document.querySelector('[data-testid="remote-screen"]') === null"""


@pytest.fixture
def window() -> dict[str, Any]:
    """As wide as no camera is."""
    return {"viewport": {"width": WIDTH, "height": 800}}


@pytest_asyncio.fixture(loop_scope="session")
async def asha(page: ChromiumPage) -> ChromiumPage:
    """Who shares the screen."""
    await page.before(COUNT_DESCRIPTIONS)
    return page


async def share(page: Page) -> None:
    """Shows the screen, beside the camera."""
    await page.click("share-screen")
    await page.until(PRESSED, "share-screen", True)
    assert await page.run(PRESSED, "toggle-camera", True)


async def stop_sharing(page: Page) -> None:
    await page.click("share-screen")
    await page.until(PRESSED, "share-screen", False)


async def assert_goes_on(page: Page, slot: int) -> None:
    await page.until(GOES_ON, slot, await page.run(DECODED, slot) + MORE)


@pytest.mark.firefox
async def test_firefox_sees_each_of_three_screens_beside_the_camera(
    server: Server, asha: ChromiumPage, firefox_one: Page
) -> None:
    bela = firefox_one
    await bela.before(COUNT_DESCRIPTIONS)
    await enter(bela, await start_call(asha, server.url))
    await asha.until(PLAYS)
    agreed = [await page.run(AGREED) for page in (asha, bela)]
    assert agreed == [[2, "stable"]] * 2
    for _ in range(TIMES):
        await share(asha)
        await bela.until(SHOWS, WIDTH)
        await assert_goes_on(bela, SCREEN)
        await assert_goes_on(bela, CAMERA)
        await stop_sharing(asha)
        await bela.until(SHOWS_NONE)
        await assert_goes_on(bela, CAMERA)
        assert [await page.run(AGREED) for page in (asha, bela)] == agreed


@pytest.mark.parametrize("comes_first", ["page", "peer"])
@pytest.mark.parametrize("engine", ["aiortc", "libwebrtc"])
async def test_a_headless_peer_gets_each_of_three_screens_beside_the_camera(
    server: Server, asha: ChromiumPage, engine: str, comes_first: str
) -> None:
    link = await start_call(asha, server.url)
    if comes_first == "peer":
        await asha.click("leave")
        await asha.goto("about:blank")  # the same address again would not load anew
    async with join(link, name="robot", engine=engine, media=True) as room:
        if comes_first == "peer":
            await asha.goto(link)
            await asha.click("join")
        remote = await anext(room.peers())
        said = announcements_of(remote)
        assert remote._connection is not None
        async with watching(remote._connection) as (camera, screen):
            await camera.more()
            agreed = await asha.run(AGREED)
            assert agreed == [2, "stable"]
            for _ in range(TIMES):
                await share(asha)
                await hear(said, screen=True)
                await screen.shows(WIDTH)
                await camera.more()
                await stop_sharing(asha)
                await hear(said, screen=False)
                await screen.stops_before(camera)
                assert await asha.run(AGREED) == agreed


def announcements_of(remote: Remote) -> Mailbox[Media]:
    """What it says from now on of camera, microphone and screen."""
    said: Mailbox[Media] = Mailbox(100)
    take = remote.take

    def listen(message: Control) -> bool:
        if isinstance(message, Media):
            said.put(message)
        return take(message)

    remote.take = listen  # type: ignore[method-assign]
    return said


async def hear(said: Mailbox[Media], *, screen: bool) -> None:
    """Returns once that is said of the screen."""
    async with asyncio.timeout(PATIENCE_S):
        while (await said.get()).screen is not screen:
            pass


class Picture:
    """One slot's frames as they come out of the decoder."""

    def __init__(self) -> None:
        self.frames = 0
        self.width = 0
        self._came = asyncio.Condition()

    async def show(self, width: int) -> None:
        async with self._came:
            self.frames += 1
            self.width = width
            self._came.notify_all()

    async def more(self) -> None:
        """Returns once it has gone on for a while."""
        wanted = self.frames + MORE
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: self.frames >= wanted)

    async def shows(self, width: int) -> None:
        """Returns once a new frame has this width."""
        before = self.frames
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: self.frames > before and self.width == width)

    async def stops_before(self, other: Picture) -> None:
        """Returns once nothing has come while the other went on."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                before = self.frames
                await other.more()
                if self.frames == before:
                    return


@asynccontextmanager
async def watching(connection: Connection) -> AsyncIterator[tuple[Picture, Picture]]:
    """Camera and screen that come over a connection."""
    pictures = Picture(), Picture()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_watch(connection, slot, picture)) for slot, picture in enumerate(pictures)]
        yield pictures
        for task in tasks:
            task.cancel()


async def _watch(connection: Connection, slot: int, picture: Picture) -> None:
    match connection:
        case AiortcConnection():
            track = connection._pc.getTransceivers()[slot].receiver.track
            try:
                while True:
                    frame = await track.recv()
                    assert isinstance(frame, VideoFrame)
                    await picture.show(frame.width)
            except MediaStreamError:
                pass  # the link is gone
        case LibwebrtcConnection():
            came = connection._pc.get_transceivers()[slot].receiver.track
            processor = webrtc.MediaStreamTrackProcessor(webrtc.MediaStreamTrackProcessorInit(came))
            async for shown in processor.readable:
                assert isinstance(shown, webrtc.VideoFrame)
                with shown:
                    await picture.show(shown.display_width)
        case _:
            raise AssertionError("an engine that this test does not know")
