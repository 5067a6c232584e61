"""Files between a page and a terminal, and from page to page, byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from tests.support.browsers import ChromiumPage, Page
from tests.support.calls import open_files
from tests.support.commands import MIB, random_file
from tests.support.processes import twocans
from tests.support.server import Server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

DONE = """() => document.querySelector('[data-testid="transfer"][data-state="done"]')"""


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def send_from_page(page: Page, server: Server, file: Path, out: Path) -> None:
    """Home page, send files, choose; a terminal receives by the link."""
    link = await open_files(page, server.url, file)
    with twocans("receive", link, "--yes", "--out", out, "--json") as receiver:
        ended = await asyncio.to_thread(receiver.finish, 240)
    assert ended.code == 0, ended.stderr
    assert digest(out / file.name) == digest(file)
    await page.until(DONE)


async def receive_in_page(page: Page, server: Server, file: Path) -> None:
    """A terminal sends; the page opens the link, accepts, and saves."""
    with twocans("send", file, "--server", server.url, "--json") as sender:
        link = (await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1]
        await page.goto(link)
        await page.see("accept")
        await page.click("accept")
        await page.until(DONE, within=200)
        ended = await asyncio.to_thread(sender.finish)
    assert ended.code == 0, ended.stderr
    assert digest(await page.save("save")) == digest(file)


async def test_chromium_sends_200_mib_to_a_terminal(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    await send_from_page(page, server, random_file(tmp_path / "film.mkv", 200 * MIB), tmp_path / "inbox")


async def test_chromium_gets_200_mib_from_a_terminal(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    await receive_in_page(page, server, random_file(source / "film.mkv", 200 * MIB))


@pytest.mark.firefox
async def test_firefox_sends_50_mib_to_a_terminal(server: Server, firefox_one: Page, tmp_path: Path) -> None:
    await send_from_page(firefox_one, server, random_file(tmp_path / "film.mkv", 50 * MIB), tmp_path / "inbox")


@pytest.mark.firefox
async def test_firefox_gets_50_mib_from_a_terminal(server: Server, firefox_one: Page, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    await receive_in_page(firefox_one, server, random_file(source / "film.mkv", 50 * MIB))


@pytest.mark.firefox
async def test_chromium_sends_to_firefox(server: Server, page: ChromiumPage, firefox_one: Page, tmp_path: Path) -> None:
    file = random_file(tmp_path / "film.mkv", 20 * MIB)
    link = await open_files(page, server.url, file)
    await firefox_one.goto(link)
    await firefox_one.see("accept")
    await firefox_one.click("accept")
    await firefox_one.until(DONE, within=60)
    await page.until(DONE)
    assert digest(await firefox_one.save("save")) == digest(file)


async def test_a_file_declined_in_the_page_ends_the_terminal_with_its_code(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    file = random_file(tmp_path / "film.mkv", MIB)
    with twocans("send", file, "--server", server.url, "--json") as sender:
        link = (await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1]
        await page.goto(link)
        await page.see("decline")
        await page.click("decline")
        ended = await asyncio.to_thread(sender.finish)
    assert ended.code == 5
    await page.see("ending")  # the terminal has left, and closed the room that it made
