"""The server introduces and learns nothing: every byte it saw in a call with chat and a file is searched."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.support.browsers import chromium, chromium_page
from tests.support.calls import CONNECTED, enter, start_call
from tests.support.recording import Recording, recording
from tests.support.server import running_server

pytestmark = pytest.mark.chromium

CANARY_NAME = "Canary Nightjar"
CANARY_CHAT = "the-canary-sings-at-noon"
CANARY_FILE = "canary-ledger.txt"
CANARY_CONTENT = b"canary content that must not be seen\n" * 40


async def test_the_server_sees_no_secret_of_a_call_with_chat_and_a_file(tmp_path: Path) -> None:
    file = tmp_path / CANARY_FILE
    file.write_bytes(CANARY_CONTENT)
    async with running_server() as server, recording(server.url) as recorded, chromium() as browser:
        asha, bela = await chromium_page(browser, tmp_path), await chromium_page(browser, tmp_path)
        link = await start_call(asha, recorded.url, CANARY_NAME)
        await enter(bela, link, "Canary Siskin")
        await asha.until(CONNECTED)
        await asha.click("toggle-chat")
        await asha.fill("chat-input", CANARY_CHAT)
        await asha.click("chat-send")
        await bela.until("(line) => document.body.textContent.includes(line)", CANARY_CHAT)
        await asha.choose("file-input", file)
        await bela.see("accept")
        await bela.click("accept")
        await bela.until("""() => document.querySelector('[data-testid="transfer"][data-state="done"]')""")
    secret = link.split("#")[1]
    canaries = [CANARY_NAME, "Canary Siskin", CANARY_CHAT, CANARY_FILE, secret, CANARY_CONTENT[:30].decode()]
    canaries += ["v=0\r\no=", "a=fingerprint", "a=ice-ufrag", "a=ice-pwd", "candidate:", "typ host", "m=application"]
    assert recorded.holds(b'"type":"relay"'), "the recording holds no relayed note, so it proves nothing"
    assert [canary for canary in canaries if recorded.holds(canary.encode())] == []
    assert not recorded.holds(base64.urlsafe_b64decode(secret + "=="))


@pytest.mark.parametrize("spelling", ["plain", "base64", "base64url", "hex"])
@pytest.mark.parametrize("before", ["", "x", "xy"])
def test_the_search_would_find_a_leak(spelling: str, before: str) -> None:
    kept = Recording()
    text = (before + CANARY_CHAT + " and more").encode()
    spelled = {
        "plain": text,
        "base64": base64.b64encode(text),
        "base64url": base64.urlsafe_b64encode(text),
        "hex": text.hex().encode(),
    }[spelling]
    mask = b"\x11\x22\x33\x44"
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(spelled))
    head = b"GET /v1/ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
    length = bytes([0x81, 0x80 | 126]) + len(masked).to_bytes(2, "big")
    if len(masked) < 126:
        length = bytes([0x81, 0x80 | len(masked)])
    kept.stream().extend(head + length + mask + masked)
    assert kept.holds(CANARY_CHAT.encode())
    assert not kept.holds(b"something else altogether")
