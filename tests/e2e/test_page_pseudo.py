"""The pages in a language that nobody speaks: a word in plain letters stands in the code, not in a catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import pseudo
from tests.support.browsers import ChromiumPage, chromium
from tests.support.server import running_server
from tests.support.tour import walk
from tests.support.wording import read

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

SAYS_A_WORD = """(attribute) => {
    const element = document.querySelector("h1");
    if (attribute) element.setAttribute(attribute, "Cancel");
    else element.append(" Cancel");
}"""


async def strays(page: ChromiumPage) -> set[str]:
    """What the page says in plain letters."""
    return {found for text in await read(page) if (found := pseudo.strays(text))}


async def test_no_word_stands_outside_the_catalogues(tmp_path: Path) -> None:
    found: dict[str, set[str]] = {}

    async def look(page: ChromiumPage, state: str) -> None:
        if words := await strays(page):
            found[state] = words

    async with running_server(module=pseudo.__name__) as server, chromium() as browser:
        await walk(server, browser, tmp_path, look, locale="en-GB")
    assert found == {}


async def test_a_word_in_the_code_would_be_found(page: ChromiumPage) -> None:
    async with running_server(module=pseudo.__name__) as server:
        for attribute in ("", "title", "aria-label", "placeholder", "alt"):
            await page.goto(server.url)
            assert await strays(page) == set()
            await page.run(SAYS_A_WORD, attribute)
            assert await strays(page) == {"Cancel"}, attribute
