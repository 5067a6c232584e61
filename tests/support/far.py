"""Ends of a transfer that take every way for a long one, so that a sender begins with several lanes even here."""

from __future__ import annotations

FAR_PAGE = """
(() => {
  const ask = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function (...words) {
    const report = [...await ask.apply(this, words)];
    return new Map(report.map(([id, each]) =>
      [id, each.type === "candidate-pair" ? { ...each, currentRoundTripTime: 0.08 } : each]));
  };
})();
"""
"""Runs before the page's own scripts."""

WATCH_LANES = """
(() => {
  const [sent, got] = [new Map(), new Map()];
  const count = (bytes, channel, data) => bytes.set(channel, (bytes.get(channel) ?? 0) + (data.byteLength ?? 0));
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    count(sent, this, data);
    return send.call(this, data);
  };
  const { set } = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, "onmessage");
  Object.defineProperty(RTCDataChannel.prototype, "onmessage", {
    set(hear) {
      set.call(this, (event) => {
        count(got, this, event.data);
        hear(event);
      });
    },
  });
  globalThis.__lanes = { sent: () => [...sent.values()], got: () => [...got.values()] };
})();
"""
"""Runs before the page's own scripts: bytes of frames that went over each of its channels."""

FAR_TERMINAL = """
from peer.remote import Remote
import twocans

near = Remote.way

async def far(self):
    return (await near(self))._replace(round_trip=0.08)

Remote.way = far
twocans.main()
"""
"""The twocans command: a script for `processes.python`."""

GREEDY_TERMINAL = """
from peer.core.lanes import Lanes
import peer.lanes, twocans

peer.lanes.MOST_LANES = 20
Lanes.step = lambda self, *_, **__: 20
twocans.main()
"""
"""The same, wanting more lanes than there may be."""

RUDE_TERMINAL = """
import peer.lanes
from peer.core.lanes import Lanes
from peer.wire.frames import pack_done
import twocans

Lanes.step = lambda self, *_, **__: 2
deal = peer.lanes.Fan.deal

async def astray(self, frame):
    if len(self._lanes) > 1:
        await self._lanes[1].channel.send(pack_done(0, 1, bytes(32)))
    await deal(self, frame)

peer.lanes.Fan.deal = astray
twocans.main()
"""
"""The same, saying on a side lane what has no place there."""
