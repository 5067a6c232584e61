"""What a command tells while it runs, in two bodies: for a person and, with `--json`, for a script.

stdout carries the result alone (the code; where files went; with `--json` the events), stderr all else.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, assert_never

import msgspec
from msgspec import structs

from peer.defaults import DEFAULT_SERVER
from peer.events import AnyEvent, Code, Done, Error, File, Offer, Path, Peer, Progress, Recording, Resumed, Verify
from peer.progress import size_text, time_text
from peer.terminal import harmless_json, printable, qr_code

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID
    from rich.table import Table

    from peer.wire.frames import Entry

PLAIN_LINE_S = 5.0
"""Where no bar can be drawn, a line of progress comes after this many seconds."""
_NAME_LIMIT, _ROW_LIMIT = 48, 72
_BAR_WIDTH, _LEAST_NAME = 20, 8
MAX_ROWS = 20
"""Entries of an offer that are listed one by one."""


@dataclass(frozen=True)
class Spot:
    """What a person sees of a transfer beside its events: with whom, the file that moves, number `number` of `files`,
    and how many bytes are `coming` that no event counts yet."""

    who: str = ""
    path: str = ""
    number: int = 0
    files: int = 0
    coming: int = 0


class Report(Protocol):
    """Where events go."""

    def say(self, event: AnyEvent) -> None:
        """Tells one event."""

    def at(self, transfer: str, spot: Spot) -> None:
        """Where a transfer is; shown with its next progress."""

    def over(self, transfer: str) -> None:
        """A transfer ended, well or not; idempotent."""

    def note(self, sentence: str) -> None:
        """Tells a person something beside the events."""

    def close(self) -> None:
        """Leaves the terminal as it was; idempotent."""


class Script:
    """Events as JSON lines on stdout; failures in a sentence on stderr as well."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bytes: dict[str, int] = {}

    def say(self, event: AnyEvent) -> None:
        if isinstance(event, Progress):
            if self._bytes.get(event.transfer, 0) == event.bytes:
                return  # nothing new is proven
            self._bytes[event.transfer] = event.bytes
        sys.stdout.buffer.write(harmless_json(msgspec.json.encode(event)) + b"\n")
        sys.stdout.buffer.flush()
        if isinstance(event, Error):
            self.note(event.message)

    def at(self, transfer: str, spot: Spot) -> None:
        pass

    def over(self, transfer: str) -> None:
        self._bytes.pop(transfer, None)

    def note(self, sentence: str) -> None:
        self._console.print(sentence)

    def close(self) -> None:
        pass


