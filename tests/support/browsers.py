"""Pages in real browsers behind one small interface, so that one test drives Chromium and Firefox alike."""

from __future__ import annotations

import asyncio
import json
import shlex
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from playwright.async_api import Browser, BrowserContext, async_playwright, expect
from playwright.async_api import Page as PlaywrightPage

from tests.support.firefox import BidiError, Firefox, plain

CHROMIUM = "/usr/bin/chromium"
BARE_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAKE_DEVICES = "--use-fake-device-for-media-stream"
ALLOW_DEVICES = "--use-fake-ui-for-media-stream"
expect.set_options(timeout=20_000)  # as patient as `Page.until`
WATCH_CONNECTIONS = """
globalThis.__connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...words) { super(...words); globalThis.__connections.push(this); }
};
"""
"""Runs before the page's own scripts: the page shows its connections to nobody, and a test needs their statistics."""
RECEIVED = """
async () => {
  let frames = 0, audio = 0;
  for (const connection of globalThis.__connections) {
    if (connection.connectionState === "closed") continue;
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type !== "inbound-rtp") continue;
      if (stat.kind === "video") frames += stat.framesDecoded ?? 0;
      if (stat.kind === "audio") audio += stat.packetsReceived ?? 0;
    }
  }
  return { frames, audio };
}
"""


class Page(ABC):
    """One page with storage of its own."""

    @abstractmethod
    async def goto(self, url: str) -> None:
        """Loads an address and waits for its `load` event."""

    @abstractmethod
    async def before(self, script: str) -> None:
        """Runs a script before the page's own, wherever the page goes from now on."""

    @abstractmethod
    async def close(self) -> None:
        """Shuts the page, and forgets what it stored where nobody else has a part in that."""

    @abstractmethod
    async def run(self, function: str, *arguments: object) -> Any:
        """Calls a JavaScript function expression with JSON arguments; awaits and returns its JSON result."""

    @abstractmethod
    async def click(self, hook: str) -> None:
        """Clicks the element with this `data-testid`, with a real pointer."""

    @abstractmethod
    async def fill(self, hook: str, text: str) -> None:
        """Replaces what stands in a field."""

    @abstractmethod
    async def choose(self, hook: str, *files: Path) -> None:
        """Gives files to an `<input type=file>`."""

    @abstractmethod
    async def save(self, hook: str) -> Path:
        """Clicks, and gives back the file that the browser then downloads."""

    async def until(self, condition: str, *arguments: object, within: float = 20.0) -> None:
        """Waits until a JavaScript function is true; fails with what the page says when it is not in time."""
        poll = f"""async (...words) => {{
            const end = performance.now() + {within * 1000};
            for (;;) {{
                const value = await ({condition})(...words);
                if (value || performance.now() > end) return Boolean(value);
                await new Promise((resolve) => setTimeout(resolve, 20));
            }}
        }}"""
        if not await self.run(poll, *arguments):
            seen = await self.run("() => document.body.innerText.slice(0, 1500)")
            raise AssertionError(f"never true within {within} s: {condition}\nthe page says:\n{seen}")

    async def see(self, hook: str, within: float = 20.0) -> None:
        """Waits until an element with this hook is shown."""
        await self.until(
            """(hook) => [...document.querySelectorAll(`[data-testid="${hook}"]`)].some((e) => e.checkVisibility())""",
            hook,
            within=within,
        )

    async def read(self, hook: str, attribute: str) -> str | None:
        """An attribute (or property, as for `value`) of the first element with this hook."""
        found: str | None = await self.run(
            """(hook, name) => {
                const element = document.querySelector(`[data-testid="${hook}"]`);
                return element?.[name] ?? element?.getAttribute(name) ?? null;
            }""",
            hook,
            attribute,
        )
        return found

    async def received(self) -> dict[str, int]:
        """Video frames decoded and audio packets received so far, over all connections."""
        counts: dict[str, int] = await self.run(RECEIVED)
        return counts


class ChromiumPage(Page):
    """A page of one Chromium context."""

    def __init__(self, page: PlaywrightPage, folder: Path) -> None:
        self.page = page
        self._folder = folder
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))

    async def goto(self, url: str) -> None:
        await self.page.goto(url)

    async def before(self, script: str) -> None:
        await self.page.add_init_script(script)

    async def close(self) -> None:
        await self.page.context.close()

    async def run(self, function: str, *arguments: object) -> Any:
        return await self.page.evaluate(f"(words) => ({function})(...words)", list(arguments))

    async def click(self, hook: str) -> None:
        await self.page.get_by_test_id(hook).first.click()

    async def fill(self, hook: str, text: str) -> None:
        await self.page.get_by_test_id(hook).first.fill(text)

    async def choose(self, hook: str, *files: Path) -> None:
        await self.page.get_by_test_id(hook).first.set_input_files(list(files))

    async def save(self, hook: str) -> Path:
        async with self.page.expect_download() as download:
            await self.click(hook)
        found = await download.value
        target = self._folder / found.suggested_filename
        await found.save_as(target)
        return target


