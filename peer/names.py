"""Which names of a manifest are safe to make on any disk (docs/protocol.md, section 6).

The whole manifest is checked before anyone is asked; one bad name refuses all of it. The rules are those of the
strictest system that a receiver may run on, so that what one peer accepts every peer can store. The page's twin is
`names.js`; both are driven by `tests/vectors/names.json`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from peer.wire.frames import Entry

MAX_SEGMENT_BYTES = 255
MAX_DEPTH = 64
PARTIAL_FOLDER = ".twocans"
"""Where half-received data lives, beside the destination; nobody else may write there."""

Rule = Literal[
    "empty", "absolute", "parent", "drive", "backslash", "colon", "control", "bidi", "unicode", "trailing", "device",
    "long", "reserved", "collision", "below_file", "link",
]  # fmt: skip

SENTENCES: dict[Rule, str] = {
    "empty": "has an empty part",
    "absolute": "starts at the root of the disk",
    "parent": "leads out of its folder with “.” or “..”",
    "drive": "starts with a drive letter",
    "backslash": "holds a backslash, which some systems take for a folder",
    "colon": "holds a colon, which names a hidden stream on Windows",
    "control": "holds a control character",
    "bidi": "holds a character that turns the direction of writing and can disguise an ending",
    "unicode": "is not valid, composed Unicode (NFC)",
    "trailing": "has a part that ends with a dot or a space",
    "device": "is the name of a device on Windows",
    "long": f"has a part of more than {MAX_SEGMENT_BYTES} bytes, or more than {MAX_DEPTH} parts",
    "reserved": "is where half-received files are kept",
    "collision": "is the same as another name on disks that do not tell capitals apart",
    "below_file": "lies below a file or a link",
    "link": "is a link that leaves its folder",
}

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DRIVE = re.compile("[A-Za-z]:")
_DEVICE = re.compile("(?:con|prn|aux|nul|conin\\$|conout\\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


class UnsafeName(Exception):
    """A name that must not be made, or the other end's refusal of one.

    Attributes:
        path: the name as it came, "" when the other end refused.
        rule: which rule it breaks, None when the other end refused.
    """

    def __init__(self, sentence: str, path: str = "", rule: Rule | None = None) -> None:
        super().__init__(sentence)
        self.path = path
        self.rule = rule


def check_path(path: str) -> None:
    """One path by itself. Raises UnsafeName."""
    if rule := _broken_rule(path):
        raise _unsafe(path, rule)


def check_entries(entries: Sequence[Entry]) -> None:
    """A whole manifest: every path, every link, and what the paths are to each other. Raises UnsafeName."""
    kinds: dict[str, str] = {}
    for entry in entries:
        check_path(entry.path)
        if entry.kind == "link":
            _check_link(entry)
        key = fold(entry.path)
        if key in kinds:
            raise _unsafe(entry.path, "collision")
        kinds[key] = entry.kind
    spellings = {fold(entry.path): entry.path for entry in entries}
    for entry in entries:
        _check_folders(entry.path, kinds, spellings)


def fold(path: str) -> str:
    """What two names have in common that are one name on some disk: case folded, composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _unsafe(path: str, rule: Rule) -> UnsafeName:
    return UnsafeName(f"The name {path[:120]!a} {SENTENCES[rule]}.", path, rule)


def _broken_rule(path: str) -> Rule | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "unicode"
    if "\\" in path:
        return "backslash"
    if _CONTROL.search(path):
        return "control"
    if _BIDI.search(path):
        return "bidi"
    if not unicodedata.is_normalized("NFC", path):
        return "unicode"
    if path.startswith("/"):
        return "absolute"
    if _DRIVE.match(path):
        return "drive"
    segments = path.split("/")
    if fold(segments[0]) == PARTIAL_FOLDER:
        return "reserved"
    if len(segments) > MAX_DEPTH:
        return "long"
    return next(filter(None, map(_broken_segment, segments)), None)


def _broken_segment(segment: str) -> Rule | None:
    if not segment:
        return "empty"
    if segment in (".", ".."):
        return "parent"
    if ":" in segment:
        return "colon"
    if segment[-1] in ". ":
        return "trailing"
    if _DEVICE.fullmatch(segment.partition(".")[0].rstrip(" ")):
        return "device"
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        return "long"
    return None


def _check_link(entry: Entry) -> None:
    """A link may climb, but not out of the top folder that it was sent in, and only at its beginning: climbing out of
    what may be another link leads who knows where."""
    segments = entry.target.split("/")
    climbs = next((index for index, segment in enumerate(segments) if segment != ".."), len(segments))
    below = "/".join(segments[climbs:])
    inside = entry.path.count("/") - 1
    if climbs > inside or inside < 0 or (below and _broken_rule(below)) or not entry.target:
        raise _unsafe(entry.path, "link")


def _check_folders(path: str, kinds: dict[str, str], spellings: dict[str, str]) -> None:
    """All folders above a path are folders, and each is spelt in one way. Stops at the first that was seen before."""
    folder = path.rpartition("/")[0]
    while folder:
        key = fold(folder)
        if kinds.get(key, "dir") != "dir":
            raise _unsafe(path, "below_file")
        known = spellings.get(key)
        if known is not None and known != folder:
            raise _unsafe(path, "collision")
        if known is not None and key not in kinds:
            return
        spellings[key] = folder
        folder = folder.rpartition("/")[0]
