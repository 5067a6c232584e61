"""One person at the other end, as a program sees it: who it is, what it says, and the wire that transfers use.

A Remote outlives its connections and the server's sessions: what waits for the link waits on, until the person is gone.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path as FilePath

from peer.bytes import to_base64url
from peer.exchange import LaneMessage, Way
from peer.failures import PeerGone
from peer.mailbox import Mailbox
from peer.rtc.engine import Channel, ChannelClosed, Connection, EngineFailed, Path
from peer.sas import Emoji
from peer.source import Source
from peer.tap import Tap
from peer.transfer import Outgoing, Progress, Receipt
from peer.wire.codec import encode
from peer.wire.control import (
    MAX_CHAT,
    AcceptFiles,
    AskMute,
    Bye,
    CancelFiles,
    Chat,
    Control,
    DeclineFiles,
    FinishedFiles,
    Hello,
    LaneAnswer,
    LaneCandidate,
    LaneOffer,
    Limit,
    Media,
    OfferFiles,
    Past,
    PauseFiles,
    Proof,
    Reaction,
    Recording,
    ResumeFiles,
    RoomState,
    Typing,
    Verdict,
    View,
)
from signaling.protocol.errors import Malformed

MAX_TRANSFERS = 64
"""Transfers with one person that are remembered; the oldest is forgotten."""
MAX_WAITING = 64
"""Control messages of one transfer, offers, chat lines that nobody has read; more are dropped."""
MAX_UNREAD_LANES = 16
MAX_LANE_MESSAGES = 256
"""Of one transfer, unread: offers and candidates of all side lanes come at once."""
MAX_SIDES = 32
"""Connections for side lanes with one person, over all transfers."""
LANES = "lanes"
"""The capability to take side lanes and to say what has come over each."""
FILES = "files"
"""The capability to answer offers of files."""
RESTART = "restart"
"""The capability to restart ICE inside a connection; that of an engine, and so said by the room."""
DOOR = "door"
"""The capability to keep a room locked and to believe its host."""
RECORDING = "recording"
"""The capability to be told that somebody records: who has it may be recorded."""
CAPABILITIES = (FILES, LANES, DOOR, RECORDING)
"""Of this program."""
_LANE = re.compile(r"lane/([A-Za-z0-9_-]{11})/[0-9]{1,6}")


class _Transfer:
    """What came in for one transfer and waits to be read."""

    def __init__(self) -> None:
        self.messages: Mailbox[Control] = Mailbox(MAX_WAITING)
        self.lanes: Mailbox[Channel] = Mailbox(MAX_UNREAD_LANES)
        self.sides: Mailbox[LaneMessage] | None = None
        """There is none before somebody listens."""
        self.offered = False
        self.opened = 0

    def end(self, error: Exception) -> None:
        self.messages.end(error)
        self.lanes.end(error)
        if self.sides is not None:
            self.sides.end(error)


class Remote:
    """The person. Read-only for everybody but the room that made it.

    Attributes:
        id: names the person in this room, across lost links and lost servers.
        name: what it calls itself: not proven, and never empty.
        kind: "browser" or "headless".
        engine: its WebRTC library.
        capabilities: what else it can do.
        in_call: whether it sends picture or sound to somebody.
        records: whether it says on this link that it records.
        sas: the safety emoji, equal at both ends.
        gone: set once the person is gone for good.
        ceiling: what it lets come of files, over all transfers to it.
    """

    def __init__(self, instance: str, connect: Callable[[], Connection]) -> None:
        """`connect` makes a connection for a side lane."""
        self.id = instance
        self.name = ""
        self.kind = ""
        self.engine = ""
        self.capabilities: frozenset[str] = frozenset()
        self.in_call = False
        self.records = False
        self.sas: tuple[Emoji, ...] = ()
        self.gone = asyncio.Event()
        self.ceiling = Tap()
        self.announced = False
        """Whether it was ever verified, and so told of."""
        self._connect = connect
        self._sides = 0
        self._connection: Connection | None = None
        self._turned = asyncio.Event()
        self._offers: Mailbox[OfferFiles] = Mailbox(MAX_WAITING)
        self._chats: Mailbox[Chat] = Mailbox(MAX_WAITING)
        self._transfers: dict[str, _Transfer] = {}

    @property
    def linked(self) -> bool:
        """Whether a proven link runs right now."""
        return self._connection is not None

    async def replace_link(self) -> None:
        """Closes the link, if there is one; the line makes another."""
        if self._connection is not None:
            await self._connection.aclose()

    async def path(self) -> Path | None:
        """How packets go right now; None while there is no link."""
        return await self._connection.path() if self._connection else None

    async def chat(self, text: str) -> None:
        """Says a line of 1 to 4000 characters. Raises PeerGone, ValueError."""
        if not 1 <= len(text) <= MAX_CHAT:
            raise ValueError(f"a chat line has 1 to {MAX_CHAT} characters")
        await self.say(Chat(id=_fresh_id(), text=text, at=int(time.time() * 1000)))

    async def next_chat(self) -> Chat:
        """The next line that it said. Raises PeerGone."""
        return await self._chats.get()

    async def next_offer(self) -> OfferFiles:
        """The next transfer that it offers; an offer made again after a lost link is not new. Raises PeerGone."""
        return await self._offers.get()

    async def send_files(self, *paths: str | FilePath) -> Receipt:
        """Offers these and returns once they are there and proven.

        Raises:
            Declined, Cancelled, SourceChanged, PeerGone: see peer.transfer.
        """
        source = await asyncio.to_thread(Source.from_paths, [FilePath(path) for path in paths])
        return await Outgoing(source).run(self, _nobody_watches)

    # The wire of peer.transfer

    async def say(self, message: Control) -> None:
        """Says it on a proven link, waiting for one if need be. Raises PeerGone."""
        if isinstance(message, OfferFiles):
            self._transfer(message.transfer)  # so that the answer finds its box
        text = encode(message)
        while True:
            connection = await self._link()
            try:
                await connection.control.send(text)
            except ChannelClosed:
                await self._next_link(connection)
            else:
                return

    async def hear(self, transfer: str) -> Control:
        """The next control message of this transfer. Raises PeerGone."""
        return await self._transfer(transfer).messages.get()

    async def open_lane(self, transfer: str) -> Channel:
        """A fresh lane on a proven link, waiting for one if need be. Raises PeerGone."""
        known = self._transfer(transfer)
        while True:
            connection = await self._link()
            known.opened += 1
            try:
                lane = connection.open_channel(f"lane/{transfer}/{known.opened}")
                await lane.opened()
            except ChannelClosed:
                await self._next_link(connection)
            else:
                return lane

    async def lane(self, transfer: str) -> Channel:
        """The next lane that the other opened for this transfer. Raises PeerGone."""
        return await self._transfer(transfer).lanes.get()

    @property
    def has_lanes(self) -> bool:
        """Whether it takes side lanes."""
        return LANES in self.capabilities

    async def way(self) -> Way:
        """How packets go right now."""
        connection = self._connection
        path = await connection.path() if connection else None
        return Way(path is not None and path.kind == "direct", await connection.round_trip() if connection else None)

    async def hear_lane(self, transfer: str) -> LaneMessage:
        """The next message about side lanes of this transfer. Raises PeerGone."""
        known = self._transfer(transfer)
        if known.sides is None:
            known.sides = Mailbox(MAX_LANE_MESSAGES)
            if self.gone.is_set():
                known.sides.end(PeerGone("The other end is gone."))
        return await known.sides.get()

    @asynccontextmanager
    async def side(self) -> AsyncIterator[Connection]:
        """A fresh connection for a side lane. Raises EngineFailed when there are too many."""
        if self._sides >= MAX_SIDES:
            raise EngineFailed(f"there are {MAX_SIDES} side lanes already")
        self._sides += 1
        try:
            connection = self._connect()
            try:
                yield connection
            finally:
                await connection.aclose()
        finally:
            self._sides -= 1

    # What the room tells

    def up(self, connection: Connection, hello: Hello, sas: tuple[Emoji, ...]) -> None:
        """A proven link runs; `sas` is that of the pairing it was made under."""
        self._introduce(hello)
        self.sas = sas
        self._connection = connection
        self._turned.set()

    async def farewell(self, text: str) -> None:
        """Says this if there is a link, and waits until it is out. Raises ChannelClosed."""
        if self._connection is not None:
            await self._connection.control.send(text)
            await self._connection.control.drained()

    async def cut(self) -> None:
        """Returns once there is no link."""
        while self._connection is not None:
            self._turned.clear()
            await self._turned.wait()

    def down(self) -> None:
        """The link is gone; another may come."""
        self._connection = None
        self.records = False
        self._turned.set()

    def go(self, error: PeerGone) -> None:
        """The person is gone for good: everybody who waits learns it."""
        self._connection = None
        self._offers.end(error)
        self._chats.end(error)
        for transfer in self._transfers.values():
            transfer.end(error)
        self.gone.set()
        self._turned.set()

    def take(self, message: Control) -> bool:
        """A message of the proven link; False on goodbye. Raises Malformed when it does not belong there."""
        match message:
            case Proof():
                raise Malformed("a second proof")
            case Hello():
                self._introduce(message)
            case Chat():
                self._chats.put(message)
            case OfferFiles(transfer=transfer) if not self._transfer(transfer).offered:
                self._transfer(transfer).offered = True
                self._offers.put(message)
            case (
                OfferFiles()
                | AcceptFiles()
                | DeclineFiles()
                | CancelFiles()
                | FinishedFiles()
                | PauseFiles()
                | ResumeFiles()
            ):
                if known := self._transfers.get(message.transfer):
                    known.messages.put(message)
            case LaneOffer() | LaneAnswer() | LaneCandidate():
                known = self._transfers.get(message.transfer)
                if known and known.sides is not None:
                    known.sides.put(message)
            case Media():
                self.in_call = message.mic or message.camera or message.screen
            case Recording(on=on):
                self.records = on
            case Limit(bytes_per_s=rate):
                self.ceiling.turn(rate)
            case Bye():
                return False
            case View() | RoomState() | Verdict() | AskMute() | Past() | Reaction() | Typing():
                pass  # for persons
        return True

    def take_lane(self, channel: Channel) -> None:
        """A lane, which may overtake the offer that it belongs to; any other channel is closed."""
        named = _LANE.fullmatch(channel.label)
        if named is None or not self._transfer(named[1]).lanes.put(channel):
            channel.close()

    def _introduce(self, hello: Hello) -> None:
        self.name, self.kind, self.engine = hello.name, hello.kind, hello.engine
        self.capabilities = frozenset(hello.capabilities)

    async def _link(self) -> Connection:
        while self._connection is None:
            if self.gone.is_set():
                raise PeerGone("The other end is gone.")
            self._turned.clear()
            await self._turned.wait()
        return self._connection

    async def _next_link(self, former: Connection) -> None:
        """Waits until the former one is known to be gone."""
        while self._connection is former:
            self._turned.clear()
            await self._turned.wait()

    def _transfer(self, transfer: str) -> _Transfer:
        if transfer not in self._transfers:
            if len(self._transfers) >= MAX_TRANSFERS:
                oldest = next(iter(self._transfers))
                self._transfers.pop(oldest).end(PeerGone("Too many transfers came after this one."))
            made = self._transfers[transfer] = _Transfer()
            if self.gone.is_set():
                made.end(PeerGone("The other end is gone."))
        return self._transfers[transfer]


def _fresh_id() -> str:
    return to_base64url(secrets.token_bytes(8))


def _nobody_watches(_: Progress) -> None:
    """A library call without a progress bar."""
