"""Which exit code and which advice belong to each way in which sending and receiving can fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from peer.exits import Exit, Failed
from peer.failures import DiskStopped
from peer.room_failed import (
    NoPath,
    NoRoom,
    NotAdmitted,
    RoomFailed,
    RoomFull,
    ServerUnreachable,
    TurnedAway,
    WrongCode,
    WrongIdentity,
)
from peer.rtc.engine import EngineFailed
from peer.terminal import printable
from peer.transfer import (
    Cancelled,
    Declined,
    DiskFailed,
    IntegrityFailed,
    PeerGone,
    SourceChanged,
    TooBig,
    TransferFailed,
    UnsafeName,
)

GO_ON = "Run both commands again: they go on where this stopped."

ENDINGS: dict[type[Exception], tuple[Exit, str]] = {
    ServerUnreachable: (Exit.SERVER_UNREACHABLE, ""),
    NotAdmitted: (Exit.SERVER_UNREACHABLE, ""),
    WrongCode: (Exit.WRONG_CODE, ""),
    NoRoom: (Exit.WRONG_CODE, "The code may be mistyped, used up or burnt: ask for a new one."),
    TurnedAway: (Exit.DECLINED, ""),
    RoomFull: (Exit.WRONG_CODE, "Somebody has used the code already: ask for a new one."),
    NoPath: (Exit.NO_PATH, ""),
    WrongIdentity: (Exit.INTEGRITY, ""),
    EngineFailed: (Exit.USAGE, ""),
    Declined: (Exit.DECLINED, ""),
    TooBig: (Exit.DECLINED, "The receiver sets the limit with --max-size."),
    IntegrityFailed: (
        Exit.INTEGRITY,
        "Nothing wrong was kept; check the disk and memory of both machines, and try again.",
    ),
    DiskFailed: (Exit.DISK, ""),
    DiskStopped: (Exit.DISK, "What has come is kept: once that is mended, run both commands again, and they go on."),
    SourceChanged: (Exit.DISK, "Send it again once nothing writes to it."),
    UnsafeName: (Exit.UNSAFE_NAME, "Nothing was written. The sender can rename it, or send an archive."),
    Cancelled: (Exit.INTERRUPTED, GO_ON),
    PeerGone: (Exit.INTERRUPTED, GO_ON),
    TransferFailed: (Exit.ERROR, "One of the two programs may be too old."),
    RoomFailed: (Exit.ERROR, ""),
}
"""By class; the nearest ancestor counts."""


@contextmanager
def explained() -> Iterator[None]:
    """Turns what a person can meet into `Failed`; what nobody foresaw passes through."""
    try:
        yield
    except tuple(ENDINGS) as error:
        exit, hint = next(ENDINGS[kind] for kind in type(error).__mro__ if kind in ENDINGS)
        # Some sentences quote the other side.
        raise Failed(exit, printable(str(error)), hint) from error
