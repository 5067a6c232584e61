"""Single keys from the terminal while something runs; the terminal is left as it was found, whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from peer.terminal import asks


@contextmanager
def keys(press: Callable[[str], None]) -> Iterator[bool]:
    """Calls `press` for each key; does nothing, and gives False, where nobody can press one.

    Keys are read as they are pressed and not shown; Ctrl-C stays what it is. A program that was sent to the background
    leaves the terminal alone until it is back.
    """
    handle = _opened()
    if handle < 0:
        yield False
        return
    loop = asyncio.get_running_loop()
    found = termios.tcgetattr(handle)

    def read() -> None:
        if not _in_front(handle):
            loop.remove_reader(handle)
            return
        with suppress(OSError):
            typed = os.read(handle, 64)
            if not typed:
                loop.remove_reader(handle)
            for key in typed.decode(errors="replace"):
                press(key)

    def begin() -> None:
        if _in_front(handle):
            tty.setcbreak(handle, termios.TCSADRAIN)
            loop.add_reader(handle, read)

    begin()
    loop.add_signal_handler(signal.SIGCONT, begin)
    try:
        yield True
    finally:
        loop.remove_signal_handler(signal.SIGCONT)
        loop.remove_reader(handle)
        if _in_front(handle):
            with suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(handle, termios.TCSADRAIN, found)
        os.close(handle)


def _opened() -> int:
    """The terminal through a handle of our own, -1 for none: an event loop makes its handles non-blocking, and standard
    input is shared with the shell."""
    if not asks() or not _in_front(sys.stdin.fileno()):
        return -1
    try:
        return os.open(os.ttyname(sys.stdin.fileno()), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return -1


def _in_front(handle: int) -> bool:
    """Whether this program may read and set the terminal now; one without job control always may."""
    try:
        return os.tcgetpgrp(handle) == os.getpgrp()
    except OSError:
        return True
