"""What happens to a transfer (events, past) and what its two machines answer (effects, imperative)."""

from __future__ import annotations

from dataclasses import dataclass

from peer.wire.control import Control, Reason
from peer.wire.frames import Range, Small

# Events of both ends


@dataclass(frozen=True, slots=True)
class LaneOpened:
    """A lane is open: the first one, or the next after a lost link."""


@dataclass(frozen=True, slots=True)
class LaneLost:
    """The lane, or the link under it, is gone."""


@dataclass(frozen=True, slots=True)
class CancelArrived:
    """The other end declined or stopped."""

    reason: Reason
    message: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """This end stops: a person, the disk, a source that changed, a frame that made no sense."""

    reason: Reason
    message: str = ""


# Events of the sender


@dataclass(frozen=True, slots=True)
class Begun:
    """First event: offer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver said yes to these entries, to all when None."""

    take: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The receiver asks for leaves."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Had:
    """The receiver holds leaves from an earlier run, to be proven; with 0 leaves, a file that is in its place."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class LeafHashed:
    """The proof of a leaf that the receiver holds, of `length` bytes, has been handed to the lane."""

    file: int
    leaf: int
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class FilesSent:
    """Whole small files have been handed to the lane."""

    files: tuple[Small, ...]


@dataclass(frozen=True, slots=True)
class LeafSent:
    """A leaf of `length` bytes and its proof have been handed to the lane."""

    file: int
    leaf: int
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """A file of unknown size ended at `size` bytes, so that `leaf` does not exist."""

    file: int
    leaf: int
    size: int


@dataclass(frozen=True, slots=True)
class Held:
    """Either end holds the stream."""

    by: str


@dataclass(frozen=True, slots=True)
class Released:
    """That end lets it go on."""

    by: str


@dataclass(frozen=True, slots=True)
class FinishedArrived:
    """The receiver has everything."""


# Events of the receiver


@dataclass(frozen=True, slots=True)
class DataArrived:
    """The header of a DATA frame and the length of its payload."""

    file: int
    leaf: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class LeafArrived:
    """A LEAF frame."""

    file: int
    leaf: int
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class DoneArrived:
    """A DONE frame."""

    file: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class FilesArrived:
    """A FILES frame."""

    files: tuple[Small, ...]


@dataclass(frozen=True, slots=True)
class FilesTaken:
    """These small files are what their sender says, and in their place."""

    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FilesBroken:
    """These small files are not what their sender says."""

    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeafProven:
    """The leaf is what its sender says, and written."""

    file: int
    leaf: int


@dataclass(frozen=True, slots=True)
class LeafBroken:
    """The leaf is not what its sender says."""

    file: int
    leaf: int


@dataclass(frozen=True, slots=True)
class FileFinished:
    """The file is in its place."""

    file: int


@dataclass(frozen=True, slots=True)
class RootDiffers:
    """The file's root is not what its sender says."""

    file: int


@dataclass(frozen=True, slots=True)
class TreeFinished:
    """Folders and links are in their place too."""


SendingEvent = (
    Begun
    | LaneOpened
    | LaneLost
    | Accepted
    | Wanted
    | Had
    | LeafSent
    | LeafHashed
    | FilesSent
    | StreamEnded
    | Held
    | Released
    | FinishedArrived
    | CancelArrived
    | Stopped
)
ReceivingEvent = (
    LaneOpened
    | LaneLost
    | DataArrived
    | LeafArrived
    | DoneArrived
    | FilesArrived
    | FilesTaken
    | FilesBroken
    | LeafProven
    | LeafBroken
    | FileFinished
    | RootDiffers
    | TreeFinished
    | CancelArrived
    | Stopped
)

# Effects of both ends


@dataclass(frozen=True, slots=True)
class Say:
    """A control message."""

    message: Control


@dataclass(frozen=True, slots=True)
class Complete:
    """Done."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Over; `by` tells whose decision it was."""

    reason: Reason
    message: str
    by: str


# Effects of the sender


@dataclass(frozen=True, slots=True)
class OpenLane:
    """Open the next lane."""


@dataclass(frozen=True, slots=True)
class SendManifest:
    """Send all pages."""


@dataclass(frozen=True, slots=True)
class ReadLeaf:
    """Read, hash and send a leaf; `length` is the most it may have when the file's size is not known."""

    file: int
    leaf: int
    length: int


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """Read, hash and send whole small files, in one frame."""

    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HashLeaf:
    """Read and hash a leaf that the receiver holds, beside the stream, and send its proof."""

    file: int
    leaf: int
    length: int


@dataclass(frozen=True, slots=True)
class SendDone:
    """Send the root over `size` and `leaves` (32 bytes each)."""

    file: int
    size: int
    leaves: bytes


# Effects of the receiver


@dataclass(frozen=True, slots=True)
class Want:
    """Ask for leaves."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Have:
    """Say on the lane what is held from an earlier run."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class KeepData:
    """Keep a payload."""

    file: int
    leaf: int
    offset: int


@dataclass(frozen=True, slots=True)
class ProveLeaf:
    """Hash and write a leaf."""

    file: int
    leaf: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class CheckLeaf:
    """Read back a leaf held from an earlier run and hash it."""

    file: int
    leaf: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class TakeFiles:
    """Hash, write and place whole small files; drop the others of the frame."""

    files: tuple[Small, ...]


@dataclass(frozen=True, slots=True)
class MakeFiles:
    """Make and place empty files."""

    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FinishFile:
    """Check and place a file."""

    file: int
    size: int
    root: bytes
    leaves: bytes


@dataclass(frozen=True, slots=True)
class FinishTree:
    """Place everything that is not a file."""


_Both = Say | Complete | Fail
SendingEffect = OpenLane | SendManifest | ReadLeaf | ReadFiles | HashLeaf | SendDone | _Both
ReceivingEffect = (
    Have | Want | KeepData | ProveLeaf | CheckLeaf | TakeFiles | MakeFiles | FinishFile | FinishTree | _Both
)
