"""What most tests with a page start from: a server, a Chromium, a window of it, a Firefox.

A server and a Chromium take seconds to start, so tests share them, on an event loop that lasts: those of a module
the Chromium, all of a worker the server. What a test opened is closed when it is over, and every window has a storage
of its own. A server that a test stops is followed by another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browsers import ChromiumPage, Page, chromium, chromium_page, firefox_page
from tests.support.firefox import Firefox
from tests.support.server import Server, running_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives the tests of this folder their one loop."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class Lasting:
    """Servers, one after the other."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._server: Server | None = None

    async def server(self) -> Server:
        """The one that runs."""
        if self._server is None or self._server.process.returncode is not None:
            self._server = await self._stack.enter_async_context(running_server())
        return self._server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lasting() -> AsyncIterator[Lasting]:
    """For the length of the run."""
    async with AsyncExitStack() as stack:
        yield Lasting(stack)


@pytest_asyncio.fixture(loop_scope="session")
async def server(lasting: Lasting) -> Server:
    """A signaling server that runs. Others were in rooms of theirs on it."""
    return await lasting.server()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_browser() -> AsyncIterator[Browser]:
    """Without a past; one that lasts longer than a module grows slow, and at last takes no more pictures."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def browser(one_browser: Browser) -> AsyncIterator[Browser]:
    """A Chromium with nothing open in it."""
    yield one_browser
    for context in one_browser.contexts:
        await context.close()


@pytest.fixture
def window() -> dict[str, Any]:
    """What Playwright's `new_context` is told of each window; a module may have its own."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, tmp_path: Path, window: dict[str, Any]) -> ChromiumPage:
    """A window of that Chromium."""
    return await chromium_page(browser, tmp_path, **window)


@pytest.fixture
def asha(page: ChromiumPage) -> ChromiumPage:
    """The one whose room it is."""
    return page


@pytest_asyncio.fixture(loop_scope="session")
async def bela(browser: Browser, tmp_path: Path, window: dict[str, Any]) -> ChromiumPage:
    """Another window of the same Chromium, for whoever comes to her."""
    return await chromium_page(browser, tmp_path, **window)


@pytest_asyncio.fixture(loop_scope="session")
async def cleo(browser: Browser, tmp_path: Path, window: dict[str, Any]) -> ChromiumPage:
    """And one for who comes late."""
    return await chromium_page(browser, tmp_path, **window)


@pytest_asyncio.fixture(loop_scope="session")
async def firefox() -> AsyncIterator[Firefox]:
    """A Firefox without a past, for one test."""
    async with await Firefox.start() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def firefox_one(firefox: Firefox) -> Page:
    """A tab of that Firefox."""
    return await firefox_page(firefox)
