"""One end of a measured call, as a process that may run in a network of its own; what it saw goes to standard output.

python -m bench.glass_ends send SERVER              the camera of bench/glass_page; prints the link, ends on SIGTERM
python -m bench.glass_ends page BROWSER LINK        looks on in chromium or firefox
python -m bench.glass_ends peer ENGINE LINK         looks on in Python, on aiortc or libwebrtc
python -m bench.glass_ends mirror BROWSER SERVER    watches its own camera: the instruments alone
"""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import sys
import time
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import msgspec
import webrtc
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from bench import glass_marks as marks
from bench.glass_figures import Frame, Seen
from bench.glass_server import SCRIPTS, TAP
from peer.client import join
from peer.rtc.aiortc_engine import AiortcConnection
from peer.rtc.libwebrtc_engine import LibwebrtcConnection
from tests.support.browsers import ALLOW_DEVICES, FAKE_DEVICES, Page, chromium, chromium_page, firefox_page
from tests.support.calls import enter, start_call
from tests.support.firefox import Firefox

SETTLE_S, SECONDS = 8.0, 20.0
CAMERA, MICROPHONE = 0, 2
"""Slots, by their order."""
PLAYS_ITSELF = """() => document.querySelector('[data-testid="self-video"]').videoWidth > 0"""
TONE = {"period": marks.PERIOD_MS, "length": marks.TONE_MS, "hertz": marks.HERTZ, "levels": marks.LEVELS}


async def send(server: str) -> None:
    """Calls, and waits to be told that it is enough."""
    enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, enough.set)
    async with _page("chromium", server, "camera") as page:
        print(await start_call(page, server), flush=True)
        await enough.wait()


async def look_on(browser: str, link: str) -> None:
    """Follows the link, and watches who is there."""
    async with _page(browser, link, "no_camera") as page:
        await enter(page, link)
        _tell(await _watch(page, "remote-video", _tap_of(browser)))


async def mirror(browser: str, server: str) -> None:
    """Calls, and watches itself."""
    async with _page(browser, server, "camera") as page:
        await start_call(page, server)
        await page.until(PLAYS_ITSELF)
        _tell(await _watch(page, "self-video", _tap_of(browser)))


async def look_on_without_a_page(engine: str, link: str) -> None:
    """The same in Python: a frame is seen, and a sample heard, as soon as a program can have it."""
    watched = _Watched()
    async with join(link, name="Bela", engine=engine, media=True) as room:
        remote = await anext(room.peers())
        async with asyncio.TaskGroup() as group:
            match remote._connection:
                case AiortcConnection() as connection:
                    tracks = [connection._pc.getTransceivers()[slot].receiver.track for slot in (CAMERA, MICROPHONE)]
                    tasks = [group.create_task(watched.recv(track)) for track in tracks]
                case LibwebrtcConnection() as native:
                    came = [native._pc.get_transceivers()[slot].receiver.track for slot in (CAMERA, MICROPHONE)]
                    tasks = [group.create_task(watched.read(track)) for track in came]
                case _:
                    raise AssertionError("an engine that this benchmark does not know")
            await asyncio.sleep(SETTLE_S)
            begin = _now()
            await asyncio.sleep(SECONDS)
            end = _now()
            for task in tasks:
                task.cancel()
    _tell(Seen(begin, end, watched.frames, marks.onsets(watched.sound, watched.rate)))


