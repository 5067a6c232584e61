"""Codes typed on the home page: a terminal sends, and somebody types what its owner said on the phone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, chromium_page
from tests.support.commands import assert_ended, code_of
from tests.support.processes import twocans
from tests.support.server import Server

pytestmark = pytest.mark.chromium


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    file = tmp_path / "outbox" / "letter.txt"
    file.parent.mkdir()
    file.write_text("Dear Bela")
    return file


async def type_code(page: ChromiumPage, server: Server, code: str) -> None:
    await page.goto(server.url)
    await page.fill("code-input", code)
    await page.click("code-go")


async def test_a_code_in_any_spelling_brings_the_file(server: Server, page: ChromiumPage, letter: Path) -> None:
    with twocans("send", letter, "--server", server.url) as sender:
        number, *words = (await asyncio.to_thread(code_of, sender)).split("-")
        await type_code(page, server, f"  {number} {' '.join(word[:4].title() for word in words)} ")
        await page.see("accept")
        await page.click("accept")
        await page.see("save")
        assert (await page.save("save")).read_text() == "Dear Bela"
        assert (await asyncio.to_thread(sender.finish)).code == Exit.DONE


async def test_what_is_no_code_is_said_beside_it(server: Server, page: ChromiumPage) -> None:
    field = page.page.get_by_test_id("code-input")
    for typed, said in (
        ("otter-maple-drum", "This is neither a code"),
        ("7-otter", "A code has a number and then its words"),
        ("7-বিড়াল-maple-drum", "The words of a code are English"),
        ("https://example.org/", "This link leads to no room"),
    ):
        await type_code(page, server, typed)
        await expect(page.page.locator("#code-hint")).to_contain_text(said)
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_be_focused()
    await page.fill("code-input", "7 drag MAPLE drum")
    await expect(page.page.locator("#code-hint")).to_contain_text("Read as ⁨7-dragon-maple-drum⁩")
    assert await field.get_attribute("aria-invalid") is None


async def test_a_wrong_word_is_learnt_by_both_and_burns_the_code(
    server: Server, page: ChromiumPage, letter: Path
) -> None:
    with twocans("send", letter, "--server", server.url) as sender:
        code = await asyncio.to_thread(code_of, sender)
        wrong = "maple" if not code.endswith("maple") else "otter"
        await type_code(page, server, f"{code.rpartition('-')[0]}-{wrong}")
        await expect(page.page.get_by_test_id("ending")).to_contain_text("The code does not match")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.WRONG_CODE)
    await type_code(page, server, code)
    await expect(page.page.get_by_test_id("ending")).to_contain_text("Nobody is waiting under this code")


async def test_a_full_room_says_so(server: Server, page: ChromiumPage, letter: Path) -> None:
    with twocans("send", letter, "--link", "--server", server.url) as sender:
        link = (await asyncio.to_thread(sender.wait_for, r"(http\S+)"))[1]
        await page.goto(link)
        await page.see("accept")
        late = await chromium_page(page.page.context.browser, letter.parent)  # type: ignore[arg-type]
        await late.goto(link)
        await expect(late.page.get_by_test_id("ending")).to_contain_text("The room is full")
        await page.click("accept")
        await page.see("save")
        assert (await asyncio.to_thread(sender.finish)).code == Exit.DONE
