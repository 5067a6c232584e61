"""A page that meets somebody whose certificate is not the one that was paired with cuts the link and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from peer.client import join
from peer.invite import new_link_invite
from peer.line import Attempt
from tests.support.browsers import chromium, chromium_page
from tests.support.server import running_server

pytestmark = pytest.mark.chromium

SAID = """(words) => [...document.querySelectorAll('[data-testid="notice"]')]
    .some((notice) => notice.textContent.includes(words))"""
NAMED = """() => document.body.textContent.includes("Mallory")"""
CONNECTED = (
    """() => document.querySelector('[data-testid="connection-state"][data-peer][data-state="connected"]') !== null"""
)


@pytest.mark.parametrize("honest", [False, True], ids=["a wrong proof", "the right proof"])
async def test_a_page_believes_only_whoever_proves_its_certificate(
    honest: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Attempt.mac

    def proof(attempt: Attempt, *, ours: bool) -> str:
        genuine = right(attempt, ours=ours)
        return genuine if honest or not ours else ("B" if genuine[0] == "A" else "A") + genuine[1:]

    monkeypatch.setattr(Attempt, "mac", proof)
    invite = new_link_invite()
    async with running_server() as server, chromium() as browser:
        page = await chromium_page(browser, tmp_path)
        async with join(invite, server=server.url, name="Mallory"):
            await page.goto(invite.link(server.url, files=True))
            if honest:
                await page.until(NAMED)
                await page.until(CONNECTED)
            else:
                await page.until(SAID, "did not prove who it is")
                assert not await page.run(NAMED)  # a name is told after the proof, and nobody listened
                assert not await page.run(CONNECTED)
