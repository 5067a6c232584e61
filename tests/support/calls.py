"""How two people come to a call, or to files, through nothing but the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.browsers import Page

PLAYS = """() => {
    const video = document.querySelector('[data-testid="remote-video"]');
    return Boolean(video && !video.paused && video.readyState >= 2 && video.videoWidth > 0);
}"""
ALL_PLAY = """(count) => {
    const videos = [...document.querySelectorAll('[data-testid="remote-video"]')];
    return videos.length === count && videos.every((each) => !each.paused && each.videoWidth > 0);
}"""
CONNECTED = """() => document.querySelector('[data-testid="connection-state"][data-state="connected"]') !== null"""
SERVER = """(state) => document.querySelector("[data-server]").dataset.server === state"""
PRESSED = """(hook, pressed) => document.querySelector(`[data-testid="${hook}"]`).ariaPressed === String(pressed)"""
IN_STEP = r"""() => globalThis.__connections.filter(({ connectionState }) => connectionState === "connected")
    .every(({ remoteDescription }) => {
        const [camera, screen, mic, sound] = remoteDescription.sdp.match(/(?<=^a=msid:)\S+/gm);
        return camera === mic && screen === sound && camera !== screen;
    })"""
"""Whether the others' voice and picture have a stream in common, by which the browser plays them in step."""
SOUND_AT = """async (rate) => {
    const reports = await Promise.all(__connections.map((each) => each.getStats()));
    const stats = reports.flatMap((each) => [...each.values()]);
    return stats.some(({ kind, targetBitrate }) => kind === "audio" && targetBitrate === rate);
}"""
"""Whether one's sound is encoded for so many bits a second; Chromium says it."""
FIRST_FRAME = """async (hook) => {
    document.querySelector(`[data-testid="${hook}"]`).click();
    const start = performance.now();
    for (;;) {
        const video = document.querySelector('[data-testid="remote-video"]');
        // Firefox counts the frames of a live stream here only.
        const shown = video?.mozPaintedFrames ?? video?.getVideoPlaybackQuality().totalVideoFrames;
        if (shown > 0) return performance.now() - start;
        if (performance.now() - start > 20000) return -1;
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}"""


async def open_files(page: Page, server_url: str, *files: Path) -> str:
    """Goes straight to the files of a new room, and chooses these; gives back the invite link."""
    await page.goto(server_url)
    await page.click("send-files")
    await page.see("invite-link")
    if files:
        await page.choose("file-input", *files)
    return str(await page.read("invite-link", "value"))


async def start_call(page: Page, server_url: str, name: str = "Asha") -> str:
    """Starts a call on the home page and joins it; gives back the invite link."""
    await page.goto(server_url)
    await page.click("start-call")
    await page.fill("name-input", name)
    await page.click("join")
    await page.see("self-video")
    await page.until("""() => document.querySelector('[data-testid="invite-link"]') !== null""")
    link = await page.read("invite-link", "value") or await page.read("invite-link", "href")
    assert link
    assert "/r#" in link
    return link


async def enter(page: Page, link: str, name: str = "Bela") -> float:
    """Follows an invite link through the lobby; milliseconds from `join` to the first remote frame."""
    await page.goto(link)
    await page.fill("name-input", name)
    await page.see("join")
    elapsed: float = await page.run(FIRST_FRAME, "join")
    assert elapsed >= 0, "no remote frame came within 20 s"
    return elapsed


async def enter_quickly(page: Page, link: str, limit_ms: float) -> float:
    """Enters, leaving and entering again when it took too long: a busy machine may spoil a try, not three of them."""
    elapsed = await enter(page, link)
    for _ in range(2):
        if elapsed < limit_ms:
            break
        await page.click("leave")
        await page.goto("about:blank")  # the same address again would not load anew
        elapsed = min(elapsed, await enter(page, link))
    return elapsed


async def assert_sees_and_hears(page: Page) -> None:
    await page.until(PLAYS)
    await page.until(CONNECTED)
    before = await page.received()
    await asyncio.sleep(5)  # the measure is frames in five seconds
    after = await page.received()
    assert after["frames"] - before["frames"] >= 60, (before, after)
    assert after["audio"] - before["audio"] >= 100, (before, after)
    assert await page.run(IN_STEP)
