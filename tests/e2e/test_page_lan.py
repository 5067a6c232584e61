"""`serve --lan`: two pages call each other over HTTPS and WSS, past the certificate that the server made itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browsers import chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, start_call
from tests.support.server import running_server

pytestmark = pytest.mark.chromium


async def test_two_pages_call_over_https(tmp_path: Path) -> None:
    async with running_server("--lan", "--state-dir", str(tmp_path)) as server, chromium() as browser:
        assert server.url.startswith("https://")
        asha = await chromium_page(browser, tmp_path, ignore_https_errors=True)
        bela = await chromium_page(browser, tmp_path, ignore_https_errors=True)
        sockets: list[str] = []
        bela.page.on("websocket", lambda socket: sockets.append(socket.url))
        await enter(bela, await start_call(asha, server.url))
        for page in (asha, bela):
            await page.until(PLAYS)
            await page.until(CONNECTED)
            assert [line for line in page.console if line.startswith("error")] == []
        assert sockets
        assert all(url.startswith("wss://") for url in sockets)
