"""A server that comes back with other pages: whoever is in a call is told, and stays in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from yarl import URL

from tests.support.browsers import ChromiumPage
from tests.support.calls import SERVER, start_call
from tests.support.server import HOME, Server, running_server

pytestmark = pytest.mark.chromium

UPDATE = '[data-testid="notice"][data-key="update"]'


def another_version(folder: Path) -> Path:
    """The whole source, with one file of the pages changed."""
    for part in ("twocans.py", "signaling", "peer", "web"):
        whole, copy = HOME / part, folder / part
        shutil.copytree(whole, copy) if whole.is_dir() else shutil.copy(whole, copy)
    with (folder / "web" / "static" / "css" / "base.css").open("a") as style:
        style.write("/* changed */")
    return folder


async def test_one_in_a_call_is_told_that_the_server_has_other_pages(
    server: Server, asha: ChromiumPage, tmp_path: Path
) -> None:
    port = URL(server.url).port or 0
    await start_call(asha, server.url)
    await asha.until(SERVER, "connected")
    await server.kill()
    await asha.until(SERVER, "reconnecting")
    looks = asha.page.expect_event("requestfinished", lambda request: request.url.endswith("/io/version.js"))
    async with looks as looked, running_server(port=port):
        await looked.value
        await asha.until(SERVER, "connected")
        assert await asha.page.locator(UPDATE).count() == 0, "the same pages"
    await asha.until(SERVER, "reconnecting")
    async with running_server(port=port, home=another_version(tmp_path)):
        await asha.page.wait_for_selector(UPDATE)
        await asha.see("self-video")
