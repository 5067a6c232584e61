"""The sending shell: reads and hashes in a thread, a few leaves ahead of the lane, and hands frames to the lane."""

from __future__ import annotations

import asyncio
import base64
import itertools
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import assert_never

from peer.abreast import abreast
from peer.core import moves
from peer.core.ledger import file_root
from peer.core.sending import Sending, State
from peer.core.watch import Facts
from peer.exchange import Exchange, FileDone, OnProgress, Progress, Receipt, Wire
from peer.failures import Cancelled, DiskFailed, SourceChanged, failure
from peer.gate import Gate
from peer.holds import Holds
from peer.lanes import Fan
from peer.loading import Load, Loading
from peer.mailbox import Mailbox
from peer.rtc.engine import Channel, ChannelClosed
from peer.source import Source
from peer.tap import Tap
from peer.wire.control import (
    AcceptFiles,
    CancelFiles,
    DeclineFiles,
    FinishedFiles,
    OfferFiles,
    PauseFiles,
    Reason,
    ResumeFiles,
)
from peer.wire.frames import (
    MAX_MESSAGE,
    Frame,
    FrameType,
    Range,
    pack_done,
    read_ranges,
    unpack,
)
from signaling.protocol.errors import Malformed

MAX_QUEUED = 64
"""Jobs for the lanes beyond which no further WANT is looked at."""
MAX_UNREAD = 1024
"""WANT and HAVE frames that wait to be looked at; more than any receiver has reason to send."""


_Job = moves.SendManifest | moves.SendDone | asyncio.Future[Load]


