"""What a connection to the server is, whatever carries it; and the thread of one session across several of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from signaling.protocol.codec import numbered
from signaling.protocol.messages import (
    ACK_EVERY_BYTES,
    ACK_EVERY_FRAMES,
    Command,
    Hello,
    Notice,
    Reserved,
    Resume,
    Resumed,
    RoomId,
    Welcome,
)

MAX_UNCONFIRMED = 256
"""Own frames kept to be said again after a resume."""


@dataclass(frozen=True)
class Entry:
    """How to come in.

    Attributes:
        room: which one; None with `reserves` to be given a number.
        reserves: reserve the number of a code room first, and again after a lost server: nobody else can open it.
        limit: seats, if we open it.
        token: what a closed server asks for.
    """

    room: RoomId | None
    reserves: bool = False
    limit: int | None = None
    token: str | None = None


@dataclass(frozen=True)
class Lost:
    """The connection broke; it is being made again. Running links are not touched."""


class Link(Protocol):
    """A connection to the server that makes itself again."""

    async def run(self) -> None:
        """Keeps connected until cancelled or refused; what comes in is read with `next`."""

    async def next(self) -> Notice | Lost:
        """The next notice, in order and once each. A second Welcome means a new session, in which nobody knows us.

        Raises:
            RoomFailed: the server cannot be reached before the first welcome, or will not have us.
        """

    async def say(self, command: Command) -> None:
        """Says a command now, or after a resume; what was said in a lost session is forgotten with it."""

    async def farewell(self, *commands: Command) -> None:
        """Says these if connected, and closes."""


class Thread:
    """One session's frames in both directions: numbers ours, drops theirs that come twice, and knows how to go on."""

    def __init__(self, entry: Entry) -> None:
        self.room = entry.room
        self.welcomed = False
        """Whether a server has ever let us in."""
        self._entry = entry
        self._resume: Resume | None = None
        self._said = 0
        self._heard = 0
        self._acknowledged = self._unacknowledged_bytes = 0
        self._unconfirmed: deque[Command] = deque(maxlen=MAX_UNCONFIRMED)

    @property
    def heard(self) -> int:
        """The last server frame that has come."""
        return self._heard

    @property
    def owes_ack(self) -> bool:
        """Whether some frame is not acknowledged."""
        return self._heard > self._acknowledged

    @property
    def must_ack(self) -> bool:
        """Whether so much is not that it cannot wait."""
        frames = self._heard - self._acknowledged
        return frames >= ACK_EVERY_FRAMES or self._unacknowledged_bytes >= ACK_EVERY_BYTES

    def acknowledged(self) -> None:
        """Everything that has come is acknowledged."""
        self._acknowledged, self._unacknowledged_bytes = self._heard, 0

    def forget(self) -> None:
        """The session is gone."""
        self._resume = None

    @property
    def resumes(self) -> bool:
        """Whether the next hello continues a session."""
        return self._resume is not None

    def hello(self) -> Hello:
        """The first frame of a connection, once the room is known."""
        if self.room is None:
            raise RuntimeError("a room is reserved before hello")
        resume = self._resume and Resume(session=self._resume.session, token=self._resume.token, after=self._heard)
        return Hello(v=1, room=self.room, limit=self._entry.limit, token=self._entry.token, resume=resume)

    def number(self, command: Command) -> Command:
        """A command with its number, kept until the session ends or it is old."""
        self._said += 1
        made = numbered(command, self._said)
        self._unconfirmed.append(made)
        return made

    def said_after(self, cseq: int) -> list[Command]:
        """What must be said again when the server has seen everything up to `cseq`."""
        return [command for command in self._unconfirmed if command.cseq > cseq]

    def can_go_on_after(self, cseq: int) -> bool:
        """Whether all that the server has not seen is still here."""
        return cseq >= self._said - len(self._unconfirmed)

    def hear(self, notice: Notice, size: int) -> bool:
        """Whether a notice of `size` bytes is new. Takes from it what the session needs."""
        if isinstance(notice, Resumed):
            if self._resume and notice.resume_token:
                self._resume = Resume(session=self._resume.session, token=notice.resume_token, after=0)
            return True
        if isinstance(notice, Reserved):
            self.room = notice.room
        if isinstance(notice, Welcome):
            self._resume = Resume(session=notice.session, token=notice.resume_token, after=0)
            self._said = self._heard = self._acknowledged = self._unacknowledged_bytes = 0
            self._unconfirmed.clear()
            self.welcomed = True
        if notice.seq:
            if notice.seq <= self._heard:
                return False
            self._heard = notice.seq
            self._unacknowledged_bytes += size
        return True