class FirefoxPage(Page):
    """A tab of one Firefox; tabs of one process share storage unless they are kept apart."""

    def __init__(self, browser: Firefox, context: str) -> None:
        self._browser = browser
        self._context = context

    async def goto(self, url: str) -> None:
        await self._browser.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def before(self, script: str) -> None:
        await self._browser.preload(script, contexts=[self._context])

    async def close(self) -> None:
        await self._browser.command("browsingContext.close", context=self._context)

    async def run(self, function: str, *arguments: object) -> Any:
        expression = f"(async () => JSON.stringify((await ({function})(...{json.dumps(arguments)})) ?? null))()"
        answer = await self._browser.command(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        return json.loads(plain(answer["result"]))

    async def until(self, condition: str, *arguments: object, within: float = 20.0) -> None:
        """As elsewhere, but asked in short turns: Firefox never answers for a page that is left meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while True:
            left = end - loop.time()
            try:
                await asyncio.wait_for(super().until(condition, *arguments, within=min(left, 1.0)), 3.0)
                return
            except (AssertionError, BidiError, TimeoutError):
                if left <= 0:
                    raise

    async def click(self, hook: str) -> None:
        await self.see(hook)
        await self.run(
            """(hook) => document.querySelector(`[data-testid="${hook}"]`).scrollIntoView({ block: "center" })""", hook
        )
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": await self._node(hook)}},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": "mouse", "actions": actions}
        await self._browser.command("input.performActions", context=self._context, actions=[source])

    async def fill(self, hook: str, text: str) -> None:
        await self.see(hook)
        await self.run(
            """(hook, text) => {
                const field = document.querySelector(`[data-testid="${hook}"]`);
                field.value = text;
                field.dispatchEvent(new Event("input", { bubbles: true }));
                field.dispatchEvent(new Event("change", { bubbles: true }));
            }""",
            hook,
            text,
        )

    async def choose(self, hook: str, *files: Path) -> None:
        node = await self._node(hook)
        names = [str(file) for file in files]
        await self._browser.command("input.setFiles", context=self._context, element=node, files=names)

    async def press_control(self, key: str) -> None:
        """One key with Control held."""
        actions = [
            {"type": "keyDown", "value": "\ue009"},
            {"type": "keyDown", "value": key},
            {"type": "keyUp", "value": key},
            {"type": "keyUp", "value": "\ue009"},
        ]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        await self._browser.command("input.performActions", context=self._context, actions=[source])

    async def save(self, hook: str) -> Path:
        await self.click(hook)
        return await asyncio.wait_for(self._browser.downloads.get(), 60)

    async def _node(self, hook: str) -> dict[str, str]:
        locator = {"type": "css", "value": f'[data-testid="{hook}"]'}
        answer = await self._browser.command("browsingContext.locateNodes", context=self._context, locator=locator)
        return {"sharedId": answer["nodes"][0]["sharedId"]}


@asynccontextmanager
async def chromium(*flags: str, within: Sequence[str] = (), trusts: str = "") -> AsyncIterator[Browser]:
    """Debian's Chromium with a fake camera and microphone that pages may use, unless other flags are given.

    Args:
        within: words before the command, to run it in a namespace.
        trusts: an origin whose pages may do what needs a secure context, though it has no certificate.
    """
    async with async_playwright() as playwright:
        args = [*BARE_FLAGS, *(flags or (FAKE_DEVICES, ALLOW_DEVICES))]
        if trusts:
            args.append(f"--unsafely-treat-insecure-origin-as-secure={trusts}")
        with _launcher(within) as program:
            browser = await playwright.chromium.launch(executable_path=program, args=args)
        try:
            yield browser
        finally:
            await browser.close()


@contextmanager
def _launcher(within: Sequence[str]) -> Iterator[str]:
    """What starts a Chromium after these words; Playwright takes nothing but a path."""
    if not within:
        yield CHROMIUM
        return
    with TemporaryDirectory() as folder:
        script = Path(folder, "chromium")
        script.write_text(f'#!/bin/sh\nexec {shlex.join(within)} {CHROMIUM} "$@"\n')
        script.chmod(0o700)
        yield str(script)


@asynccontextmanager
async def chromium_profile(profile: Path) -> AsyncIterator[BrowserContext]:
    """Chromium with a profile on disk, as a person has it; other contexts keep their files in memory."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=list(BARE_FLAGS), accept_downloads=True
        )
        try:
            await context.add_init_script(WATCH_CONNECTIONS)
            yield context
        finally:
            await context.close()


def browser_processes(profile: Path) -> list[psutil.Process]:
    """All processes of the Chromium that has this profile."""
    found = list[psutil.Process]()
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            if f"--user-data-dir={profile}" in process.cmdline() and "--type" not in " ".join(process.cmdline()):
                found += [process, *process.children(recursive=True)]
    return found


async def chromium_page(browser: Browser, folder: Path, **context: Any) -> ChromiumPage:
    """A page in a context of its own; `context` goes to Playwright's `new_context`."""
    made: BrowserContext = await browser.new_context(accept_downloads=True, **context)
    await made.add_init_script(WATCH_CONNECTIONS)
    return ChromiumPage(await made.new_page(), folder)


async def firefox_page(browser: Firefox, *, apart: bool = False) -> FirefoxPage:
    """A new tab; `apart` with a storage of its own beside other tabs of that process."""
    if apart:
        user = (await browser.command("browser.createUserContext"))["userContext"]
        await browser.preload(WATCH_CONNECTIONS, userContexts=[user])
        created = await browser.command("browsingContext.create", type="tab", userContext=user)
    else:
        await browser.preload(WATCH_CONNECTIONS)
        created = await browser.command("browsingContext.create", type="tab")
    return FirefoxPage(browser, created["context"])
