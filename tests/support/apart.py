"""Two pages in a call, each in a browser on a host of its own, and the server between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.lab.network import Host, Network
from tests.support.browsers import Page, chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, start_call
from tests.support.processes import Program, twocans

PORT = 8080


def serve(host: Host) -> Program:
    """A server there, always at the same address; returns once it listens."""
    server = twocans("serve", "--host", host.address, "--port", str(PORT), "--stun-port", "0", within=host.within)
    server.wait_for("listening on")
    return server


@asynccontextmanager
async def call_apart(lab: Network, folder: Path) -> AsyncIterator[tuple[Program, Page, Page]]:
    """The server in the middle; Asha, who called; and Bela, who came from the other host. Each sees the other."""
    url = f"http://{lab.middle.address}:{PORT}"
    async with AsyncExitStack() as stack:
        server = stack.enter_context(serve(lab.middle))
        pages = list[Page]()
        for host in (lab.one, lab.other):
            browser = await stack.enter_async_context(chromium(within=host.within, trusts=url))
            pages.append(await chromium_page(browser, folder))
        asha, bela = pages
        await enter(bela, await start_call(asha, url))
        for page in pages:
            await page.until(PLAYS)
            await page.until(CONNECTED)
        yield server, asha, bela