class Outgoing:
    """Gives a source to one remote peer.

    Args:
        source: what to give.
        transfer: its id, 11 characters base64url; a fresh one when None.
        tap: what the bytes pass through, shared with other transfers perhaps; an open one when None.
    """

    def __init__(self, source: Source, transfer: str | None = None, *, tap: Tap | None = None) -> None:
        self.transfer = transfer or base64.urlsafe_b64encode(secrets.token_bytes(8)).rstrip(b"=").decode()
        manifest = source.manifest
        self.offer = OfferFiles(
            transfer=self.transfer,
            title=source.title,
            files=len(manifest.entries),
            bytes=manifest.known_bytes,
            open_ended=manifest.open_ended,
        )
        self._source = source
        self._gate = Gate(tap or Tap())
        self._machine = Sending(self.offer, manifest.entries)
        self._exchange = Exchange()
        self._holds = Holds(self.transfer, self._exchange.say)
        self._loading = Loading(source, self._portion)
        self._lane_due = asyncio.Event()
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._room = asyncio.Event()
        self._roots: dict[int, tuple[int, bytes]] = {}
        self._placed: set[int] = set()
        """Files that the receiver has whole from an earlier run; they are not read, so their roots are not known."""
        self._on_progress: OnProgress = _ignore
        self._on_resumed: Callable[[int], None] = _ignore
        self._resumed = False
        """Whether the receiver holds something from an earlier run, and nobody has been told yet."""
        self._fan: Fan | None = None
        self._lane_numbers = itertools.count(1)
        self._lane = 0
        """Counts lanes: what was hashed for an earlier one is dropped."""
        self._went = 0
        """Bytes that have left over lanes that are lost."""
        self._sent = 0
        """Bytes of the load that is being sent."""

    async def run(
        self, wire: Wire, on_progress: OnProgress | None = None, on_resumed: Callable[[int], None] | None = None
    ) -> Receipt:
        """Offers, and returns once the receiver has everything, proven and in its place. Runs once.

        Args:
            on_resumed: hears how many bytes the receiver holds from an earlier run, if it does.

        Raises:
            Declined, Cancelled, DiskFailed, IntegrityFailed, SourceChanged, TooBig, UnsafeName, PeerGone,
            TransferFailed: it ended otherwise.
        """
        self._on_progress, self._on_resumed = on_progress or _ignore, on_resumed or _ignore
        self._gate.join(wire.ceiling)
        self._loading.open()
        try:
            self._feed(moves.Begun())
            await self._exchange.run(wire, self._hear(wire), self._follow_lanes(wire))
        finally:
            self._loading.stop()
            self._drop_jobs()
            await self._loading.close()
        return self._receipt()

    def cancel(self, reason: Reason = "cancelled", message: str = "") -> None:
        """Ends `run` with Cancelled (or what the reason says) and tells the receiver."""
        self._feed(moves.Stopped(reason, message))

    def pause(self) -> None:
        """Holds the stream."""
        self._holds.set(held=True)
        self._turned("us", held=True)

    def resume(self) -> None:
        """Lets it go on."""
        self._holds.set(held=False)
        self._turned("us", held=False)

    def limit(self, rate: int) -> None:
        """Lets so many bytes a second through the tap from now on, 0 for any number."""
        self._gate.limit(rate)

    def reopen(self) -> None:
        """Closes the lanes, so that the next ones are opened."""
        if self._fan is not None:
            self._fan.close()

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""
        return Facts(
            gives=True,
            moved=self._went + (self._fan.came if self._fan else 0),
            asking=self._machine.state is State.OFFERED,
            paused_here=self._holds.us,
            paused_there=self._holds.them,
            limited=self._gate.limited,
            outstanding=self._fan is not None and self._fan.under_way > 0,
            reading=self._loading.waits,
        )

    def _turned(self, by: str, *, held: bool) -> None:
        self._gate.hold(held=self._holds.us or self._holds.them)
        self._feed(moves.Held(by) if held else moves.Released(by))

    def _feed(self, event: moves.SendingEvent) -> None:
        try:
            effects = self._machine.step(event)
        except Malformed as error:
            effects = self._machine.step(moves.Stopped("error", f"The receiver {error}."))
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: moves.SendingEffect) -> None:
        match effect:
            case moves.Say(message):
                self._exchange.say(message)
                if isinstance(message, OfferFiles):
                    self._holds.again()
            case moves.OpenLane():
                self._lane_due.set()
            case moves.SendManifest() | moves.SendDone():
                self._jobs.put_nowait(effect)
            case moves.ReadLeaf() | moves.ReadFiles():
                self._jobs.put_nowait(self._loading.load(effect))
            case moves.HashLeaf():
                lane, hashing = self._lane, self._loading.load(effect)
                hashing.add_done_callback(lambda done: self._hashed(lane, done))
            case moves.Complete():
                self._exchange.settle(None)
            case moves.Fail(reason, message, by):
                self._exchange.settle(failure(reason, message, by))
            case _:
                assert_never(effect)

    def _portion(self) -> int:
        return self._gate.portion(self._fan.piece if self._fan else MAX_MESSAGE)

    def _hashed(self, lane: int, hashing: asyncio.Future[Load]) -> None:
        """A proof goes out between the leaves, whenever it is ready."""
        if lane == self._lane and not hashing.cancelled():
            self._jobs.put_nowait(hashing)
        else:
            _overlook(hashing)

    # On the wire

    async def _hear(self, wire: Wire) -> None:
        while True:
            match await wire.hear(self.transfer):
                case AcceptFiles(take=take):
                    self._feed(moves.Accepted(None if take is None else tuple(take)))
                case FinishedFiles():
                    self._tell_resumed()
                    self._feed(moves.FinishedArrived())
                case DeclineFiles(reason=reason, message=message) | CancelFiles(reason=reason, message=message):
                    self._feed(moves.CancelArrived(reason, message))
                case PauseFiles() | ResumeFiles() as said:
                    self._holds.hear(said)
                    self._turned("them", held=self._holds.them)
                case _:
                    pass

    async def _follow_lanes(self, wire: Wire) -> None:
        while True:
            await self._lane_due.wait()
            self._lane_due.clear()
            lane = await wire.open_lane(self.transfer)
            try:
                await lane.opened()
                fan = self._fan = Fan(wire, self.transfer, lane, self._lane_numbers)
                asked = Mailbox[Frame](MAX_UNREAD)
                self._feed(moves.LaneOpened())
                await abreast(
                    self._send(lane, fan), self._listen(lane, fan, asked), self._answer(asked), fan.run(self._left)
                )
            except ChannelClosed:
                self._lane += 1
                if self._fan is not None:
                    self._went, self._fan = self._went + self._fan.came, None
                self._drop_jobs()
                self._sent = 0
                self._feed(moves.LaneLost())
            finally:
                lane.close()

    async def _listen(self, lane: Channel, fan: Fan, asked: Mailbox[Frame]) -> None:
        while True:
            message = await lane.receive()
            try:
                frame = unpack(message if isinstance(message, bytes) else b"")
                if frame.type is FrameType.GOT:
                    fan.got(frame.payload)
                elif not asked.put(frame):
                    raise Malformed("asks for more than can be read")
            except Malformed as error:
                self._feed(moves.Stopped("error", f"The receiver erred: {error}."))

    async def _answer(self, asked: Mailbox[Frame]) -> None:
        while True:
            frame = await asked.get()
            while self._jobs.qsize() > MAX_QUEUED:
                self._room.clear()
                await self._room.wait()
            try:
                match frame.type:
                    case FrameType.WANT:
                        self._tell_resumed()
                        self._feed(moves.Wanted(tuple(read_ranges(frame.payload))))
                    case FrameType.HAVE:
                        self._have(tuple(read_ranges(frame.payload)))
                    case _:
                        raise Malformed("sends what is neither WANT nor HAVE")
            except Malformed as error:
                self._feed(moves.Stopped("error", f"The receiver erred: {error}."))

    def _left(self) -> int:
        return self._machine.total - self._machine.bytes if self._machine.total >= 0 else -1

    async def _send(self, lane: Channel, fan: Fan) -> None:
        while True:
            job = await self._jobs.get()
            self._room.set()
            match job:
                case moves.SendManifest():
                    for page in self._source.manifest.pages(lane.max_message_bytes):
                        await lane.send(page)
                case moves.SendDone(file, size, leaves):
                    self._roots[file] = (size, file_root(size, leaves))
                    await lane.send(pack_done(file, *self._roots[file]))
                case _:
                    await self._send_load(fan, job)

    async def _send_load(self, fan: Fan, reading: asyncio.Future[Load]) -> None:
        try:
            load = await reading
        except Cancelled:
            return
        except SourceChanged as error:
            self._feed(moves.Stopped("source_changed", str(error)))
            return
        except DiskFailed as error:
            self._feed(moves.Stopped("disk", str(error)))
            return
        for frame in load.frames:
            await self._gate.let(len(frame))
            await fan.deal(frame)
            self._sent = min(self._sent + len(frame), load.length)
            self._tell_progress(load.file)
        self._sent = 0
        self._machine.width = fan.count
        if isinstance(load.then, moves.FilesSent):
            self._roots |= {each.file: (each.length, file_root(each.length, each.sha256)) for each in load.then.files}
        self._feed(load.then)
        self._tell_progress(load.file)

    def _tell_progress(self, file: int) -> None:
        files = self._source.manifest.file_count
        number = min(len(self._roots) + len(self._placed) + 1, files)
        path = self._source.entries[file].path
        done, total = self._machine.bytes, self._machine.total
        coming = min(self._sent, total - done) if total >= 0 else self._sent  # a leaf may go twice
        self._on_progress(Progress(self.transfer, done, total, path, number, files, coming))

    def _have(self, ranges: tuple[Range, ...]) -> None:
        self._resumed = self._resumed or self._machine.bytes == 0
        self._feed(moves.Had(ranges))
        if self._machine.state is State.SENDING:  # else they were refused, or it is over
            self._placed |= {run.file for run in ranges if not run.leaves}

    def _tell_resumed(self) -> None:
        if self._resumed:
            self._resumed = False
            self._on_resumed(self._machine.bytes)

    def _drop_jobs(self) -> None:
        with suppress(asyncio.QueueEmpty):
            while True:
                job = self._jobs.get_nowait()
                if isinstance(job, asyncio.Future):
                    job.cancel()
                    job.add_done_callback(_overlook)
        self._room.set()

    def _receipt(self) -> Receipt:
        entries = self._source.entries
        roots = {file: (0, file_root(0, b"")) for file, entry in enumerate(entries) if entry.size == 0}
        roots = {file: root for file, root in roots.items() if entries[file].kind == "file"}
        roots = {file: (entries[file].size, b"") for file in self._placed} | roots | self._roots
        files = tuple(FileDone(entries[file].path, size, root.hex()) for file, (size, root) in sorted(roots.items()))
        return Receipt(self.transfer, files, sum(file.bytes for file in files))


def _overlook(job: asyncio.Future[Load]) -> None:
    """What was read for a lane that is lost is not needed; if it could not be read, the next lane finds out."""
    if not job.cancelled():
        job.exception()


def _ignore(_: object) -> None:
    """Nobody watches."""
