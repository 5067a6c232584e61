"""The receiving shell: puts leaves together, has them proven and written in a thread, and asks for more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, assert_never

from peer.abreast import abreast
from peer.core import moves
from peer.core.ledger import file_root, leaf_cost
from peer.core.receiving import Receiving
from peer.core.watch import Facts
from peer.disk import OnConflict, Store
from peer.exchange import Exchange, FileDone, OnProgress, Progress, Receipt, Wire
from peer.failures import DiskFailed, IntegrityFailed, PeerGone, TooBig, TransferFailed, failure
from peer.manifest import Manifest, ManifestReader
from peer.names import UnsafeName
from peer.rtc.engine import Channel, ChannelClosed
from peer.sink import Sink
from peer.wire.control import (
    CancelFiles,
    DeclineFiles,
    FinishedFiles,
    Limit,
    OfferFiles,
    PauseFiles,
    Reason,
    ResumeFiles,
)
from peer.wire.frames import LEAF_BYTES, Frame, FrameType, pack_want, read_done, read_leaf, unpack
from signaling.protocol.errors import Malformed

FINISHERS = 4
"""Threads that sync and place files: small ones wait for the disk together."""
LINGER_S = 3.0
"""How long the receiver waits for the sender to close the lane once it has said that all is there."""

MAX_SPARE = 8
"""Buffers of a leaf kept for the next ones, so that memory is neither asked for nor zeroed for each."""

NOTHING = memoryview(b"")

T = TypeVar("T")


class Incoming:
    """Takes what one remote peer offers.

    Args:
        wire: the remote peer.
        offer: what it said on `control`.
        max_bytes: the most to take, None for any amount.
    """

    def __init__(self, wire: Wire, offer: OfferFiles, *, max_bytes: int | None = None) -> None:
        self.offer = offer
        self.transfer = offer.transfer
        self._wire = wire
        self._max_bytes = max_bytes
        self._lane: Channel | None = None
        self._manifest: Manifest | None = None
        self._taking: _Taking | None = None
        self._rate = 0

    async def manifest(self) -> Manifest:
        """What is offered, checked whole. Whatever is wrong with it is refused before anyone is asked.

        Raises:
            UnsafeName: a name that this or another disk must not be asked to make.
            TooBig: more than `max_bytes`.
            TransferFailed: not a manifest, or not that of the offer.
            PeerGone: the remote left.
        """
        while self._manifest is None:
            self._lane = await self._wire.lane(self.transfer)
            try:
                self._manifest = await read_manifest(self._lane, self.offer)
            except ChannelClosed:
                continue
            except UnsafeName as error:
                await self.decline("unsafe_name", str(error))
                raise
            except Malformed as error:
                await self.decline("error", f"The manifest makes no sense: {error}.")
                raise TransferFailed(f"The other side's manifest makes no sense: {error}.") from None
        if self._max_bytes is not None and self._manifest.known_bytes > self._max_bytes:
            sentence = f"{self._manifest.known_bytes} bytes are offered; at most {self._max_bytes} are taken here."
            await self.decline("too_big", sentence)
            raise TooBig(sentence)
        return self._manifest

    async def decline(self, reason: Reason = "declined", message: str = "") -> None:
        """Says no. Raises PeerGone."""
        await self._wire.say(DeclineFiles(transfer=self.transfer, reason=reason, message=message[:300]))
        if self._lane is not None:
            self._lane.close()  # only now: a lane that closes before would look like a lost link

    async def accept(
        self,
        out: Path | Sink,
        on_conflict: OnConflict = "refuse",
        take: Sequence[int] | None = None,
        on_progress: OnProgress | None = None,
        *,
        executable: bool = False,
    ) -> Receipt:
        """Takes the files (entry numbers `take`, all when None) into a folder or a sink; returns once all are in place.

        Raises:
            Cancelled, DiskFailed, IntegrityFailed, SourceChanged, TooBig, PeerGone, TransferFailed: it ended
            otherwise; nothing half-way is left.
        """
        manifest = await self.manifest()
        assert self._lane is not None
        store: Sink = Store(out, manifest, take, on_conflict, executable=executable) if isinstance(out, Path) else out
        try:
            try:
                taken = await asyncio.to_thread(store.open)
            except DiskFailed as error:
                await self.decline("disk", str(error))
                raise
            self._taking = _Taking(self._wire, self.offer, manifest, store, taken, self._max_bytes)
            if self._rate:
                self.limit(self._rate)
            return await self._taking.run(self._lane, on_progress or _ignore)
        finally:
            await asyncio.to_thread(store.close)

    def cancel(self, reason: Reason = "cancelled", message: str = "") -> None:
        """Ends `accept` with Cancelled (or what the reason says) and tells the sender."""
        if self._taking is not None:
            self._taking.feed(moves.Stopped(reason, message))

    def pause(self) -> None:
        """Asks the sender to hold the stream."""
        if self._taking is not None:
            self._taking.holds.add("us")
            self._taking.say(PauseFiles(transfer=self.transfer))

    def resume(self) -> None:
        """Asks the sender to go on."""
        if self._taking is not None:
            self._taking.holds.discard("us")
            self._taking.say(ResumeFiles(transfer=self.transfer))

    def limit(self, rate: int) -> None:
        """Asks the sender for no more than so many bytes a second, 0 for any number."""
        self._rate = rate
        if self._taking is not None:
            self._taking.say(Limit(bytes_per_s=rate))

    def reopen(self) -> None:
        """Does nothing: the sender knows best whether bytes lie on the lane, and opens the next one."""

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""
        return self._taking.facts() if self._taking is not None else Facts(gives=False)


class _Taking:
    """An accepted transfer: runs Receiving against the wire and the disk."""

    def __init__(
        self, wire: Wire, offer: OfferFiles, manifest: Manifest, store: Sink, take: list[int], limit: int | None
    ) -> None:
        self._wire = wire
        self._offer = offer
        self._manifest = manifest
        self._store = store
        everything = len(take) == len(manifest.entries)
        self._machine = Receiving(
            offer.transfer, manifest.entries, None if everything else take, -1 if limit is None else limit
        )
        sizes = [manifest.entries[file].size for file in take]
        self._total = -1 if -1 in sizes else sum(sizes)
        self._file_count = sum(manifest.entries[file].kind == "file" for file in take)
        self._exchange = Exchange()
        self._prover = ThreadPoolExecutor(1, "prove")
        self._finishers = ThreadPoolExecutor(FINISHERS, "finish")
        self._leaves: dict[tuple[int, int], _Leaf] = {}
        self._spare: list[bytearray] = []
        self._wants: asyncio.Queue[bytes] = asyncio.Queue()
        self._files: dict[int, FileDone] = {}
        self._complete = asyncio.Event()
        self._laneless = asyncio.Event()
        self._on_progress: OnProgress = _ignore
        self._arrived = self._at_work = 0
        self.holds: set[str] = set()
        """Who has paused it."""
        self.say = self._exchange.say

    async def run(self, lane: Channel, on_progress: OnProgress) -> Receipt:
        self._on_progress = on_progress
        try:
            await self._exchange.run(
                self._wire, self._hear(), self._follow_lanes(lane), self._linger(), self._until_over()
            )
        except PeerGone:
            if not self._complete.is_set():
                raise
        finally:
            await asyncio.to_thread(self._prover.shutdown)
            await asyncio.to_thread(self._finishers.shutdown)
        files = tuple(done for _, done in sorted(self._files.items()))
        return Receipt(self._offer.transfer, files, sum(done.bytes for done in files))

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""
        return Facts(
            gives=False,
            moved=self._arrived,
            paused_here="us" in self.holds,
            paused_there="them" in self.holds,
            writing=self._store.kind if self._at_work else "",
        )

    def feed(self, event: moves.ReceivingEvent, payload: memoryview = NOTHING) -> None:
        try:
            effects = self._machine.step(event)
        except Malformed as error:
            effects = self._machine.step(moves.Stopped("error", f"The sender {error}."))
        for effect in effects:
            self._perform(effect, payload)

    def _perform(self, effect: moves.ReceivingEffect, payload: memoryview) -> None:
        match effect:
            case moves.KeepData(file, leaf, offset):
                self._keep(file, leaf, offset, payload)
            case moves.ProveLeaf(file, leaf, proof):
                self._start(self._prove(file, leaf, proof, self._leaves.pop((file, leaf))))
            case moves.Want(ranges):
                self._wants.put_nowait(pack_want(ranges))
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

    # Memory

    def _keep(self, file: int, leaf: int, offset: int, payload: memoryview) -> None:
        if offset == 0:
            size = leaf_cost(self._manifest.entries[file].size, leaf)
            buffer = self._spare.pop() if size == LEAF_BYTES and self._spare else bytearray(size)
            self._leaves[file, leaf] = _Leaf(buffer)
        kept = self._leaves[file, leaf]
        kept.length = offset + len(payload)
        memoryview(kept.buffer)[offset : kept.length] = payload

    def _reuse(self, kept: _Leaf) -> None:
        if len(kept.buffer) == LEAF_BYTES and len(self._spare) < MAX_SPARE:
            self._spare.append(kept.buffer)

    # Disk

    async def _prove(self, file: int, leaf: int, proof: bytes, kept: _Leaf) -> None:
        data = memoryview(kept.buffer)[: kept.length]
        right = await self._in(self._prover, partial(self._store.prove, file, leaf, data, proof))
        self._reuse(kept)
        self.feed(moves.LeafProven(file, leaf) if right else moves.LeafBroken(file, leaf))
        self._on_progress(self._progress(file))
        if self._store.take_due(file):
            await self._in(self._finishers, partial(self._store.sync, file))

    async def _finish(self, effect: moves.FinishFile) -> None:
        file = effect.file
        job = partial(self._store.finish, file, effect.size, effect.root, effect.leaves)
        try:
            path = await self._in(self._finishers, job)
        except IntegrityFailed:
            self.feed(moves.RootDiffers(file))
            return
        if path:
            root = effect.root or file_root(0, b"")
            self._files[file] = FileDone(path, effect.size, root.hex())
        self.feed(moves.FileFinished(file))

    async def _finish_tree(self) -> None:
        await self._in(self._finishers, self._store.finish_tree)
        self.feed(moves.TreeFinished())

    def _progress(self, file: int) -> Progress:
        number = min(len(self._files) + 1, self._file_count)
        path = self._manifest.entries[file].path
        return Progress(self._offer.transfer, self._machine.bytes, self._total, path, number, self._file_count)

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        self._exchange.spawn(self._explained(job))

    async def _explained(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except DiskFailed as error:
            self.feed(moves.Stopped("disk", str(error)))

    async def _in(self, pool: Executor, job: Callable[[], T]) -> T:
        self._at_work += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, job)
        finally:
            self._at_work -= 1

    # On the wire

    async def _hear(self) -> None:
        while True:
            match await self._wire.hear(self._offer.transfer):
                case CancelFiles(reason=reason, message=message):
                    self.feed(moves.CancelArrived(reason, message))
                case PauseFiles():
                    self.holds.add("them")
                case ResumeFiles():
                    self.holds.discard("them")
                case _:
                    pass  # an offer made again comes with a lane, and the lane is what counts

    async def _follow_lanes(self, lane: Channel) -> None:
        """The first lane's manifest has been read; that of every other must be the same."""
        while True:
            try:
                self.feed(moves.LaneOpened())
                await abreast(self._listen(lane), self._ask(lane))
            except ChannelClosed:
                self._leaves.clear()
                self._wants = asyncio.Queue()
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
            await lane.send(await self._wants.get())

    async def _listen(self, lane: Channel) -> None:
        while True:
            message = await lane.receive()
            self._arrived += len(message)
            try:
                self._take(unpack(_bytes(message)))
            except Malformed as error:
                self.feed(moves.Stopped("error", f"The sender erred: {error}."))

    def _take(self, frame: Frame) -> None:
        file, leaf, offset, payload = frame.file, frame.leaf, frame.offset, frame.payload
        match frame.type:
            case FrameType.DATA:
                self.feed(moves.DataArrived(file, leaf, offset, len(payload)), payload)
            case FrameType.LEAF:
                self.feed(moves.LeafArrived(file, leaf, offset, read_leaf(payload)))
            case FrameType.DONE:
                self.feed(moves.DoneArrived(file, *read_done(payload)))
            case _:
                raise Malformed(f"a frame of type {frame.type} has no place here")

    async def _until_over(self) -> None:
        """A job may wait for whoever reads what is written: not once the transfer is over."""
        try:
            await asyncio.Event().wait()
        finally:
            self._store.stop()

    async def _linger(self) -> None:
        """Once all is there, the sender closes the lane; closing it first would look like a lost link to it."""
        await self._complete.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._laneless.wait()
        # If the lane is gone because the link broke, the sender may not have heard: it does on the next one.
        self._exchange.say(FinishedFiles(transfer=self._offer.transfer))
        self._exchange.settle(None)


class _Leaf:
    """A leaf that is coming in."""

    __slots__ = ("buffer", "length")

    def __init__(self, buffer: bytearray) -> None:
        self.buffer = buffer
        self.length = 0


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
