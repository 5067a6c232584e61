"""What happens to a transfer (events, past) and what its two machines answer (effects, imperative)."""

from __future__ import annotations

from msgspec import Struct

from peer.wire.control import Control, Reason
from peer.wire.frames import Range, Small

# Events of both ends


class LaneOpened(Struct, frozen=True):
    """A lane is open: the first one, or the next after a lost link."""


class LaneLost(Struct, frozen=True):
    """The lane, or the link under it, is gone."""


class CancelArrived(Struct, frozen=True):
    """The other end declined or stopped."""

    reason: Reason
    message: str = ""


class Stopped(Struct, frozen=True):
    """This end stops: a person, the disk, a source that changed, a frame that made no sense."""

    reason: Reason
    message: str = ""


# Events of the sender


class Begun(Struct, frozen=True):
    """First event: offer."""


class Accepted(Struct, frozen=True):
    """The receiver said yes to these entries, to all when None."""

    take: tuple[int, ...] | None = None


class Wanted(Struct, frozen=True):
    """The receiver asks for leaves."""

    ranges: tuple[Range, ...]


class Had(Struct, frozen=True):
    """The receiver holds leaves from an earlier run, to be proven; with 0 leaves, a file that is in its place."""

    ranges: tuple[Range, ...]


class LeafHashed(Struct, frozen=True):
    """The proof of a leaf that the receiver holds, of `length` bytes, has been handed to the lane."""

    file: int
    leaf: int
    length: int
    sha256: bytes


class FilesSent(Struct, frozen=True):
    """Whole small files have been handed to the lane."""

    files: tuple[Small, ...]


class LeafSent(Struct, frozen=True):
    """A leaf of `length` bytes and its proof have been handed to the lane."""

    file: int
    leaf: int
    length: int
    sha256: bytes


class StreamEnded(Struct, frozen=True):
    """A file of unknown size ended at `size` bytes, so that `leaf` does not exist."""

    file: int
    leaf: int
    size: int


class Held(Struct, frozen=True):
    """Either end holds the stream."""

    by: str


class Released(Struct, frozen=True):
    """That end lets it go on."""

    by: str


class FinishedArrived(Struct, frozen=True):
    """The receiver has everything."""


# Events of the receiver


class DataArrived(Struct, frozen=True):
    """The header of a DATA frame and the length of its payload."""

    file: int
    leaf: int
    offset: int
    length: int


class LeafArrived(Struct, frozen=True):
    """A LEAF frame."""

    file: int
    leaf: int
    length: int
    sha256: bytes


class DoneArrived(Struct, frozen=True):
    """A DONE frame."""

    file: int
    size: int
    root: bytes


class FilesArrived(Struct, frozen=True):
    """A FILES frame."""

    files: tuple[Small, ...]


class FilesTaken(Struct, frozen=True):
    """These small files are what their sender says, and in their place."""

    files: tuple[int, ...]


class FilesBroken(Struct, frozen=True):
    """These small files are not what their sender says."""

    files: tuple[int, ...]


class LeafProven(Struct, frozen=True):
    """The leaf is what its sender says, and written."""

    file: int
    leaf: int


class LeafBroken(Struct, frozen=True):
    """The leaf is not what its sender says."""

    file: int
    leaf: int


class FileFinished(Struct, frozen=True):
    """The file is in its place."""

    file: int


class RootDiffers(Struct, frozen=True):
    """The file's root is not what its sender says."""

    file: int


class TreeFinished(Struct, frozen=True):
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


class Say(Struct, frozen=True):
    """A control message."""

    message: Control


class Complete(Struct, frozen=True):
    """Done."""


class Fail(Struct, frozen=True):
    """Over; `by` tells whose decision it was."""

    reason: Reason
    message: str
    by: str


# Effects of the sender


class OpenLane(Struct, frozen=True):
    """Open the next lane."""


class SendManifest(Struct, frozen=True):
    """Send all pages."""


class ReadLeaf(Struct, frozen=True):
    """Read, hash and send a leaf; `length` is the most it may have when the file's size is not known."""

    file: int
    leaf: int
    length: int


class ReadFiles(Struct, frozen=True):
    """Read, hash and send whole small files, in one frame."""

    files: tuple[int, ...]


class HashLeaf(Struct, frozen=True):
    """Read and hash a leaf that the receiver holds, beside the stream, and send its proof."""

    file: int
    leaf: int
    length: int


class SendDone(Struct, frozen=True):
    """Send the root over `size` and `leaves` (32 bytes each)."""

    file: int
    size: int
    leaves: bytes


# Effects of the receiver


class Want(Struct, frozen=True):
    """Ask for leaves."""

    ranges: tuple[Range, ...]


class Have(Struct, frozen=True):
    """Say on the lane what is held from an earlier run."""

    ranges: tuple[Range, ...]


class KeepData(Struct, frozen=True):
    """Keep a payload."""

    file: int
    leaf: int
    offset: int


class ProveLeaf(Struct, frozen=True):
    """Hash and write a leaf."""

    file: int
    leaf: int
    sha256: bytes


class CheckLeaf(Struct, frozen=True):
    """Read back a leaf held from an earlier run and hash it."""

    file: int
    leaf: int
    sha256: bytes


class TakeFiles(Struct, frozen=True):
    """Hash, write and place whole small files; drop the others of the frame."""

    files: tuple[Small, ...]


class MakeFiles(Struct, frozen=True):
    """Make and place empty files."""

    files: tuple[int, ...]


class FinishFile(Struct, frozen=True):
    """Check and place a file."""

    file: int
    size: int
    root: bytes
    leaves: bytes


class FinishTree(Struct, frozen=True):
    """Place everything that is not a file."""


_Both = Say | Complete | Fail
SendingEffect = OpenLane | SendManifest | ReadLeaf | ReadFiles | HashLeaf | SendDone | _Both
ReceivingEffect = (
    Have | Want | KeepData | ProveLeaf | CheckLeaf | TakeFiles | MakeFiles | FinishFile | FinishTree | _Both
)
