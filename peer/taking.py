"""An accepted transfer on the receiver's side: the machine, the lanes that feed it, and the disk that it fills."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, assert_never

from peer.abreast import abreast
from peer.core import moves
from peer.core.receiving import Receiving
from peer.core.watch import Facts
from peer.disk import Landed, Opened, Whole
from peer.exchange import Exchange, FileDone, OnProgress, Progress, Receipt, Wire
from peer.failures import DiskFailed, IntegrityFailed, PeerGone, failure
from peer.holds import Holds
from peer.keeping import Keeping
from peer.lanes import Tally
from peer.leaves import Leaves
from peer.manifest import Manifest, ManifestReader
from peer.names import UnsafeName
from peer.rtc.engine import Channel, ChannelClosed
from peer.sides import Sides
from peer.sink import Sink
from peer.wire.control import CancelFiles, FinishedFiles, OfferFiles, PauseFiles, ResumeFiles
from peer.wire.frames import Frame, FrameType, pack_have, pack_want, read_done, read_files, read_leaf, unpack
from signaling.protocol.errors import Malformed

LINGER_S = 3.0
"""How long the receiver waits for the sender to close the lane once it has said that all is there."""

NO_MEMORY = "The receiver's machine gives it no more memory."

NOTHING = memoryview(b"")
NOTHING_HASHED = sha256(NOTHING).digest()

DEALT = (FrameType.DATA, FrameType.LEAF, FrameType.FILES)
"""What may come over any lane."""


class Taking:
    """An accepted transfer: runs Receiving against the wire and the disk."""

    def __init__(
        self, wire: Wire, offer: OfferFiles, manifest: Manifest, sink: Sink, opened: Opened, limit: int | None
    ) -> None:
        self._wire = wire
        self._offer = offer
        self._manifest = manifest
        take = opened.taken
        self._machine = Receiving(
            offer.transfer,
            manifest.entries,
            None if len(take) == len(manifest.entries) else take,
            -1 if limit is None else limit,
            opened.held,
            [landed.file for landed in opened.landed],
            ordered=sink.ordered,
        )
        self.held = self._machine.bytes
        """Bytes that an earlier run has left."""
        sizes = [manifest.entries[file].size for file in take]
        self._total = -1 if -1 in sizes else sum(sizes)
        self._file_count = sum(manifest.entries[file].kind == "file" for file in take)
        self._arrived = 0
        self._exchange = Exchange()
        self.holds = Holds(offer.transfer, self._exchange.say)
        self._sink = sink
        self._keeping = Keeping(sink, self._land)
        self._leaves = Leaves(manifest.entries)
        self._asks: asyncio.Queue[bytes] = asyncio.Queue()
        """Frames for the lane."""
        self._files: dict[int, FileDone] = {}
        for landed in opened.landed:
            self._land(landed)
        self._sides = Sides(wire, offer.transfer)
        self._complete = asyncio.Event()
        self._laneless = asyncio.Event()
        self._on_progress: OnProgress = _ignore
        self._pack: Mapping[int, memoryview] = {}
        """The bytes of the files of the last FILES frame."""
        self.say = self._exchange.say

    async def run(self, lane: Channel, on_progress: OnProgress) -> Receipt:
        """Returns once everything is in its place. Raises what the transfer ended with."""
        self._on_progress = on_progress
        disk = self._explained(self._keeping.run())
        works = (self._hear(), self._sides.hear(), self._follow_lanes(lane), self._linger(), disk)
        try:
            await self._exchange.run(self._wire, *works)
        except PeerGone:
            if not self._complete.is_set():
                raise
        finally:
            await self._keeping.close()
        files = tuple(done for _, done in sorted(self._files.items()))
        return Receipt(self._offer.transfer, files, sum(done.bytes for done in files))

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""
        return Facts(
            gives=False,
            moved=self._arrived,
            paused_here=self.holds.us,
            paused_there=self.holds.them,
            writing=self._sink.kind if self._keeping.jobs else "",
        )

    def feed(self, event: moves.ReceivingEvent, payload: memoryview = NOTHING) -> None:
        """Something happened; `payload` is of a DATA frame."""
        try:
            effects = self._machine.step(event)
        except Malformed as error:
            effects = self._machine.step(moves.Stopped("error", f"The sender {error}."))
        for effect in effects:
            self._perform(effect, payload)

    def _perform(self, effect: moves.ReceivingEffect, payload: memoryview) -> None:
        match effect:
            case moves.KeepData(file, leaf, offset):
                self._leaves.keep(file, leaf, offset, payload)
                self._tell_progress(file)
            case moves.ProveLeaf(file, leaf):
                self._start(self._prove(effect, self._leaves.take(file, leaf)))
            case moves.CheckLeaf():
                self._start(self._check(effect))
            case moves.TakeFiles(files):
                for each in files:
                    self._leaves.forget(each.file, 0)
                whole = [Whole(each.file, self._pack[each.file], each.sha256) for each in files]
                self._start(self._take_files(whole))
            case moves.MakeFiles(files):
                self._start(self._take_files([Whole(file, NOTHING, NOTHING_HASHED) for file in files]))
            case moves.Have(ranges):
                for frame in pack_have(ranges):
                    self._asks.put_nowait(frame)
            case moves.Want(ranges):
                self._asks.put_nowait(pack_want(ranges))
            case moves.FinishFile():
                self._start(self._finish(effect))
            case moves.FinishTree():
                self._start(self._finish_tree())
            case moves.Say(message):
                self._exchange.say(message)
            case moves.Complete():
                self._complete.set()
            case moves.Fail(reason, message, by):
                self._exchange.settle(failure(reason, message, by))
            case _:
                assert_never(effect)

    # Disk

    async def _prove(self, effect: moves.ProveLeaf, data: memoryview) -> None:
        file, leaf = effect.file, effect.leaf
        right = await self._keeping.prove(file, leaf, data, effect.sha256)
        self._leaves.reuse(data)
        self.feed(moves.LeafProven(file, leaf) if right else moves.LeafBroken(file, leaf))
        self._tell_progress(file)

    async def _check(self, effect: moves.CheckLeaf) -> None:
        right = await self._keeping.check(effect)
        file, leaf = effect.file, effect.leaf
        self.feed(moves.LeafProven(file, leaf) if right else moves.LeafBroken(file, leaf))

    async def _take_files(self, files: list[Whole]) -> None:
        broken = await self._keeping.take_files(files)
        if broken:
            self.feed(moves.FilesBroken(tuple(broken)))
        if len(broken) < len(files):
            spoilt = set(broken)
            self.feed(moves.FilesTaken(tuple(each.file for each in files if each.file not in spoilt)))
        self._tell_progress(files[-1].file)

    async def _finish(self, effect: moves.FinishFile) -> None:
        try:
            await self._keeping.finish(effect)
        except IntegrityFailed:
            self.feed(moves.RootDiffers(effect.file))
        else:
            self.feed(moves.FileFinished(effect.file))

    async def _finish_tree(self) -> None:
        await self._keeping.finish_tree()
        self.feed(moves.TreeFinished())

    def _land(self, landed: Landed) -> None:
        if landed.path:
            self._files[landed.file] = FileDone(landed.path, landed.size, landed.root.hex())

    def _tell_progress(self, file: int) -> None:
        number = min(len(self._files) + 1, self._file_count)
        path = self._manifest.entries[file].path
        done, files = self._machine.bytes, self._file_count
        self._on_progress(
            Progress(self._offer.transfer, done, self._total, path, number, files, coming=self._leaves.bytes)
        )

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        self._exchange.spawn(self._explained(job))

    async def _explained(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except DiskFailed as error:
            self.feed(moves.Stopped("disk", str(error)))
        except MemoryError:
            self.feed(moves.Stopped("disk", NO_MEMORY))

    # On the wire

    async def _hear(self) -> None:
        while True:
            match await self._wire.hear(self._offer.transfer):
                case CancelFiles(reason=reason, message=message):
                    self.feed(moves.CancelArrived(reason, message))
                case PauseFiles() | ResumeFiles() as said:
                    self.holds.hear(said)
                case OfferFiles():
                    self.holds.again()  # the lane that comes with it is what counts
                case _:
                    pass

    async def _follow_lanes(self, lane: Channel) -> None:
        """The first lane's manifest has been read; that of every other must be the same."""
        while True:
            tally = Tally()
            self._sides.welcome(lambda number, side, tally=tally: self._listen(side, tally, number))  # type: ignore[misc]
            try:
                self.feed(moves.LaneOpened())
                reporting = [tally.report(lane)] if self._wire.has_lanes else []
                await abreast(self._listen(lane, tally), self._ask(lane), *reporting)
            except ChannelClosed:
                self._sides.drop()
                self._leaves.drop()
                self._asks = asyncio.Queue()
                self.feed(moves.LaneLost())
            finally:
                lane.close()
            self._laneless.set()
            lane = await self._next_lane()
            self._laneless.clear()

    async def _next_lane(self) -> Channel:
        while True:
            lane = await self._wire.lane(self._offer.transfer)
            try:
                if (await read_manifest(lane, self._offer)).fingerprint == self._manifest.fingerprint:
                    return lane
            except ChannelClosed:
                continue
            except (UnsafeName, Malformed):
                pass
            lane.close()
            self.feed(moves.Stopped("source_changed", "Other files are offered under the same transfer."))

    async def _ask(self, lane: Channel) -> None:
        while True:
            await lane.send(await self._asks.get())

    async def _listen(self, lane: Channel, tally: Tally, number: int = 0) -> None:
        """Takes what comes over the main lane, or side lane `number`."""
        while True:
            message = await lane.receive()
            self._arrived += len(message)
            try:
                frame = unpack(_bytes(message))
                if frame.type in DEALT:
                    tally.count(number, len(message))
                elif number:
                    raise Malformed(f"a frame of type {frame.type} has no place on a side lane")
                self._take(frame)
            except Malformed as error:
                self.feed(moves.Stopped("error", f"The sender erred: {error}."))
            except MemoryError:
                self.feed(moves.Stopped("disk", NO_MEMORY))

    def _take(self, frame: Frame) -> None:
        file, leaf, offset, payload = frame.file, frame.leaf, frame.offset, frame.payload
        match frame.type:
            case FrameType.DATA:
                self.feed(moves.DataArrived(file, leaf, offset, len(payload)), payload)
            case FrameType.LEAF:
                self.feed(moves.LeafArrived(file, leaf, offset, read_leaf(payload)))
            case FrameType.DONE:
                self.feed(moves.DoneArrived(file, *read_done(payload)))
            case FrameType.FILES:
                files = read_files(frame)
                self._pack = {small.file: data for small, data in files}
                self.feed(moves.FilesArrived(tuple(small for small, _ in files)))
            case _:
                raise Malformed(f"a frame of type {frame.type} has no place here")

    async def _linger(self) -> None:
        """Once all is there, the sender closes the lane; closing it first would look like a lost link to it."""
        await self._complete.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._laneless.wait()
        # If the lane is gone because the link broke, the sender may not have heard: it does on the next one.
        self._exchange.say(FinishedFiles(transfer=self._offer.transfer))
        self._exchange.settle(None)


async def read_manifest(lane: Channel, offer: OfferFiles) -> Manifest:
    """The pages at the beginning of a lane. Raises Malformed, UnsafeName, ChannelClosed."""
    reader, manifest = ManifestReader(offer), None
    while manifest is None:
        manifest = reader.take(unpack(_bytes(await lane.receive())))
    return manifest


def _bytes(message: str | bytes) -> bytes:
    if isinstance(message, str):
        raise Malformed("a lane carries no text")
    return message


def _ignore(progress: Progress) -> None:
    """Nobody watches."""
