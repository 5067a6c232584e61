"""The line to one person: runs its negotiation against an engine, and believes nothing before the proof.

notes ──► Negotiation ──► effects ──► Connection     one after the other, each to its end
              ▲                           │
              └── events ◄────────────────┘ candidates, states, failures
control:  proof ⇄ proof,  hello ⇄ hello,  then everything else goes up to the owner
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Protocol, assert_never

import msgspec

from peer.core.link_moves import (
    AddCandidate,
    AnswerMade,
    Changed,
    Close,
    Connect,
    Effect,
    Event,
    Failed,
    Found,
    GaveUp,
    HangUp,
    HungUp,
    Lost,
    MakeOffer,
    MakeRestart,
    OfferMade,
    Prove,
    Proven,
    Say,
    TakeAnswer,
    TakeOffer,
    TakeRestart,
    Woken,
)
from peer.core.negotiation import Negotiation, Phase
from peer.mailbox import Mailbox
from peer.pairing import PairKeys, Role, proof_mac
from peer.remote import RESTART
from peer.rtc.engine import (
    CandidateFound,
    Channel,
    ChannelClosed,
    ChannelOpened,
    Connection,
    Engine,
    EngineFailed,
    LinkConfig,
    StateChanged,
)
from peer.wire.codec import decode_control, encode
from peer.wire.control import Control, Hello, Proof
from peer.wire.notes import InnerNote
from signaling.protocol.errors import Malformed

STEP_S = 15.0
"""How long an engine may take over one step; aiortc waits 5 s for a STUN server that does not answer."""
_MAX_EVENTS = 2000


class Ended(Exception):
    """The line is over for good; `why` tells the owner what to say."""

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


class Owner(Protocol):
    """Whom the line speaks for."""

    async def send_note(self, note: InnerNote) -> None:
        """Seals and relays, if there is a session to relay to."""

    def line_up(self, attempt: Attempt, hello: Hello) -> None:
        """A proven connection runs; what comes over it follows."""

    def line_down(self) -> None:
        """It does not any more."""

    def take_control(self, message: Control) -> None:
        """A message of a proven link. Raises Malformed when it does not belong there."""

    def take_lane(self, channel: Channel) -> None:
        """The other opened a lane on a proven link."""

    def line_ended(self, ended: Ended) -> None:
        """Nothing more will come."""


@dataclass(eq=False)
class Attempt:
    """One connection, of one epoch, with the keys of the pairing that it was negotiated under."""

    epoch: int
    connection: Connection
    keys: PairKeys
    proven: bool = False
    up: bool = False
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def mac(self, *, ours: bool) -> str:
        """What the proof of one end must say. Raises EngineFailed without fingerprints."""
        local, remote = self.connection.fingerprints()
        ours_is_newcomer = self.keys.role == "newcomer"
        newcomer, member = (local, remote) if ours_is_newcomer else (remote, local)
        speaker: Role = "newcomer" if ours_is_newcomer is ours else "member"
        return proof_mac(self.keys.proof, speaker, newcomer, member)


class Line:
    """Owns the connections to one person, one at a time."""

    def __init__(
        self,
        owner: Owner,
        instance: str,
        engine: Engine,
        configure: Callable[[], LinkConfig],
        hello: Hello,
    ) -> None:
        self.talk = Negotiation(instance)
        self.keys: PairKeys | None = None
        """Of the latest pairing; a connection keeps those that it was made with."""
        self._owner = owner
        self._engine = engine
        self._configure = configure
        self._hello = hello
        self._inbox: Mailbox[Event] = Mailbox(_MAX_EVENTS)
        self._attempt: Attempt | None = None
        self._group: asyncio.TaskGroup | None = None
        self._ended = Ended("over", "The line is over.")

    def feed(self, event: Event) -> None:
        """Something happened. A line that is flooded hangs up."""
        if not self._inbox.put(event):
            self._inbox.end(Ended("flooded", "The other end sent more than can be read."))

    async def run(self) -> None:
        """Until the line is over; the owner is told how."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await self._serve()
            except Ended as ended:
                self._ended = ended
            finally:
                await self._drop()
                self._inbox.end(self._ended)
                self._owner.line_ended(self._ended)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self.talk.phase is not Phase.ENDED:
            event: Event = Woken()
            try:
                async with asyncio.timeout_at(self.talk.deadline):
                    event = await self._inbox.get()
            except TimeoutError:
                pass
            for effect in self.talk.step(event, loop.time()):
                await self._do(effect)

    async def _do(self, effect: Effect) -> None:
        match effect:
            case Say(note):
                await self._owner.send_note(note)
            case Connect(epoch):
                await self._connect(epoch)
            case MakeOffer() | TakeOffer() | MakeRestart() | TakeRestart() | TakeAnswer() | AddCandidate():
                if self._attempt is not None and self._attempt.epoch == effect.epoch:
                    await self._engine_step(self._attempt, effect)
            case Prove(epoch):
                if self._attempt is not None and self._attempt.epoch == epoch:
                    self._start(self._attempt, self._prove(self._attempt))
            case Lost():
                self._down()
            case Close():
                await self._drop()
            case GaveUp(reason):
                raise Ended("no_path", f"No packet gets from one end to the other ({reason}).")
            case HungUp():
                raise Ended("hung_up", "The other end hung up.")
            case _:
                assert_never(effect)

    async def _connect(self, epoch: int) -> None:
        await self._drop()
        if self.keys is None:
            raise RuntimeError("no connection before pairing")
        try:
            connection = self._engine.connect(self._configure())
        except EngineFailed as error:
            self.feed(Failed(epoch, str(error)))
            return
        self._attempt = Attempt(epoch, connection, self.keys)
        self._start(self._attempt, self._follow(self._attempt))

    async def _engine_step(
        self, attempt: Attempt, effect: MakeOffer | TakeOffer | MakeRestart | TakeRestart | TakeAnswer | AddCandidate
    ) -> None:
        epoch, connection = attempt.epoch, attempt.connection
        try:
            async with asyncio.timeout(STEP_S):
                match effect:
                    case MakeOffer():
                        self.feed(OfferMade(epoch, await connection.make_offer()))
                    case MakeRestart():
                        self.feed(OfferMade(epoch, await connection.restart_offer()))
                    case TakeOffer(_, sdp) | TakeRestart(_, sdp):
                        self.feed(AnswerMade(epoch, await connection.take_offer(sdp)))
                    case TakeAnswer(_, sdp):
                        await connection.take_answer(sdp)
                    case AddCandidate(_, candidate):
                        await connection.add_candidate(candidate)
        except (EngineFailed, TimeoutError) as error:
            self.feed(Failed(epoch, str(error) or "the engine took too long"))

    async def _follow(self, attempt: Attempt) -> None:
        async for event in attempt.connection.events():
            match event:
                case CandidateFound(candidate):
                    self.feed(Found(attempt.epoch, candidate))
                case StateChanged(state):
                    self.feed(Changed(attempt.epoch, state.value))
                case ChannelOpened(channel):
                    if attempt.proven:
                        self._owner.take_lane(channel)
                    else:
                        channel.close()

    async def _prove(self, attempt: Attempt) -> None:
        """Proofs, hellos, and then whatever is said, until the channel is closed."""
        control = attempt.connection.control
        try:
            await control.opened()
            await control.send(encode(Proof(mac=attempt.mac(ours=True))))
            said = _decode(await control.receive())
            if not isinstance(said, Proof) or not hmac.compare_digest(said.mac, attempt.mac(ours=False)):
                raise Ended("identity", "The link leads to somebody else than the one who was paired with.")
            attempt.proven = True
            await control.send(encode(self._hello))
            hello = _decode(await control.receive())
            if not isinstance(hello, Hello):
                raise Malformed("something was said before hello")
            attempt.up = True
            self.feed(Proven(attempt.epoch, self._engine.restarts and RESTART in hello.capabilities))
            self._owner.line_up(attempt, hello)
            while True:
                if (message := _decode(await control.receive())) is not None:
                    self._owner.take_control(message)
        except (ChannelClosed, EngineFailed) as error:
            self.feed(Failed(attempt.epoch, str(error)))
        except Malformed as error:
            self._break(Ended("malformed", f"The other end does not speak this protocol: {error}"))
        except Ended as ended:
            self._break(ended)

    def _break(self, ended: Ended) -> None:
        """They erred. Says goodbye, closes, and never tries again by itself."""
        self._ended = ended
        self.feed(HangUp())

    def _down(self) -> None:
        if self._attempt is not None and self._attempt.up:
            self._attempt.up = False
            self._owner.line_down()

    async def _drop(self) -> None:
        self._down()
        attempt, self._attempt = self._attempt, None
        if attempt is None:
            return
        for task in attempt.tasks:
            task.cancel()
        await attempt.connection.aclose()

    def _start(self, attempt: Attempt, work: Coroutine[None, None, None]) -> None:
        assert self._group is not None, "connections are made while the line runs"
        attempt.tasks.append(self._group.create_task(work))


class _Optional(msgspec.Struct):
    """A message that may be ignored says so."""

    type: str
    optional: bool = False


def _decode(text: str | bytes) -> Control | None:
    """A control message; None for one of a later version that may be ignored. Raises Malformed."""
    try:
        return decode_control(text)
    except Malformed:
        try:
            if msgspec.json.decode(text, type=_Optional).optional:
                return None
        except msgspec.MsgspecError:
            pass
        raise
