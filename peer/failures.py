"""How a transfer ends when it does not end well. Each text is a sentence for a person; none carries a stack."""

from __future__ import annotations

import errno

from peer.names import UnsafeName
from peer.wire.control import Reason


class TransferFailed(Exception):
    """The other end said something that makes no sense, or gave up for a reason of its own."""


class PeerGone(TransferFailed):
    """The other end is gone: without a word, and no link to it could be made again in time. It may come back."""


class PeerLeft(PeerGone):
    """The other end said goodbye."""


class Declined(TransferFailed):
    """A person at the other end said no."""


class Cancelled(TransferFailed):
    """A person at either end stopped it."""


class IntegrityFailed(TransferFailed):
    """What arrived is not what was sent."""


class DiskFailed(TransferFailed):
    """Space, permission or a name that is taken, at either end."""


class DiskStopped(DiskFailed):
    """Our disk ended a transfer in the middle; what has come is kept."""


class SourceChanged(TransferFailed):
    """A file changed, shrank or vanished while it was sent."""


class TooBig(TransferFailed):
    """More than the receiver takes."""


_CLASSES: dict[Reason, type[TransferFailed] | type[UnsafeName]] = {
    "declined": Declined,
    "cancelled": Cancelled,
    "disk": DiskFailed,
    "integrity": IntegrityFailed,
    "unsafe_name": UnsafeName,
    "source_changed": SourceChanged,
    "too_big": TooBig,
}
_SENTENCES: dict[Reason, str] = {
    "declined": "The other side declined the files.",
    "cancelled": "The transfer was cancelled.",
    "disk": "The disk of the other side could not take the files.",
    "integrity": "What arrived is not what was sent.",
    "unsafe_name": "The other side refused a file name as unsafe.",
    "source_changed": "A file changed while it was sent.",
    "too_big": "The files are more than the other side takes.",
    "unsupported": "The other side cannot take part in this kind of transfer.",
    "error": "The transfer failed.",
}


def failure(reason: Reason, message: str, by: str) -> TransferFailed | UnsafeName:
    """The error for an ending; `by` is "us" or "them"."""
    sentence = _SENTENCES[reason] if not message else message if by == "us" else f"The other side says: {message}"
    if reason == "disk" and by == "us":
        return DiskStopped(sentence)
    return _CLASSES.get(reason, TransferFailed)(sentence)


_DISK_SENTENCES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota on this disk is used up",
    errno.EFBIG: "the disk takes no larger file, or a limit of this process forbids one",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EIO: "the disk does not work",
}


def disk_failure(error: OSError, what: str) -> DiskFailed:
    """An OSError as a sentence about what could not be done."""
    why = _DISK_SENTENCES.get(error.errno or 0) or (error.strerror or str(error)).lower()
    return DiskFailed(f"{what}: {why}.")
