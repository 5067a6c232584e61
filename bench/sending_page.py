"""A page in Chromium as a sender: `python -m bench.sending_page SERVER FILE` prints the link, and ends once one has it.

It runs wherever it is started, and so in the network of its caller: `ip netns exec x python -m …`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench.contest import PATIENCE_S
from tests.support.browsers import chromium, chromium_page

DONE = """() => document.querySelector('[data-testid="transfer"][data-state="done"]')"""


async def main(server: str, file: str) -> None:
    """Offers a file to whoever opens the link."""
    trusted = f"--unsafely-treat-insecure-origin-as-secure={server}"  # as if it were HTTPS, which costs no rate
    async with chromium(trusted) as browser:
        page = await chromium_page(browser, Path(file).parent)
        await page.goto(server)
        await page.click("send-files")
        await page.see("invite-link")
        await page.choose("file-input", Path(file))
        print(await page.read("invite-link", "value"), flush=True)
        await page.until(DONE, within=PATIENCE_S)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
