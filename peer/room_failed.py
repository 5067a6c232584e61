"""Why a room can end: each with a sentence for a person that says what happened and what to try."""

from __future__ import annotations


class RoomFailed(Exception):
    """The room cannot go on; the text is a sentence for a person."""


class ServerUnreachable(RoomFailed):
    """No server of ours answered. Only before the first welcome: later ones are waited for."""


class NotAdmitted(RoomFailed):
    """The server answered and said no, in its own words."""


class NoRoom(RoomFailed):
    """There is no such room any more, or not yet."""


class RoomFull(RoomFailed):
    """Every seat is taken."""


class WrongCode(RoomFailed):
    """Somebody could not prove the secret: a wrong code, a mistyped word, or a meddler."""

    def __init__(self, sentence: str, burnt: bool) -> None:
        super().__init__(sentence)
        self.burnt = burnt
        """Whether the code is spent, so that nobody can use it any more."""

    @property
    def sentence(self) -> str:
        """The same words as `str(error)`."""
        return str(self)


class TurnedAway(RoomFailed):
    """The room is locked and somebody inside said no, or whoever runs it has removed us."""


class NoPath(RoomFailed):
    """Both ends are there and no packet gets from one to the other."""


class WrongIdentity(RoomFailed):
    """The link led to somebody else than the one who was paired with. Nothing was said over it."""


WRONG = "Somebody tried a wrong code, or a word was mistyped."


def given_up(*, code: bool, told: bool = False) -> WrongCode:
    """Nobody in the room knows our secret; `told` by the other side, whose `code` is burnt with it."""
    advice = "The code is burnt: ask for a new one." if told else "Ask for a new one and try again."
    if not code:
        advice = "Is the link whole? If it is, somebody sits in between."
    return WrongCode(f"{WRONG} {advice}", burnt=told and code)


def failure_of(why: str, sentence: str) -> RoomFailed:
    """The only line that there was, or a line to somebody wrong, is over."""
    match why:
        case "identity":
            return WrongIdentity(f"{sentence} Nothing was sent. Do not use this server.")
        case "malformed" | "flooded":
            return NoPath(f"{sentence} One of the two programs may be too old.")
        case _:
            advice = "Both ends reach the server, but not each other: a firewall may block UDP. A TURN server helps."
            return NoPath(f"{sentence} {advice}")
