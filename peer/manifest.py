"""What is offered: a list of entries, its pages on the lane, and its fingerprint (docs/protocol.md, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import msgspec

from peer.names import check_entries
from peer.wire.control import OfferFiles
from peer.wire.frames import (
    HEADER_BYTES,
    MAX_ENTRIES,
    MAX_MESSAGE,
    MAX_PAGE_ENTRIES,
    MAX_TEXT_BYTES,
    Entry,
    Frame,
    FrameType,
    pack,
)
from signaling.protocol.errors import Malformed

MAX_MANIFEST_BYTES = 64 * 1024 * 1024
"""All pages together; 200,000 entries with paths of 250 bytes."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[Entry])


@dataclass(frozen=True)
class Manifest:
    """A list of entries whose names have been checked."""

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        """Raises UnsafeName for a name that no disk may be asked to make; Malformed for odd sizes and targets."""
        check_entries(self.entries)
        for entry in self.entries:
            if entry.kind != "file" and entry.size:
                raise Malformed("only a file has a size")
            if entry.kind != "link" and entry.target:
                raise Malformed("only a link has a target")
        if sum(entry.size < 0 for entry in self.entries) > 1:
            raise Malformed("two files of unknown size")

    @cached_property
    def known_bytes(self) -> int:
        """Sum of the sizes that are known."""
        return sum(entry.size for entry in self.entries if entry.size > 0)

    @cached_property
    def open_ended(self) -> bool:
        """Whether one file's size is not known before its end."""
        return any(entry.size < 0 for entry in self.entries)

    @cached_property
    def file_count(self) -> int:
        """How many entries are files."""
        return sum(entry.kind == "file" for entry in self.entries)

    @property
    def is_text(self) -> bool:
        """Whether this is a text to be read, and nothing else."""
        one = self.entries[0]
        return len(self.entries) == 1 and one.kind == "file" and one.text and 0 < one.size <= MAX_TEXT_BYTES

    @property
    def is_one_file(self) -> bool:
        """Whether this is one file and no folder around it."""
        return len(self.entries) == 1 and self.entries[0].kind == "file"

    @cached_property
    def fingerprint(self) -> str:
        """Names a manifest across processes: 128 bits over names, kinds, sizes, times and targets, as hex."""
        digest = sha256(b"twocans/1 manifest")
        for entry in self.entries:
            digest.update(_encoder.encode((entry.path, entry.kind, entry.size, entry.mtime, entry.target)))
        return digest.hexdigest()[:32]

    def pages(self, max_message: int) -> Iterator[bytes]:
        """MANIFEST frames, none longer than `max_message` bytes; a page is a JSON array of whole entries."""
        room = min(max_message, MAX_MESSAGE) - HEADER_BYTES - len("[]")
        first, number, page, used = 0, 0, list[bytes](), 0
        for index, entry in enumerate(self.entries):
            line = _encoder.encode(entry)
            if page and (used + len(line) > room or len(page) == MAX_PAGE_ENTRIES):
                yield _page(first, number, page, last=False)
                first, number, page, used = index, number + 1, [], 0
            page.append(line)
            used += len(line) + len(",")
        yield _page(first, number, page, last=True)


class ManifestReader:
    """Puts the pages of one lane together again and holds them against the offer."""

    def __init__(self, offer: OfferFiles) -> None:
        self._offer = offer
        self._entries: list[Entry] = []
        self._pages = self._bytes = 0

    def take(self, frame: Frame) -> Manifest | None:
        """The manifest once its last page is there.

        Raises:
            Malformed: not the next page, too much of it, or not what was offered.
            UnsafeName: a name that is refused, and with it the whole manifest.
        """
        if (frame.type, frame.leaf, frame.file) != (FrameType.MANIFEST, self._pages, len(self._entries)):
            raise Malformed("the manifest does not come page by page")
        if frame.offset > 1:
            raise Malformed("a page is the last one or it is not")
        self._pages += 1
        self._bytes += len(frame.payload)
        if self._bytes > MAX_MANIFEST_BYTES:
            raise Malformed("the manifest is longer than any may be")
        try:
            page = _decoder.decode(frame.payload)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise Malformed(f"a page of the manifest: {error}") from None
        self._entries += page
        most = min(self._offer.files, MAX_ENTRIES)
        if not page or len(page) > MAX_PAGE_ENTRIES or len(self._entries) > most:
            raise Malformed("the manifest is longer than offered")
        if not frame.offset:
            return None
        manifest = Manifest(tuple(self._entries))
        offered = (self._offer.files, self._offer.bytes, self._offer.open_ended)
        if (len(manifest.entries), manifest.known_bytes, manifest.open_ended) != offered:
            raise Malformed("the manifest is not what was offered")
        return manifest


def _page(first: int, number: int, lines: list[bytes], *, last: bool) -> bytes:
    return pack(FrameType.MANIFEST, first, number, int(last), b"[" + b",".join(lines) + b"]")
