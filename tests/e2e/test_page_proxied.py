"""Behind nginx as docs/self-hosting.md sets it up, and behind one that passes no WebSocket on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.browsers import ChromiumPage
from tests.support.calls import ALL_PLAY, enter, start_call
from tests.support.nginx import server_behind_nginx

pytestmark = [pytest.mark.chromium, pytest.mark.nginx]


@pytest.fixture
def window() -> dict[str, Any]:
    return {"ignore_https_errors": True}


async def test_two_call_through_the_documented_proxy(asha: ChromiumPage, bela: ChromiumPage, tmp_path: Path) -> None:
    async with server_behind_nginx(tmp_path) as origin:
        link = await start_call(asha, origin)
        assert link.startswith(f"{origin}/r#")
        await enter(bela, link)
        for page in (asha, bela):
            await page.until(ALL_PLAY, 1)
            assert [line for line in page.console if line.startswith("error")] == []


async def test_a_proxy_that_passes_no_websocket_is_told_of(asha: ChromiumPage, tmp_path: Path) -> None:
    async with server_behind_nginx(tmp_path, websockets=False) as origin:
        await start_call(asha, origin)
        notice = asha.page.locator('[data-testid="notice"][data-key="server-silent"]')
        await expect(notice).to_contain_text("WebSocket")
        async with asha.page.context.expect_page() as opened:
            await notice.get_by_test_id("check-link").click()
        check = await opened.value
        server = check.locator('[data-testid="check"][data-check="server"]')
        await expect(server).to_have_attribute("data-state", "bad")
        await expect(server).to_contain_text("WebSocket")
