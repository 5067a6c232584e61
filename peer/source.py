"""What is given: files, folders, or a stream; read leaf by leaf in a thread of its own, never on the loop."""

from __future__ import annotations

import os
import select
import stat
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, Protocol

from peer.core.ledger import STREAM_LEAVES
from peer.failures import Cancelled, DiskFailed, SourceChanged, disk_failure
from peer.manifest import Manifest
from peer.shared_leaves import SharedLeaves
from peer.wire.frames import LEAF_BYTES, MAX_ENTRIES, MAX_TEXT_BYTES, Entry

MAX_OPEN_FILES = 16
TEXT_NAME = "text.txt"
"""What a text is called where it is kept."""


class Reader(Protocol):
    """Open handles on a source for one transfer, used by one thread at a time."""

    @property
    def size(self) -> int:
        """Bytes of a stream once it has ended, else -1."""

    def read(self, file: int, leaf: int, length: int) -> bytes:
        """The bytes of a leaf; fewer than `length` only where a stream ends.

        Raises:
            SourceChanged: the file is not what the manifest says any more.
            DiskFailed: it cannot be read.
            Cancelled: `stop` was called.
        """

    def stop(self) -> None:
        """From any thread: ends a `read` that waits for a stream."""

    def close(self) -> None:
        """Closes what is open, after the last `read`."""


