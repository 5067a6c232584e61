"""The pages in Bengali: nothing that is to be read, or read out, is left in English."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browsers import ChromiumPage, chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter
from tests.support.server import running_server
from web import languages

pytestmark = pytest.mark.chromium

ENGLISH = {text for text in languages.load("en").values() if text != "Twocans"}
SAID = """() => {
    const UNREAD = "script, style, noscript, code, option, [lang=en]";
    const said = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) {
            if (!node.parentElement.closest(UNREAD)) said.add(node.data.trim());
        } else {
            for (const name of ["aria-label", "title", "placeholder", "alt"]) said.add(node.getAttribute(name) ?? "");
        }
    }
    said.add(document.title);
    return [...said].filter(Boolean);
}"""
OWN = {"7-otter-maple-drum", "Asha", "Bela", "A", "B", "letter.txt", "🙂 hello", "Twocans"}
"""What stays as it is: names and their initials, an example, and what people wrote themselves."""


@pytest.mark.parametrize(("size", "scheme"), [((390, 844), "dark"), ((1280, 800), "light")])
async def test_no_english_is_left(size: tuple[int, int], scheme: str, tmp_path: Path, screenshots: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Bela")
    look = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": scheme, "locale": "bn-BD"}
    async with running_server() as server, chromium() as browser:
        asha = await chromium_page(browser, tmp_path, **look)
        bela = await chromium_page(browser, tmp_path, **look)

        async def read(page: ChromiumPage, state: str) -> None:
            said = set(await page.run(SAID))
            assert not said & ENGLISH, state
            latin = {text for text in said if any("a" <= letter <= "z" for letter in text.lower())}
            latin -= {text for text in latin if any("\u0980" <= letter <= "\u09ff" for letter in text)}
            assert latin <= OWN, state
            await page.page.screenshot(path=screenshots / f"bn-{state}-{size[0]}-{scheme}.png")

        await asha.goto(server.url)
        await read(asha, "home")
        await asha.fill("code-input", "7")
        await asha.click("code-go")
        await read(asha, "bad-code")
        await asha.click("start-call")
        await asha.fill("name-input", "Asha")
        await asha.until("() => document.querySelector('[data-testid=\"preview\"]').readyState >= 2")
        await read(asha, "lobby")
        await asha.click("join")
        await asha.see("invite-link")
        await read(asha, "alone")
        await enter(bela, str(await asha.read("invite-link", "value")))
        await asha.until(PLAYS)
        await asha.until(CONNECTED)
        await asha.page.locator('[data-testid="path"]').wait_for()
        await read(asha, "call")
        await asha.page.get_by_test_id("sas").click()
        await read(asha, "safety")
        await asha.page.keyboard.press("Escape")
        await asha.choose("file-input", letter)
        await bela.see("accept")
        await read(bela, "offer")
        await bela.click("accept")
        await bela.see("save")
        await read(bela, "transfer")
        await bela.click("toggle-people")
        await read(bela, "people")
        await bela.click("toggle-chat")
        await bela.fill("chat-input", "🙂 hello")
        await bela.click("chat-send")
        await read(bela, "chat")
        await bela.click("leave")
        await bela.see("ending")
        await read(bela, "ending")
        await bela.goto(f"{server.url}/nowhere")
        await read(bela, "missing")
