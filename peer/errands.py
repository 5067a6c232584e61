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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from peer import events
from peer.client import Remote, Room, join, join_code
from peer.consent import consent
from peer.endings import explained
from peer.exits import Exit, Failed
from peer.invite import new_link_invite, parse_invite
from peer.progress import Meter
from peer.report import Report
from peer.terminal import printable
from peer.transfer import Incoming, Manifest, Outgoing, PeerGone, Progress, Receipt, Source
from peer.wire.control import OfferFiles

STOPPING_S = 2.0
"""How long the other side is told that we stop."""

T = TypeVar("T")


@dataclass(frozen=True)
class Sending:
    """What `send` was asked to do. `stream_name` stands for standard input in place of `paths`."""

    paths: tuple[Path, ...]
    stream_name: str | None
    exclude: tuple[str, ...]
    code: str | None
    as_link: bool
    words: int
    receivers: int
    server: str | None
    token: str | None
    engine: str
    timeout_s: float | None


@dataclass(frozen=True)
class Receiving:
    """What `receive` was asked to do; `on_conflict` "ask" needs a terminal."""

    code: str
    out: Path
    yes: bool
    on_conflict: str
    max_bytes: int | None
    server: str | None
    token: str | None
    engine: str
    timeout_s: float | None


async def send_files(job: Sending, report: Report) -> Exit:
    """Opens a room, tells its code, and gives the files to as many as were asked for. Raises Failed."""
    with explained():
        source = await asyncio.to_thread(_source, job)
        for sentence in source.skipped:
            report.note(printable(sentence))
        async with _room(job) as room:
            _keep_loaded()
            report.say(events.Code(code=room.invite.code, link=room.invite.link(room.server, files=True)))
            await _give_all(room, source, job, report)
    return Exit.DONE


async def receive_files(job: Receiving, report: Report) -> Exit:
    """Takes the first offer that comes, if it is wanted. Raises Failed."""
    with explained():
        async with join(job.code, server=job.server, engine=job.engine, token=job.token) as room:
            _keep_loaded()
            remote, offer = await _first_offer(room, job.timeout_s)
            await _introduce(remote, report)
            incoming = Incoming(remote, offer, max_bytes=job.max_bytes)
            manifest = await incoming.manifest()
            report.say(_offer(offer.transfer, manifest))
            on_conflict = await consent(remote, incoming, manifest, job.out, job.on_conflict, yes=job.yes)
            began = time.monotonic()
            taking = incoming.accept(job.out, on_conflict, on_progress=_meter(report))
            _told(await _stoppable(taking, incoming.cancel), began, report)
    return Exit.DONE


# Sending


def _source(job: Sending) -> Source:
    if job.stream_name is not None:
        return Source.from_stream(sys.stdin.buffer, job.stream_name)
    return Source.from_paths(job.paths, job.exclude)


def _room(job: Sending) -> AbstractAsyncContextManager[Room]:
    invite, base = parse_invite(job.code) if job.code else (None, None)
    server, limit = job.server or base, job.receivers + 1
    if job.as_link or (invite and invite.code is None):
        link = invite or new_link_invite()
        return join(link, server=server, engine=job.engine, limit=limit, token=job.token)
    return join_code(invite, words=job.words, limit=limit, server=server, engine=job.engine, token=job.token)


async def _give_all(room: Room, source: Source, job: Sending, report: Report) -> None:
    """Gives to each who comes, side by side; one who fails does not disturb the others."""
    failures: list[Failed] = []

    async def give(remote: Remote) -> None:
        try:
            with explained():
                await _give(remote, source, report)
        except Failed as failure:
            failures.append(failure)

    async with asyncio.TaskGroup() as gifts:
        arrivals = room.peers()
        try:
            for _ in range(job.receivers):
                with explained():
                    remote = await _in_time(_next(arrivals), job.timeout_s)
                gifts.create_task(give(remote))
        except Failed as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


async def _give(remote: Remote, source: Source, report: Report) -> None:
    await _introduce(remote, report)
    outgoing = Outgoing(source)
    report.say(_offer(outgoing.transfer, source.manifest))
    began = time.monotonic()
    _told(await _stoppable(outgoing.run(remote, _meter(report)), outgoing.cancel), began, report)


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


def _keep_loaded() -> None:
    """What is loaded stays: no need to walk it again while bytes flow, and before we exit (a tenth of a second)."""
    gc.freeze()


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


async def _stoppable(transfer: Coroutine[Any, Any, Receipt], stop: Callable[[], None]) -> Receipt:
    """Runs a transfer; on Ctrl-C the other side is told before we go."""
    running = asyncio.ensure_future(transfer)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait([running], timeout=STOPPING_S)
        running.cancel()
        raise


async def _introduce(remote: Remote, report: Report) -> None:
    report.say(events.Peer(peer=remote.id, name=remote.name, engine=remote.engine))
    report.say(events.Verify(emoji=" ".join(each.emoji for each in remote.sas)))
    if path := await remote.path():
        report.say(events.Path(kind=path.kind, local=path.local, remote=path.remote))


def _offer(transfer: str, manifest: Manifest) -> events.Offer:
    files = sum(entry.kind != "dir" for entry in manifest.entries)
    return events.Offer(transfer=transfer, files=files, bytes=manifest.known_bytes)


def _meter(report: Report) -> Callable[[Progress], None]:
    meter = Meter(time.monotonic())

    def tell(progress: Progress) -> None:
        if reading := meter.count(progress.bytes, progress.total, time.monotonic()):
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


def _told(receipt: Receipt, began: float, report: Report) -> None:
    for file in receipt.files:
        report.say(events.File(path=file.path, bytes=file.bytes, sha256_root=file.root))
    seconds = round(time.monotonic() - began, 3)
    report.say(events.Done(transfer=receipt.transfer, files=len(receipt.files), bytes=receipt.bytes, seconds=seconds))
