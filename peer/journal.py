"""What of a transfer is safe on this disk, for whoever goes on with it after a lost link, a kill or a reboot.

    {"v":1,"fingerprint":"…"}                  the first line
    {"held":[[file,first leaf,leaves],…]}      proven and written
    {"placed":[[file,path,root,mtime],…]}      whole: in its place, or about to be moved there

A line is written only after what it speaks of was synced, so whatever can be read is true, unless the disk or a
person changed it since: that is for the reader to find out. Reading stops at the first line that is not whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from peer.wire.frames import Range

NAME = "journal"
MAX_BYTES = 256 * 1024 * 1024
"""Of a journal that is read; one with 200,000 placed files has a tenth of it."""

_Number = Annotated[int, Meta(ge=0, lt=2**32)]
_Root = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_encoder = msgspec.json.Encoder()


class Placed(NamedTuple):
    """A file that is whole: its place below the folder, its root as hex, the time it was given in milliseconds."""

    file: int
    path: str
    root: str
    mtime: int


@dataclass(frozen=True)
class Past:
    """What an earlier run wrote down; `end` is where its last whole line ends."""

    held: tuple[Range, ...] = ()
    placed: dict[int, Placed] = field(default_factory=dict)
    end: int = 0


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    v: Literal[1]
    fingerprint: str


class _Line(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    held: list[tuple[_Number, _Number, _Number]] = []
    placed: list[tuple[_Number, str, _Root, int]] = []


_head_decoder = msgspec.json.Decoder(_Head)
_line_decoder = msgspec.json.Decoder(_Line)


def read(text: bytes, fingerprint: str) -> Past:
    """What a journal says, up to its first line that is not whole; nothing if it is another manifest's."""
    held: list[Range] = []
    placed: dict[int, Placed] = {}
    end = 0
    while (stop := text.find(b"\n", end) + 1) > 0:
        line = text[end:stop]
        try:
            if end == 0 and _head_decoder.decode(line).fingerprint != fingerprint:
                break
            said = _line_decoder.decode(line) if end else _Line()
        except (msgspec.MsgspecError, UnicodeError):
            break
        held += (Range(*run) for run in said.held)
        placed.update((each[0], Placed(*each)) for each in said.placed)
        end = stop
    return Past(tuple(held), placed, end)


class Journal:
    """The file of that name in an open folder.

    Args:
        folder: handle of the folder; stays the caller's.
        fingerprint: of the manifest.
    """

    def __init__(self, folder: int, fingerprint: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        self._handle = os.open(NAME, flags, 0o600, dir_fd=folder)
        if os.fstat(self._handle).st_nlink != 1:  # a second name of some other file: not ours to write to
            os.close(self._handle)
            os.unlink(NAME, dir_fd=folder)
            self._handle = os.open(NAME, flags | os.O_EXCL, 0o600, dir_fd=folder)
        self._fingerprint = fingerprint
        self._end = 0

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written down."""
        return self._end == 0

    def read(self) -> Past:
        """What an earlier run wrote down; a torn end is cut off. Raises OSError."""
        text = b""
        while len(text) < MAX_BYTES and (piece := os.pread(self._handle, 1024 * 1024, len(text))):
            text += piece
        past = read(text, self._fingerprint)
        self._end = past.end
        os.ftruncate(self._handle, self._end)
        return past

    def append(self, held: Iterable[Range], placed: Iterable[Placed]) -> None:
        """Writes down what was synced before, and syncs that. Raises OSError; then nothing was written down."""
        runs = [(run.file, run.first, run.leaves) for run in held]
        files = [(each.file, each.path, each.root, each.mtime) for each in placed]
        if not runs and not files:
            return
        lines = [] if self._end else [_encoder.encode(_Head(1, self._fingerprint))]
        if runs:
            lines.append(_encoder.encode(_Line(held=runs)))
        if files:
            lines.append(_encoder.encode(_Line(placed=files)))
        text = memoryview(b"".join(line + b"\n" for line in lines))
        at = self._end
        try:
            while text:
                written = os.pwrite(self._handle, text, at)
                at, text = at + written, text[written:]
            os.fsync(self._handle)
        except OSError:
            with suppress(OSError):  # a torn line does no harm where it ends the file
                os.ftruncate(self._handle, self._end)
            raise
        self._end = at

    def close(self) -> None:
        """Lets go of the file; idempotent."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1
