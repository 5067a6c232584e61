"""The terminal: what strangers wrote made harmless, QR codes, questions.

Everything a remote peer chose (names, paths, reasons) passes through `printable` before a person sees it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Zero-width (non-)joiner: Bengali and many emoji are misspelt without them, and they move nothing."""
_QR_BORDER = 2


def printable(text: str, limit: int = 0) -> str:
    """`text` without anything that could move a cursor, turn the reading direction or hide: such characters become
    `\\u{202e}`. With a `limit`, what is longer keeps its beginning and its end."""
    safe = "".join(character if _shows(character) else f"\\u{{{ord(character):x}}}" for character in text)
    if not limit or len(safe) <= limit:
        return safe
    head = (limit - 1) * 2 // 3
    return f"{safe[:head]}…{safe[len(safe) - (limit - 1 - head) :]}"


def printable_lines(text: str) -> str:
    """`printable` for a text of several lines; tabs become spaces."""
    return "\n".join(printable(line.expandtabs()) for line in text.splitlines())


def harmless_json(line: bytes) -> bytes:
    """The same JSON, with everything in its texts that `printable` would replace as an escape of JSON."""
    text = line.decode()
    return "".join(character if _shows(character) else _json_escape(character) for character in text).encode()


class HarmlessFormatter(logging.Formatter):
    """Log lines may quote the other side."""

    def format(self, record: logging.LogRecord) -> str:
        """The line and its traceback, as `printable_lines`."""
        return printable_lines(super().format(record))


def error_console() -> Console:
    """Standard error as a rich console that takes text literally; obeys NO_COLOR, TERM=dumb and COLUMNS."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def asks() -> bool:
    """Whether a person can be asked: both the question and the answer need a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def qr_code(text: str, console: Console) -> Text | None:
    """`text` as a QR code of half blocks, or None where it could not be shown or scanned."""
    if not console.is_terminal or console.is_dumb_terminal or console.encoding.lower() not in ("utf-8", "utf8"):
        return None
    import segno
    from rich.text import Text

    code = segno.make(text, error="l", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=_QR_BORDER)]
    if len(rows[0]) > console.width:
        return None
    # Without colours the light modules are drawn: right on the dark terminals that most people have.
    drawn = 1 if console.color_system and not console.no_color else 0
    style = "black on bright_white" if drawn else ""
    return Text("\n").join(Text(line, style=style) for line in _half_blocks(rows, drawn))


async def ask(console: Console, question: str, reads: Callable[[], str] | None = None) -> str:
    """Asks on stderr and waits for a line of standard input, without holding up the loop. "" at its end."""
    console.print(question, end=" ", soft_wrap=True)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def settle(line: str) -> None:
        if not answer.done():
            answer.set_result(line.strip())

    def read() -> None:
        # os.read, not readline: a daemon thread may not hold the lock of sys.stdin when the interpreter ends.
        line = (reads or _read_line)()
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, line)

    threading.Thread(target=read, name="twocans-ask", daemon=True).start()
    return await answer


def ask_code(words: Iterable[str]) -> str:
    """Asks for a code before anything else runs; Tab completes a word that only one word begins like.

    Raises:
        EOFError: standard input ended.
    """
    question = "Code or link: "
    if not sys.stdout.isatty():  # readline would write the question there
        print(question, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()
    with _completion(sorted(words)):
        return input(question).strip()


def complete(words: list[str], typed: str) -> list[str]:
    """The spellings of `typed` with its last word completed: all that are possible."""
    cut = max(typed.rfind("-"), typed.rfind(" ")) + 1
    head, stem = typed[:cut], typed[cut:].lower()
    return [head + word for word in words if word.startswith(stem)] if cut and stem else []


@contextmanager
def _completion(words: list[str]) -> Iterator[None]:
    try:
        import readline
    except ImportError:  # Windows: no completion, the code is still understood by its prefixes
        yield
        return
    readline.set_completer_delims("")
    readline.set_completer(lambda typed, n: dict(enumerate(complete(words, typed))).get(n))
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
    readline.set_auto_history(False)  # a code is a secret
    try:
        yield
    finally:
        readline.set_completer(None)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _shows(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _HIDDEN


def _half_blocks(rows: list[list[int]], drawn: int) -> Iterator[str]:
    """Two rows of modules a line; `drawn` is the module value that takes ink."""
    blank = [1 - drawn] * len(rows[0])
    for top, bottom in zip(rows[::2], [*rows[1::2], blank], strict=False):
        yield "".join(" ▄▀█"[2 * (a == drawn) + (b == drawn)] for a, b in zip(top, bottom, strict=True))


def _read_line() -> str:
    try:
        return os.read(sys.stdin.fileno(), 4096).decode(errors="replace").partition("\n")[0]
    except OSError:
        return ""
