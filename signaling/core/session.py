"""One client's life, from its first frame to its last, across as many sockets as it takes.

             Hello           Seated            Detached
        NEW ───────► JOINING ───────► JOINED ◄────────────► DETACHED
         │              │               │       Resuming        │
         │ timeout      │ Unseated      │ leave, room closed    │ grace over
         └──────────────┴───────► GONE ◄┴───────────────────────┘

Commands never change the room: they become facts to append, and what comes back from the log arrives here as
`Seated`, `Told` or `Unseated`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from hmac import compare_digest
from typing import assert_never

from signaling.core import facts
from signaling.core.events import (
    Append,
    Attach,
    Close,
    Detached,
    Effect,
    Erred,
    Event,
    Forget,
    GiveBack,
    Numbered,
    Received,
    ReserveNumber,
    Resuming,
    Seated,
    Send,
    TellIce,
    Told,
    Unseated,
    Woken,
)
from signaling.core.facts import is_code
from signaling.core.outbox import Bounds, Outbox
from signaling.protocol import messages
from signaling.protocol.codec import encode
from signaling.protocol.errors import CLOSES_WITH, CloseCode, RefusalCode
from signaling.protocol.messages import DEFAULT_SEATS, VERSION, Notice, PeerId, ResumeToken, RoomId, SessionId

SENTENCES = {
    RefusalCode.NO_ROOM: "There is no such room, or it is full. Check the code, or ask for a new one.",
    RefusalCode.ROOM_FULL: "Every seat of this room is taken.",
    RefusalCode.HELLO_TIMEOUT: "No hello came in time.",
    RefusalCode.FENCED: "This session continues on a newer connection.",
    RefusalCode.SLOW: "Too much is unread. Resume the session.",
    RefusalCode.BACKPLANE_DOWN: "The server cannot reach its own parts right now. Try again soon.",
    RefusalCode.TOO_MANY: "The server has no room for more from this address right now. Try again soon.",
    RefusalCode.NOT_JOINED: "Say hello first.",
    RefusalCode.ALREADY_JOINED: "This connection is in a room already.",
    RefusalCode.NOT_CREATOR: "Only the peer that opened the room can close it.",
    RefusalCode.NUMBER_TAKEN: "This number is taken. Ask for another one.",
}
RESUMABLE = {RefusalCode.SLOW, RefusalCode.RATE}
"""Refusals after which the session waits for its client; after the others it is over."""


@dataclass(frozen=True)
class Timing:
    """How long a session waits for its client, in seconds, and how often it is asked for a sign of life."""

    hello: float = 5.0
    grace: float = 20.0
    heartbeat: float = 8.0
    """Only told to the client; the transport keeps it."""


class State(Enum):
    """Where a session stands."""

    NEW = auto()
    JOINING = auto()
    JOINED = auto()
    DETACHED = auto()
    GONE = auto()


class Session:
    """Which commands are legal when, and what they turn into."""

    def __init__(self, session: SessionId, peer: PeerId, bounds: Bounds, timing: Timing, now: float) -> None:
        self.id = session
        self.peer = peer
        self.state = State.NEW
        self.room: RoomId | None = None
        self.creator = False
        self.reserved: RoomId | None = None
        self.deadline: float | None = now + timing.hello
        """When to step with `Woken`, on the same clock as `now`."""
        self.outbox = Outbox(bounds)
        self._timing = timing
        self._seen = 0
        """The last `cseq`."""
        self._token_hash = b""

    def step(self, event: Event, now: float) -> list[Effect]:
        """Takes one event and says what the shell must do, in this order."""
        match self.state, event:
            case State.NEW, Numbered(None):
                return self._mention(RefusalCode.NUMBER_TAKEN, now)
            case State.NEW, Numbered(str(room)):
                given_back = self._give_back()  # two were asked for before the first answer
                self.reserved = room
                return [*given_back, Send(encode(messages.Reserved(room=room)))]
            case _, Numbered(room):
                return [GiveBack(room)] if room else []
            case State.GONE, _:
                return []
            case _, Received(command):
                return self._receive(command, now)
            case State.JOINING, Seated():
                return self._sit_down(event, now)
            case ((State.JOINED | State.DETACHED), Told(notice)):
                return self._tell(notice, now)
            case State.JOINING, Unseated(why):
                return self._end(why or RefusalCode.NO_ROOM)
            case ((State.JOINED | State.DETACHED), Unseated()):
                return self._end(None)
            case ((State.JOINED | State.DETACHED), Resuming()):
                return self._resume(event)
            case State.JOINED, Detached(reason):
                return self._detach(reason, now)
            case ((State.NEW | State.JOINING), Detached(reason)):
                return self._leave(reason)
            case ((State.NEW | State.JOINING | State.JOINED), Erred()):
                return self._err(event, now)
            case State.NEW, Woken():
                return self._err(Erred(RefusalCode.HELLO_TIMEOUT), now)
            case State.JOINING, Woken():
                return self._err(Erred(RefusalCode.BACKPLANE_DOWN), now)
            case State.DETACHED, Woken():
                return self._leave("grace")
            case _, (Seated() | Told() | Unseated() | Resuming() | Detached() | Erred() | Woken()):
                return []
            case _:
                assert_never(event)

    def _receive(self, command: messages.Command, now: float) -> list[Effect]:
        if self.state in (State.JOINED, State.DETACHED) and command.cseq:
            if command.cseq <= self._seen:
                return []
            self._seen = command.cseq
        match self.state, command:
            case _, messages.Ping():
                return self._say(messages.Pong(), now)
            case _, messages.Leave():
                return [Close(CloseCode.DONE), *self._leave("left")]
            case State.NEW, messages.Reserve(room=room):
                return [*self._give_back(), ReserveNumber(room)]
            case State.NEW, messages.Hello():
                return self._join(command, now)
            case _, (messages.Hello() | messages.Reserve()):
                return self._mention(RefusalCode.ALREADY_JOINED, now)
            case State.JOINED, messages.Relay(to=to, body=body):
                named = (to,) if isinstance(to, str) else tuple(to)
                return [Append(facts.Relayed(self.peer, None if to == "*" else named, body))]
            case State.JOINED, messages.Ack(seq=seq):
                self.outbox.acknowledge(seq)
                return []
            case State.JOINED, messages.Ice():
                return [TellIce()]
            case State.JOINED, messages.CloseRoom(reason=reason):
                if not self.creator:
                    return self._mention(RefusalCode.NOT_CREATOR, now)
                return [Append(facts.Closed(self.peer, reason))]
            case _, (messages.Relay() | messages.Ack() | messages.Ice() | messages.CloseRoom()):
                return self._mention(RefusalCode.NOT_JOINED, now)
            case _:
                assert_never(command)

    def _sit_down(self, seated: Seated, now: float) -> list[Effect]:
        self.state, self.deadline, self.creator = State.JOINED, None, seated.creator
        self._token_hash = _hash(seated.token)
        welcome = messages.Welcome(
            v=VERSION,
            session=self.id,
            peer=self.peer,
            resume_token=seated.token,
            members=list(seated.members),
            ice_servers=list(seated.ice_servers),
            heartbeat=self._timing.heartbeat,
            limit=seated.limit,
            creator=seated.creator,
        )
        return self._tell(welcome, now)

    def _join(self, hello: messages.Hello, now: float) -> list[Effect]:
        self.state, self.room, self.deadline = State.JOINING, hello.room, now + self._timing.hello
        self._seen = 0 if hello.resume else hello.cseq  # after a failed resume, a client may count anew or go on
        opens = not is_code(hello.room) or hello.room == self.reserved
        given_back = [] if hello.room == self.reserved else self._give_back()
        return [*given_back, Append(facts.Arrived(self.peer, hello.limit or DEFAULT_SEATS, opens))]

    def _give_back(self) -> list[Effect]:
        room, self.reserved = self.reserved, None
        return [GiveBack(room)] if room else []

    def _tell(self, notice: Notice, now: float) -> list[Effect]:
        text = self.outbox.push(notice, now)
        if self.state is not State.JOINED:
            return []
        return self._err(Erred(RefusalCode.SLOW), now) if self.outbox.full else [Send(text)]

    def _say(self, notice: Notice, now: float) -> list[Effect]:
        """Before there is a session to resume, frames have no number."""
        return self._tell(notice, now) if self.state is State.JOINED else [Send(encode(notice))]

    def _mention(self, code: RefusalCode, now: float, message: str = "") -> list[Effect]:
        """A refusal that leaves everything as it is."""
        return self._say(messages.Refused(code=code, message=message or SENTENCES[code]), now)

    def _err(self, erred: Erred, now: float) -> list[Effect]:
        """A refusal that ends the connection. It has no number: the outbox may be what is wrong."""
        code = erred.code
        refused = messages.Refused(code=code, message=erred.message or SENTENCES[code], retry_after=erred.retry_after)
        if self.state is State.JOINED and code in RESUMABLE:
            after = self._detach(code.value, now)
        else:
            after = self._leave(code.value)
        return [Send(encode(refused)), Close(CLOSES_WITH[code]), *after]

    def _end(self, why: RefusalCode | None) -> list[Effect]:
        attached, self.state, self.deadline = self.state is not State.DETACHED, State.GONE, None
        if why:
            return [Send(encode(messages.Refused(code=why, message=SENTENCES[why]))), Close(CLOSES_WITH[why])]
        return [Close(CloseCode.DONE)] if attached else []

    def _detach(self, reason: str, now: float) -> list[Effect]:
        self.state, self.deadline = State.DETACHED, now + self._timing.grace
        return [Append(facts.Absent(self.peer, reason))]

    def _leave(self, reason: str) -> list[Effect]:
        was_new, self.state, self.deadline = self.state is State.NEW, State.GONE, None
        return [*self._give_back(), Forget()] if was_new else [Append(facts.Departed(self.peer, reason))]

    def _resume(self, claim: Resuming) -> list[Effect]:
        """Continues on the newer socket. A wrong token changes nothing; frames that are gone end the session."""
        if not compare_digest(_hash(claim.token), self._token_hash):
            return []
        attached = self.state is State.JOINED
        sentence = SENTENCES[RefusalCode.FENCED]
        refused = messages.Refused(code=RefusalCode.FENCED, message=sentence)
        fence: list[Effect] = [Send(encode(refused)), Close(CloseCode.FENCED)] if attached else []
        missed = self.outbox.after(claim.after)
        if missed is None:
            return [*fence, *self._leave("not recovered")]
        self.outbox.acknowledge(claim.after)
        self._token_hash = _hash(claim.fresh)
        self.state, self.deadline = State.JOINED, None
        resumed = messages.Resumed(recovered=True, after=self._seen, resume_token=claim.fresh)
        returned = [] if attached else [Append(facts.Returned(self.peer))]
        return [*fence, Attach(), Send(encode(resumed)), *map(Send, missed), *returned]


def _hash(token: ResumeToken) -> bytes:
    """Tokens are kept as hashes: whoever reads the server's memory or store cannot take over a session."""
    return sha256(token.encode()).digest()
