"""A walk through everything that the pages have to show: three people, every page, panel, dialog and kind of transfer.

Asha ── the doors, the check ─── lobby ─── alone ─── call ─────────────────── files ────── the server is gone
Bela ───────────────────────────────────────────────── call, screen, chat ─── files ─── ending
Chandra ─────────────────────────────────────────────────────────────────── the files page, twice
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

from playwright.async_api import Browser, Locator

from tests.support.browsers import ChromiumPage, chromium_page
from tests.support.calls import ALL_PLAY, CONNECTED, PLAYS, enter, start_call
from tests.support.commands import MIB
from tests.support.scenes import SCREEN
from tests.support.server import Server

Look = Callable[[ChromiumPage, str], Awaitable[None]]
"""What is done at each halt: with a page, and the name of what it shows."""
SAID = ("🙂 The boat leaves at six", "I bring the tea", "Then I bring the map")
PHOTOS = ("boat at dawn", "মৌয়াল", "tide tables with a very long name that no card is wide enough for")
TYPED = {
    r"\b(Asha|Bela|Chandra)\b": "the people's names",
    rf"^({'|'.join(SAID)}|Platform 4, 18:05)$": "what they wrote",
    rf"Sundarbans 2026|{'|'.join(normalize('NFC', name) for name in PHOTOS)}|\btickets|postcard\b": "their files",
}
"""What the people of the walk bring along, as patterns, and why no catalogue knows it."""

CHECKED = (
    """() => !["runs", null].includes(document.querySelector('[data-testid="check-sum"]')?.dataset.state ?? null)"""
)
MIC_CHECKED = """() => document.querySelector('[data-check="mic"]')?.dataset.state === "good" """
READ = """() => document.getElementById("code-hint").dataset.state === "good" """
MIRRORED = (
    """() => document.querySelector('[data-testid="preview"]')?.readyState >= 2 && !document.querySelector(".plain")"""
)
PRESSED = """(hook, on) => document.querySelector(`[data-testid="${hook}"]`)?.ariaPressed === String(on)"""
THERE = "(selector) => document.querySelector(selector) !== null"
BUT_ONE_GONE = """() => document.querySelectorAll(".tile.peer").length === 1"""
GONE = "(selector) => document.querySelector(selector) === null"
STATE = """(state, title) => [...document.querySelectorAll(`[data-testid="transfer"][data-state="${state}"]`)]
    .some((each) => each.textContent.includes(title))"""
LASTS = """() => [...document.querySelectorAll(".numbers :last-child")].some((each) => each.textContent)"""
LINES = """(count) => document.querySelectorAll('[data-testid="chat-message"]').length === count"""
MEASURED = """() => document.querySelector('[data-figure="seen"]')?.textContent.includes("×")"""
REFUSES = """if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("", "NotAllowedError");
    };
    navigator.mediaDevices.enumerateDevices = async () => [];
}"""
"""Somebody who lets no page have camera and microphone, nor know their names."""
PASTE = """(text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@dataclass(frozen=True)
class Luggage:
    """What is sent."""

    album: Path
    tickets: Path
    postcard: Path


async def walk(
    server: Server, browser: Browser, folder: Path, look: Look, *, cameras: Sequence[str] = (), **context: Any
) -> None:
    """All of it; at its end the server is gone.

    Args:
        cameras: scripts that stand in for Asha's and Bela's cameras; else Chromium's own.
        context: goes to Playwright's `new_context`.
    """
    asha, bela, chandra = [await chromium_page(browser, folder, **context) for _ in range(3)]
    for page, camera in zip((asha, bela), cameras, strict=False):
        await page.before(camera)
    await bela.before(SCREEN)
    await chandra.before(REFUSES)
    luggage = pack(folder)
    await see_pages(asha, server.url, look)
    link = await come_first(asha, server.url, look)
    await meet(asha, bela, link, look)
    await look_around(asha, bela, look)
    await write(asha, bela, look)
    await show_screen(asha, bela, look)
    await knock(asha, chandra, link, look)
    await send_album(asha, bela, luggage, look)
    await send_small_things(asha, bela, luggage, look)
    await come_for_files(asha, chandra, link, look)
    await offer_alone(chandra, server.url, luggage, look)
    await end(asha, bela, server, look)


def pack(folder: Path) -> Luggage:
    """Files to send."""
    luggage = Luggage(folder / "Sundarbans 2026", folder / "tickets.pdf", folder / "postcard.jpg")
    luggage.album.mkdir()
    for name in PHOTOS:
        (luggage.album / f"{name}.jpg").write_bytes(bytes(6 * MIB))
    luggage.tickets.write_bytes(bytes(300_000))
    luggage.postcard.write_bytes(bytes(900_000))
    return luggage


async def see_pages(page: ChromiumPage, url: str, look: Look) -> None:
    """The pages for which one needs nobody."""
    await page.goto(url)
    await look(page, "home")
    await page.fill("code-input", "7")
    await page.click("code-go")
    await look(page, "bad-code")
    await page.fill("code-input", "7 otter maple drum")
    await page.until(READ)
    await look(page, "code")
    await page.click("check-link")
    await page.until(CHECKED, within=40)
    await look(page, "check")
    await page.click("check-devices")
    await page.until(MIC_CHECKED)
    await look(page, "check-devices")
    await page.goto(f"{url}/nowhere")
    await look(page, "missing")
    await page.goto(f"{url}/r#x")
    await page.see("ending")
    await look(page, "bad-link")


async def come_first(asha: ChromiumPage, url: str, look: Look) -> str:
    """Through the lobby into an empty room; gives back the link to it."""
    await asha.goto(url)
    await asha.click("start-call")
    await asha.until(MIRRORED)
    await look(asha, "lobby-nameless")
    await asha.fill("name-input", "Asha")
    await asha.click("toggle-camera")
    await asha.until(PRESSED, "toggle-camera", False)
    await look(asha, "lobby-dark")
    await asha.click("toggle-camera")
    await asha.until(PRESSED, "toggle-camera", True)
    await asha.until(MIRRORED)
    await look(asha, "lobby")
    await asha.click("join")
    await asha.see("invite-link")
    await look(asha, "alone")
    await asha.page.get_by_test_id("invite-lasts").select_option("600")
    await asha.see("invite-until")
    await look(asha, "alone-expiring")
    await asha.page.get_by_test_id("invite-lasts").select_option("always")
    for panel in ("chat", "files", "people"):
        await asha.click(f"toggle-{panel}")
        await asha.until(PRESSED, f"toggle-{panel}", True)
        await look(asha, f"alone-{panel}")
    await asha.click("toggle-people")
    return str(await asha.read("invite-link", "value"))


async def meet(asha: ChromiumPage, bela: ChromiumPage, link: str, look: Look) -> None:
    """Two in a call; one has a hand up and keeps still."""
    await enter(bela, link)
    for page in (asha, bela):
        await page.until(PLAYS)
        await page.until(CONNECTED)
        await page.see("path")
    await look(asha, "call")
    await bela.click("raise-hand")
    await bela.click("toggle-mic")
    await asha.until(THERE, ".tile.peer .raised ~ .muted")
    await look(asha, "hand")
    await bela.click("toggle-camera")
    await asha.until(THERE, '.tile.peer[data-camera="false"]')
    await look(asha, "face")
    await bela.click("toggle-camera")


async def look_around(asha: ChromiumPage, bela: ChromiumPage, look: Look) -> None:
    """The dialogs, the people, the reactions."""
    keyboard = asha.page.keyboard
    await asha.click("sas")
    await look(asha, "safety")
    await keyboard.press("Escape")
    await asha.click("toggle-people")
    await asha.see("show-figures")
    await look(asha, "people")
    await asha.page.get_by_test_id("invite-lasts").select_option("600")
    await asha.see("invite-until")
    await look(asha, "people-expiring")
    await bela.click("toggle-people")
    await bela.see("invite-until")
    await look(bela, "guest-expiring")
    await bela.click("toggle-people")
    await asha.page.get_by_test_id("invite-lasts").select_option("always")
    await asha.click("show-figures")
    await asha.until(MEASURED)
    await look(asha, "figures")
    await keyboard.press("Escape")
    await asha.click("show-shortcuts")
    await asha.see("shortcuts-on")
    await look(asha, "shortcuts")
    await keyboard.press("Escape")
    await asha.click("toggle-people")
    await asha.click("react")
    await asha.see("reaction")
    await look(asha, "reactions")
    await asha.click("reaction")
    await bela.see("passing")
    await look(bela, "reacted")
    await keyboard.press("Escape")


async def write(asha: ChromiumPage, bela: ChromiumPage, look: Look) -> None:
    """The chat at both ends."""
    await bela.click("toggle-chat")
    await say(bela, SAID[0])
    await look(bela, "written")
    await asha.until(THERE, ".badge")
    await look(asha, "unread")
    await asha.click("toggle-chat")
    await say(asha, SAID[1])
    await bela.until(LINES, 2)
    await say(bela, SAID[2])
    await asha.until(LINES, 3)
    await look(asha, "chat")
    for page in (asha, bela):
        await page.click("toggle-chat")


async def say(page: ChromiumPage, text: str) -> None:
    await page.fill("chat-input", text)
    await page.click("chat-send")


async def show_screen(asha: ChromiumPage, bela: ChromiumPage, look: Look) -> None:
    """A shared screen at both ends."""
    await bela.click("share-screen")
    await asha.until(THERE, ".tile.screen")
    await look(asha, "screen")
    await look(bela, "sharing")
    await bela.click("share-screen")
    await asha.until(GONE, ".tile.screen")


async def knock(asha: ChromiumPage, chandra: ChromiumPage, link: str, look: Look) -> None:
    """A locked room, and somebody who is not let in."""
    await asha.click("toggle-people")
    await asha.click("lock")
    await asha.see("locked")
    await asha.click("toggle-people")
    await chandra.goto(link)
    await chandra.fill("name-input", "Chandra")
    await chandra.see("device-error")
    await look(chandra, "lobby-refused")
    await chandra.click("join")
    await chandra.until(THERE, '[data-testid="outside"][data-state="locked"]')
    await look(chandra, "outside")
    await asha.see("knock")
    await look(asha, "knocked")
    await asha.click("hold")
    await chandra.until(THERE, '[data-testid="outside"][data-state="held"]')
    await look(chandra, "held")
    await look(asha, "holding")
    await asha.click("refuse")
    await chandra.see("ending")
    await look(chandra, "turned-away")
    await asha.click("toggle-people")
    await asha.click("lock")
    await asha.click("toggle-people")
    await chandra.run("() => localStorage.clear()")  # and with it, her name
    await chandra.goto("about:blank")


async def send_album(asha: ChromiumPage, bela: ChromiumPage, luggage: Luggage, look: Look) -> None:
    """A folder that is offered, taken, held and stopped."""
    await asha.choose("folder-input", luggage.album)
    await bela.see("accept")
    await look(bela, "offer")
    await look(asha, "offered")
    await asha.page.get_by_test_id("limit").first.select_option("500000")
    await bela.click("accept")
    for page, state in ((asha, "sending"), (bela, "receiving")):
        await page.until(LASTS)
        await page.page.locator(".transfer-list summary").first.click()
        await look(page, state)
    await bela.click("pause")
    await asha.until(STATE, "paused", "Sundarbans")
    await look(asha, "paused-there")
    await look(bela, "paused")
    await bela.click("cancel")
    await asha.until(STATE, "failed", "Sundarbans")
    await look(asha, "stopped-there")
    await look(bela, "stopped")


async def send_small_things(asha: ChromiumPage, bela: ChromiumPage, luggage: Luggage, look: Look) -> None:
    """A file that arrives, one that is not wanted, and a text."""
    await asha.choose("file-input", luggage.tickets)
    await bela.see("accept")
    await bela.click("accept")
    for page, state in ((asha, "sent"), (bela, "received")):
        await page.until(STATE, "done", "tickets")
        await look(page, state)
    await asha.choose("file-input", luggage.postcard)
    await bela.see("decline")
    await bela.click("decline")
    await asha.until(STATE, "declined", "postcard")
    await look(asha, "declined")
    await asha.run(PASTE, "Platform 4, 18:05")
    await bela.see("accept")
    await bela.click("accept")
    await bela.see("transfer-text")
    await look(bela, "text")


async def come_for_files(asha: ChromiumPage, chandra: ChromiumPage, link: str, look: Look) -> None:
    """Somebody without a name comes for the files alone, and is offered all that was offered to everyone."""
    await chandra.goto(link.replace("/r#", "/f#"))
    await chandra.until("""() => document.querySelectorAll('.peer-row [data-state="connected"]').length === 2""")
    for title in ("tickets", "Sundarbans"):
        await chandra.until(STATE, "offered", title)
    await look(chandra, "desk-offer")
    await look(asha, "receivers")
    album = asha.page.get_by_test_id("offer").filter(has_text="Sundarbans")
    await album.get_by_test_id("limit").select_option("500000")
    await card(chandra, "Sundarbans").get_by_test_id("accept").click()
    await asha.until(LASTS)
    await look(asha, "receivers-moving")
    await album.get_by_test_id("pause-all").click()
    await chandra.until(STATE, "paused", "Sundarbans")
    await look(asha, "receivers-paused")
    await look(chandra, "desk-paused")
    await card(chandra, "tickets").get_by_test_id("accept").click()
    await chandra.until(STATE, "done", "tickets")
    await look(chandra, "desk-done")
    await look(asha, "receivers-done")
    await chandra.goto("about:blank")
    # Who was given files goes without a word, so as to be waited for: a busy machine may be slow to believe it.
    await asha.until(BUT_ONE_GONE, within=60)


def card(page: ChromiumPage, title: str) -> Locator:
    """The transfer of that name."""
    return page.page.get_by_test_id("transfer").filter(has_text=title)


async def offer_alone(chandra: ChromiumPage, url: str, luggage: Luggage, look: Look) -> None:
    """A room for files that one makes oneself, in a browser that keeps what came before."""
    await chandra.goto(url)
    await chandra.click("send-files")
    await chandra.see("kept")
    await look(chandra, "kept")
    await chandra.choose("file-input", luggage.postcard)
    await chandra.until(STATE, "offered", "postcard")
    await look(chandra, "desk-waits")


async def end(asha: ChromiumPage, bela: ChromiumPage, server: Server, look: Look) -> None:
    """The server is gone, and they talk on; then one leaves."""
    await asha.click("toggle-files")
    await server.kill()
    await asha.until(THERE, '[data-testid="notice"][data-key="server-lost"]')
    await look(asha, "server-lost")
    await bela.click("leave")
    await bela.see("ending")
    await look(bela, "left")
    await asha.until(GONE, ".tile.peer")
    await look(asha, "left-behind")


async def crowd(
    server: Server, browser: Browser, folder: Path, look: Look, cameras: Sequence[str], **context: Any
) -> None:
    """A room that fills up, one person for each camera; then one of them shows a screen."""
    pages = list[ChromiumPage]()
    link = ""
    for others, (name, camera) in enumerate(zip(("Asha", "Bela", "Chandra", "Cleo"), cameras, strict=True)):
        page = await chromium_page(browser, folder, **context)
        await page.before(camera)
        await page.before(SCREEN)
        if others:
            await enter(page, link, name)
        else:
            link = await start_call(page, server.url, name)
        pages.append(page)
        for each in pages:
            await each.until(ALL_PLAY, others, within=60)
        if others > 1:
            await look(pages[0], ("three", "four")[others - 2])
    await pages[1].click("share-screen")
    await pages[0].until(THERE, ".tile.screen")
    await look(pages[0], "screen-of-four")