@dataclass(frozen=True)
class Source:
    """Files to give: a title, a checked manifest, and where each entry lies.

    Attributes:
        skipped: a sentence for each thing in the folders that cannot be sent.
        leaves: what receivers that move together have read for them once.
    """

    title: str
    manifest: Manifest
    skipped: tuple[str, ...] = ()
    leaves: SharedLeaves = field(default_factory=SharedLeaves, repr=False, compare=False)
    _locations: tuple[str, ...] = field(default=(), repr=False)
    _streams: list[BinaryIO] = field(default_factory=list, repr=False)
    _text: bytes | None = field(default=None, repr=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The manifest's entries."""
        return self.manifest.entries

    @property
    def bytes(self) -> int:
        """Sum of the sizes that are known."""
        return self.manifest.known_bytes

    @classmethod
    def from_paths(cls, paths: Iterable[Path | str], exclude: Iterable[str] = ()) -> Source:
        """Files and whole folders, each under its own name. Blocks while it walks them.

        Links inside a folder are sent as links where they stay inside it; a path that is itself a link is followed.

        Args:
            exclude: globs against a name or a path below the folder given; a folder that matches is left out whole.

        Raises:
            DiskFailed: a path is not there or not readable, or there are more than 200,000 entries.
            UnsafeName: a name that receivers would refuse.
        """
        walk = _Walk(tuple(exclude))
        names = [walk.add(os.path.abspath(path)) for path in paths]
        title = names[0] if len(names) == 1 else f"{names[0]} + {len(names) - 1}"
        return cls(title[:255], Manifest(tuple(walk.entries)), tuple(walk.skipped), _locations=tuple(walk.locations))

    @classmethod
    def from_stream(cls, stream: BinaryIO, name: str) -> Source:
        """One file of unknown size, read once from a stream that nobody else reads. Raises UnsafeName."""
        entry = Entry(unicodedata.normalize("NFC", name), size=-1)
        return cls(name[:255], Manifest((entry,)), _streams=[stream])

    @classmethod
    def from_text(cls, text: str, name: str = TEXT_NAME) -> Source:
        """A text to be read, of 1 to MAX_TEXT_BYTES bytes. Raises UnsafeName, ValueError."""
        data = text.encode()
        if not 1 <= len(data) <= MAX_TEXT_BYTES:
            raise ValueError(f"a text has 1 to {MAX_TEXT_BYTES} bytes")
        entry = Entry(unicodedata.normalize("NFC", name), size=len(data), mtime=int(time.time() * 1000), text=True)
        return cls(name[:255], Manifest((entry,)), _text=data)

    def open(self) -> Reader:
        """Handles for one transfer. Raises DiskFailed for a stream that another transfer reads."""
        if self._text is not None:
            return _TextReader(self._text)
        if not self.manifest.open_ended:
            return _FileReader(self.entries, self._locations)
        if not self._streams:
            raise DiskFailed("A stream can be read only once, so it can go to one receiver only.")
        return _StreamReader(self._streams.pop())


class _Walk:
    def __init__(self, exclude: tuple[str, ...]) -> None:
        self.entries: list[Entry] = []
        self.locations: list[str] = []
        self.skipped: list[str] = []
        self._exclude = exclude

    def add(self, path: str) -> str:
        """Adds a path that was asked for, under its own name; returns the name."""
        name = os.path.basename(path)
        try:
            location = os.path.realpath(path, strict=True)
            if not name:
                raise DiskFailed(f"“{path}” has no name to send it under; give the folders in it.")
            self._add(name, location, os.stat(location))
        except OSError as error:
            raise disk_failure(error, f"Cannot read “{error.filename or path}”") from error
        return unicodedata.normalize("NFC", name)

    def _add(self, path: str, location: str, status: os.stat_result) -> None:
        mtime = status.st_mtime_ns // 1_000_000
        if stat.S_ISREG(status.st_mode):
            if not os.access(location, os.R_OK):
                raise DiskFailed(f"Cannot read “{location}”: permission denied.")
            self._put(Entry(_nfc(path), "file", status.st_size, mtime, status.st_mode & 0o777), location)
        elif stat.S_ISDIR(status.st_mode):
            self._put(Entry(_nfc(path), "dir", 0, mtime, status.st_mode & 0o777), location)
            for name in sorted(os.listdir(location)):
                below = f"{path}/{name}"
                if not self._excluded(name, below):
                    self._add(below, f"{location}/{name}", os.lstat(f"{location}/{name}"))
        elif stat.S_ISLNK(status.st_mode):
            self._add_link(path, location, mtime)
        else:
            self.skipped.append(f"“{location}” is neither a file nor a folder; it is left out.")

    def _add_link(self, path: str, location: str, mtime: int) -> None:
        target = _nfc(os.readlink(location))
        parts = [part for part in target.split("/") if part not in ("", ".")]
        climbs = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
        if target.startswith("/") or climbs >= path.count("/") or ".." in parts[climbs:] or not parts:
            self.skipped.append(f"“{location}” is a link that leads out of what is sent; it is left out.")
            return
        self._put(Entry(_nfc(path), "link", 0, mtime, 0o777, "/".join(parts)), location)

    def _put(self, entry: Entry, location: str) -> None:
        if len(self.entries) == MAX_ENTRIES:
            raise DiskFailed(f"There are more than {MAX_ENTRIES} files; send an archive instead.")
        self.entries.append(entry)
        self.locations.append(location)

    def _excluded(self, name: str, path: str) -> bool:
        below = path.partition("/")[2]
        return any(fnmatchcase(name, glob) or fnmatchcase(below, glob) for glob in self._exclude)


class _FileReader:
    size = -1

    def __init__(self, entries: tuple[Entry, ...], locations: tuple[str, ...]) -> None:
        self._entries = entries
        self._locations = locations
        self._open: OrderedDict[int, int] = OrderedDict()

    def read(self, file: int, leaf: int, length: int) -> bytes:
        try:
            handle = self._handle(file)
            data = os.pread(handle, length, leaf * LEAF_BYTES)
            status = os.fstat(handle)
        except OSError as error:
            raise disk_failure(error, f"Cannot read “{self._locations[file]}”") from error
        entry = self._entries[file]
        if len(data) < length or (status.st_size, status.st_mtime_ns // 1_000_000) != (entry.size, entry.mtime):
            raise SourceChanged(f"“{entry.path}” changed while it was sent.")
        return data

    def stop(self) -> None:
        pass

    def close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def _handle(self, file: int) -> int:
        handle = self._open.pop(file, None)
        if handle is None:
            if len(self._open) == MAX_OPEN_FILES:
                os.close(self._open.popitem(last=False)[1])
            handle = os.open(self._locations[file], os.O_RDONLY | os.O_NOFOLLOW)
        self._open[file] = handle
        return handle


class _TextReader:
    def __init__(self, text: bytes) -> None:
        self.size = -1
        self._text = text

    def read(self, file: int, leaf: int, length: int) -> bytes:
        return self._text[:length]

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


class _StreamReader:
    """Keeps the last leaves: what was not proven when a link broke is asked for again, and cannot be read again.

    A leaf may be asked for before one in front of it, when a request in between was taken back.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.size = -1
        self._stream = stream
        self._next = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._wake, self._waker = os.pipe()

    def read(self, file: int, leaf: int, length: int) -> bytes:
        while self._next <= leaf and self.size < 0:
            data = b"".join(self._pieces(LEAF_BYTES))
            if len(data) < LEAF_BYTES:
                self.size = self._next * LEAF_BYTES + len(data)
            self._kept[self._next] = data
            self._next += 1
            if len(self._kept) > STREAM_LEAVES:
                self._kept.popitem(last=False)
        if leaf >= self._next:
            return b""
        if leaf not in self._kept:
            raise DiskFailed("What was read from a stream cannot be read again.")
        return self._kept[leaf]

    def stop(self) -> None:
        os.write(self._waker, b".")

    def close(self) -> None:
        os.close(self._wake)
        os.close(self._waker)

    def _pieces(self, room: int) -> Iterator[bytes]:
        while room and (piece := self._piece(room)):
            yield piece
            room -= len(piece)

    def _piece(self, room: int) -> bytes:
        try:
            handle = self._stream.fileno()
        except OSError:  # a stream in memory
            return self._stream.read(room)
        ready, _, _ = select.select([handle, self._wake], [], [])
        if self._wake in ready:
            raise Cancelled("The transfer was cancelled.")
        try:
            return os.read(handle, room)
        except OSError as error:
            raise disk_failure(error, "Cannot read the stream") from error


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
