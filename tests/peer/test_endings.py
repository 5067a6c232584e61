"""Every way in which sending and receiving can fail has the exit code that docs/commands.md promises."""

from __future__ import annotations

import pytest

from peer import failures, room_failed
from peer.endings import explained
from peer.exits import Exit, Failed
from peer.names import UnsafeName
from peer.rtc.engine import EngineFailed

CODES = {
    EngineFailed: Exit.USAGE,
    room_failed.WrongCode: Exit.WRONG_CODE,
    room_failed.TurnedAway: Exit.DECLINED,
    room_failed.NoRoom: Exit.WRONG_CODE,
    room_failed.RoomFull: Exit.WRONG_CODE,
    failures.Declined: Exit.DECLINED,
    failures.TooBig: Exit.DECLINED,
    room_failed.NoPath: Exit.NO_PATH,
    room_failed.ServerUnreachable: Exit.SERVER_UNREACHABLE,
    room_failed.NotAdmitted: Exit.SERVER_UNREACHABLE,
    room_failed.WrongIdentity: Exit.INTEGRITY,
    failures.IntegrityFailed: Exit.INTEGRITY,
    failures.DiskFailed: Exit.DISK,
    failures.DiskStopped: Exit.DISK,
    failures.SourceChanged: Exit.DISK,
    UnsafeName: Exit.UNSAFE_NAME,
    failures.Cancelled: Exit.INTERRUPTED,
    failures.PeerGone: Exit.INTERRUPTED,
    failures.PeerLeft: Exit.INTERRUPTED,
}


@pytest.mark.parametrize("error", CODES, ids=lambda error: error.__name__)
def test_the_code_is_the_one_promised(error: type[Exception]) -> None:
    made = room_failed.WrongCode("Why.", burnt=True) if error is room_failed.WrongCode else error("Why.")
    with pytest.raises(Failed) as failed, explained():
        raise made
    assert (failed.value.exit, failed.value.sentence) == (CODES[error], "Why.")


def test_no_failure_is_without_a_code_of_its_own() -> None:
    assert {*room_failed.RoomFailed.__subclasses__(), *failures.TransferFailed.__subclasses__()} <= set(CODES)


def test_what_strangers_say_cannot_steer_the_terminal() -> None:
    with pytest.raises(Failed, match="red") as failed, explained():
        raise failures.Declined("The other side says: \x1b[31mred")
    assert "\x1b" not in failed.value.sentence
