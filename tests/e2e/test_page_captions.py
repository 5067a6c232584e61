"""Captions of what the others say, written down in the browser that shows them.

Debian's Chromium comes without a recogniser of speech, so a stand-in hears what the page has it hear, and says what the
test has it say. All else is real: the call, the voices, the track that they are mixed to.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.browsers import ChromiumPage, chromium_page
from tests.support.calls import PLAYS, enter, start_call
from tests.support.server import Server

pytestmark = pytest.mark.chromium

RECOGNISER = """
globalThis.__scribes = [];
globalThis.SpeechRecognition = class {
    static async available({ processLocally }) { return processLocally ? "downloadable" : "available"; }
    static async install({ langs }) { globalThis.__language = langs[0]; return true; }
    start(track) { this.track = track; globalThis.__scribes.push(this); }
    abort() { this.over = true; }
    say(text, isFinal) {
        const result = Object.assign([{ transcript: text }], { isFinal });
        this.onresult({ resultIndex: 0, results: [result] });
    }
};
"""
HEARD = """async () => {
    const scribe = globalThis.__scribes.at(-1);
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(new MediaStream([scribe.track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    for (let look = 0; look < 200; look += 1) {
        analyser.getFloatTimeDomainData(samples);
        if (samples.some((sample) => Math.abs(sample) > 0.01)) return true;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
}"""
ABLE = """async () => {
    const found = await globalThis.SpeechRecognition?.available?.({ langs: ["en-US"], processLocally: true });
    return ["available", "downloadable", "downloading"].includes(found);
}"""
SAY = "([text, final]) => globalThis.__scribes.at(-1).say(text, final)"


async def test_nothing_is_offered_where_the_browser_cannot(server: Server, asha: ChromiumPage) -> None:
    await start_call(asha, server.url)
    able = await asha.run(ABLE)
    await asha.click("toggle-people")
    await asha.see("low-data")
    assert await asha.page.get_by_test_id("captions-on").count() == int(able)


async def test_what_the_others_say_stands_over_their_pictures(server: Server, browser: Browser, tmp_path: Path) -> None:
    asha, bela = [await chromium_page(browser, tmp_path) for _ in range(2)]
    await asha.page.add_init_script(RECOGNISER)
    await enter(bela, await start_call(asha, server.url))
    await asha.until(PLAYS)
    lines = asha.page.get_by_test_id("captions").locator("p")
    await asha.click("toggle-people")
    await asha.click("captions-on")
    await asha.until("() => globalThis.__scribes.length === 1")
    assert await asha.run("() => globalThis.__language") == "en-US"
    assert await asha.run(HEARD), "what Bela's microphone makes is what the recogniser gets"
    await asha.page.evaluate(SAY, ["good mor", False])
    await expect(lines).to_have_text(["Bela good mor"])
    await asha.page.evaluate(SAY, ["Good morning.", True])
    await expect(lines).to_have_text(["Bela Good morning."])
    await asha.run("() => globalThis.__scribes.at(-1).onend()")
    await asha.until("() => globalThis.__scribes.length === 2")  # after a silence it is begun again
    await expect(lines).to_have_count(0)
    await asha.run("() => globalThis.__scribes.at(-1).onerror({ error: 'network' })")
    await asha.page.wait_for_selector('[data-testid="notice"][data-key="captions-failed"]')
    await expect(asha.page.get_by_test_id("captions-on")).not_to_be_checked()
    assert await asha.run("() => globalThis.__scribes.at(-1).over")


async def test_the_choice_is_kept_and_begins_with_the_first_voice(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    asha, bela = [await chromium_page(browser, tmp_path) for _ in range(2)]
    await asha.page.add_init_script(RECOGNISER)
    link = await start_call(asha, server.url)
    await asha.click("toggle-people")
    await asha.click("captions-on")
    assert await asha.run("() => globalThis.__scribes.length") == 0, "nobody is there to be heard"
    await asha.goto("about:blank")
    await asyncio.gather(enter(asha, link, "Asha"), enter(bela, link))
    await asha.until("() => globalThis.__scribes.length === 1")
    await bela.click("leave")
    await asha.until("() => !document.querySelector('[data-testid=\"remote-video\"]')")
    assert not await asha.run("() => Boolean(globalThis.__scribes.at(-1).over)"), "somebody may come"
