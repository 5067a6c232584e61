"""The seam between this project and a WebRTC library: one small interface, two bodies.

    client ──► Engine.connect() ──► Connection ──► Channel        verbs go down
    client ◄── Connection.events() ◄── library callbacks          events come up

`aiortc_engine` and `libwebrtc_engine` are the only modules that import a WebRTC library. Both lay out and adopt the
same slots in the same order (RFC 8829 m-line order): camera, screen, mic, sound, data, with `max-bundle`; a
headless peer that only moves files offers the data slot alone. Every connection has the negotiated data channel
`control` (id 0); the sender of files opens a lane per transfer beside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from peer.wire.notes import Candidate
from signaling.protocol.messages import IceServer

CONTROL_LABEL, CONTROL_ID = "control", 0
HIGH_WATER, LOW_WATER = 8 * 1024 * 1024, 1024 * 1024
"""Bytes buffered in a channel above which `send` waits unless told otherwise, and below which it goes on."""


class EngineFailed(Exception):
    """The library refused what it was given, or gave up; the text says which step."""


class ChannelClosed(Exception):
    """The data channel, or the connection under it, is gone."""


class LinkState(StrEnum):
    """W3C RTCPeerConnectionState, as far as a peer needs to tell it apart."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True)
class LinkConfig:
    """How to make a connection. `media` lays out the four media slots before the data slot when offering."""

    ice_servers: list[IceServer] = field(default_factory=list)
    media: bool = False
    relay_only: bool = False


@dataclass(frozen=True)
class Path:
    """The selected candidate pair: candidate types of RFC 8445 (host, srflx, prflx, relay)."""

    kind: Literal["direct", "relay"]
    local: str
    remote: str


@dataclass(frozen=True)
class CandidateFound:
    """A local candidate to pass on; None when gathering is complete."""

    candidate: Candidate | None


@dataclass(frozen=True)
class StateChanged:
    """The connection is now in this state."""

    state: LinkState


@dataclass(frozen=True)
class ChannelOpened:
    """The remote opened a data channel (a lane of a transfer). Messages that came with it are already queued."""

    channel: Channel


LinkEvent = CandidateFound | StateChanged | ChannelOpened


class Channel(Protocol):
    """One reliable, ordered data channel (RFC 8831).

    Attributes:
        high_water: bytes buffered above which `send` waits; may be changed at any time.
    """

    high_water: int

    @property
    def label(self) -> str: ...

    @property
    def max_message_bytes(self) -> int:
        """The longest message that both ends take, in bytes, at most 256 KiB."""

    @property
    def buffered(self) -> int:
        """Bytes sent that have not left this process."""

    async def opened(self) -> None:
        """Returns once open. Raises ChannelClosed."""

    async def room(self) -> None:
        """Returns once `send` would not wait. Raises ChannelClosed."""

    async def send(self, message: str | bytes) -> None:
        """Sends one message; first waits while more than `high_water` bytes are buffered. Raises ChannelClosed."""

    async def drained(self) -> None:
        """Returns once everything sent has left this process. Raises ChannelClosed."""

    async def receive(self) -> str | bytes:
        """The next message, in order. Raises ChannelClosed after the last one."""

    def close(self) -> None:
        """Closes the channel; idempotent."""


class Connection(Protocol):
    """One RTCPeerConnection of one epoch with one remote peer."""

    @property
    def control(self) -> Channel: ...

    async def make_offer(self) -> str:
        """Creates the slots, sets and returns the local offer (SDP, RFC 8866)."""

    async def restart_offer(self) -> str:
        """A fresh offer that restarts ICE (RFC 8445, section 9). Raises EngineFailed where `restarts` is false."""

    async def take_offer(self, sdp: str) -> str:
        """Sets the remote offer, adopts its slots, sets and returns the local answer. Raises EngineFailed."""

    async def take_answer(self, sdp: str) -> None:
        """Sets the remote answer. Raises EngineFailed."""

    async def add_candidate(self, candidate: Candidate | None) -> None:
        """Adds a remote candidate, or the end of candidates. A candidate that cannot be parsed is skipped."""

    def fingerprints(self) -> tuple[str, str]:
        """(local, remote) SHA-256 certificate fingerprints, upper-case hex with colons (RFC 8122), of the DTLS
        handshake that took place or, before it, of the descriptions. Raises EngineFailed without both."""

    def open_channel(self, label: str) -> Channel:
        """Opens a reliable, ordered data channel in band (RFC 8832)."""

    def events(self) -> AsyncIterator[LinkEvent]:
        """What happens to the connection, until it is closed. One reader."""

    async def path(self) -> Path | None:
        """The candidate pair in use, None before there is one."""

    async def round_trip(self) -> float | None:
        """Seconds that a packet and its answer took of late, None while nobody knows."""

    async def aclose(self) -> None:
        """Closes everything and waits for it; idempotent."""


class Engine(Protocol):
    """A WebRTC library."""

    @property
    def name(self) -> Literal["aiortc", "libwebrtc"]: ...

    @property
    def restarts(self) -> bool:
        """Whether an ICE restart works inside a connection."""

    def connect(self, config: LinkConfig) -> Connection:
        """A new connection; opens sockets only once it offers or answers."""


def load_engine(choice: Literal["auto", "aiortc", "libwebrtc"] = "auto") -> Engine:
    """The engine asked for; `auto` takes libwebrtc where it imports, else aiortc.

    Raises:
        EngineFailed: the engine asked for cannot be imported here.
    """
    if choice in ("auto", "libwebrtc"):
        try:
            from peer.rtc.libwebrtc_engine import LibwebrtcEngine

            return LibwebrtcEngine()
        except ImportError as error:
            if choice == "libwebrtc":
                raise EngineFailed(f"libwebrtc cannot be loaded here ({error}); use --engine aiortc") from error
    from peer.rtc.aiortc_engine import AiortcEngine

    return AiortcEngine()
