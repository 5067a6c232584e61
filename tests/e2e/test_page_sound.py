"""How one hears and is heard: the test sound, the speaker, and what the microphone is for; before a call and in it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browsers import RECEIVED, ChromiumPage, Page
from tests.support.calls import CONNECTED, PLAYS, PRESSED, SOUND_AT, enter, start_call
from tests.support.server import Server

pytestmark = [pytest.mark.chromium]

LISTEN = """
globalThis.__heard = { peak: 0, speaker: "" };
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (this.localName === "audio") {
    const context = new AudioContext();
    const ear = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(this.srcObject).connect(ear);
    const samples = new Float32Array(ear.fftSize);
    const timer = setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      __heard.peak = Math.max(__heard.peak, ...samples.map(Math.abs));
      if (this.srcObject === null) clearInterval(timer);
    }, 20);
    __heard.speaker = this.sinkId;
  }
  return play.call(this);
};
"""
"""Runs before the page's own scripts: how loud it was at most, and where, what an <audio> has played."""
TESTED = """(state) => document.querySelector('[data-testid="speaker-test"]').dataset.state === state"""
SAID = """() => ["played", "silent"].includes(document.querySelector('[data-testid="speaker-test"]').dataset.state)"""
DEPARTS = """(steps) => document.querySelector('[data-testid="sound-says"]').dataset.departs === steps"""
CHOOSE = """(hook, value) => {
    const menu = document.querySelector(`[data-testid="${hook}"]`);
    menu.value = value;
    menu.dispatchEvent(new Event("change", { bubbles: true }));
}"""
SPEAKERS = """async () => (await navigator.mediaDevices.enumerateDevices())
    .filter(({ kind }) => kind === "audiooutput").map(({ deviceId }) => deviceId)"""
COMES_FROM = """(speaker) => document.querySelector('[data-testid="remote-video"]').sinkId === speaker"""
OUTPUTS_ONE_PICKS = """
const picked = { kind: "audiooutput", deviceId: "kitchen", label: "Kitchen radio", groupId: "" };
navigator.mediaDevices.selectAudioOutput = async () => picked;
globalThis.__sent = [];
HTMLMediaElement.prototype.setSinkId = async (id) => void __sent.push(id);
"""
"""The same: Firefox has speakers to show, though nobody sits there to pick one."""
WATCH_TALKS = """
globalThis.__talks = 0;
for (const name of ["createOffer", "createAnswer", "setLocalDescription", "setRemoteDescription"]) {
  const plain = RTCPeerConnection.prototype[name];
  RTCPeerConnection.prototype[name] = function (...words) { __talks += 1; return plain.apply(this, words); };
}
"""
"""The same: how often anything is negotiated."""
SENT = """() => {
    const tracks = __connections.flatMap((each) => each.getSenders()).map(({ track }) => track);
    const [{ enabled, contentHint, ...track }] = tracks.filter((each) => each?.kind === "audio")
        .map((each) => ({ ...each.getSettings(), enabled: each.enabled, contentHint: each.contentHint }));
    return { enabled, contentHint, steps: [track.echoCancellation, track.noiseSuppression, track.autoGainControl],
        channels: track.channelCount };
}"""
SENT_FOR = f"(hint) => ({SENT})().contentHint === hint"
IS_HEARD = f"async (wanted) => (await ({RECEIVED})()).audio >= wanted"
SPEECH = {"enabled": True, "contentHint": "speech", "steps": [True, True, True], "channels": 1}
MUSIC = {"enabled": True, "contentHint": "music", "steps": [False, False, False], "channels": 2}


async def open_sound(page: Page, url: str) -> None:
    """In the lobby of a new room."""
    await page.before(LISTEN)
    await page.goto(url)
    await page.click("start-call")
    await page.see("join")
    await page.run("""() => document.querySelector('[data-testid="sound-settings"]').click()""")


async def test_the_test_sound_is_heard(server: Server, asha: ChromiumPage) -> None:
    await open_sound(asha, server.url)
    await asha.click("speaker-test")
    await asha.until(TESTED, "played")
    assert 0.05 < await asha.run("() => __heard.peak") < 0.9, "it can be heard, and does not frighten"
    assert await asha.run("() => __heard.speaker") == ""
    assert await asha.run("() => __connections.length") == 0


