"""A page in Chromium as a sender: `python -m bench.sending_page SERVER FILE` prints the link, and ends once one has it.

It runs wherever it is started, and so in the network of its caller: `ip netns exec x python -m …`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench.contest import PATIENCE_S
from bench.pages import DONE
from tests.support.browsers import chromium, chromium_page
from tests.support.calls import open_files


async def main(server: str, file: str) -> None:
    """Offers a file to whoever opens the link."""
    trusted = f"--unsafely-treat-insecure-origin-as-secure={server}"  # as if it were HTTPS, which costs no rate
    async with chromium(trusted) as browser:
        page = await chromium_page(browser, Path(file).parent)
        print(await open_files(page, server, Path(file)), flush=True)
        await page.until(DONE, within=PATIENCE_S)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
