"""What a person does with running transfers: pause, resume, limit, stop; and who looks after them meanwhile.

    p ──► pause / resume, of all that run        + - ──► limit        q ──► as Ctrl-C

The keys are there only on a terminal, while something runs. A sender turns its own tap; a receiver asks the sender to.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Protocol

from peer.client import Remote, Room
from peer.core.watch import Facts
from peer.keys import keys
from peer.progress import size_text
from peer.pulse import Pulse
from peer.report import Report
from peer.vigil import watch

HINT = "Keys: p pause, + - limit, q stop."
STEPS = tuple(digit * 10**power for power in range(4, 9) for digit in (1, 2, 5))
"""Limits in bytes a second that the keys go through, from 10 kB/s; above the last there is none."""
UNMEASURED = 2_000_000
"""What counts as the rate before there is one."""


class Running(Protocol):
    """A transfer at either end."""

    transfer: str

    def pause(self) -> None:
        """Holds it."""

    def resume(self) -> None:
        """Lets it go on."""

    def limit(self, rate: int) -> None:
        """Lets so many bytes a second pass from now on, 0 for any number."""

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""

    def reopen(self) -> None:
        """Closes the lane, so that the next one is opened."""


class Helm:
    """Over all transfers of one command.

    Args:
        report: whom to tell.
        room: where the other ends are.
        limit: bytes a second to begin with, 0 for any number.
    """

    def __init__(self, report: Report, room: Room, limit: int) -> None:
        self._report = report
        self._room = room
        self._limit = limit
        self._running: dict[str, Running] = {}
        self._paused = False
        self._rate = 0.0
        self._keyboard = ExitStack()
        self._hinted = False

    @asynccontextmanager
    async def over(self, transfer: Running, remote: Remote, pulse: Pulse) -> AsyncIterator[None]:
        """Steers and watches a transfer for the length of a block."""
        self._running[transfer.transfer] = transfer
        watching = asyncio.create_task(watch(transfer, remote, self._room, self._report.note, pulse.beat))
        try:
            transfer.limit(self._limit)
            if len(self._running) == 1:
                self._listen()
            if self._paused:
                transfer.pause()
            yield
        finally:
            watching.cancel()
            del self._running[transfer.transfer]
            self._report.over(transfer.transfer)
            if not self._running:
                self._keyboard.close()

    def moves(self, rate: float) -> None:
        """How fast something goes now: the first limit that the keys set is below that."""
        self._rate = rate

    def press(self, key: str) -> None:
        """A key was pressed."""
        match key:
            case "p" | "P":
                self._turn()
            case "+" | "=":
                self._set(next((step for step in STEPS if step > self._limit), 0) if self._limit else 0)
            case "-" | "_":
                below = self._limit or self._rate or UNMEASURED
                self._set(next((step for step in reversed(STEPS) if step < below), STEPS[0]))
            case "q" | "Q":
                signal.raise_signal(signal.SIGINT)

    def _listen(self) -> None:
        if self._keyboard.enter_context(keys(self.press)) and not self._hinted:
            self._hinted = True
            self._report.note(HINT)

    def _turn(self) -> None:
        self._paused = not self._paused
        self._report.note("Paused; p goes on." if self._paused else "Going on.")
        for transfer in self._running.values():
            if self._paused:
                transfer.pause()
            else:
                transfer.resume()

    def _set(self, limit: int) -> None:
        self._limit = limit
        self._report.note(f"Limit: {size_text(limit)}/s." if limit else "No limit.")
        for transfer in self._running.values():
            transfer.limit(limit)