class _Watched:
    """Frames and samples as they come out of the decoders."""

    def __init__(self) -> None:
        self.frames = list[Frame]()
        self.sound: list[tuple[float, array[int]]] = []
        self.rate = 48_000

    async def recv(self, track: Any) -> None:
        """Those of aiortc, until the track ends."""
        try:
            while True:
                frame = await track.recv()
                now = _now()
                if isinstance(frame, VideoFrame):
                    plane = frame.planes[0]
                    self._see(now, memoryview(plane), plane.line_size, frame.width, frame.height)
                elif isinstance(frame, AudioFrame):
                    channels = len(frame.layout.channels)
                    samples = array("h", bytes(frame.planes[0])[: 2 * channels * frame.samples])
                    self._hear(now, samples[::channels], frame.sample_rate)
        except MediaStreamError:
            pass  # the link is gone

    async def read(self, track: webrtc.MediaStreamTrack) -> None:
        """Those of libwebrtc."""
        async for came in webrtc.MediaStreamTrackProcessor(webrtc.MediaStreamTrackProcessorInit(track)).readable:
            now = _now()
            with came:
                if isinstance(came, webrtc.VideoFrame):
                    plane = bytearray(came.allocation_size())
                    layout = await came.copy_to(plane)
                    self._see(now, memoryview(plane), layout[0].stride, came.display_width, came.display_height)
                else:
                    samples = bytearray(2 * came.number_of_frames)
                    came.copy_to(samples, webrtc.AudioDataCopyToOptions(plane_index=0, format="s16-planar"))
                    self._hear(now, array("h", bytes(samples)), int(came.sample_rate))

    def _see(self, now: float, plane: memoryview, stride: int, width: int, height: int) -> None:
        stamp = marks.read_cells(marks.lumas_of(plane, stride, width, height))
        self.frames.append(Frame(now, stamp, width, len(self.frames)))

    def _hear(self, now: float, samples: array[int], rate: int) -> None:
        self.rate = rate
        self.sound.append((now, samples))


@asynccontextmanager
async def _page(browser: str, address: str, *scripts: str) -> AsyncIterator[Page]:
    """A page with the marks' scripts, in a browser of its own; what needs HTTPS is allowed at that address without."""
    origin = urlsplit(address)
    script = _script("code", "clock", "watch", *scripts)
    if browser == "firefox":
        trusted = {
            "dom.securecontext.allowlist": origin.hostname,
            "privacy.reduceTimerPrecision": False,  # else its clocks step by milliseconds, and not evenly
        }
        async with await Firefox.start(preferences=trusted) as fox:
            page: Page = await firefox_page(fox)
            await page.before(script)
            yield page
    else:
        flags = (FAKE_DEVICES, ALLOW_DEVICES, "--autoplay-policy=no-user-gesture-required")
        with TemporaryDirectory() as folder:
            async with chromium(*flags, trusts=f"{origin.scheme}://{origin.netloc}") as running:
                page = await chromium_page(running, Path(folder))
                await page.before(script)
                yield page


def _script(*names: str) -> str:
    texts = [(SCRIPTS / f"{name}.js").read_text() for name in names]
    return "\n".join([f"globalThis.glass = {{ TONE: {json.dumps(TONE)} }};", *texts])


async def _watch(page: Page, hook: str, tap: str) -> Seen:
    """What one video of the page shows, and how it sounds."""
    clock = await page.run("() => glass.tune()")
    await page.run("(hook, tap) => glass.watch(hook, tap)", hook, tap)
    await asyncio.sleep(SETTLE_S)
    begin = _now()
    await asyncio.sleep(SECONDS)
    end = _now()
    took = await page.run("() => glass.take()")
    later = await page.run("() => glass.tune()")
    offset, rate = clock["offset"], int(took["rate"])
    by_level = marks.onsets_of_levels([(at + offset, level) for at, level in took["levels"]])
    heard = by_level
    if tap:
        # The samples of one turn of the sound card are made at once: the first is heard no sooner than all are there.
        ahead = min(now - 1000 * sound for now, sound in took["looks"]) + 1000 * took["latency"]
        packed = [(first / rate * 1000 + ahead + offset, base64.b64decode(block)) for first, block in took["sound"]]
        heard = marks.onsets([(at, array("h", samples)) for at, samples in packed], rate)
    frames = [Frame(at + offset, marks.read_cells(cells), width, count) for at, count, width, cells in took["frames"]]
    return Seen(begin, end, frames, heard, by_level if tap else [], later["offset"] - offset)


def _tap_of(browser: str) -> str:
    """Firefox runs no AudioContext on a machine without a sound card; there, packets tell how loud they are."""
    return TAP if browser == "chromium" else ""


def _tell(seen: Seen) -> None:
    print(msgspec.json.encode(seen).decode(), flush=True)


def _now() -> float:
    return time.time() * 1000


ROLES: dict[str, Callable[..., Awaitable[None]]] = {
    "send": send,
    "page": look_on,
    "peer": look_on_without_a_page,
    "mirror": mirror,
}

if __name__ == "__main__":
    role, *words = sys.argv[1:]
    asyncio.run(ROLES[role](*words))  # type: ignore[arg-type]
