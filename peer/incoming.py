"""The receiving shell: what is offered is checked whole, then taken into a folder, or declined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from peer.core import moves
from peer.core.watch import Facts
from peer.disk import OnConflict, Store
from peer.exchange import OnProgress, Receipt, Wire
from peer.failures import DiskFailed, IntegrityFailed, TooBig, TransferFailed
from peer.manifest import Manifest
from peer.names import UnsafeName
from peer.rtc.engine import Channel, ChannelClosed
from peer.sink import Sink
from peer.taking import Taking, read_manifest
from peer.wire.control import DeclineFiles, Limit, OfferFiles, Reason
from signaling.protocol.errors import Malformed


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
        self._taking: Taking | None = None
        self._rate = 0
        self._paused = False

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
        on_resumed: Callable[[int], None] | None = None,
        *,
        executable: bool = False,
    ) -> Receipt:
        """Takes the files (entry numbers `take`, all when None) into a folder or a sink; returns once all are in place.

        What an earlier run left there of the same files is not asked for again. What this one leaves half-way stays
        for the next, unless it is wrong or the other side's stream of unknown size, which cannot be read again.

        Args:
            on_resumed: hears how many bytes an earlier run left, if it did.

        Raises:
            Cancelled, DiskFailed, IntegrityFailed, SourceChanged, TooBig, PeerGone, TransferFailed: it ended
            otherwise.
        """
        manifest = await self.manifest()
        assert self._lane is not None
        store: Sink = Store(out, manifest, take, on_conflict, executable=executable) if isinstance(out, Path) else out
        keep = True
        try:
            try:
                opened = await asyncio.to_thread(store.open)
            except DiskFailed as error:
                await self.decline("disk", str(error))
                raise
            self._taking = Taking(self._wire, self.offer, manifest, store, opened, self._max_bytes)
            if self._rate:
                self.limit(self._rate)
            if self._paused:
                self.pause()
            if self._taking.held and on_resumed:
                on_resumed(self._taking.held)
            receipt = await self._taking.run(self._lane, on_progress or _ignore)
            keep = False
        except IntegrityFailed:
            keep = False
            raise
        else:
            return receipt
        finally:
            await asyncio.to_thread(store.close, keep=keep)

    def cancel(self, reason: Reason = "cancelled", message: str = "") -> None:
        """Ends `accept` with Cancelled (or what the reason says) and tells the sender."""
        if self._taking is not None:
            self._taking.feed(moves.Stopped(reason, message))

    def pause(self) -> None:
        """Asks the sender to hold the stream."""
        self._paused = True
        if self._taking is not None:
            self._taking.holds.set(held=True)

    def resume(self) -> None:
        """Asks the sender to go on."""
        self._paused = False
        if self._taking is not None:
            self._taking.holds.set(held=False)

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


def _ignore(_: object) -> None:
    """Nobody watches."""
