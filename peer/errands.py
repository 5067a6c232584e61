"""What `send` and `receive` do, from the first connection to the last proof.

    send      room ─► code told ─► a peer comes ─► offer ─► stream ─► proven there ─► code burnt
    receive   room ─► an offer comes ─► all of it checked ─► asked ─► stream ─► proven here

Every failure that a person can meet leaves here as `Failed`, with what to try.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from peer import events
from peer.client import Remote, Room, join, join_code
from peer.consent import landed, landing
from peer.endings import explained
from peer.exits import Exit, Failed
from peer.helm import Helm
from peer.invite import new_link_invite, parse_invite
from peer.jobs import Receiving, Sending
from peer.progress import Meter
from peer.report import Report, Spot
from peer.source import TEXT_NAME
from peer.tap import Tap
from peer.terminal import printable
from peer.transfer import Incoming, Manifest, Outgoing, PeerGone, Progress, Receipt, Source
from peer.wire.control import OfferFiles

GIVES_ONLY = ()
"""The capabilities of one who answers no offers."""
STOPPING_S = 2.0
"""How long the other side is told that we stop."""

T = TypeVar("T")


async def send_files(job: Sending, report: Report) -> Exit:
    """Opens a room, tells its code, and gives the files to as many as were asked for. Raises Failed."""
    with explained():
        source = await asyncio.to_thread(_source, job)
        for sentence in source.skipped:
            report.note(printable(sentence))
        async with _room(job) as room:
            keep_loaded()
            if job.to is None:
                report.say(events.Code(code=room.invite.code, link=room.invite.link(room.server, files=True)))
            await _give_all(room, source, job, report)
    return Exit.DONE


async def receive_files(job: Receiving, report: Report) -> Exit:
    """Takes the first offer that comes, if it is wanted. Raises Failed."""
    with explained():
        async with join(job.code, server=job.server, engine=job.engine, token=job.token) as room:
            keep_loaded()
            remote, offer = await _first_offer(room, job.timeout_s)
            await introduce(remote, report)
            incoming = Incoming(remote, offer, max_bytes=job.max_bytes)
            manifest = await incoming.manifest()
            report.say(offered(offer.transfer, manifest))
            out, on_conflict = await landing(remote, incoming, manifest, job)
            helm, began = Helm(report, room, job.limit_rate), time.monotonic()
            async with helm.over(incoming, remote):
                taking = incoming.accept(out, on_conflict, on_progress=meter(report, helm))
                receipt = await stoppable(taking, incoming.cancel)
            told(receipt, began, report)
            await landed(out, manifest, job)
    return Exit.DONE


# Sending


def _source(job: Sending) -> Source:
    if job.stream_name is not None:
        return Source.from_stream(sys.stdin.buffer, job.stream_name)
    if job.text is not None:
        return Source.from_text(job.text, job.name or TEXT_NAME)
    return Source.from_paths(job.paths, job.exclude)


def _room(job: Sending) -> AbstractAsyncContextManager[Room]:
    if job.to is not None:
        return join(job.to, server=job.server, engine=job.engine, token=job.token, capabilities=GIVES_ONLY)
    invite, base = parse_invite(job.code) if job.code else (None, None)
    server, limit = job.server or base, job.receivers + 1
    if job.as_link or (invite and invite.code is None):
        link = invite or new_link_invite()
        return join(link, server=server, engine=job.engine, limit=limit, token=job.token, capabilities=GIVES_ONLY)
    return join_code(
        invite,
        words=job.words,
        limit=limit,
        server=server,
        engine=job.engine,
        token=job.token,
        capabilities=GIVES_ONLY,
    )


async def _give_all(room: Room, source: Source, job: Sending, report: Report) -> None:
    """Gives to each who comes, side by side; one who fails does not disturb the others."""
    failures: list[Failed] = []
    helm, tap = Helm(report, room, job.limit_rate), Tap(job.limit_rate)

    async def give(remote: Remote, who: str) -> None:
        try:
            with explained():
                await _give(remote, source, report, helm, tap, who)
        except Failed as failure:
            failures.append(failure)

    async with asyncio.TaskGroup() as gifts:
        arrivals = room.peers()
        try:
            for number in range(1, job.receivers + 1):
                with explained():
                    remote = await _in_time(_next_taker(arrivals), job.timeout_s)
                gifts.create_task(give(remote, f"to {remote.name or number}"))
        except Failed as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


async def _give(remote: Remote, source: Source, report: Report, helm: Helm, tap: Tap, who: str) -> None:
    await introduce(remote, report)
    outgoing = Outgoing(source, tap=tap)
    report.say(offered(outgoing.transfer, source.manifest))
    began = time.monotonic()
    async with helm.over(outgoing, remote):
        receipt = await stoppable(outgoing.run(remote, meter(report, helm, who)), outgoing.cancel)
    told(receipt, began, report)


# Receiving


async def _first_offer(room: Room, timeout_s: float | None) -> tuple[Remote, OfferFiles]:
    """The first offer of anyone in the room; until it comes, more people may."""

    async def offered(remote: Remote) -> tuple[Remote, OfferFiles]:
        return remote, await remote.next_offer()

    async def watch() -> tuple[Remote, OfferFiles]:
        arrivals = room.peers()
        arriving: asyncio.Future[Remote] = asyncio.ensure_future(_next(arrivals))
        offering: set[asyncio.Future[tuple[Remote, OfferFiles]]] = set()
        try:
            while True:
                waiting: set[asyncio.Future[Any]] = {arriving, *offering}
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for offer in [each for each in offering if each.done()]:
                    offering.discard(offer)
                    if not isinstance(offer.exception(), PeerGone) or room.invite.code is not None:
                        return offer.result()
                if arriving.done():
                    offering.add(asyncio.ensure_future(offered(arriving.result())))
                    arriving = asyncio.ensure_future(_next(arrivals))
        finally:
            arriving.cancel()
            for task in offering:
                task.cancel()

    return await _in_time(watch(), timeout_s)


# Both


def keep_loaded() -> None:
    """What is loaded stays: no need to walk it again while bytes flow, and before we exit (a tenth of a second)."""
    gc.freeze()


async def _next_taker(arrivals: AsyncIterator[Remote]) -> Remote:
    """The next who may want something: not one who only gives, like us."""
    while not (remote := await _next(arrivals)).takes:
        pass
    return remote


async def _next(arrivals: AsyncIterator[Remote]) -> Remote:
    async for remote in arrivals:
        return remote
    raise Failed(Exit.NOBODY_CAME, "The room was closed before anybody came.")


async def _in_time(coming: Coroutine[Any, Any, T], timeout_s: float | None) -> T:
    try:
        async with asyncio.timeout(timeout_s):
            return await coming
    except TimeoutError:
        raise Failed(Exit.NOBODY_CAME, f"Nobody came in {timeout_s:g} seconds.", "--timeout waits longer.") from None


async def stoppable(transfer: Coroutine[Any, Any, Receipt], stop: Callable[[], None]) -> Receipt:
    """Runs a transfer; on Ctrl-C the other side is told before we go."""
    running = asyncio.ensure_future(transfer)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait([running], timeout=STOPPING_S)
        running.cancel()
        raise


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


def meter(report: Report, helm: Helm, who: str = "") -> Callable[[Progress], None]:
    """Tells the progress of one transfer, now and then."""
    counter = Meter(time.monotonic())

    def tell(progress: Progress) -> None:
        if reading := counter.count(progress.bytes, progress.total, time.monotonic()):
            helm.moves(reading.rate)
            report.at(progress.transfer, Spot(who, progress.path, progress.number, progress.files))
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
        report.say(events.File(path=file.path, bytes=file.bytes, sha256_root=file.root))
    seconds = round(time.monotonic() - began, 3)
    report.say(events.Done(transfer=receipt.transfer, files=len(receipt.files), bytes=receipt.bytes, seconds=seconds))
