"""Asks the person at the receiving end; without a terminal the answer is no."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from peer.disk import OnConflict, already_here
from peer.exits import Exit, Failed
from peer.remote import Remote
from peer.report import offer_table
from peer.terminal import ask, asks, error_console, printable
from peer.transfer import Incoming, Manifest, PeerGone


async def consent(
    remote: Remote, incoming: Incoming, manifest: Manifest, out: Path, on_conflict: str, *, yes: bool
) -> OnConflict:
    """Asks whether the files are wanted, unless `yes`, and what to do about taken names when `on_conflict` is "ask".

    Raises:
        Failed: they are not wanted, or nobody can be asked; the sender has been told.
        PeerGone: the sender did not wait for the answer.
    """
    if not yes:
        if not asks():
            await incoming.decline()
            raise Failed(
                Exit.DECLINED, "Declined, since there is no terminal to ask on.", "--yes takes what is offered."
            )
        error_console().print(offer_table(manifest.entries))
        if (await _asked(remote, f"Receive into {'this folder' if out == Path() else out}? [Y/n]")).lower() not in (
            "",
            "y",
            "yes",
        ):
            await incoming.decline()
            raise Failed(Exit.DECLINED, "Declined; nothing was received.")
    match on_conflict:
        case "rename" | "skip" | "overwrite" as decided:
            return decided
        case _:
            return await _conflict(remote, incoming, manifest, out)


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