class Person:
    """Sentences, a QR code and a bar for each transfer on stderr."""

    def __init__(self, console: Console, into: PurePath | None = None) -> None:
        """`into` is the folder that files are received in; None when sending."""
        self._console, self._into = console, into
        self._draws = console.is_terminal and not console.is_dumb_terminal
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._spots: dict[str, Spot] = {}
        self._lines_at: dict[str, float] = {}
        self._arrived: dict[str, None] = {}
        self._held: dict[str, int] = {}
        """Bytes that were there before, by transfer; they took no time."""
        self._root = ""

    def say(self, event: AnyEvent) -> None:
        match event:
            case Code():
                self._invite(event)
            case Peer(name=name, engine=engine):
                who = f"“{printable(name, _NAME_LIMIT)}”" if name else "the other side"
                self.note(f"Connected to {who} ({printable(engine, _NAME_LIMIT)}).")
            case Verify(emoji=emoji):
                self.note(f"Safety emoji: {emoji}  (the other side sees the same four)")
            case Path(kind=kind, local=local, remote=remote):
                way = (
                    "Direct, past the server"
                    if kind == "direct"
                    else "Through a TURN relay, which sees only ciphertext"
                )
                self.note(f"{way} ({printable(local)} to {printable(remote)}).")
            case Recording(name=name, on=on):
                who = f"“{printable(name, _NAME_LIMIT)}”" if name else "Somebody"
                self.note(f"{who} is recording what is seen and heard." if on else f"{who} is not recording any more.")
            case Offer(files=files, bytes=size):
                self.note(f"{'Offered' if self._into else 'Offering'}: {count_text(files)}, {size_text(size)}.")
            case Resumed(transfer=transfer, bytes_held=held):
                self._held[transfer] = held
                self.note(
                    f"Going on where it stopped: {size_text(held)} {'are here' if self._into else 'are there'} already."
                )
            case Progress():
                self._progress(event)
            case File(path=path, sha256_root=root):
                self._root = root or ""
                if path != "-":  # what went to stdout has no place
                    self._arrived.setdefault(PurePath(path).parts[0])
            case Done():
                self._done(event)
            case Error(message=message):
                self.close()
                self.note(message)
            case _:
                assert_never(event)

    def at(self, transfer: str, spot: Spot) -> None:
        self._spots[transfer] = spot
        self._lines_at.setdefault(transfer, time.monotonic() + PLAIN_LINE_S)

    def over(self, transfer: str) -> None:
        self._spots.pop(transfer, None)
        self._lines_at.pop(transfer, None)
        task = self._tasks.pop(transfer, None)
        if self._bars and task is not None:
            self._bars.remove_task(task)
            if not self._tasks:
                self.close()

    def note(self, sentence: str) -> None:
        self._console.print(sentence)

    def close(self) -> None:
        if self._bars:
            self._bars.stop()
            self._bars = None
        self._tasks.clear()

    def _invite(self, event: Code) -> None:
        server = event.link.rpartition("/f#")[0]
        flag = "" if event.code is None or server == DEFAULT_SERVER else f" --server {shlex.quote(server)}"
        token = event.code or event.link
        what = "code, to be said" if event.code else "link, to be given"
        self.note(f"The {what} to the other side:")
        print(token, flush=True)
        command = "receive" if self._into is None else "send --to"
        words = f"twocans {command} {shlex.quote(token)}{flag}"
        self.note(f"They type:  {words}" if self._into is None else f"They type:  {words} FILE …")
        if event.code:
            self.note(f"or open:    {event.link}")
        if code := qr_code(event.link, self._console):
            self._console.print(code, soft_wrap=False)
        self.note("Waiting for them … (Ctrl-C to stop)")

    def _progress(self, event: Progress) -> None:
        now = time.monotonic()
        spot = self._spots.get(event.transfer, Spot())
        event = structs.replace(event, bytes=event.bytes + spot.coming)
        if self._draws:
            self._draw(event, spot)
        elif self._lines_at.setdefault(event.transfer, now + PLAIN_LINE_S) <= now:
            self._lines_at[event.transfer] = now + PLAIN_LINE_S
            self.note(progress_text(event) + spot_text(spot, self._width(event), alone=len(self._spots) < 2))

    def _width(self, event: Progress) -> int:
        """Columns left beside the numbers, and the bar where there is one."""
        return self._console.width - len(progress_text(event)) - (_BAR_WIDTH + 1 if self._draws else 0)

    def _draw(self, event: Progress, spot: Spot) -> None:
        if self._bars is None:
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bars

            text = TextColumn("{task.fields[told]}", markup=False)
            self._bars = Bars(BarColumn(_BAR_WIDTH), text, console=self._console, auto_refresh=False)
            self._bars.start()
        if event.transfer not in self._tasks:
            self._tasks[event.transfer] = self._bars.add_task("", total=event.total, told="")
        task = self._tasks[event.transfer]
        told = progress_text(event) + spot_text(spot, self._width(event), alone=len(self._spots) < 2)
        self._bars.update(task, completed=event.bytes, total=event.total, told=told, refresh=True)

    def _done(self, event: Done) -> None:
        self.over(event.transfer)
        moved = event.bytes - self._held.pop(event.transfer, 0)
        rate = f", {size_text(moved / event.seconds)}/s" if event.seconds > 0 else ""
        root = f" Root {self._root[:16]}…" if event.files == 1 and self._root else ""
        proven = "Received" if self._into else "Sent"
        self.note(
            f"{proven} {count_text(event.files)}, {size_text(event.bytes)} in {time_text(event.seconds)}{rate}: "
            f"every byte proven by SHA-256.{root}"
        )
        if self._into is not None:
            for name in self._arrived:
                there = str(self._into / name)
                # It must not be taken for an option by whoever reads it.
                print(f"./{there}" if there.startswith("-") else there, flush=True)
        self._arrived.clear()


def count_text(files: int) -> str:
    """`1 entry`, `3 entries`."""
    return "1 file" if files == 1 else f"{files} files"


def progress_text(event: Progress) -> str:
    """`412 MB of 1.0 GB  92.1 MB/s  7 s left`."""
    of = f" of {size_text(event.total)}" if event.total is not None else ""
    left = f"  {time_text(event.eta)} left" if event.eta is not None else ""
    return f"{size_text(event.bytes)}{of}  {size_text(event.rate)}/s{left}"


def spot_text(spot: Spot, width: int, *, alone: bool) -> str:
    """`  2 of 14  photos/1.jpg  to Anna`, cut to `width` columns; with whom is said only where there are several."""
    parts = [printable(spot.who, _NAME_LIMIT)] if spot.who and not alone else []
    if spot.files > 1:
        parts += [f"{spot.number} of {spot.files}", spot.path]
    room = width - sum(len(part) + 2 for part in parts[:-1]) - 2
    if not parts or room < _LEAST_NAME:
        return ""
    return "".join(f"  {part}" for part in (*parts[:-1], printable(parts[-1], room)))


def offer_table(entries: Sequence[Entry]) -> Table:
    """What is offered, with sizes; the first of many and a sum of the others."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    shown = entries if len(entries) <= MAX_ROWS else entries[:MAX_ROWS]
    for entry in shown:
        name = printable(entry.path, _ROW_LIMIT) + {
            "dir": "/",
            "link": " → " + printable(entry.target, _NAME_LIMIT),
        }.get(entry.kind, "")
        size = "" if entry.kind != "file" else size_text(entry.size) if entry.size >= 0 else "size unknown"
        table.add_row(Text(name), Text(size))
    if rest := entries[len(shown) :]:
        table.add_row(Text(f"… and {len(rest)} more"), Text(size_text(sum(max(0, each.size) for each in rest))))
    return table
