"""The way into a call: with devices, without, with a keyboard alone, or at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.browsers import ALLOW_DEVICES, FAKE_DEVICES, ChromiumPage, Page, chromium, chromium_page
from tests.support.calls import CONNECTED, PLAYS, enter, start_call
from tests.support.server import Server

pytestmark = pytest.mark.chromium

HELD = "() => document.querySelector('[data-testid=\"preview\"]').srcObject?.getTracks().length ?? 0"
BENGALI = """() => document.querySelector('[data-testid="language"][hreflang="bn"]').href"""
ANSWERED = """() => document.querySelector('[data-testid="toggle-mic"]')?.disabled === false"""
FOCUS = """() => {
    const { activeElement: found } = document;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(found);
    const name = found.dataset.testid ?? found.getAttribute("aria-label") ?? (found.id || found.textContent.trim());
    return [name, (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none"];
}"""


async def test_without_any_device_one_is_told_so_and_can_come_all_the_same(server: Server, tmp_path: Path) -> None:
    async with chromium() as browser, chromium(ALLOW_DEVICES) as bare:
        asha, bela = await chromium_page(browser, tmp_path), await chromium_page(bare, tmp_path)
        link = await start_call(asha, server.url)
        await bela.goto(link)
        await bela.see("device-error")
        error = bela.page.get_by_test_id("device-error")
        await expect(error).to_contain_text("Neither a camera nor a microphone was found.")
        await error.get_by_role("button", name="Try again").click()
        await expect(error).to_contain_text("Neither a camera nor a microphone was found.")
        await expect(bela.page.get_by_test_id("join")).to_have_text(re.compile("Join without either"))
        await enter(bela, link)
        await asha.until(CONNECTED)
        assert await bela.page.get_by_test_id("toggle-camera").get_attribute("aria-pressed") == "false"
        await bela.click("toggle-camera")
        await expect(bela.page.get_by_test_id("notice").filter(has_text="No camera was found.")).to_be_visible()
        assert mistakes(bela) == []


async def test_a_denied_permission_can_be_given_after_all(server: Server, tmp_path: Path) -> None:
    async with chromium(FAKE_DEVICES) as browser:
        page = await chromium_page(browser, tmp_path)
        await page.before("delete Navigator.prototype.permissions;")  # nobody tells the page
        await page.goto(server.url)
        await page.click("start-call")
        error = page.page.get_by_test_id("device-error")
        await expect(error).to_contain_text("The browser may use neither camera nor microphone.")
        await expect(page.page.get_by_test_id("unblock")).to_have_attribute("data-browser", "chrome")
        await page.page.context.grant_permissions(["camera"])
        await error.get_by_role("button", name="Try again").click()
        await expect(error).to_contain_text("The browser may not use your microphone.")
        assert await page.run(HELD) == 1
        await page.page.context.grant_permissions(["camera", "microphone"])
        await error.get_by_role("button", name="Try again").click()
        await expect(error).to_be_hidden()
        await page.click("join")
        await page.see("self-video")
        assert (
            await page.run("() => document.querySelector('[data-testid=\"self-video\"]').srcObject.getTracks().length")
            == 2
        )


async def test_a_permission_that_is_given_beside_the_address_is_noticed(server: Server, tmp_path: Path) -> None:
    async with chromium(FAKE_DEVICES) as browser:
        page = await chromium_page(browser, tmp_path)
        await page.goto(server.url)
        await page.click("start-call")
        steps = page.page.get_by_test_id("device-error").get_by_role("listitem")
        await expect(steps).to_have_text([re.compile("address"), re.compile("Switch on"), re.compile("by itself")])
        await page.page.context.grant_permissions(["camera", "microphone"])
        await expect(page.page.get_by_test_id("device-error")).to_be_hidden()
        await page.until(f"() => ({HELD})() === 2")
        await expect(page.page.get_by_test_id("join")).to_have_text(re.compile("^\\s*Join\\s*$"))


async def test_a_permission_that_is_given_in_a_call_is_noticed(server: Server, tmp_path: Path) -> None:
    async with chromium(FAKE_DEVICES) as browser:
        page = await chromium_page(browser, tmp_path)
        await start_call(page, server.url)
        notice = page.page.get_by_test_id("notice").filter(has_text="The browser may not use your microphone.")
        await page.click("toggle-mic")
        await notice.get_by_text("How to allow it").click()
        await expect(notice.get_by_role("listitem")).to_have_count(3)
        await page.page.context.grant_permissions(["camera", "microphone"])
        await expect(page.page.get_by_test_id("toggle-mic")).to_have_attribute("aria-pressed", "true")
        await expect(notice).to_be_hidden()
        await expect(page.page.get_by_test_id("toggle-camera")).to_have_attribute(
            "aria-pressed", "false"
        )  # nobody asked


async def test_another_language_loses_nothing(server: Server, page: ChromiumPage) -> None:
    await change_language(page, server.url)


@pytest.mark.firefox
async def test_another_language_loses_nothing_in_firefox(server: Server, firefox_one: Page) -> None:
    await change_language(firefox_one, server.url)


async def test_auto_joins_at_once_with_the_last_choices(server: Server, asha: ChromiumPage, bela: ChromiumPage) -> None:
    await start_call(bela, server.url, "Bela")
    await bela.click("leave")
    link = await start_call(asha, server.url)
    await bela.goto(link.replace("/r#", "/r?auto=1#"))
    await asha.until(PLAYS)
    assert await asha.read("remote-video", "data-name") == "Bela"


async def test_who_wants_less_motion_sees_none(server: Server, browser: Browser, tmp_path: Path) -> None:
    page = await chromium_page(browser, tmp_path, reduced_motion="reduce")
    await page.goto(server.url)
    still = """() => document.getAnimations().every(({ effect }) => effect.getComputedTiming().activeDuration < 100)"""
    assert await page.run(still)
    await start_call(page, server.url)
    assert await page.run(still)


async def test_a_keyboard_is_enough(server: Server, page: ChromiumPage) -> None:
    keyboard = page.page.keyboard

    async def tab_to(wanted: str) -> None:
        passed = []
        for _ in range(30):
            await keyboard.press("Tab")
            name, visible = await page.run(FOCUS)
            assert visible, f"the focus on {name!r} cannot be seen"
            if name == wanted:
                return
            passed.append(name)
        raise AssertionError(f"{wanted} was never reached, but {passed}")

    await page.goto(server.url)
    await tab_to("start-call")
    await keyboard.press("Enter")
    await page.page.wait_for_url("**/r#*")
    await page.see("name-input")
    await page.until("() => !document.querySelector('[data-testid=\"toggle-mic\"]').disabled")
    await tab_to("name-input")
    await keyboard.type("Asha")
    await tab_to("join")
    await keyboard.press("Enter")
    await page.see("invite-link")
    for control in ("invite-copy", "toggle-mic", "toggle-camera", "raise-hand", "toggle-chat"):
        await tab_to(control)
    await keyboard.press("Enter")
    await expect(page.page.get_by_test_id("chat-input")).to_be_focused()
    await keyboard.press("Escape")
    await expect(page.page.get_by_test_id("toggle-chat")).to_be_focused()
    await tab_to("leave")
    await keyboard.press("Enter")
    await page.see("ending")
    assert mistakes(page) == []


async def change_language(page: Page, url: str) -> None:
    """In the lobby of a new room, after everything was filled in there; then into the room."""
    await page.goto(url)
    await page.click("start-call")
    await page.until(ANSWERED)
    await page.fill("name-input", "Asha")
    await page.click("toggle-camera")
    await page.click("lock")
    invite = await page.run("() => location.hash")
    assert len(invite) > 20
    await page.goto(await page.run(BENGALI))
    assert await page.run("() => document.documentElement.lang") == "bn"
    await page.until(ANSWERED)
    assert await page.run("() => location.hash") == invite
    assert await page.read("name-input", "value") == "Asha"
    assert await page.run("""() => document.querySelector('[data-testid="lock"]').checked""")
    assert await page.read("toggle-mic", "ariaPressed") == "true"
    assert await page.read("toggle-camera", "ariaPressed") == "false"
    await page.click("join")
    await page.see("locked")
    assert str(await page.read("invite-link", "value")).endswith(invite)


def mistakes(page: ChromiumPage) -> list[str]:
    """What the console holds against the page."""
    return [line for line in page.console if line.startswith(("error", "warning"))]
