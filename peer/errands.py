"""What `send` and `receive` do, from the first connection to the last proof.

    send      room ─► code told ─► a peer comes ─► offer ─► stream ─► proven there ─► code burnt
    receive   room ─► an offer comes ─► all of it checked ─► asked ─► stream ─► proven here

Who vanishes without a word is waited for a while, at either end (peer.giver, peer.taker).

Every failure that a person can meet leaves here as `Failed`, with what to try.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from peer import events
from peer.client import Remote, Room, join
from peer.consent import landed, landing
from peer.endings import explained
from peer.exits import Exit, Failed
from peer.giver import Giver
from peer.helm import Helm
from peer.jobs import Receiving, Sending
from peer.offers import Offers
from peer.opening import open_room, telling
from peer.progress import Meter
from peer.pulse import RETURN_S, Pulse
from peer.remote import DOOR, FILES, LANES, RECORDING
from peer.report import Report, Spot
from peer.source import TEXT_NAME
from peer.taker import Taker
from peer.tap import Tap
from peer.terminal import printable
from peer.transfer import Incoming, Manifest, Outgoing, PeerGone, PeerLeft, Progress, Receipt, Source

STOPPING_S = 2.0
"""How long the other side is told that we stop."""
GIVES_ONLY = (LANES, DOOR, RECORDING)
"""The capabilities of one who answers no offers."""
GOES_ON = {Exit.INTERRUPTED, Exit.DISK}
"""Endings after which the same commands go on; the code stays good for them."""

T = TypeVar("T")


async def send_files(job: Sending, report: Report) -> Exit:
    """Opens a room, tells its code, and gives the files to as many as were asked for. Raises Failed."""
    with explained():
        source = await asyncio.to_thread(_source, job)
        for sentence in source.skipped:
            report.note(printable(sentence))
        async with open_room(job, report, job.receivers, to=job.to, capabilities=GIVES_ONLY) as room:
            keep_loaded()
            if job.to is None:
                report.say(events.Code(code=room.invite.code, link=room.invite.link(room.server, files=True)))
            await _give_all(room, source, job, report)
    return Exit.DONE


async def receive_files(job: Receiving, report: Report) -> Exit:
    """Takes the first offer that comes, if it is wanted. Raises Failed."""
    with explained():
        async with (
            join(job.code, server=job.server, engine=job.engine, token=job.token, on_event=telling(report)) as room,
            Offers(room) as offers,
        ):
            keep_loaded()
            remote, offer = await _in_time(offers.first(), job.timeout_s)
            await introduce(remote, report)
            incoming = Incoming(remote, offer, max_bytes=job.max_bytes)
            manifest = await incoming.manifest()
            report.say(offered(offer.transfer, manifest))
            place, on_conflict = await landing(remote, incoming, manifest, job)
            helm, began = Helm(report, room, job.limit_rate), time.monotonic()

            async def accept(remote: Remote, current: Incoming, pulse: Pulse) -> Receipt:
                if current is not incoming:
                    await introduce(remote, report)
                    report.say(offered(current.transfer, manifest))
                counter = Meter(time.monotonic())
                async with helm.over(current, remote, pulse):
                    taking = current.accept(
                        place,
                        on_conflict,
                        on_progress=meter(counter, report, helm, pulse),
                        on_resumed=resumed(counter, current.transfer, report),
                    )
                    with _once(again=isinstance(place, Path) and not manifest.open_ended):
                        return await stoppable(taking, current.cancel, pulse)

            if isinstance(place, Path):  # what was piped on cannot be taken again from somebody else
                offers.expect(manifest.fingerprint, job.max_bytes)
            taker = Taker(offers, accept, _vanished(report), job.timeout_s or RETURN_S)
            told(await taker.take(remote, incoming), began, report)
            await landed(place, manifest, job)
    return Exit.DONE


# Sending


def _source(job: Sending) -> Source:
    if job.stream_name is not None:
        return Source.from_stream(sys.stdin.buffer, job.stream_name)
    if job.text is not None:
        return Source.from_text(job.text, job.name or TEXT_NAME)
    return Source.from_paths(job.paths, job.exclude)


async def _give_all(room: Room, source: Source, job: Sending, report: Report) -> None:
    """Gives to each who comes, and keeps the code good for the same command if it may go on."""
    helm, tap = Helm(report, room, job.limit_rate), Tap(job.limit_rate)
    source.leaves.expect(job.receivers)
    numbers: dict[str, int] = {}

    async def give(remote: Remote, pulse: Pulse) -> None:
        who = remote.name or str(numbers.setdefault(remote.id, len(numbers) + 1))
        with _once(again=not source.manifest.open_ended):
            await _give(remote, source, report, helm, tap, pulse, f"to {who}")

    giver = Giver(
        _takers(room),
        job.receivers,
        give,
        _vanished(report),
        timeout_s=job.timeout_s,
        return_s=job.timeout_s or RETURN_S,
    )
    try:
        await giver.run()
    except Failed as failure:
        room.keeps_code = failure.exit in GOES_ON
        raise
    except asyncio.CancelledError:
        room.keeps_code = giver.begun
        raise


async def _takers(room: Room) -> AsyncIterator[Remote]:
    """Who may want something: not who only gives, like us."""
    async for remote in room.peers():
        if FILES in remote.capabilities:
            yield remote


async def _give(remote: Remote, source: Source, report: Report, helm: Helm, tap: Tap, pulse: Pulse, who: str) -> None:
    await introduce(remote, report)
    outgoing = Outgoing(source, tap=tap)
    report.say(offered(outgoing.transfer, source.manifest))
    began = time.monotonic()
    counter = Meter(began)
    told_of = meter(counter, report, helm, pulse, who), resumed(counter, outgoing.transfer, report)
    async with helm.over(outgoing, remote, pulse):
        giving = outgoing.run(remote, *told_of)
        receipt = await stoppable(giving, outgoing.cancel, pulse)
    told(receipt, began, report)


# Both


def keep_loaded() -> None:
    """What is loaded stays: no need to walk it again while bytes flow, and before we exit (a tenth of a second)."""
    gc.freeze()


async def _in_time(coming: Coroutine[Any, Any, T], timeout_s: float | None) -> T:
    try:
        async with asyncio.timeout(timeout_s):
            return await coming
    except TimeoutError:
        raise Failed(Exit.NOBODY_CAME, f"Nobody came in {timeout_s:g} seconds.", "--timeout waits longer.") from None


async def stoppable(transfer: Coroutine[Any, Any, Receipt], stop: Callable[[], None], pulse: Pulse) -> Receipt:
    """Runs a transfer; on Ctrl-C the other side is told before we go."""
    running = asyncio.ensure_future(transfer)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if not pulse.given_up:
            stop()
            await asyncio.wait([running], timeout=STOPPING_S)
        running.cancel()
        await asyncio.wait([running])
        raise


@contextmanager
def _once(*, again: bool) -> Iterator[None]:
    """Whoever vanishes need not be waited for where nothing goes on: a stream is read once, a pipe written once."""
    try:
        yield
    except PeerGone as gone:
        raise gone if again else PeerLeft(str(gone)) from None


def _vanished(report: Report) -> Callable[[float], None]:
    return lambda seconds: report.note(
        f"The other side is gone without a word. Waiting {seconds:g} s for it: the same command there goes on where "
        "this stopped …"
    )


def resumed(counter: Meter, transfer: str, report: Report) -> Callable[[int], None]:
    """Tells that a transfer goes on with what an earlier one left."""

    def tell(held: int) -> None:
        counter.begin(held)
        report.say(events.Resumed(transfer=transfer, bytes_held=held))

    return tell


async def introduce(remote: Remote, report: Report) -> None:
    """Tells who it is and how the bytes will go."""
    report.say(events.Peer(peer=remote.id, name=remote.name, engine=remote.engine))
    report.say(events.Verify(emoji=" ".join(each.emoji for each in remote.sas)))
    if path := await remote.path():
        report.say(events.Path(kind=path.kind, local=path.local, remote=path.remote))


def offered(transfer: str, manifest: Manifest) -> events.Offer:
    """The event of an offer."""
    files = sum(entry.kind != "dir" for entry in manifest.entries)
    return events.Offer(transfer=transfer, files=files, bytes=manifest.known_bytes)


def meter(counter: Meter, report: Report, helm: Helm, pulse: Pulse, who: str = "") -> Callable[[Progress], None]:
    """Tells the progress of one transfer, now and then."""

    def tell(progress: Progress) -> None:
        pulse.beat()
        if reading := counter.count(progress.bytes, progress.total, time.monotonic(), progress.coming):
            helm.moves(reading.rate)
            report.at(progress.transfer, Spot(who, progress.path, progress.number, progress.files, progress.coming))
            report.say(
                events.Progress(
                    transfer=progress.transfer,
                    bytes=reading.bytes,
                    total=reading.total if reading.total >= 0 else None,
                    rate=round(reading.rate),
                    eta=None if reading.eta is None else round(reading.eta, 1),
                )
            )

    return tell


def told(receipt: Receipt, began: float, report: Report) -> None:
    """Tells that a transfer is done."""
    for file in receipt.files:
        report.say(events.File(path=file.path, bytes=file.bytes, sha256_root=file.root or None))
    seconds = round(time.monotonic() - began, 3)
    report.say(events.Done(transfer=receipt.transfer, files=len(receipt.files), bytes=receipt.bytes, seconds=seconds))
