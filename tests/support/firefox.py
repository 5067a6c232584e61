"""Stock Firefox ESR through WebDriver BiDi (W3C), which it speaks itself: no driver program is needed.

Firefox.start() ──► firefox-esr --remote-debugging-port ──► ws://127.0.0.1:…/session
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import aiohttp

PREFERENCES: dict[str, object] = {
    "app.update.enabled": False,
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.active-protocols": 1,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


SYSTEM_ACCESS = "--remote-allow-system-access"
"""Lets a test reach into the browser itself, and not its pages alone."""


class BidiError(Exception):
    """Firefox answered a command with an error."""


class Firefox:
    """One Firefox process with a fresh profile; an async context manager."""

    def __init__(self, process: Process, profile: Path, errors: asyncio.Task[None]) -> None:
        self._process = process
        self._profile = profile
        self._errors = errors
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.downloads: asyncio.Queue[Path] = asyncio.Queue()
        """Files that a page downloaded, each once it is whole."""

    @classmethod
    async def start(cls, *flags: str, preferences: Mapping[str, object] = MappingProxyType({})) -> Self:
        """Starts the process, with these preferences over ours, and opens a BiDi session."""
        profile = Path(tempfile.mkdtemp(prefix="twocans-firefox-"))
        (profile / "downloads").mkdir()
        chosen = {**PREFERENCES, "browser.download.dir": str(profile / "downloads"), **preferences}
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in chosen.items())
        (profile / "user.js").write_text("".join(lines))
        words = ["--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0", *flags]
        process = await asyncio.create_subprocess_exec("firefox-esr", *words, stdout=DEVNULL, stderr=PIPE)
        assert process.stderr
        address = await _address(process.stderr)
        browser = cls(process, profile, asyncio.create_task(_drain(process.stderr)))
        await browser._connect(address)
        return browser

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await self._process.wait()
        for task in (self._reader, self._errors):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._session.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    async def command(self, method: str, **params: object) -> dict[str, Any]:
        """One BiDi command and its result. Raises BidiError."""
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        answer = await self._answers[number]
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def preload(self, script: str, **where: object) -> None:
        """Runs a script before those of the pages of these `contexts` or `userContexts`; of all pages without any."""
        await self.command("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}", **where)

    async def prefer(self, name: str, value: bool) -> None:
        """Sets one of its preferences while it runs. Needs SYSTEM_ACCESS."""
        tree = await self.command("browsingContext.getTree", **{"moz:scope": "chrome"})
        answer = await self.command(
            "script.evaluate",
            expression=f"Services.prefs.setBoolPref({json.dumps(name)}, {json.dumps(value)})",
            target={"context": tree["contexts"][0]["context"]},
            awaitPromise=False,
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])

    async def _connect(self, address: str) -> None:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(f"{address}/session", max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        await self.command("session.new", capabilities={})
        await self.command("session.subscribe", events=["browsingContext.downloadEnd"])

    async def _read(self) -> None:
        async for message in self._socket:
            answer = json.loads(message.data)
            if waiting := self._answers.pop(answer.get("id", -1), None):
                if not waiting.done():  # nobody waits any more for what a page that was left does not answer
                    waiting.set_result(answer)
            elif answer.get("method") == "browsingContext.downloadEnd" and answer["params"]["status"] == "complete":
                self.downloads.put_nowait(Path(answer["params"]["filepath"]))
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(BidiError("Firefox has ended the session"))


async def _address(stream: asyncio.StreamReader) -> str:
    async for line in stream:
        if found := re.search(rb"listening on (ws://\S+)", line):
            return found[1].decode()
    raise BidiError("Firefox ended before it listened")


async def _drain(stream: asyncio.StreamReader) -> None:
    async for _ in stream:
        pass


def plain(value: dict[str, Any]) -> Any:
    """A BiDi `script.RemoteValue` as a Python value."""
    match value["type"]:
        case "array":
            return [plain(item) for item in value["value"]]
        case "object":
            return {key: plain(item) for key, item in value["value"]}
        case "null" | "undefined":
            return None
        case _:
            return value.get("value")
