"""The page that tries out beforehand what a call needs, where it is there and where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browsers import ChromiumPage, Page
from tests.support.server import Server, start_server
from tests.support.turn import running_coturn

pytestmark = pytest.mark.chromium

OVER = """() => !["runs", null].includes(document.querySelector('[data-testid="check-sum"]')?.dataset.state ?? null)"""
FOUND = """() => Object.fromEntries([...document.querySelectorAll('[data-testid="check"]')]
    .map((each) => [each.dataset.check, `${each.dataset.state} ${each.dataset.says}`.trim()]))"""
RELAY = """
use-auth-secret
static-auth-secret=of-this-test-alone
realm=twocans
allow-loopback-peers
no-cli
"""
"""Not as Twocans writes it: here both ends of the relay are on this machine."""


async def checked(page: Page, url: str) -> dict[str, str]:
    await page.goto(url)
    await page.click("check-link")
    await page.until(OVER, within=40)
    found: dict[str, str] = await page.run(FOUND)
    return found


async def test_what_is_missing_is_marked_and_devices_are_tried_only_when_asked(
    server: Server, page: ChromiumPage
) -> None:
    assert await checked(page, server.url) == {
        "browser": "good browser_good",
        "server": "good server_good",
        "ways": "warn ways_unasked",
        "relay": "warn relay_none",
        "camera": "waits",
        "mic": "waits",
    }
    assert await page.run("""() => document.querySelector('[data-testid="check-sum"]').dataset.state""") == "warn"
    await page.click("check-devices")
    await page.until("""() => document.querySelector('[data-check="mic"]').dataset.state === "good" """)
    assert (await page.run(FOUND))["camera"] == "good device_good"
    assert page.console == []


async def test_a_relay_is_tried_with_packets_there_and_back(page: ChromiumPage, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of-this-test-alone")
    async with running_coturn(RELAY, tmp_path) as relay:
        address = f"127.0.0.1:{relay.port}"
        flags = ["--turn-urls", f"turn:{address}?transport=udp", "--stun-urls", f"stun:{address}"]
        server = await start_server(*flags, "--turn-secret-file", str(secret))
        try:
            found = await checked(page, server.url)
            assert found["relay"] == "good relay_good"
            assert found["ways"] == "good ways_out"
        finally:
            await server.kill()


async def test_a_server_that_does_not_answer_is_told_of(page: ChromiumPage) -> None:
    server = await start_server()
    await checked(page, server.url)
    await server.kill()
    await page.click("check-again")
    await page.until("""() => document.querySelector('[data-check="server"]').dataset.state === "bad" """, within=30)
    assert (await page.run(FOUND))["server"] == "bad server_silent"


@pytest.mark.firefox
async def test_firefox_is_checked(server: Server, firefox_one: Page) -> None:
    found = await checked(firefox_one, server.url)
    assert found["browser"] == "good browser_good"
    assert found["server"] == "good server_good"
