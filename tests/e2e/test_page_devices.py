"""Devices that go and come back in the middle of a call, that are chosen, asked for and given back."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.support.browsers import RECEIVED, ChromiumPage
from tests.support.calls import PLAYS, PRESSED, enter, start_call
from tests.support.server import Server

pytestmark = pytest.mark.chromium

TWO_OF_EACH = """
(() => {
  const there = new Map();
  for (const kind of ["audioinput", "videoinput"]) {
    for (const name of ["one", "two"]) {
      const deviceId = `${kind}-${name}`;
      there.set(deviceId, { kind, label: `${name} of ${kind}`, deviceId, groupId: "" });
    }
  }
  const tracks = new Map();
  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  const pick = (kind, wish) => {
    const exact = wish.deviceId?.exact;
    return exact ? there.get(exact) : [...there.values()].find((each) => each.kind === kind);
  };
  devices.enumerateDevices = async () => [...there.values()];
  devices.getUserMedia = async ({ audio, video }) => {
    const wanted = [audio && ["audioinput", audio], video && ["videoinput", video]].filter(Boolean);
    const chosen = wanted.map(([kind, wish]) => pick(kind, wish));
    if (chosen.includes(undefined)) throw new DOMException("unplugged", "NotFoundError");
    const stream = await real({ audio: Boolean(audio), video: Boolean(video) });
    for (const device of chosen) {
      const track = stream.getTracks().find((each) => device.kind.startsWith(each.kind));
      Object.defineProperty(track, "label", { value: device.label });
      track.getSettings = () => ({ deviceId: device.deviceId });
      tracks.set(device.deviceId, track);
    }
    return stream;
  };
  globalThis.__devices = {
    pull(id) {
      const kept = there.get(id);
      there.delete(id);
      tracks.get(id).stop();
      tracks.get(id).dispatchEvent(new Event("ended"));
      devices.dispatchEvent(new Event("devicechange"));
      return kept;
    },
    plug(kept) {
      there.set(kept.deviceId, kept);
      devices.dispatchEvent(new Event("devicechange"));
    },
  };
})();
"""
"""Runs before the page's own scripts: the browser's one fake device is two of each kind, which can be pulled out."""
DEAF = """
navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream;
"""
"""The same: a microphone that is there and never makes a sound."""
TOLD = """(key, words) => [...document.querySelectorAll(`[data-testid="notice"][data-key="${key}"]`)]
    .some((each) => each.textContent.includes(words))"""
USES = (
    """(name) => document.querySelector('[data-testid="self-video"]').srcObject?.getVideoTracks()[0]?.label === name"""
)
UNDECIDED = """
if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = () => new Promise((resolve) => {
  globalThis.__decide = async () => resolve(await navigator.mediaDevices.getUserMedia({ video: true }));
});
"""
"""The same: the browser asks for a screen, and the person takes time."""
TRACKED = """
{
  globalThis.__tracks = [];
  const open = globalThis.MediaDevices?.prototype.getUserMedia;
  if (open) MediaDevices.prototype.getUserMedia = async function (...words) {
    const stream = await open.apply(this, words);
    __tracks.push(...stream.getTracks());
    return stream;
  };
  const copy = MediaStreamTrack.prototype.clone;
  MediaStreamTrack.prototype.clone = function () {
    const made = copy.call(this);
    __tracks.push(made);
    return made;
  };
}
"""
"""The same: all tracks that keep a device open, copies too."""
OPEN = "() => __tracks.filter((track) => track.readyState === 'live').map(({ kind }) => kind).sort()"
COMES = f"async (wanted) => (await ({RECEIVED})()).frames >= wanted"


@pytest_asyncio.fixture(loop_scope="session")
async def asha(page: ChromiumPage) -> ChromiumPage:
    await page.page.add_init_script(TWO_OF_EACH)
    return page


async def test_another_camera_takes_the_place_of_one_that_goes_until_it_is_back(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await enter(bela, await start_call(asha, server.url))
    await bela.until(PLAYS)
    pulled = await asha.run("() => __devices.pull('videoinput-one')")
    await asha.until(TOLD, "camera-switched", "two of videoinput")
    await bela.until(COMES, (await bela.received())["frames"] + 30)
    await asha.run("(kept) => __devices.plug(kept)", pulled)
    await asha.until(TOLD, "camera-switched", "one of videoinput")
    await bela.until(COMES, (await bela.received())["frames"] + 30)
    assert await asha.run(PRESSED, "toggle-camera", True)
    assert await bela.run("() => globalThis.__connections.length") == 1, "nothing is negotiated anew"


async def test_a_muted_microphone_that_goes_is_followed_by_a_muted_one(
    server: Server, asha: ChromiumPage, bela: ChromiumPage
) -> None:
    await enter(bela, await start_call(asha, server.url))
    await asha.click("toggle-mic")
    await asha.run("() => __devices.pull('audioinput-one')")
    await asha.until(TOLD, "mic-switched", "two of audioinput")
    assert await asha.run(PRESSED, "toggle-mic", False)
    await bela.until("""() => document.querySelector(".tile.peer .muted") !== null""")


async def test_the_last_camera_goes_and_what_comes_back_is_used_again(server: Server, asha: ChromiumPage) -> None:
    await start_call(asha, server.url)
    first = await asha.run("() => __devices.pull('videoinput-one')")
    await asha.until(TOLD, "camera-switched", "two of videoinput")
    await asha.run("() => __devices.pull('videoinput-two')")
    await asha.until(TOLD, "camera-missing", "")
    assert await asha.run(PRESSED, "toggle-camera", False)
    await asha.run("(kept) => __devices.plug(kept)", first)
    await asha.click("toggle-camera")
    await asha.until(PRESSED, "toggle-camera", True)


async def test_one_is_told_of_a_microphone_that_hears_nothing(server: Server, page: ChromiumPage) -> None:
    await page.page.add_init_script(DEAF)
    await start_call(page, server.url)
    await page.until(TOLD, "mic-silent", "")


async def test_one_is_told_that_one_speaks_and_is_not_heard(server: Server, asha: ChromiumPage) -> None:
    await start_call(asha, server.url)
    await asha.click("toggle-mic")
    await asha.until(TOLD, "mic-unheard", "")


async def test_the_camera_chosen_before_the_call_is_the_one_that_comes_back(server: Server, asha: ChromiumPage) -> None:
    await asha.goto(server.url)
    await asha.click("start-call")
    await asha.page.get_by_role("combobox", name="Camera").select_option(label="two of videoinput")
    await asha.click("join")
    await asha.until(USES, "two of videoinput")
    await asha.click("toggle-camera")
    await asha.until(PRESSED, "toggle-camera", False)
    await asha.click("toggle-camera")
    await asha.until(USES, "two of videoinput")


async def test_another_camera_comes_on_when_the_chosen_one_went_while_it_was_off(
    server: Server, asha: ChromiumPage
) -> None:
    await start_call(asha, server.url)
    await asha.until(USES, "one of videoinput")
    await asha.click("toggle-camera")
    await asha.until(PRESSED, "toggle-camera", False)
    await asha.run("() => __devices.pull('videoinput-one')")
    await asha.click("toggle-camera")
    await asha.until(USES, "two of videoinput")


async def test_one_can_mute_while_the_browser_asks_for_a_screen(server: Server, page: ChromiumPage) -> None:
    await page.before(UNDECIDED)
    await start_call(page, server.url)
    await page.click("share-screen")
    await page.click("toggle-mic")
    await page.until(PRESSED, "toggle-mic", False)


async def test_who_has_left_keeps_no_device_open(server: Server, page: ChromiumPage) -> None:
    await page.before(UNDECIDED)
    await page.before(TRACKED)
    await start_call(page, server.url)
    assert await page.run(OPEN) == ["audio", "audio", "video"], "the level of the microphone is measured on a copy"
    await page.click("share-screen")
    await page.click("leave")
    await page.see("ending")
    assert await page.run(OPEN) == []
    await page.run("() => __decide()")
    await page.until(f"() => __tracks.length === 4 && ({OPEN})().length === 0")
