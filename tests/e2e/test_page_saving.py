"""Received files leave the page: as a download, as one zip, into a folder that a person picks; and the copy goes."""

from __future__ import annotations

import asyncio
import os
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, Page, chromium_page
from tests.support.calls import open_files
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.picking import PICK_FOLDER, PICKED
from tests.support.processes import twocans
from tests.support.server import Server, running_server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

DONE = """() => document.querySelector('[data-testid="transfer"][data-state="done"]')"""
KEPT_FOLDERS = """async () => {
    const names = [];
    const root = await navigator.storage.getDirectory();
    for await (const name of (await root.getDirectoryHandle(".twocans")).keys()) names.push(name);
    return names;
}"""
TREE = {
    "album/one.txt": "1",
    "album/deep/two.txt": "two",
    "album/deep/empty.txt": "",
    "album/bare/": "",
    "album/deep/": "",
    "album/": "",
    "album/ছবি ১.txt": "ছবি",
}
LONG_AGO = 86_400 * 365 * 30.0
"""In seconds since 1970: the first of January 2000, or close."""


def grow(folder: Path) -> Path:
    """The tree on disk, and a file of more than one leaf."""
    for path in TREE:
        if path.endswith("/"):
            (folder / path).mkdir(parents=True, exist_ok=True)
    for path, text in TREE.items():
        if not path.endswith("/"):
            (folder / path).write_text(text)
            os.utime(folder / path, (LONG_AGO, LONG_AGO))
    random_file(folder / "album" / "film.mkv", 3 * MIB + 1)
    return folder / "album"


async def receive(page: Page, server: Server, *what: Path) -> None:
    """A terminal sends; the page accepts and has all of it."""
    with twocans("send", *what, "--server", server.url, "--json") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await page.until(DONE, within=60)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)


def assert_zip_is(zipped: Path, tree: Path, *, folders: bool = True) -> None:
    """Every file of the tree is in the zip, with its bytes and its time, every folder if it was sent, and no more."""
    with zipfile.ZipFile(zipped) as opened:
        assert opened.testzip() is None
        below = {path.relative_to(tree.parent): path for path in (tree, *tree.rglob("*"))}
        names = {
            f"{name}/" if path.is_dir() else str(name) for name, path in below.items() if folders or path.is_file()
        }
        assert set(opened.namelist()) == names
        for name, path in below.items():
            if path.is_file():
                assert opened.read(str(name)) == path.read_bytes(), name
        assert opened.getinfo("album/one.txt").date_time[0] in (1999, 2000)


async def test_a_folder_is_saved_as_one_zip_by_chromium(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    album = grow(tmp_path / "outbox")
    await receive(page, server, album)
    saved = await page.save("save")
    assert saved.name == "album.zip"
    assert_zip_is(saved, album)
    assert page.console == []


@pytest.mark.firefox
async def test_a_folder_is_saved_as_one_zip_by_firefox(server: Server, firefox_one: Page, tmp_path: Path) -> None:
    album = grow(tmp_path / "outbox")
    await receive(firefox_one, server, album)
    saved = await firefox_one.save("save")
    assert saved.name == "album.zip"
    assert_zip_is(saved, album)


async def test_a_folder_is_saved_as_one_zip_past_a_certificate_that_nobody_signed(
    browser: Browser, tmp_path: Path
) -> None:
    """Chromium starts no service worker from there, and the zip is made beside the files."""
    album = grow(tmp_path / "outbox")
    async with running_server("--lan", "--state-dir", str(tmp_path)) as server:
        sender = await chromium_page(browser, tmp_path, ignore_https_errors=True)
        page = await chromium_page(browser, tmp_path, ignore_https_errors=True)
        link = await open_files(sender, server.url)
        await sender.choose("folder-input", album)
        await page.goto(link)
        await page.see("accept")
        await page.click("accept")
        await page.until(DONE)
        assert_zip_is(await page.save("save"), album, folders=False)
        registered = "async () => (await navigator.serviceWorker.getRegistrations()).length"
        assert await page.run(registered) == 0


async def test_a_folder_is_saved_to_a_picked_one_and_nothing_there_is_touched(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    await page.page.add_init_script(PICK_FOLDER)
    album = grow(tmp_path / "outbox")
    (album / "film.mkv").unlink()
    await receive(page, server, album)
    assert TREE.items() <= (await saved_to(page, "album")).items()
    again = await saved_to(page, "album (2)")
    assert again == TREE | {path.replace("album/", "album (2)/", 1): text for path, text in TREE.items()}


async def saved_to(page: ChromiumPage, top: str) -> dict[str, str]:
    """What is in the picked folder once everything has been saved under this name."""
    await page.click("save-to")
    written = f"""async (top, many) => {{
        const button = document.querySelector('[data-testid="save-to"]');
        const found = await ({PICKED})().catch(() => ({{}}));  // what is just being written cannot be read
        return !button.disabled && Object.keys(found).filter((path) => path.startsWith(`${{top}}/`)).length === many;
    }}"""
    await page.until(written, top, len(TREE))
    found: dict[str, str] = await page.run(PICKED)
    return found


async def test_the_browsers_copy_is_removed_when_a_person_says_so(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    film = random_file(tmp_path / "outbox" / "film.mkv", 3 * MIB + 1)
    await receive(page, server, film)
    assert (await page.save("save")).read_bytes() == film.read_bytes()
    assert len(await page.run(KEPT_FOLDERS)) == 1
    await page.click("discard")
    await page.until(f"async () => (await ({KEPT_FOLDERS})()).length === 0")
    await page.page.get_by_test_id("save").wait_for(state="detached")
    assert page.console == []
