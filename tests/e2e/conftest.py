"""What most tests with a page start from: a server, a Chromium, a window of it, a Firefox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browsers import ChromiumPage, Page, chromium, chromium_page, firefox_page
from tests.support.firefox import Firefox
from tests.support.server import Server, running_server


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A signaling server of its own."""
    async with running_server() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_server() -> AsyncIterator[Server]:
    """One for all tests of a module that has a loop of its own: where nothing that is tested is of the server."""
    async with running_server() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_browser() -> AsyncIterator[Browser]:
    """The same, for tests that each take a context of their own."""
    async with chromium() as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium without a past."""
    async with chromium() as running:
        yield running


@pytest.fixture
def window() -> dict[str, Any]:
    """What Playwright's `new_context` is told of each window; a module may have its own."""
    return {}


@pytest.fixture
async def page(browser: Browser, tmp_path: Path, window: dict[str, Any]) -> ChromiumPage:
    """A window of that Chromium."""
    return await chromium_page(browser, tmp_path, **window)


@pytest.fixture
async def asha(page: ChromiumPage) -> ChromiumPage:
    """The one whose room it is."""
    return page


@pytest.fixture
async def bela(browser: Browser, tmp_path: Path, window: dict[str, Any]) -> ChromiumPage:
    """Another window of the same Chromium, for whoever comes to her."""
    return await chromium_page(browser, tmp_path, **window)


@pytest.fixture
async def firefox() -> AsyncIterator[Firefox]:
    """A Firefox without a past."""
    async with await Firefox.start() as running:
        yield running


@pytest.fixture
async def firefox_one(firefox: Firefox) -> Page:
    """A tab of that Firefox."""
    return await firefox_page(firefox)
