"""The engine that always works and the one to read: aiortc, WebRTC in Python.

It gathers before it describes, so its candidates stand in the description and none is trickled; it knows neither
`disconnected` nor an ICE restart. With `max-bundle` there is one ICE and one DTLS transport under all slots.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Literal

import aioice.ice
import aioice.stun
import aiortc.exceptions
import aiortc.rtcicetransport
import aiortc.sdp
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.rtcsessiondescription import RTCSessionDescription

from peer.mailbox import Mailbox
from peer.rtc.channel import BufferedChannel
from peer.rtc.engine import (
    CONTROL_ID,
    CONTROL_LABEL,
    CandidateFound,
    ChannelClosed,
    ChannelOpened,
    EngineFailed,
    LinkConfig,
    LinkEvent,
    LinkState,
    Path,
    StateChanged,
)
from peer.rtc.sdp import (
    MAX_MESSAGE_BYTES,
    check_slots,
    fingerprint_of,
    in_step,
    max_message_of,
    without_other_fingerprints,
)
from peer.wire.notes import Candidate
from signaling.protocol.messages import IceServer

_REFUSALS = (
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RuntimeError,  # StopIteration, out of a coroutine
    aiortc.exceptions.InvalidAccessError,
    aiortc.exceptions.InvalidStateError,
    aiortc.exceptions.InternalError,
    aiortc.exceptions.OperationError,
)
"""What its parser and its state checks raise about a description that they do not like."""
_STATES = {"new": LinkState.CONNECTING} | {state.value: state for state in LinkState}
_MAX_EVENTS = 1000
_MAX_RESOLVING = 16


class AiortcEngine:
    """Engine over aiortc."""

    name: Literal["aiortc"] = "aiortc"
    restarts = False

    def connect(self, config: LinkConfig) -> AiortcConnection:
        """A new connection; opens sockets only once it offers or answers."""
        return AiortcConnection(config)


class AiortcConnection:
    """One RTCPeerConnection."""

    def __init__(self, config: LinkConfig) -> None:
        policy = RTCIceTransportPolicy.RELAY if config.relay_only else RTCIceTransportPolicy.ALL
        self._pc = RTCPeerConnection(
            RTCConfiguration(
                iceServers=[usable for server in config.ice_servers for usable in _usable(server)],
                iceTransportPolicy=policy,
                bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
            )
        )
        self._config = config
        self.max_message_bytes = MAX_MESSAGE_BYTES
        """The longest message that both ends take."""
        self._events: Mailbox[LinkEvent] = Mailbox(_MAX_EVENTS)
        self._channels: list[AiortcChannel] = []
        self._resolving: set[asyncio.Task[None]] = set()
        self._control: AiortcChannel | None = None
        self._pc.on("connectionstatechange", self._on_state)
        self._pc.on("datachannel", self._on_channel)

    @property
    def control(self) -> AiortcChannel:
        """The negotiated channel 0. There is one once the connection offers or answers."""
        if self._control is None:
            self._control = self._wrap(self._pc.createDataChannel(CONTROL_LABEL, negotiated=True, id=CONTROL_ID))
        return self._control

    async def make_offer(self) -> str:
        """Creates the slots, sets and returns the local offer."""
        if self._config.media:
            for kind in ("video", "video", "audio", "audio"):
                self._pc.addTransceiver(kind, direction="sendrecv")
        _ = self.control  # after the transceivers, whose transport it shares
        return await self._describe("offer")

    async def restart_offer(self) -> str:
        """Not here. Raises EngineFailed."""
        raise EngineFailed("aiortc cannot restart ICE; a fresh connection does it")

    async def take_offer(self, sdp: str) -> str:
        """Sets the remote offer, adopts its slots, sets and returns the local answer. Raises EngineFailed."""
        check_slots(sdp)
        await self._set_remote("offer", sdp)
        for transceiver in self._pc.getTransceivers():
            transceiver.direction = "sendrecv" if self._config.media else "inactive"
        _ = self.control
        return await self._describe("answer")

    async def take_answer(self, sdp: str) -> None:
        """Sets the remote answer. Raises EngineFailed."""
        await self._set_remote("answer", sdp)

    async def add_candidate(self, candidate: Candidate | None) -> None:
        """Adds a remote candidate, or the end of candidates; one that cannot be parsed is skipped.

        A `.local` name is looked up beside all else: that may take seconds (RFC 6762).
        """
        if candidate is None:
            await self._pc.addIceCandidate(None)
            return
        if not candidate.candidate:
            return
        with suppress(*_REFUSALS):
            parsed = aiortc.sdp.candidate_from_sdp(candidate.candidate.removeprefix("candidate:"))
            parsed.sdpMid, parsed.sdpMLineIndex = candidate.mid, candidate.index
            if not parsed.ip.endswith(".local"):
                await self._pc.addIceCandidate(parsed)
            elif len(self._resolving) < _MAX_RESOLVING:
                task = asyncio.create_task(self._resolve(parsed))
                self._resolving.add(task)
                task.add_done_callback(self._resolving.discard)

    def fingerprints(self) -> tuple[str, str]:
        """(local, remote). The library has held the remote certificate against its description in the handshake."""
        local: RTCSessionDescription | None = self._pc.localDescription
        remote: RTCSessionDescription | None = self._pc.remoteDescription
        if local is None or remote is None:
            raise EngineFailed("there are no fingerprints before both descriptions")
        return fingerprint_of(without_other_fingerprints(local.sdp)), fingerprint_of(remote.sdp)

    def open_channel(self, label: str) -> AiortcChannel:
        """Opens a reliable, ordered data channel in band. Raises ChannelClosed."""
        if self._events.ended or self._pc.connectionState in ("failed", "closed"):
            raise ChannelClosed("the connection is closed")
        return self._wrap(self._pc.createDataChannel(label))

    async def events(self) -> AsyncIterator[LinkEvent]:
        """What happens to the connection, until it is closed."""
        with suppress(ChannelClosed):
            while True:
                yield await self._events.get()

    async def path(self) -> Path | None:
        """The candidate pair in use."""
        pair = self._ice._nominated.get(1) if self._pc.sctp else None
        if pair is None:
            return None
        local, remote = pair.local_candidate.type, pair.remote_candidate.type
        return Path("relay" if "relay" in (local, remote) else "direct", local, remote)

    async def round_trip(self) -> float | None:
        """That of data channel packets, smoothed."""
        measured: float | None = self._pc.sctp._srtt if self._pc.sctp else None
        return measured

    async def aclose(self) -> None:
        """Closes everything and waits for it; idempotent."""
        for task in list(self._resolving):
            task.cancel()
        self._end()
        # Shielded: the library's close waits on a future of its own, and breaks when that is cancelled.
        await asyncio.shield(self._pc.close())

    @property
    def _ice(self) -> aioice.ice.Connection:
        """The one ICE agent under all slots."""
        assert self._pc.sctp is not None, "the data slot is always there"
        return self._pc.sctp.transport.transport._connection

    async def _describe(self, step: str) -> str:
        try:
            await _gather_loopback_if_alone(self._ice, self._config.relay_only)
            await self._pc.setLocalDescription()
        except _REFUSALS as error:
            raise EngineFailed(f"aiortc made no {step}: {error}") from error
        _admit_only_checked(self._ice)
        self._events.put(CandidateFound(None))
        return in_step(without_other_fingerprints(self._pc.localDescription.sdp))

    async def _set_remote(self, kind: str, sdp: str) -> None:
        fingerprint_of(sdp)
        self.max_message_bytes = max_message_of(sdp)
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except _REFUSALS as error:
            raise EngineFailed(f"aiortc refused the {kind}: {error}") from error

    async def _resolve(self, candidate: Any) -> None:
        with suppress(*_REFUSALS, OSError):
            await self._pc.addIceCandidate(candidate)

    def _wrap(self, raw: RTCDataChannel) -> AiortcChannel:
        channel = AiortcChannel(raw, self)
        self._channels.append(channel)
        return channel

    def _on_state(self) -> None:
        state = _STATES[self._pc.connectionState]
        self._events.put(StateChanged(state))
        if state is LinkState.CLOSED:
            self._end()

    def _on_channel(self, raw: RTCDataChannel) -> None:
        channel = self._wrap(raw)
        if not self._events.put(ChannelOpened(channel)):
            channel.close()

    def _end(self) -> None:
        for channel in self._channels:
            channel.was_closed("the connection is closed")
        self._events.put(StateChanged(LinkState.CLOSED))
        self._events.end(ChannelClosed("the connection is closed"))


class AiortcChannel(BufferedChannel):
    """One RTCDataChannel."""

    def __init__(self, raw: RTCDataChannel, connection: AiortcConnection) -> None:
        super().__init__(raw.label)
        self._raw = raw
        self._connection = connection
        raw.on("message", self.was_given)
        raw.on("bufferedamountlow", self.was_drained)
        raw.on("close", self.was_closed)
        raw.on("open", self.was_opened)
        if raw.readyState == "open":
            self.was_opened()

    @property
    def max_message_bytes(self) -> int:
        """The longest message that both ends take."""
        return self._connection.max_message_bytes

    def close(self) -> None:
        """Closes the channel once what was sent is out; idempotent."""
        self._raw.close()
        self.was_closed()

    def _buffered(self) -> int:
        return self._raw.bufferedAmount

    def _warn_below(self, level: int) -> None:
        self._raw.bufferedAmountLowThreshold = level

    def _post(self, message: str | bytes) -> None:
        try:
            self._raw.send(message)
        except aiortc.exceptions.InvalidStateError as error:
            raise ChannelClosed("the channel is not open") from error


def _usable(server: IceServer) -> list[RTCIceServer]:
    """The URLs that this library can read; it is strict about the others (RFC 7064, RFC 7065)."""
    usable = []
    for url in server.urls:
        with suppress(ValueError):
            aiortc.rtcicetransport.parse_stun_turn_uri(url)
            usable.append(RTCIceServer(url, username=server.username, credential=server.credential))
    return usable


async def _gather_loopback_if_alone(ice: aioice.ice.Connection, relay_only: bool) -> None:
    """On a machine without any network, two processes can still meet on loopback; elsewhere it stays unsaid."""
    if not relay_only and not aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True):
        ice._local_candidates += await ice.get_component_candidates(component=1, addresses=["127.0.0.1"])


def _admit_only_checked(ice: aioice.ice.Connection) -> None:
    """Lets data in from the addresses of the ICE check list alone, and only what can be DTLS, RTP or RTCP.

    Called before our description is out, so what lies in the queue by then is nobody's.
    """
    while not ice._queue.empty():
        ice._queue.get_nowait()
    for protocol in ice._protocols:
        protocol.datagram_received = _Gate(ice, protocol).receive  # type: ignore[method-assign]


class _Gate:
    """Stands before one socket's `datagram_received`."""

    def __init__(self, ice: aioice.ice.Connection, protocol: aioice.ice.StunProtocol) -> None:
        self._ice = ice
        self._protocol = protocol
        self._deliver = protocol.datagram_received
        self._known: set[tuple[str, int]] = set()

    def receive(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """Passes on what may pass."""
        assert isinstance(data, bytes)
        if _is_stun(data) or (_may_be_data(data) and self._is_checked((addr[0], addr[1]))):
            self._deliver(data, addr)

    def _is_checked(self, address: tuple[str, int]) -> bool:
        if address not in self._known:
            pairs = self._ice._check_list
            self._known = {pair.remote_addr for pair in pairs if pair.protocol is self._protocol}
        return address in self._known


def _is_stun(data: bytes) -> bool:
    if not data or data[0] > 3:
        return False
    try:
        aioice.stun.parse_message(data)
    except ValueError:
        return False
    return True


def _may_be_data(data: bytes) -> bool:
    """RFC 7983: the first byte tells DTLS from RTP; both have a shortest length."""
    match data[:1]:
        case b"":
            return False
        case first if 20 <= first[0] <= 63:
            return len(data) >= 13 and len(data) >= 13 + int.from_bytes(data[11:13], "big")
        case first if 128 <= first[0] <= 191:
            return len(data) >= 8
        case _:
            return False
