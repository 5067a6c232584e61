"""The sending shell: reads and hashes in a thread, a few leaves ahead of the lane, and hands frames to the lane."""

from __future__ import annotations

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import assert_never

from peer.abreast import abreast
from peer.core import moves
from peer.core.ledger import file_root
from peer.core.sending import Sending, State
from peer.core.watch import Facts
from peer.exchange import Exchange, FileDone, OnProgress, Progress, Receipt, Wire
from peer.failures import Cancelled, DiskFailed, SourceChanged, failure
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
from peer.wire.frames import MAX_MESSAGE, FrameType, cut, pack, pack_done, pack_leaf, read_want, unpack
from signaling.protocol.errors import Malformed

MAX_QUEUED = 64
"""Jobs for the lane beyond which no further WANT is read."""


@dataclass(frozen=True)
class _Leaf:
    """A leaf in memory, cut into frames; without any where a stream had ended before it."""

    effect: moves.ReadLeaf
    frames: tuple[bytes, ...]
    length: int
    sha256: bytes


_Job = moves.SendManifest | moves.SendDone | asyncio.Future[_Leaf]


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
        self._taps = [tap or Tap()]
        self._holds: set[str] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._reading = False
        self._handed = 0
        """Bytes of frames given to lanes so far."""
        self._lane: Channel | None = None
        self._machine = Sending(self.offer, manifest.entries)
        self._exchange = Exchange()
        self._pool = ThreadPoolExecutor(1, "read")
        self._lane_due = asyncio.Event()
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._room = asyncio.Event()
        self._roots: dict[int, tuple[int, bytes]] = {}
        self._on_progress: OnProgress = _ignore
        self._max_message = MAX_MESSAGE
        self._reader: Reader | None = None

    async def run(self, wire: Wire, on_progress: OnProgress | None = None) -> Receipt:
        """Offers, and returns once the receiver has everything, proven and in its place. Runs once.

        Raises:
            Declined, Cancelled, DiskFailed, IntegrityFailed, SourceChanged, TooBig, UnsafeName, PeerGone,
            TransferFailed: it ended otherwise.
        """
        self._on_progress = on_progress or _ignore
        self._taps.append(wire.ceiling)
        self._reader = self._source.open()
        try:
            self._feed(moves.Begun())
            await self._exchange.run(wire, self._hear(wire), self._follow_lanes(wire))
        finally:
            self._reader.stop()
            await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
            self._reader.close()
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
        self._taps[0].turn(rate)

    def reopen(self) -> None:
        """Closes the lane, so that the next one is opened."""
        if self._lane is not None:
            self._lane.close()

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""
        buffered = self._lane.buffered_bytes if self._lane is not None else 0
        return Facts(
            gives=True,
            moved=self._handed - buffered,
            asking=self._machine.state is State.OFFERED,
            paused_here="us" in self._holds,
            paused_there="them" in self._holds,
            limited=any(tap.waits for tap in self._taps),
            outstanding=buffered > 0,
            reading="" if not self._reading else "stream" if self._source.manifest.open_ended else "disk",
        )

    def _hold(self, by: str) -> None:
        self._holds.add(by)
        self._flows.clear()
        self._feed(moves.Held(by))

    def _release(self, by: str) -> None:
        self._holds.discard(by)
        if not self._holds:
            self._flows.set()
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
                loop = asyncio.get_running_loop()
                self._jobs.put_nowait(loop.run_in_executor(self._pool, self._read, effect))
            case moves.Complete():
                self._exchange.settle(None)
            case moves.Fail(reason, message, by):
                self._exchange.settle(failure(reason, message, by))
            case _:
                assert_never(effect)

    # In the reading thread

    def _read(self, effect: moves.ReadLeaf) -> _Leaf:
        assert self._reader is not None
        self._reading = True
        try:
            data = self._reader.read(effect.file, effect.leaf, effect.length)
        finally:
            self._reading = False
        digest = sha256(data).digest()
        if not data:
            return _Leaf(effect, (), 0, digest)
        most = min(tap.portion(self._max_message) for tap in self._taps)
        view, step = memoryview(data), cut(len(data), most)
        frames = (
            pack(FrameType.DATA, effect.file, effect.leaf, offset, view[offset : offset + step])
            for offset in range(0, len(data), step)
        )
        return _Leaf(effect, (*frames, pack_leaf(effect.file, effect.leaf, len(data), digest)), len(data), digest)

    # On the wire

    async def _hear(self, wire: Wire) -> None:
        while True:
            match await wire.hear(self.transfer):
                case AcceptFiles(take=take):
                    self._feed(moves.Accepted(None if take is None else tuple(take)))
                case FinishedFiles():
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
                self._lane, self._max_message = lane, lane.max_message_bytes
                self._feed(moves.LaneOpened())
                await abreast(self._send(lane), self._listen(lane))
            except ChannelClosed:
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
                if frame.type is not FrameType.WANT:
                    raise Malformed("sends what is not a WANT")
                self._feed(moves.Wanted(tuple(read_want(frame.payload))))
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
                    await self._send_leaf(lane, job)

    async def _send_leaf(self, lane: Channel, reading: asyncio.Future[_Leaf]) -> None:
        assert self._reader is not None
        try:
            leaf = await reading
        except Cancelled:
            return
        except SourceChanged as error:
            self._feed(moves.Stopped("source_changed", str(error)))
            return
        except DiskFailed as error:
            self._feed(moves.Stopped("disk", str(error)))
            return
        if not leaf.frames:
            self._feed(moves.StreamEnded(leaf.effect.file, leaf.effect.leaf, self._reader.size))
            return
        for frame in leaf.frames:
            await self._flows.wait()
            for tap in self._taps:
                await tap.let(len(frame))
            await lane.send(frame)
            self._handed += len(frame)
        self._feed(moves.LeafSent(leaf.effect.file, leaf.effect.leaf, leaf.length, leaf.sha256))
        self._on_progress(self._progress(leaf.effect.file))

    def _progress(self, file: int) -> Progress:
        files = self._source.manifest.file_count
        number = min(len(self._roots) + 1, files)
        path = self._source.entries[file].path
        return Progress(self.transfer, self._machine.bytes, self._machine.total, path, number, files)

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
        roots = {file: root for file, root in roots.items() if entries[file].kind == "file"} | self._roots
        files = tuple(FileDone(entries[file].path, size, root.hex()) for file, (size, root) in sorted(roots.items()))
        return Receipt(self.transfer, files, sum(file.bytes for file in files))


def _ignore(progress: Progress) -> None:
    """Nobody watches."""
