"""`receive --keep-open`: a box under a code or a link that takes what whoever has it puts in, until Ctrl-C.

room ─► code told ─► anyone comes ─┬─► offer ─► taken ─► command     one after another and side by side;
                                   └─► offer ─► …                    one that fails does not disturb the others
"""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath

from peer import events
from peer.client import NoRoom, Remote, Room, RoomFailed
from peer.command import run
from peer.endings import explained
from peer.errands import introduce, keep_loaded, meter, offered, resumed, stoppable, told
from peer.exits import Exit, Failed
from peer.helm import Helm
from peer.jobs import Box
from peer.opening import open_room
from peer.progress import Meter
from peer.pulse import Pulse
from peer.report import Report
from peer.terminal import printable
from peer.transfer import Incoming, Manifest, PeerGone, Receipt
from peer.wire.control import OfferFiles

MAX_GUESTS = 15
MAX_COMMANDS = 4
"""Commands that run at once; further ones wait for their turn."""


async def keep_open(job: Box, report: Report) -> Exit:
    """Opens a room, tells its code, and takes every offer until nothing comes for the time given. Raises Failed."""
    with explained():
        async with open_room(job, report, MAX_GUESTS) as room:
            keep_loaded()
            report.say(events.Code(code=room.invite.code, link=room.invite.link(room.server, files=True)))
            await _Dropbox(room, job, report).run()
    return Exit.DONE


class _Dropbox:
    def __init__(self, room: Room, job: Box, report: Report) -> None:
        self._room = room
        self._job = job
        self._report = report
        self._helm = Helm(report, room, job.limit_rate)
        self._commands = ThreadPoolExecutor(MAX_COMMANDS, "command")
        self._out = Path(os.path.abspath(job.out))
        self._stir = asyncio.Event()
        self._failure: RoomFailed | None = None
        self._taking = self._taken = 0

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as guests:
                welcoming = guests.create_task(self._welcome(guests))
                await self._until_over()
                welcoming.cancel()
        finally:
            await asyncio.to_thread(self._commands.shutdown)
        if self._failure is not None:
            raise self._failure
        if not self._taken:
            sentence = f"Nobody came in {self._job.timeout_s:g} seconds."
            raise Failed(Exit.NOBODY_CAME, sentence, "--timeout waits longer.")

    async def _welcome(self, guests: asyncio.TaskGroup) -> None:
        number = 0
        async with asyncio.TaskGroup() as serving:
            try:
                async for remote in self._room.peers():
                    number += 1
                    serving.create_task(self._serve(remote, f"from {remote.name or number}", guests))
                self._failure = NoRoom("The room was closed.")
            except RoomFailed as failure:
                self._failure = failure
            self._stir.set()  # what is being taken still comes

    async def _until_over(self) -> None:
        """Returns once nothing runs, and the room has failed or nothing has come for the time given."""
        while self._taking or self._failure is None:
            self._stir.clear()
            try:
                async with asyncio.timeout(None if self._taking else self._job.timeout_s):
                    await self._stir.wait()
            except TimeoutError:
                return

    async def _serve(self, remote: Remote, who: str, guests: asyncio.TaskGroup) -> None:
        introduced = False
        try:
            while True:
                offer = await remote.next_offer()
                if not introduced:
                    introduced = True
                    await introduce(remote, self._report)
                guests.create_task(self._take(remote, offer, who))
        except PeerGone:
            pass

    async def _take(self, remote: Remote, offer: OfferFiles, who: str) -> None:
        self._taking += 1
        self._stir.set()
        try:
            with explained():
                manifest, receipt = await self._receive(remote, offer, who)
            self._taken += 1
            await self._announce(manifest, receipt)
        except Failed as failure:
            self._fail(failure)
        except Exception as error:  # noqa: BLE001  one bad gift does not close the box
            self._fail(Failed(Exit.ERROR, printable(f"Unexpected {type(error).__name__}: {error}.")))
        finally:
            self._taking -= 1
            self._stir.set()

    async def _receive(self, remote: Remote, offer: OfferFiles, who: str) -> tuple[Manifest, Receipt]:
        job, began = self._job, time.monotonic()
        incoming = Incoming(remote, offer, max_bytes=job.max_bytes)
        manifest = await incoming.manifest()
        self._report.say(offered(offer.transfer, manifest))
        pulse, counter = Pulse(remote), Meter(began)
        async with self._helm.over(incoming, remote, pulse):
            taking = incoming.accept(
                job.out,
                job.on_conflict,
                on_progress=meter(counter, self._report, self._helm, pulse, who),
                on_resumed=resumed(counter, offer.transfer, self._report),
            )
            receipt = await stoppable(taking, incoming.cancel, pulse)
        told(receipt, began, self._report)
        return manifest, receipt

    def _fail(self, failure: Failed) -> None:
        message = f"{failure.sentence} {failure.hint}".strip()
        self._report.say(events.Error(code=failure.exit.word, message=message, exit=failure.exit))

    async def _announce(self, manifest: Manifest, receipt: Receipt) -> None:
        """Runs the command, if there is one; it goes on when we are stopped meanwhile."""
        if not self._job.command:
            return
        paths = [self._out / name for name in _names(manifest, receipt)]
        work = asyncio.get_running_loop().run_in_executor(self._commands, run, self._job.command, paths)
        if sentence := await asyncio.shield(work):
            self._report.note(printable(sentence))


def _names(manifest: Manifest, receipt: Receipt) -> list[str]:
    """What lies in the folder now: files and topmost folders, each once."""
    placed = [file.path for file in receipt.files] or [entry.path for entry in manifest.entries if entry.kind == "dir"]
    return list(dict.fromkeys(PurePath(path).parts[0] for path in placed))
