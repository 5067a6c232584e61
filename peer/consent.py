"""Where an offer goes, once the person at the receiving end has said yes; without a terminal the answer is no.

--out -  ► standard output, one file        a text ► the screen, and a file if wanted        else ► a folder
"""

from __future__ import annotations

import asyncio
import os
import sys
from hashlib import sha256
from pathlib import Path

from peer.disk import OnConflict, Store, Whole, already_here
from peer.exits import Exit, Failed
from peer.jobs import Receiving
from peer.pipe import Pipe, Scrap
from peer.progress import size_text
from peer.remote import Remote
from peer.report import count_text, offer_table
from peer.sink import Sink
from peer.terminal import ask, asks, error_console, printable, printable_lines
from peer.transfer import Incoming, Manifest, PeerGone

Place = tuple[Path | Sink, OnConflict]
"""Where to put it, and what to do about taken names."""


async def landing(remote: Remote, incoming: Incoming, manifest: Manifest, job: Receiving) -> Place:
    """Asks whether an offer is wanted, unless that was said before, and what to do about taken names.

    Raises:
        Failed: it is not wanted, or nobody can be asked; the sender has been told.
        PeerGone: the sender did not wait for the answer.
    """
    if job.piped:
        await _one_file(incoming, manifest)
        await _agreed(remote, incoming, manifest, "Write it to standard output? [Y/n]", yes=job.yes)
        return Pipe(manifest, sys.stdout.fileno()), "refuse"
    if manifest.is_text and job.shows_text:
        question = f"A text of {size_text(manifest.known_bytes)}. Read it? [Y/n]"
        await _agreed(remote, incoming, None, question, yes=job.yes)
        return Scrap(manifest), "refuse"
    out = job.out or Path()
    await _agreed(remote, incoming, manifest, f"Receive into {_called(out)}? [Y/n]", yes=job.yes)
    return out, _decided(job.on_conflict) or await _conflict(remote, incoming, manifest, out)


async def landed(place: Path | Sink, manifest: Manifest, job: Receiving) -> None:
    """Shows a text that has come, and keeps it where that is wanted. Raises DiskFailed."""
    if not isinstance(place, Scrap):
        return
    show_text(place.content)
    out = job.out
    if out is None and not job.yes and asks():
        question = f"Save it as “{printable(manifest.entries[0].path, 40)}” in this folder? [y/N]"
        out = Path() if (await ask(error_console(), question)).lower() in ("y", "yes") else None
    decided = _decided(job.on_conflict) or "rename"
    if out is not None and (name := await asyncio.to_thread(_keep, place, manifest, out, decided)):
        error_console().print(f"Saved as {printable(str(out / name))}.")


def show_text(content: bytes) -> None:
    """A text on stdout: as it is for a program, harmless for a terminal."""
    if sys.stdout.isatty():
        print(printable_lines(content.decode(errors="replace")), flush=True)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _keep(scrap: Scrap, manifest: Manifest, out: Path, on_conflict: OnConflict) -> str:
    store = Store(out, manifest, None, on_conflict, executable=False)
    try:
        if not store.open().taken:
            return ""
        store.take_files([Whole(0, memoryview(scrap.content), sha256(scrap.content).digest())])
        return store.finish_tree()[0].path
    finally:
        store.close(keep=False)


async def _one_file(incoming: Incoming, manifest: Manifest) -> None:
    if manifest.is_one_file:
        return
    files = sum(entry.kind != "dir" for entry in manifest.entries)
    what = "A folder is" if files < len(manifest.entries) else f"{count_text(files)} are"
    advice = "as one archive: `tar c … | twocans send -`"
    await incoming.decline("declined", f"standard output takes one file; send it {advice}.")
    raise Failed(
        Exit.DECLINED,
        f"{what} offered, and standard output takes one file; nothing was received.",
        f"Give --out a folder, or have it sent {advice}.",
    )


async def _agreed(remote: Remote, incoming: Incoming, shown: Manifest | None, question: str, *, yes: bool) -> None:
    if yes:
        return
    if not asks():
        await incoming.decline()
        raise Failed(Exit.DECLINED, "Declined, since there is no terminal to ask on.", "--yes takes what is offered.")
    if shown is not None:
        error_console().print(offer_table(shown.entries))
    if (await _asked(remote, question)).lower() not in ("", "y", "yes"):
        await incoming.decline()
        raise Failed(Exit.DECLINED, "Declined; nothing was received.")


async def _conflict(remote: Remote, incoming: Incoming, manifest: Manifest, out: Path) -> OnConflict:
    taken = await asyncio.to_thread(_taken, manifest, out)
    if not taken:
        return "refuse"
    names = ", ".join(printable(path, 40) for path in taken[:3]) + (f" and {len(taken) - 3} more" if taken[3:] else "")
    if not asks():
        sentence = f"There already: {names}."
        await incoming.decline("disk", sentence)
        raise Failed(Exit.DISK, f"{sentence} Nothing was received.", "--on-conflict rename, skip or overwrite decides.")
    question = f"There already: {names}. [r]ename the new, [s]kip, [o]verwrite, or [c]ancel?"
    choices: dict[str, OnConflict] = {"r": "rename", "s": "skip", "o": "overwrite"}
    while (answer := (await _asked(remote, question)).lower()[:1]) not in choices:
        if answer in ("c", ""):
            await incoming.decline()
            raise Failed(Exit.DECLINED, "Declined; nothing was received.")
    return choices[answer]


async def _asked(remote: Remote, question: str) -> str:
    """The answer; PeerGone when the other side does not wait for it."""
    asking = asyncio.create_task(ask(error_console(), question))
    gone = asyncio.create_task(remote.gone.wait())
    try:
        await asyncio.wait({asking, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            error_console().print()
            raise PeerGone("The other side left.")
        return asking.result()
    finally:
        asking.cancel()
        gone.cancel()


def _taken(manifest: Manifest, out: Path) -> list[str]:
    """Names that somebody else's files have; what an earlier run has put there is what is wanted."""
    there = [
        file
        for file, entry in enumerate(manifest.entries)
        if entry.kind != "dir" and not _is_link_to(out / entry.path, entry.target) and os.path.lexists(out / entry.path)
    ]
    ours = already_here(out, manifest) if there else set()
    return [manifest.entries[file].path for file in there if file not in ours]


def _is_link_to(path: Path, target: str) -> bool:
    return bool(target) and os.path.islink(path) and os.readlink(path) == target


def _decided(on_conflict: str) -> OnConflict | None:
    match on_conflict:
        case "rename" | "skip" | "overwrite" as decided:
            return decided
        case _:
            return None


def _called(out: Path) -> str:
    return "this folder" if out == Path() else str(out)