async def test_all_others_come_out_of_the_chosen_speaker(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await asha.before(LISTEN)
    link = await start_call(bela, server.url, "Bela")
    await asha.goto(link)
    await asha.click("sound-settings")
    speakers = await asha.run(SPEAKERS)
    await asha.page.get_by_test_id("speaker").select_option(speakers[2])
    await asha.click("speaker-test")
    await asha.until(TESTED, "played")
    assert await asha.run("() => __heard.speaker") == speakers[2]
    await asha.click("join")
    await asha.until(PLAYS)
    await asha.until(COMES_FROM, speakers[2])
    await asha.click("toggle-people")
    await expect(asha.page.get_by_test_id("speaker")).to_have_value(speakers[2])
    await asha.page.get_by_test_id("speaker").select_option("default")
    await asha.until(COMES_FROM, "default")
    await asha.page.get_by_test_id("speaker").select_option(speakers[1])
    await asha.until(COMES_FROM, speakers[1])
    await asha.click("leave")
    await asha.goto("about:blank")
    await enter(asha, link)
    await asha.until(COMES_FROM, speakers[1])
    assert await asha.read("self-video", "sinkId") == ""


async def test_music_is_sent_as_it_sounds_and_nothing_is_negotiated(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await asha.before(WATCH_TALKS)
    link = await start_call(asha, server.url)
    await enter(bela, link)
    await asha.until(CONNECTED)
    assert await asha.run(SENT) == SPEECH
    await asha.until(SOUND_AT, 32_000)
    await asha.click("toggle-people")
    talks = await asha.run("() => __talks")
    kind = asha.page.get_by_test_id("sound-kind")
    await kind.select_option("music")
    await asha.until(SENT_FOR, "music")
    assert await asha.run(SENT) == MUSIC
    await asha.until(SOUND_AT, 128_000)
    await expect(asha.page.get_by_test_id("sound-says")).to_have_attribute("data-departs", "")
    await bela.until(IS_HEARD, (await bela.received())["audio"] + 50)
    await asha.click("toggle-mic")
    await asha.until(PRESSED, "toggle-mic", False)
    await kind.select_option("speech")
    await asha.until(SENT_FOR, "speech")
    assert await asha.run(SENT) == SPEECH | {"enabled": False}, "whoever is muted stays so"
    await asha.until(SOUND_AT, 32_000)
    await kind.select_option("music")
    await asha.until(SENT_FOR, "music")
    assert await asha.run("() => __talks") == talks
    await asha.click("leave")
    await asha.goto("about:blank")
    await enter(asha, link)
    assert await asha.run(SENT) == MUSIC, "it is remembered"


async def test_the_lobby_opens_the_microphone_for_what_it_is_for(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    link = await start_call(bela, server.url, "Bela")
    await asha.goto(link)
    await asha.click("sound-settings")
    await asha.page.get_by_test_id("sound-kind").select_option("music")
    await asha.click("join")
    await asha.until(PLAYS)
    assert await asha.run(SENT) == MUSIC


@pytest.mark.firefox
async def test_firefox_shows_the_speakers_itself_and_is_not_said_to_do_what_it_does_not(
    server: Server, firefox_one: Page
) -> None:
    await firefox_one.before(OUTPUTS_ONE_PICKS)
    await open_sound(firefox_one, server.url)
    assert await firefox_one.read("speaker", "value") == "", "the system's"
    await firefox_one.click("another-speaker")
    await firefox_one.until("""() => document.querySelector('[data-testid="speaker"]').value === "kitchen" """)
    await firefox_one.until(DEPARTS, "echo noise gain")  # its made-up microphone filters nothing, whatever it is asked
    assert "echo cancellation" in str(await firefox_one.read("sound-says", "textContent"))
    await firefox_one.run(CHOOSE, "sound-kind", "music")
    await firefox_one.until(DEPARTS, "")
    await firefox_one.click("speaker-test")
    await firefox_one.until(SAID)
    assert await firefox_one.run("() => __sent") == ["kitchen"]
    heard = await firefox_one.run("() => __heard.peak > 0.05")
    # Where no sound device is, it lets no context run, and one is told.
    assert await firefox_one.read("speaker-test", "data-state") == ("played" if heard else "silent")
