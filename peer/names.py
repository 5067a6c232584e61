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
MAX_FOLDERS = 200_000
"""That the paths of a manifest may imply: each costs memory before anyone is asked."""
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
    "long": f"has a part of more than {MAX_SEGMENT_BYTES} bytes, more than {MAX_DEPTH} parts, or one folder too many",
    "reserved": "is where half-received files are kept",
    "collision": "is the same as another name on disks that do not tell capitals apart, or looks the same",
    "below_file": "lies below a file or a link",
    "link": "is a link that leaves its folder",
}

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff]")
"""Takes no room on a screen. Some of it is needed, as by Bengali, and HFS+ overlooks some of it in names."""
_DRIVE = re.compile("[A-Za-z]:")
_DEVICE = re.compile("(?:con|prn|aux|nul|conin\\$|conout\\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE | re.ASCII)
_PARTIAL = re.compile(r"\.twocans|twocan~[0-9]+")
"""The folder's name and, on FAT and NTFS, its short one."""


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
    tree = _Tree()
    for entry in entries:
        tree.add(entry)


def fold(path: str) -> str:
    """What two names have in common that are one name on some disk: composed, case folded, without the invisible."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", _INVISIBLE.sub("", path)).casefold())


class _Tree:
    """The paths of a manifest as folders in folders: each part is looked at once, however many paths begin alike.

    Nodes are numbered, 0 is the folder that everything lies in. A node is found by its parent and its name, as it was
    spelt first and as it folds.
    """

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, str], int] = {}
        self._names = [""]
        self._kinds: list[str | None] = ["dir"]
        """None for a folder that no entry is about."""
        self._first = [""]
        """The path that a node was made for."""
        self._folders = 0
        self._last = ("", 0)
        """The folder of the entry before: the next one often lies there too."""

    def add(self, entry: Entry) -> None:
        path = entry.path
        if rule := _broken_text(path):
            raise _unsafe(path, rule)
        folder, _, name = path.rpartition("/")
        if folder != self._last[0]:
            self._last = (folder, self._enter(path, folder))
        self._put(entry, self._last[1], name)
        if entry.kind == "link":
            _check_link(entry)

    def _enter(self, path: str, folder: str) -> int:
        node = 0
        for name in folder.split("/") if folder else ():
            above, node = node, self._find(path, node, name)
            if node < 0:
                node = self._make(path, above, name, None)
                self._folders += 1
                if self._folders > MAX_FOLDERS:
                    raise _unsafe(path, "long")
            elif self._kinds[node] not in ("dir", None):
                raise _unsafe(path, "below_file")
            elif self._names[node] != name:
                raise _unsafe(path, "collision")
        return node

    def _put(self, entry: Entry, above: int, name: str) -> None:
        node = self._find(entry.path, above, name)
        if node < 0:
            self._make(entry.path, above, name, entry.kind)
        elif self._kinds[node] is None and entry.kind != "dir":
            raise _unsafe(self._first[node], "below_file")
        elif self._kinds[node] is not None or self._names[node] != name:
            raise _unsafe(entry.path, "collision")
        else:
            self._kinds[node] = "dir"

    def _find(self, path: str, above: int, name: str) -> int:
        """The node of that name, however it is spelt; -1 if there is none, and then the name is a safe one."""
        node = self._nodes.get((above, name), -1)
        if node < 0:
            if rule := _broken_segment(name, top=not above):
                raise _unsafe(path, rule)
            node = self._nodes.get((above, fold(name)), -1)
        return node

    def _make(self, path: str, above: int, name: str, kind: str | None) -> int:
        node = len(self._names)
        self._nodes[above, name] = self._nodes[above, fold(name)] = node
        self._names.append(name)
        self._kinds.append(kind)
        self._first.append(path)
        return node


def _unsafe(path: str, rule: Rule) -> UnsafeName:
    return UnsafeName(f"The name {path[:120]!a} {SENTENCES[rule]}.", path, rule)


def _broken_rule(path: str) -> Rule | None:
    if rule := _broken_text(path):
        return rule
    segments = path.split("/")
    rules = (_broken_segment(segment, top=not index) for index, segment in enumerate(segments))
    return next(filter(None, rules), None)


def _broken_text(path: str) -> Rule | None:
    """Rules about a path as a whole."""
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
    return "long" if path.count("/") >= MAX_DEPTH else None


def _broken_segment(segment: str, *, top: bool) -> Rule | None:
    shown = _INVISIBLE.sub("", segment)
    if not shown:
        return "empty"
    if shown in (".", ".."):
        return "parent"
    if ":" in shown:
        return "colon"
    if shown[-1] in ". ":
        return "trailing"
    if top and _PARTIAL.fullmatch(fold(segment)):
        return "reserved"
    if _DEVICE.fullmatch(shown.partition(".")[0].rstrip(" ")):
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
