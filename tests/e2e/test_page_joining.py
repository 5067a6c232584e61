"""With both devices, one, none, forbidden ones or busy ones: one comes into the call, and the others see what is so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browsers import FAKE_DEVICES, RECEIVED, Page, chromium, chromium_page, firefox_page
from tests.support.calls import PLAYS, start_call
from tests.support.firefox import SYSTEM_ACCESS, Firefox
from tests.support.server import running_server

pytestmark = [pytest.mark.chromium]

ALLOWED = ["camera", "microphone"]
NO_CAMERA = f"{FAKE_DEVICES}=device-count=0"
BUSY_MIC = "--fail-audio-stream-creation"
HINDER = """
(() => {
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const [open, list] = [devices.getUserMedia.bind(devices), devices.enumerateDevices.bind(devices)];
  const hindered = globalThis.__hindered = %s;
  devices.getUserMedia = async (wishes) => {
    for (const kind of ["audio", "video"]) {
      if (wishes[kind] && hindered[kind]) throw new DOMException("by the test", hindered[kind]);
    }
    return open(wishes);
  };
  devices.enumerateDevices = async () =>
    (await list()).filter((each) => hindered[each.kind.replace("input", "")] !== "NotFoundError");
})();
"""
"""Runs before the page's own scripts, where a browser has no switch: Chromium makes up a microphone with every camera,
and never finds the camera busy; Firefox makes up both, and finds neither busy."""
UNHINDER = "() => { for (const kind of ['audio', 'video']) delete __hindered[kind]; }"
READY = """() => document.querySelector('[data-testid="toggle-mic"]')?.disabled === false"""
SAYS = """(hook, words) => document.querySelector(`[data-testid="${hook}"]`)?.textContent.includes(words)"""
PRESSED = """(hook, pressed) => document.querySelector(`[data-testid="${hook}"]`)?.ariaPressed === String(pressed)"""
TOLD = """(key) => document.querySelector(`[data-testid="notice"][data-key="${key}"]`) !== null"""
SHOWN = """(name, mic, camera) => {
    const { dataset } = document.querySelector(`[data-testid="remote-video"][data-name="${name}"]`) ?? {};
    return dataset?.hand === "true" && dataset.mic === String(mic) && dataset.camera === String(camera);
}"""
"""With the hand that was raised last of all, so that it is no state from before anything was said."""
RUNS = """(name, camera) => {
    const video = document.querySelector(`[data-testid="remote-video"][data-name="${name}"]`);
    return !video.paused && video.readyState >= 2 && video.videoWidth > 0 === camera;
}"""
IS_HEARD = f"async () => (await ({RECEIVED})()).audio >= 20"
ALONE = """() => document.querySelector('[data-testid="remote-video"]') === null"""


@dataclass(frozen=True)
class Case:
    """What stands in somebody's way, and what comes of it."""

    mic: bool
    camera: bool
    lobby: str = ""
    """What is said before joining."""
    again: str = ""
    """The notice when one asks again in the call, too early."""
    off: tuple[str, ...] = ()
    """What one switches off before joining."""
    hindered: Mapping[str, str] = field(default_factory=dict)
    """What HINDER puts in the way."""


BOTH = Case(True, True)
NONE = Case(False, False, off=("toggle-mic", "toggle-camera"))
NO_MIC = Case(False, True, "No microphone was found.", "mic-missing", hindered={"audio": "NotFoundError"})


@dataclass(frozen=True)
class Call:
    """A call that somebody waits in, with both devices on."""

    asha: Page
    browser: Browser
    link: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def call(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Call]:
    """One for all cases: each comes, is looked at, and leaves."""
    async with running_server() as server, chromium(FAKE_DEVICES) as browser:
        asha = await chromium_page(browser, tmp_path_factory.mktemp("asha"), permissions=ALLOWED)
        yield Call(asha, browser, await start_call(asha, server.url))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def firefox() -> AsyncIterator[Firefox]:
    """One for all cases."""
    async with await Firefox.start(SYSTEM_ACCESS) as running:
        yield running


@asynccontextmanager
async def visit(call: Call, page: Page) -> AsyncIterator[None]:
    """Ends a visit, however it went."""
    try:
        yield
    finally:
        if await page.run("""() => document.querySelector('[data-testid="leave"]') !== null"""):
            await page.click("leave")
        await page.close()
        await call.asha.until(ALONE)


async def join(call: Call, page: Page, name: str, case: Case) -> None:
    """Through the lobby into the call, as the case has it; both sides then see what is so."""
    if case.hindered:
        await page.before(HINDER % json.dumps(case.hindered))
    await page.goto(call.link)
    await page.fill("name-input", name)
    await page.until(READY)
    for hook in case.off:
        await page.click(hook)
    if case.lobby:
        await page.until(SAYS, "device-error", case.lobby)
    else:
        assert await page.run("""() => document.querySelector('[data-testid="device-error"]') === null""")
    await page.click("join")
    await page.until(PLAYS)  # whoever brings nothing sees and hears the others all the same
    await page.click("raise-hand")
    await assert_seen(call, page, name, case.mic, case.camera)


