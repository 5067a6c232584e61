"""Binary frames on a transfer's lane (docs/protocol.md, section 6).

A lane is a data channel labelled `lane/<transfer id>/<n>`, opened by the sender of the files, reliable and ordered.

    0        1            5            9            13
    ┌────────┬────────────┬────────────┬────────────┬──────────────┐
    │ type   │ file  u32  │ leaf  u32  │ offset u32 │ payload …    │     integers are big-endian
    └────────┴────────────┴────────────┴────────────┴──────────────┘

| type | from | file | leaf | offset | payload |
|---|---|---|---|---|---|
| MANIFEST | sender | first entry of the page | page number | 1 on the last page | JSON array of entries |
| WANT | receiver | 0 | 0 | 0 | ranges: (file u32, first leaf u32, leaves u32) …; 0 leaves ask for DONE alone |
| DATA | sender | entry | leaf | byte offset in the leaf | up to 256 KiB less the header |
| LEAF | sender | entry | leaf | bytes in the leaf | SHA-256 of the leaf, 32 bytes |
| DONE | sender | entry | 0 | 0 | size u64, root 32 bytes |
| HAVE | receiver | 0 | 0 | 0 | ranges held from an earlier run; 0 leaves say that the file is whole and in its place |
| FILES | sender | 0 | files in it | 0 | for each whole small file: file u32, length u32, SHA-256 of it, its bytes |
| GOT | receiver | 0 | 0 | 0 | for lanes: number u32, bytes u64 of DATA, LEAF and FILES messages that came over it |
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from signaling.protocol.errors import Malformed

LEAF_BYTES = 1024 * 1024
MAX_WANTED_BYTES = 32 * 1024 * 1024
"""Credit: what a receiver may have asked for and not yet proven on disk."""
MAX_WANTED_LEAVES = 512
"""The same credit counted in leaves, for many small files; also the most ranges of one WANT or HAVE."""
SMALL_BYTES = 32 * 1024
"""Files of 1 byte up to this many may travel whole, several in one FILES frame."""
PACK_BYTES = 64 * 1024
"""The longest FILES message: every peer takes that much (RFC 8841, section 6.1)."""
ROOT_LABEL = b"twocans/1 file"
MAX_ENTRIES = 200_000
MAX_FILE_BYTES = 2**52
MAX_PAGE_ENTRIES = 500
MAX_TEXT_BYTES = 65_536
"""A longer text is a file."""

_HEADER = struct.Struct(">BIII")
_RANGE = struct.Struct(">III")
_DONE = struct.Struct(">Q32s")
_GOT = struct.Struct(">IQ")
_SMALL = struct.Struct(">II32s")
SMALL_HEADER_BYTES = _SMALL.size
"""What a file in a FILES frame costs beside its own bytes."""
MAX_LANES = 16
"""Of one transfer at a time, the main lane among them."""
_HASH_BYTES = 32
HEADER_BYTES = _HEADER.size
MAX_MESSAGE = 256 * 1024
MAX_PAYLOAD = MAX_MESSAGE - HEADER_BYTES
"""Payload of one frame; smaller where the remote's max-message-size is. A leaf is cut into equal frames."""


class FrameType(IntEnum):
    """First byte of a frame."""

    MANIFEST = 1
    WANT = 2
    DATA = 3
    LEAF = 4
    DONE = 5
    HAVE = 6
    FILES = 7
    GOT = 8


class Frame(NamedTuple):
    """One frame; `payload` is a view into the message it came in."""

    type: FrameType
    file: int
    leaf: int
    offset: int
    payload: memoryview


class Range(NamedTuple):
    """A run of leaves of one file; with 0 `leaves` it asks for the file's DONE alone."""

    file: int
    first: int
    leaves: int


