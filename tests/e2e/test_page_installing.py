"""The page as an app of its own, where the browser offers that."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browsers import ChromiumPage
from tests.support.server import Server

pytestmark = pytest.mark.chromium

OFFER = """() => {
    const offer = new Event("beforeinstallprompt", { cancelable: true });
    offer.prompt = async () => { globalThis.__asked = (globalThis.__asked ?? 0) + 1; };
    return dispatchEvent(offer);
}"""
"""A window without a past, as all are here, is offered nothing, so the test speaks for the browser."""


async def test_the_browser_finds_all_that_an_app_needs(server: Server, page: ChromiumPage) -> None:
    await page.goto(server.url)
    devtools = await page.page.context.new_cdp_session(page.page)
    assert (await devtools.send("Page.getAppManifest"))["errors"] == []
    missing = await devtools.send("Page.getInstallabilityErrors")
    assert [each["errorId"] for each in missing["installabilityErrors"]] in ([], ["in-incognito"])


async def test_an_app_is_offered_once_and_only_where_the_browser_offers_it(server: Server, page: ChromiumPage) -> None:
    await page.goto(server.url)
    button = page.page.get_by_test_id("install")
    await expect(button).to_be_hidden()
    assert await page.run(OFFER) is False, "the browser's own bar stays away"
    await button.click()
    await expect(button).to_be_hidden()
    assert await page.run("() => globalThis.__asked") == 1
    await page.run(OFFER)
    await expect(button).to_be_visible()
    await page.run("() => dispatchEvent(new Event('appinstalled'))")
    await expect(button).to_be_hidden()
