"""The sending shell: reads and hashes in a thread, a few leaves ahead of the lane, and hands frames to the lane."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar, assert_never

from peer.abreast import abreast
from peer.core import moves
from peer.core.ledger import file_root
from peer.core.sending import Sending, State
from peer.core.watch import Facts
from peer.exchange import Exchange, FileDone, OnProgress, Progress, Receipt, Wire
from peer.failures import Cancelled, DiskFailed, SourceChanged, failure
from peer.flow import Flow
from peer.rtc.engine import Channel, ChannelClosed
from peer.source import Reader, Source
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
    FrameType,
    Range,
    Small,
    cut,
    pack,
    pack_done,
    pack_files,
    pack_leaf,
    read_ranges,
    unpack,
)
from signaling.protocol.errors import Malformed

MAX_QUEUED = 64
"""Jobs for the lane beyond which no further WANT is read."""


_Then = moves.LeafSent | moves.StreamEnded | moves.FilesSent | moves.LeafHashed


@dataclass(frozen=True)
class _Load:
    """What was read: frames for the lane, how many bytes of files are in them, and what follows once they are out."""

    frames: tuple[bytes, ...]
    length: int
    then: _Then


Effect = TypeVar("Effect", moves.ReadLeaf, moves.ReadFiles, moves.HashLeaf)

_Job = moves.SendManifest | moves.SendDone | asyncio.Future[_Load]


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
        self._flow = Flow(tap or Tap())
        self._reading = False
        self._handed = 0
        """Bytes of frames given to lanes so far."""
        self._open_lane: Channel | None = None
        self._machine = Sending(self.offer, manifest.entries)
        self._exchange = Exchange()
        self._pool = ThreadPoolExecutor(1, "read")
        self._hasher = ThreadPoolExecutor(1, "hash")
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
        self._max_message = MAX_MESSAGE
        self._lane = 0
        """Counts lanes: what was hashed for an earlier one is dropped."""
        self._reader: Reader | None = None
        self._second: Reader | None = None
        """Reads what the receiver holds, beside the stream."""

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
        self._flow.join(wire.ceiling)
        self._reader = self._source.open()
        try:
            self._feed(moves.Begun())
            await self._exchange.run(wire, self._hear(wire), self._follow_lanes(wire))
        finally:
            self._reader.stop()
            for pool in (self._pool, self._hasher):
                await asyncio.to_thread(pool.shutdown, cancel_futures=True)
            self._reader.close()
            if self._second is not None:
                self._second.close()
        return self._receipt()

    def cancel(self, reason: Reason = "cancelled", message: str = "") -> None:
        """Ends `run` with Cancelled (or what the reason says) and tells the receiver."""
        self._feed(moves.Stopped(reason, message))

    def pause(self) -> None:
        """Holds the stream."""
        self._hold("us")
        self._exchange.say(PauseFiles(transfer=self.transfer))

    def resume(self) -> None:
        """Lets it go on."""
        self._exchange.say(ResumeFiles(transfer=self.transfer))
        self._release("us")

    def limit(self, rate: int) -> None:
        """Lets so many bytes a second through the tap from now on, 0 for any number."""
        self._flow.limit(rate)

    def reopen(self) -> None:
        """Closes the lane, so that the next one is opened."""
        if self._open_lane is not None:
            self._open_lane.close()

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""
        buffered = self._open_lane.buffered_bytes if self._open_lane is not None else 0
        return Facts(
            gives=True,
            moved=self._handed - buffered,
            asking=self._machine.state is State.OFFERED,
            paused_here="us" in self._flow.holds,
            paused_there="them" in self._flow.holds,
            limited=self._flow.limited,
            outstanding=buffered > 0,
            reading="" if not self._reading else "stream" if self._source.manifest.open_ended else "disk",
        )

    def _hold(self, by: str) -> None:
        self._flow.hold(by)
        self._feed(moves.Held(by))

    def _release(self, by: str) -> None:
        self._flow.release(by)
        self._feed(moves.Released(by))

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
            case moves.OpenLane():
                self._lane_due.set()
            case moves.SendManifest() | moves.SendDone():
                self._jobs.put_nowait(effect)
            case moves.ReadLeaf():
                self._jobs.put_nowait(self._in(self._pool, self._read, effect))
            case moves.ReadFiles():
                self._jobs.put_nowait(self._in(self._pool, self._read_files, effect))
            case moves.HashLeaf():
                lane, hashing = self._lane, self._in(self._hasher, self._hash, effect)
                hashing.add_done_callback(lambda done: self._hashed(lane, done))
            case moves.Complete():
                self._exchange.settle(None)
            case moves.Fail(reason, message, by):
                self._exchange.settle(failure(reason, message, by))
            case _:
                assert_never(effect)

    def _in(self, pool: ThreadPoolExecutor, job: Callable[[Effect], _Load], effect: Effect) -> asyncio.Future[_Load]:
        return asyncio.get_running_loop().run_in_executor(pool, job, effect)

    def _hashed(self, lane: int, hashing: asyncio.Future[_Load]) -> None:
        """A proof goes out between the leaves, whenever it is ready."""
        if lane == self._lane and not hashing.cancelled():
            self._jobs.put_nowait(hashing)
        elif not hashing.cancelled():
            hashing.exception()  # of a lane that is lost; the next one finds out

    # In the reading threads

    def _read(self, effect: moves.ReadLeaf) -> _Load:
        assert self._reader is not None
        self._reading = True
        try:
            data = self._reader.read(effect.file, effect.leaf, effect.length)
        finally:
            self._reading = False
        if not data:
            return _Load((), 0, moves.StreamEnded(effect.file, effect.leaf, self._reader.size))
        digest = sha256(data).digest()
        view, step = memoryview(data), cut(len(data), self._flow.portion(self._max_message))
        frames = (
            pack(FrameType.DATA, effect.file, effect.leaf, offset, view[offset : offset + step])
            for offset in range(0, len(data), step)
        )
        then = moves.LeafSent(effect.file, effect.leaf, len(data), digest)
        return _Load((*frames, pack_leaf(effect.file, effect.leaf, len(data), digest)), len(data), then)

    def _read_files(self, effect: moves.ReadFiles) -> _Load:
        assert self._reader is not None
        read = [(file, self._reader.read(file, 0, self._source.entries[file].size)) for file in effect.files]
        files = [(Small(file, len(data), sha256(data).digest()), data) for file, data in read]
        then = moves.FilesSent(tuple(small for small, _ in files))
        return _Load((pack_files(files),), sum(small.length for small, _ in files), then)

    def _hash(self, effect: moves.HashLeaf) -> _Load:
        if self._second is None:
            self._second = self._source.open()
        data = self._second.read(effect.file, effect.leaf, effect.length)
        digest = sha256(data).digest()
        then = moves.LeafHashed(effect.file, effect.leaf, len(data), digest)
        return _Load((pack_leaf(effect.file, effect.leaf, len(data), digest),), 0, then)

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
                case PauseFiles():
                    self._hold("them")
                case ResumeFiles():
                    self._release("them")
                case _:
                    pass

    async def _follow_lanes(self, wire: Wire) -> None:
        while True:
            await self._lane_due.wait()
            self._lane_due.clear()
            lane = await wire.open_lane(self.transfer)
            try:
                await lane.opened()
                self._open_lane, self._max_message = lane, lane.max_message_bytes
                self._feed(moves.LaneOpened())
                await abreast(self._send(lane), self._listen(lane))
            except ChannelClosed:
                self._lane += 1
                self._drop_jobs()
                self._feed(moves.LaneLost())
            finally:
                lane.close()

    async def _listen(self, lane: Channel) -> None:
        while True:
            message = await lane.receive()
            while self._jobs.qsize() > MAX_QUEUED:
                self._room.clear()
                await self._room.wait()
            try:
                frame = unpack(message if isinstance(message, bytes) else b"")
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

    async def _send(self, lane: Channel) -> None:
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
                    await self._send_load(lane, job)

    async def _send_load(self, lane: Channel, reading: asyncio.Future[_Load]) -> None:
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
            await self._flow.let(len(frame))
            await lane.send(frame)
            self._handed += len(frame)
        if isinstance(load.then, moves.FilesSent):
            self._roots |= {each.file: (each.length, file_root(each.length, each.sha256)) for each in load.then.files}
        self._feed(load.then)
        self._on_progress(self._progress(load.then))

    def _progress(self, then: _Then) -> Progress:
        files = self._source.manifest.file_count
        number = min(len(self._roots) + len(self._placed) + 1, files)
        file = then.files[-1].file if isinstance(then, moves.FilesSent) else then.file
        path = self._source.entries[file].path
        return Progress(self.transfer, self._machine.bytes, self._machine.total, path, number, files)

    def _have(self, ranges: tuple[Range, ...]) -> None:
        self._resumed = self._resumed or self._machine.bytes == 0
        self._feed(moves.Had(ranges))
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
        self._room.set()

    def _receipt(self) -> Receipt:
        entries = self._source.entries
        roots = {file: (0, file_root(0, b"")) for file, entry in enumerate(entries) if entry.size == 0}
        roots = {file: root for file, root in roots.items() if entries[file].kind == "file"}
        roots |= {file: (entries[file].size, b"") for file in self._placed} | self._roots
        files = tuple(FileDone(entries[file].path, size, root.hex()) for file, (size, root) in sorted(roots.items()))
        return Receipt(self.transfer, files, sum(file.bytes for file in files))


def _ignore(_: object) -> None:
    """Nobody watches."""
