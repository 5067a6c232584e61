"""What a command tells while it runs, in two bodies: for a person and, with `--json`, for a script.

stdout carries the result alone (the code; where files went; with `--json` the events), stderr all else.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, assert_never

import msgspec

from peer.defaults import DEFAULT_SERVER
from peer.events import AnyEvent, Code, Done, Error, File, Offer, Path, Peer, Progress, Resumed, Verify
from peer.progress import size_text, time_text
from peer.terminal import printable, qr_code

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID
    from rich.table import Table

    from peer.wire.frames import Entry

PLAIN_LINE_S = 5.0
"""Where no bar can be drawn, a line of progress comes after this many seconds."""
_NAME_LIMIT, _ROW_LIMIT = 48, 72
MAX_ROWS = 20
"""Entries of an offer that are listed one by one."""


class Report(Protocol):
    """Where events go."""

    def say(self, event: AnyEvent) -> None:
        """Tells one event."""

    def note(self, sentence: str) -> None:
        """Tells a person something beside the events."""

    def close(self) -> None:
        """Leaves the terminal as it was; idempotent."""


class Script:
    """Events as JSON lines on stdout; failures in a sentence on stderr as well."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, event: AnyEvent) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
        sys.stdout.buffer.flush()
        if isinstance(event, Error):
            self.note(event.message)

    def note(self, sentence: str) -> None:
        self._console.print(sentence)

    def close(self) -> None:
        pass


class Person:
    """Sentences, a QR code and a bar on stderr."""

    def __init__(self, console: Console, into: PurePath | None = None) -> None:
        """`into` is the folder that files are received in; None when sending."""
        self._console, self._into = console, into
        self._draws = console.is_terminal and not console.is_dumb_terminal
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._line_at = time.monotonic() + PLAIN_LINE_S
        self._arrived: dict[str, None] = {}
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
            case Offer(files=files, bytes=size):
                self.note(f"{'Offered' if self._into else 'Offering'}: {count_text(files)}, {size_text(size)}.")
            case Resumed(bytes_held=held):
                self.note(
                    f"Going on where it stopped: {size_text(held)} {'are here' if self._into else 'are there'} already."
                )
            case Progress():
                self._progress(event)
            case File(path=path, sha256_root=root):
                self._arrived.setdefault(PurePath(path).parts[0])
                self._root = root or ""
            case Done():
                self._done(event)
            case Error(message=message):
                self.close()
                self.note(message)
            case _:
                assert_never(event)

    def note(self, sentence: str) -> None:
        self._console.print(sentence)

    def close(self) -> None:
        if self._bars:
            self._bars.stop()
            self._bars = None

    def _invite(self, event: Code) -> None:
        server = event.link.rpartition("/f#")[0]
        flag = "" if event.code is None or server == DEFAULT_SERVER else f" --server {shlex.quote(server)}"
        token = event.code or event.link
        what = "code, to be said" if event.code else "link, to be given"
        self.note(f"The {what} to the other side:")
        print(token, flush=True)
        self.note(f"They type:  twocans receive {shlex.quote(token)}{flag}")
        if event.code:
            self.note(f"or open:    {event.link}")
        if code := qr_code(event.link, self._console):
            self._console.print(code, soft_wrap=False)
        self.note("Waiting for them … (Ctrl-C to stop)")

    def _progress(self, event: Progress) -> None:
        if self._draws:
            self._draw(event)
        elif self._line_at <= (now := time.monotonic()):
            self._line_at = now + PLAIN_LINE_S
            self.note(progress_text(event))

    def _draw(self, event: Progress) -> None:
        if self._bars is None:
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bars

            text = TextColumn("{task.fields[told]}", markup=False)
            self._bars = Bars(BarColumn(), text, console=self._console, auto_refresh=False)
            self._bars.start()
        if event.transfer not in self._tasks:
            self._tasks[event.transfer] = self._bars.add_task("", total=event.total, told="")
        task = self._tasks[event.transfer]
        self._bars.update(task, completed=event.bytes, total=event.total, told=progress_text(event), refresh=True)

    def _done(self, event: Done) -> None:
        self.close()
        rate = f", {size_text(event.bytes / event.seconds)}/s" if event.seconds > 0 else ""
        root = f" Root {self._root[:16]}…" if event.files == 1 and self._root else ""
        proven = "Received" if self._into else "Sent"
        self.note(
            f"{proven} {count_text(event.files)}, {size_text(event.bytes)} in {time_text(event.seconds)}{rate}: "
            f"every byte proven by SHA-256.{root}"
        )
        if self._into is not None:
            for name in self._arrived:
                print(self._into / name, flush=True)


def count_text(files: int) -> str:
    """`1 entry`, `3 entries`."""
    return "1 file" if files == 1 else f"{files} files"


def progress_text(event: Progress) -> str:
    """`412 MB of 1.0 GB  92.1 MB/s  7 s left`."""
    of = f" of {size_text(event.total)}" if event.total is not None else ""
    left = f"  {time_text(event.eta)} left" if event.eta is not None else ""
    return f"{size_text(event.bytes)}{of}  {size_text(event.rate)}/s{left}"


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
