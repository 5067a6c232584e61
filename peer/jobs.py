"""What `send` and `receive` were asked to do, from options that have been checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from peer.disk import OnConflict


@dataclass(frozen=True)
class Sending:
    """What `send` was asked to do. `stream_name` stands for standard input, `text` for itself, in place of `paths`;
    `to` is a code that somebody else has made, `code` one that is made here."""

    paths: tuple[Path, ...]
    stream_name: str | None
    text: str | None
    name: str | None
    exclude: tuple[str, ...]
    code: str | None
    to: str | None
    as_link: bool
    words: int
    receivers: int
    limit_rate: int
    server: str | None
    token: str | None
    engine: str
    timeout_s: float | None


@dataclass(frozen=True)
class Receiving:
    """What `receive` was asked to do; `on_conflict` "ask" needs a terminal.

    `out` is None where nobody said: this folder, or for a text none. `piped` writes one file to standard output,
    `shows_text` a text.
    """

    code: str
    out: Path | None
    piped: bool
    shows_text: bool
    yes: bool
    on_conflict: str
    max_bytes: int | None
    limit_rate: int
    server: str | None
    token: str | None
    engine: str
    timeout_s: float | None


@dataclass(frozen=True)
class Box:
    """What `receive --keep-open` was asked to do; `command` is run for each finished transfer, unless it is empty."""

    code: str | None
    as_link: bool
    words: int
    out: Path
    on_conflict: OnConflict
    command: tuple[str, ...]
    max_bytes: int | None
    limit_rate: int
    server: str | None
    token: str | None
    engine: str
    timeout_s: float | None