class Small(NamedTuple):
    """A whole small file on its way: its entry, its length in bytes, the SHA-256 of those."""

    file: int
    length: int
    sha256: bytes


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a manifest. `path` is relative, NFC, with `/`; `size` -1 means not known before its end."""

    path: Annotated[str, Meta(min_length=1, max_length=4096)]
    kind: Literal["file", "dir", "link"] = "file"
    size: Annotated[int, Meta(ge=-1, le=MAX_FILE_BYTES)] = 0
    mtime: Annotated[int, Meta(ge=-(2**53), le=2**53)] = 0
    """Milliseconds since 1970."""
    mode: Annotated[int, Meta(ge=0, le=0o777)] = 0o644
    target: Annotated[str, Meta(max_length=4096)] = ""
    """Of a link: where it points, relative to its own folder."""
    text: bool = False
    """Somebody wrote this to be read at the other end, in UTF-8; it is not a file that they have."""


def pack(kind: FrameType, file: int, leaf: int, offset: int, payload: bytes | memoryview = b"") -> bytes:
    """A frame as the bytes of one data channel message."""
    return b"".join((_HEADER.pack(kind, file, leaf, offset), payload))


def unpack(message: bytes | memoryview) -> Frame:
    """The bytes of one data channel message as a frame.

    Raises:
        Malformed: shorter than a header, an unknown type, or more payload than a frame may carry.
    """
    view = memoryview(message)
    if len(view) < HEADER_BYTES:
        raise Malformed(f"a frame has at least {HEADER_BYTES} bytes, this one has {len(view)}")
    if len(view) > HEADER_BYTES + MAX_PAYLOAD:
        raise Malformed(f"a frame carries at most {MAX_PAYLOAD} bytes, this one has {len(view) - HEADER_BYTES}")
    kind, file, leaf, offset = _HEADER.unpack_from(view)
    try:
        return Frame(FrameType(kind), file, leaf, offset, view[HEADER_BYTES:])
    except ValueError:
        raise Malformed(f"no frame has type {kind}") from None


def cut(length: int, max_message: int) -> int:
    """Payload bytes of each frame but the last, when `length` bytes are cut into equal frames that fit a message."""
    frames = -(-length // (min(max_message, MAX_MESSAGE) - HEADER_BYTES))
    return -(-length // frames)


def pack_want(ranges: Iterable[Range]) -> bytes:
    """A WANT frame."""
    return pack(FrameType.WANT, 0, 0, 0, b"".join(_RANGE.pack(*run) for run in ranges))


def pack_have(ranges: Sequence[Range]) -> Iterator[bytes]:
    """As many HAVE frames as it takes."""
    for start in range(0, len(ranges), MAX_WANTED_LEAVES):
        some = ranges[start : start + MAX_WANTED_LEAVES]
        yield pack(FrameType.HAVE, 0, 0, 0, b"".join(_RANGE.pack(*run) for run in some))


def read_ranges(payload: bytes | memoryview) -> list[Range]:
    """The ranges of a WANT or HAVE frame. Raises Malformed."""
    if not payload or len(payload) % _RANGE.size or len(payload) > MAX_WANTED_LEAVES * _RANGE.size:
        raise Malformed(f"a frame of ranges has 1 to {MAX_WANTED_LEAVES} of {_RANGE.size} bytes")
    return [Range(*run) for run in _RANGE.iter_unpack(payload)]


def pack_files(files: Sequence[tuple[Small, bytes]]) -> bytes:
    """A FILES frame of small files and their bytes; the caller keeps it within PACK_BYTES."""
    parts = [_HEADER.pack(FrameType.FILES, 0, len(files), 0)]
    for small, data in files:
        parts += (_SMALL.pack(*small), data)
    return b"".join(parts)


def read_files(frame: Frame) -> list[tuple[Small, memoryview]]:
    """The files of a FILES frame, each with a view of its bytes. Raises Malformed."""
    files: list[tuple[Small, memoryview]] = []
    rest = frame.payload
    while rest:
        if len(rest) < SMALL_HEADER_BYTES:
            raise Malformed("a FILES frame ends within a file's header")
        small = Small(*_SMALL.unpack_from(rest))
        end = SMALL_HEADER_BYTES + small.length
        if not 0 < small.length <= SMALL_BYTES or end > len(rest):
            raise Malformed(f"a FILES frame does not hold a file of {small.length} bytes")
        files.append((small, rest[SMALL_HEADER_BYTES:end]))
        rest = rest[end:]
    if not files or len(files) != frame.leaf:
        raise Malformed(f"a FILES frame says that it has {frame.leaf} files and has {len(files)}")
    return files


def pack_got(totals: Iterable[tuple[int, int]]) -> bytes:
    """A GOT frame: (lane, bytes) for each lane that something has come over; the main lane is 0."""
    return pack(FrameType.GOT, 0, 0, 0, b"".join(_GOT.pack(*total) for total in totals))


def read_got(payload: bytes | memoryview) -> list[tuple[int, int]]:
    """The totals of a GOT frame. Raises Malformed."""
    if not payload or len(payload) % _GOT.size or len(payload) > MAX_LANES * _GOT.size:
        raise Malformed(f"a GOT frame has 1 to {MAX_LANES} totals of {_GOT.size} bytes")
    return [(lane, total) for lane, total in _GOT.iter_unpack(payload)]


def pack_leaf(file: int, leaf: int, length: int, sha256: bytes) -> bytes:
    """A LEAF frame."""
    return pack(FrameType.LEAF, file, leaf, length, sha256)


def read_leaf(payload: bytes | memoryview) -> bytes:
    """The hash in a LEAF frame. Raises Malformed."""
    if len(payload) != _HASH_BYTES:
        raise Malformed(f"a LEAF frame carries {_HASH_BYTES} bytes")
    return bytes(payload)


def pack_done(file: int, size: int, root: bytes) -> bytes:
    """A DONE frame."""
    return pack(FrameType.DONE, file, 0, 0, _DONE.pack(size, root))


def read_done(payload: bytes | memoryview) -> tuple[int, bytes]:
    """(size, root) of a DONE frame. Raises Malformed."""
    if len(payload) != _DONE.size:
        raise Malformed(f"a DONE frame carries {_DONE.size} bytes")
    size, root = _DONE.unpack(payload)
    if size > MAX_FILE_BYTES:
        raise Malformed(f"no file has {size} bytes")
    return size, root
