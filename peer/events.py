"""What `--json` prints: one object a line, each with `event` and `v`. Names and fields are a contract with scripts."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Event(Struct, frozen=True, tag_field="event", kw_only=True):
    """One line."""

    v: Literal[1] = 1


class Code(Event, frozen=True, tag="code"):
    """The room is open; this is how to come in."""

    code: str | None
    """None when only a link was made."""
    link: str


class Peer(Event, frozen=True, tag="peer"):
    """Someone who knows the secret is here; `name` is what they call themselves."""

    peer: str
    name: str
    engine: str


class Verify(Event, frozen=True, tag="verify"):
    """Four emoji, separated by spaces, that both ends see when nobody stands between them."""

    emoji: str


class Path(Event, frozen=True, tag="path"):
    """How the bytes go; `local` and `remote` are candidate types of RFC 8445: host, srflx, prflx, relay."""

    kind: Literal["direct", "relay"]
    local: str
    remote: str


class Recording(Event, frozen=True, tag="recording"):
    """Somebody in the room has begun to record what they see and hear, or has stopped, or their link is lost."""

    peer: str
    name: str
    on: bool


class Offer(Event, frozen=True, tag="offer"):
    """What a transfer holds; `bytes` counts what is known when one entry has no size beforehand."""

    transfer: str
    files: int
    bytes: int


class Resumed(Event, frozen=True, tag="resumed"):
    """The receiver has so many of the bytes from an earlier run; they are proven again, but do not travel again."""

    transfer: str
    bytes_held: int


class Progress(Event, frozen=True, tag="progress"):
    """Bytes, bytes per second and seconds left; null where not known. At most four a second."""

    transfer: str
    bytes: int
    total: int | None
    rate: float
    eta: float | None


class File(Event, frozen=True, tag="file"):
    """One file is whole, proven and in its place."""

    path: str
    bytes: int
    sha256_root: str | None
    """None at the sender, for a file that an earlier run has brought there whole."""


class Done(Event, frozen=True, tag="done"):
    """The whole transfer is."""

    transfer: str
    files: int
    bytes: int
    seconds: float


class Error(Event, frozen=True, tag="error"):
    """It failed: a stable word, a sentence, and the exit code that follows."""

    code: str
    message: str
    exit: int


AnyEvent = Code | Peer | Verify | Path | Recording | Offer | Resumed | Progress | File | Done | Error
