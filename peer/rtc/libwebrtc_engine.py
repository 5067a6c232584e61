"""The fast engine: Chrome's libwebrtc through the `wrtc` package, whose import name is `webrtc`.

Its events are delivered on the asyncio loop that registered for them, so nothing here needs a lock.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from functools import cache
from typing import Literal, TypeVar, cast

import webrtc

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
from peer.rtc.sdp import MAX_MESSAGE_BYTES, check_slots, fingerprint_of, max_message_of
from peer.wire.notes import Candidate

_REFUSALS = (webrtc.RTCException, TypeError, ValueError)
_STATES = {"new": LinkState.CONNECTING} | {state.value: state for state in LinkState}
_MAX_EVENTS = 1000
_T = TypeVar("_T")


class LibwebrtcEngine:
    """Engine over libwebrtc."""

    name: Literal["libwebrtc"] = "libwebrtc"
    restarts = True

    def __init__(self) -> None:
        _gather_loopback_if_alone()

    def connect(self, config: LinkConfig) -> LibwebrtcConnection:
        """A new connection; opens sockets only once it offers or answers. Raises EngineFailed."""
        return LibwebrtcConnection(config)


class LibwebrtcConnection:
    """One RTCPeerConnection. Made on the loop that will use it."""

    def __init__(self, config: LinkConfig) -> None:
        servers = [
            webrtc.RTCIceServer(urls=server.urls, username=server.username, credential=server.credential)
            for server in config.ice_servers
        ]
        try:
            self._pc = webrtc.RTCPeerConnection(
                webrtc.RTCConfiguration(
                    ice_servers=servers,
                    ice_transport_policy="relay" if config.relay_only else "all",
                    bundle_policy="max-bundle",
                )
            )
        except _REFUSALS as error:
            raise EngineFailed(f"libwebrtc refused its configuration: {error}") from error
        self._media = config.media
        self.max_message_bytes = MAX_MESSAGE_BYTES
        """The longest message that both ends take."""
        self._events: Mailbox[LinkEvent] = Mailbox(_MAX_EVENTS)
        self._channels: list[LibwebrtcChannel] = []
        self._pc.on("icecandidate", self._on_candidate)
        self._pc.on("connectionstatechange", lambda _: self._on_state())
        self._pc.on("datachannel", lambda event: self._on_channel(event.channel))
        self._control = self._wrap(
            self._pc.create_data_channel(CONTROL_LABEL, webrtc.RTCDataChannelInit(negotiated=True, id=CONTROL_ID))
        )

    @property
    def control(self) -> LibwebrtcChannel:
        """The negotiated channel 0."""
        return self._control

    async def make_offer(self) -> str:
        """Creates the slots, sets and returns the local offer."""
        if self._media:
            for kind in (
                webrtc.MediaType.video,
                webrtc.MediaType.video,
                webrtc.MediaType.audio,
                webrtc.MediaType.audio,
            ):
                self._pc.add_transceiver(kind)
            self._put_in_step()
        return await self._describe("offer")

    async def restart_offer(self) -> str:
        """A fresh offer that restarts ICE."""
        self._pc.restart_ice()
        return await self._describe("restart offer")

    async def take_offer(self, sdp: str) -> str:
        """Sets the remote offer, adopts its slots, sets and returns the local answer. Raises EngineFailed."""
        check_slots(sdp)
        await self._set_remote("offer", sdp)
        direction = (
            webrtc.RTCRtpTransceiverDirection.sendrecv if self._media else webrtc.RTCRtpTransceiverDirection.inactive
        )
        for transceiver in self._pc.get_transceivers():
            transceiver.direction = direction
        if self._media:
            self._put_in_step()
        return await self._describe("answer")

    async def take_answer(self, sdp: str) -> None:
        """Sets the remote answer. Raises EngineFailed."""
        await self._set_remote("answer", sdp)

    async def add_candidate(self, candidate: Candidate | None) -> None:
        """Adds a remote candidate, or the end of candidates; one that cannot be parsed is skipped."""
        init = webrtc.RTCIceCandidateInit(candidate.candidate, candidate.mid, candidate.index) if candidate else None
        with suppress(*_REFUSALS):
            await _outcome(self._pc.add_ice_candidate(init))

    def fingerprints(self) -> tuple[str, str]:
        """(local, remote), the remote one of the certificate that the handshake showed once there was one."""
        local, remote = self._pc.local_description, self._pc.remote_description
        if local is None or remote is None:
            raise EngineFailed("there are no fingerprints before both descriptions")
        shown = self._pc.sctp.transport.get_remote_certificates() if self._pc.sctp else []
        return fingerprint_of(local.sdp), _colons(shown[0]) if shown else fingerprint_of(remote.sdp)

    def open_channel(self, label: str) -> LibwebrtcChannel:
        """Opens a reliable, ordered data channel in band. Raises ChannelClosed."""
        try:
            return self._wrap(self._pc.create_data_channel(label))
        except _REFUSALS as error:
            raise ChannelClosed(str(error)) from error

    async def events(self) -> AsyncIterator[LinkEvent]:
        """What happens to the connection, until it is closed."""
        with suppress(ChannelClosed):
            while True:
                yield await self._events.get()

    async def path(self) -> Path | None:
        """The candidate pair in use."""
        sctp = self._pc.sctp
        pair = sctp.transport.ice_transport.get_selected_candidate_pair() if sctp else None
        if pair is None:
            return None
        local, remote = (str(end.type.value) if end.type else "prflx" for end in (pair.local, pair.remote))
        return Path("relay" if "relay" in (local, remote) else "direct", local, remote)

    async def round_trip(self) -> float | None:
        """That of the latest connectivity check, in whole milliseconds."""
        with suppress(*_REFUSALS):
            for stats in (await _outcome(self._pc.get_stats())).values():
                if isinstance(stats, webrtc.RTCIceCandidatePairStats) and stats.nominated:
                    return stats.current_round_trip_time
        return None

    async def aclose(self) -> None:
        """Closes everything; idempotent."""
        self._pc.close()
        for channel in self._channels:
            channel.was_closed("the connection is closed")
        self._events.put(StateChanged(LinkState.CLOSED))
        self._events.end(ChannelClosed("the connection is closed"))

    def _put_in_step(self) -> None:
        """What has a stream in common is played in step (RFC 8830, section 2): camera and mic, screen and its sound."""
        person, shared = webrtc.MediaStream(), webrtc.MediaStream()
        for transceiver, stream in zip(self._pc.get_transceivers(), (person, shared, person, shared), strict=True):
            transceiver.sender.set_streams(stream)

    async def _describe(self, step: str) -> str:
        try:
            await _outcome(self._pc.set_local_description())
        except _REFUSALS as error:
            raise EngineFailed(f"libwebrtc made no {step}: {error}") from error
        description = self._pc.local_description
        if description is None:
            raise EngineFailed(f"libwebrtc made no {step}")
        return description.sdp

    async def _set_remote(self, kind: Literal["offer", "answer"], sdp: str) -> None:
        fingerprint_of(sdp)
        self.max_message_bytes = max_message_of(sdp)
        try:
            await _outcome(self._pc.set_remote_description(webrtc.RTCSessionDescriptionInit(kind, sdp)))
        except _REFUSALS as error:
            raise EngineFailed(f"libwebrtc refused the {kind}: {error}") from error

    def _wrap(self, raw: webrtc.RTCDataChannel) -> LibwebrtcChannel:
        channel = LibwebrtcChannel(raw, self)
        self._channels.append(channel)
        return channel

    def _on_candidate(self, event: webrtc.RTCPeerConnectionIceEvent) -> None:
        found = event.candidate
        if found is None:
            self._events.put(CandidateFound(None))
        elif found.candidate:
            candidate = Candidate(candidate=found.candidate, mid=found.sdp_mid, index=found.sdp_m_line_index)
            self._events.put(CandidateFound(candidate))

    def _on_state(self) -> None:
        self._events.put(StateChanged(_STATES[self._pc.connection_state.value]))

    def _on_channel(self, raw: webrtc.RTCDataChannel) -> None:
        channel = self._wrap(raw)
        if not self._events.put(ChannelOpened(channel)):
            channel.close()


async def _outcome(operation: Awaitable[_T]) -> _T:
    """What an operation of the library comes to. Closing its connection cancels it, which is a refusal and not the
    cancellation of whoever waits for it."""
    try:
        return await operation
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise webrtc.InvalidStateError("the connection was closed meanwhile") from None


class LibwebrtcChannel(BufferedChannel):
    """One RTCDataChannel."""

    def __init__(self, raw: webrtc.RTCDataChannel, connection: LibwebrtcConnection) -> None:
        super().__init__(raw.label)
        self._raw = raw
        self._connection = connection
        raw.on("message", self._on_message)
        raw.on("bufferedamountlow", lambda _: self.was_drained())
        raw.on("close", lambda _: self.was_closed())
        raw.on("open", lambda _: self.was_opened())
        if raw.ready_state == webrtc.RTCDataChannelState.open:
            self.was_opened()

    @property
    def max_message_bytes(self) -> int:
        """The longest message that both ends take."""
        return self._connection.max_message_bytes

    def close(self) -> None:
        """Closes the channel once what was sent is out; idempotent."""
        self._raw.close()
        self.was_closed()

    def _on_message(self, event: webrtc.MessageEvent) -> None:
        self.was_given(cast("str | bytes", event.data))  # never a Blob: binary_type stays at arraybuffer

    def _buffered(self) -> int:
        return self._raw.buffered_amount

    def _warn_below(self, level: int) -> None:
        self._raw.buffered_amount_low_threshold = level

    def _post(self, message: str | bytes) -> None:
        try:
            self._raw.send(message)
        except webrtc.RTCException as error:
            raise ChannelClosed(str(error)) from error


def _colons(certificate: bytes) -> str:
    return hashlib.sha256(certificate).digest().hex(":").upper()


@cache
def _gather_loopback_if_alone() -> None:
    """On a machine without any network, two processes can still meet on loopback; elsewhere it stays unsaid."""
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))  # sends nothing; asks for a route
            return
    webrtc.allow_loopback()