async def assert_seen(call: Call, page: Page, name: str, mic: bool, camera: bool) -> None:
    await call.asha.until(SHOWN, name, mic, camera)
    if mic or camera:
        await call.asha.until(RUNS, name, camera)
    if mic:
        await call.asha.until(IS_HEARD)
    await page.until(PRESSED, "toggle-mic", mic)
    await page.until(PRESSED, "toggle-camera", camera)


async def ask_again(page: Page, case: Case) -> None:
    """In the call, for what is not on."""
    for hook, on in (("toggle-mic", case.mic), ("toggle-camera", case.camera)):
        if not on:
            await page.click(hook)


async def assert_comes_back(
    call: Call, page: Page, name: str, case: Case, lift: Callable[[], Awaitable[None]] | None = None
) -> None:
    """One who asks too early is told so, and one who asks once nothing hinders has both devices."""
    if case.again:
        await ask_again(page, case)
        await page.until(TOLD, case.again)
    if lift:
        await lift()
    await ask_again(page, case)
    await assert_seen(call, page, name, True, True)


async def test_both_devices(call: Call, tmp_path: Path) -> None:
    page = await chromium_page(call.browser, tmp_path, permissions=ALLOWED)
    async with visit(call, page):
        await join(call, page, "Both", BOTH)


async def test_a_camera_only(call: Call, tmp_path: Path) -> None:
    page = await chromium_page(call.browser, tmp_path, permissions=ALLOWED)
    async with visit(call, page):
        await join(call, page, "Camera", NO_MIC)
        await assert_comes_back(call, page, "Camera", NO_MIC, lambda: page.run(UNHINDER))


async def test_a_microphone_only(call: Call, tmp_path: Path) -> None:
    case = Case(True, False, "No camera was found.", "camera-missing")
    async with chromium(NO_CAMERA) as browser:
        page = await chromium_page(browser, tmp_path, permissions=ALLOWED)
        async with visit(call, page):
            await join(call, page, "Microphone", case)
            await page.click("toggle-camera")
            await page.until(TOLD, case.again)


async def test_neither_because_one_wants_neither(call: Call, tmp_path: Path) -> None:
    page = await chromium_page(call.browser, tmp_path, permissions=ALLOWED)
    async with visit(call, page):
        await join(call, page, "None", NONE)
        await assert_comes_back(call, page, "None", NONE)


async def test_permission_denied(call: Call, tmp_path: Path) -> None:
    case = Case(False, False, "The browser may use neither camera nor microphone.", "camera-denied")
    page = await chromium_page(call.browser, tmp_path)
    async with visit(call, page):
        await join(call, page, "Denied", case)
        await ask_again(page, case)
        for key in ("mic-denied", "camera-denied"):
            await page.until(TOLD, key)
        await page.page.context.grant_permissions(ALLOWED)  # the page notices by itself
        await assert_seen(call, page, "Denied", True, True)


async def test_a_microphone_that_is_busy(call: Call, tmp_path: Path) -> None:
    case = Case(False, True, "Another program is using your microphone.", "mic-busy")
    async with chromium(FAKE_DEVICES, BUSY_MIC) as browser:
        page = await chromium_page(browser, tmp_path, permissions=ALLOWED)
        async with visit(call, page):
            await join(call, page, "Busy", case)
            await page.click("toggle-mic")
            await page.until(TOLD, case.again)


async def test_a_camera_that_is_busy(call: Call, tmp_path: Path) -> None:
    case = Case(
        True, False, "Another program is using your camera.", "camera-busy", hindered={"video": "NotReadableError"}
    )
    page = await chromium_page(call.browser, tmp_path, permissions=ALLOWED)
    async with visit(call, page):
        await join(call, page, "Busy", case)
        await assert_comes_back(call, page, "Busy", case, lambda: page.run(UNHINDER))


IN_FIREFOX = {
    "both": BOTH,
    "camera": NO_MIC,
    "microphone": Case(True, False, "No camera was found.", "camera-missing", hindered={"video": "NotFoundError"}),
    "none": NONE,
    "busy": Case(
        False,
        False,
        "Another program is using your camera and microphone.",
        "camera-busy",
        hindered={"audio": "NotReadableError", "video": "NotReadableError"},
    ),
}


@pytest.mark.firefox
@pytest.mark.parametrize("name", IN_FIREFOX)
async def test_in_firefox(call: Call, firefox: Firefox, name: str) -> None:
    case = IN_FIREFOX[name]
    page = await firefox_page(firefox, apart=True)
    async with visit(call, page):
        await join(call, page, name, case)
        if case is not BOTH:
            await assert_comes_back(call, page, name, case, (lambda: page.run(UNHINDER)) if case.hindered else None)


@pytest.mark.firefox
async def test_permission_denied_in_firefox(call: Call, firefox: Firefox) -> None:
    case = Case(False, False, "The browser may use neither camera nor microphone.", "camera-denied")
    page = await firefox_page(firefox, apart=True)

    async def deny(devices: bool) -> None:
        for device in ("camera", "microphone"):
            await firefox.prefer(f"media.getusermedia.{device}.deny", devices)

    try:
        await deny(True)
        async with visit(call, page):
            await join(call, page, "denied", case)
            await assert_comes_back(call, page, "denied", case, lambda: deny(False))
    finally:
        await deny(False)
