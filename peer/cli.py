"""`twocans send` and `twocans receive`: options, and how what happened becomes an exit code.

    cli (options) ──► errands (what is done) ──► report (what is told)
         ◄── exit code ──

Only click and the standard library are imported until an errand begins.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from peer.completion import complete_code
from peer.exits import Exit, Failed
from peer.options import CommandLine, Configured, Rate, Size, common, why

if TYPE_CHECKING:
    from peer.report import Report

MAX_RECEIVERS = 15
DEFAULT_WORDS = 3
_REPORT_US = "This is a fault of Twocans; `twocans -v …` shows where, and a report of it is welcome."


@click.command(cls=Configured, short_help="Send files or folders; prints the code that receives them.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--text", metavar="TEXT", help="Send this text to be read there; `-` reads it from standard input.")
@click.option("--code", envvar="TWOCANS_CODE", show_envvar=True, help="Use this code or link, not a new one.")
@click.option(
    "--to",
    metavar="CODE-OR-LINK",
    shell_complete=complete_code,
    help="Put it into the drop box that has this code or link.",
)
@click.option("--link", "as_link", is_flag=True, help="Make a link with a 128-bit secret instead of a spoken code.")
@click.option("--words", type=click.IntRange(2, 8), default=DEFAULT_WORDS, show_default=True, help="Words in the code.")
@click.option(
    "--receivers",
    type=click.IntRange(1, MAX_RECEIVERS),
    default=1,
    show_default=True,
    help="How many people get it before the command ends.",
)
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out matching names; can be repeated.")
@click.option("--name", help="What standard input, or a text, is called on the other side.")
@click.option("--limit-rate", type=Rate(), metavar="RATE", help="Send no more a second than this, to all: 500K, 5M.")
@common
@click.pass_context
def send(context: click.Context, /, **options: Any) -> int:
    """Send files or folders; `-` sends standard input.

    Prints a code. Whoever types it into `twocans receive`, or opens the link, gets the files straight from here.
    On a terminal, keys pause (p), limit (+ -) and stop (q) what runs.
    """
    paths: tuple[Path, ...] = options["paths"]
    streams = Path("-") in paths
    if streams and len(paths) > 1:
        raise click.UsageError("`-` (standard input) goes alone; send the other paths with another command.")
    if streams and options["receivers"] > 1:
        raise click.UsageError("Standard input can be read once, so it goes to one receiver; send a file instead.")
    if streams and options["code_file"] == Path("-"):
        raise click.UsageError("Standard input cannot be both what is sent and where the code stands.")
    if streams and sys.stdin.isatty():
        raise click.UsageError("Standard input is this keyboard; pipe something in: `tar c logs | twocans send -`.")
    if options["text"] is None and not paths:
        raise click.UsageError("Nothing to send: give files or folders, `-` for standard input, or --text.")
    if options["text"] is not None and paths:
        raise click.UsageError("--text goes alone; send the files with another command.")
    if options["name"] and not streams and options["text"] is None:
        raise click.UsageError("--name is for standard input (`-`) and --text; files keep their own names.")
    to = options["to"] and _checked(options["to"])
    code = None if to else _given_code(context, options["code"], options["code_file"])
    if to and (options["as_link"] or options["receivers"] > 1 or _by_flag(context, "code")):
        raise click.UsageError("--to goes to one box that is there; leave --link, --code and --receivers away.")
    if code and options["as_link"]:
        raise click.UsageError("--link makes a new link, --code uses one you have; give one of the two.")
    if code:
        _checked(code)
    text = _given_text(options["text"], options["code_file"])

    def errand(report: Report) -> Coroutine[None, None, Exit]:
        from peer.errands import send_files
        from peer.jobs import Sending

        return send_files(
            Sending(
                paths=paths,
                stream_name=(options["name"] or "stdin") if streams else None,
                text=text,
                name=options["name"],
                exclude=options["exclude"],
                code=code,
                to=to,
                as_link=options["as_link"],
                words=options["words"],
                receivers=options["receivers"],
                limit_rate=options["limit_rate"] or 0,
                server=_server(context, options["server"], to or code),
                token=_token(options["token_file"]),
                engine=options["engine"],
                timeout_s=options["timeout"],
            ),
            report,
        )

    return _run(context, errand, options, into=None)


@click.command(cls=Configured, short_help="Receive what was sent under a code or a link.")
@click.argument("code", metavar="[CODE-OR-LINK]", nargs=-1, envvar="TWOCANS_CODE", shell_complete=complete_code)
@click.option(
    "--out",
    type=click.Path(file_okay=True, allow_dash=True, path_type=Path),
    metavar="DIR",
    help="Folder to put it in, made when missing; `-` writes one file to standard output. [default: this folder]",
)
@click.option("-y", "--yes", is_flag=True, help="Take what is offered without asking.")
@click.option(
    "--on-conflict",
    type=click.Choice(["ask", "rename", "skip", "overwrite"]),
    default="ask",
    show_default=True,
    help="What to do when a file of that name exists; a drop box renames unless told otherwise.",
)
@click.option("--max-size", type=Size(), metavar="SIZE", help="Refuse more than this: 300M, 1.5G, 2GiB.")
@click.option("--limit-rate", type=Rate(), metavar="RATE", help="Ask for no more a second than this: 500K, 5M.")
@click.option("--keep-open", is_flag=True, help="Be a drop box: take all that comes, from many, until Ctrl-C.")
@click.option("--link", "as_link", is_flag=True, help="Of a drop box: make a link; one wrong guess burns a code.")
@click.option(
    "--exec",
    "command",
    type=CommandLine(),
    metavar="'COMMAND {}'",
    help="Of a drop box: run this for each transfer, with the paths in place of {}; no shell reads them.",
)
@common
@click.pass_context
def receive(context: click.Context, /, **options: Any) -> int:
    """Receive what was sent under a code or a link.

    Without one, asks for it; words may be shortened to their first four letters. `-` reads it from standard input,
    and TWOCANS_CODE is looked at too, since command lines can be read by others on this machine.

    With --keep-open, makes a code or a link, or uses the one given, and takes what comes without asking: whoever has
    it may put something in. One wrong guess burns a spoken code, so a box that stays open wants --link.
    """
    if options["keep_open"]:
        return _keep_open(context, options)
    if options["as_link"] or options["command"]:
        raise click.UsageError("--link and --exec are for a drop box; add --keep-open.")
    piped = options["out"] == Path("-")
    if piped and options["as_json"]:
        raise click.UsageError("Standard output cannot take both file and events; leave --json or --out - away.")
    if piped and sys.stdout.isatty():
        raise click.UsageError("Standard output is this terminal; pipe it on: `twocans receive CODE --out - | tar x`.")
    code = _checked(_given_code(context, " ".join(options["code"]), options["code_file"]) or _asked_code())

    def errand(report: Report) -> Coroutine[None, None, Exit]:
        from peer.errands import receive_files
        from peer.jobs import Receiving

        return receive_files(
            Receiving(
                code=code,
                out=options["out"],
                piped=piped,
                shows_text=not options["as_json"],
                yes=options["yes"],
                on_conflict=options["on_conflict"],
                max_bytes=options["max_size"],
                limit_rate=options["limit_rate"] or 0,
                server=_server(context, options["server"], code),
                token=_token(options["token_file"]),
                engine=options["engine"],
                timeout_s=options["timeout"],
            ),
            report,
        )

    return _run(context, errand, options, into=options["out"] or Path())


def _keep_open(context: click.Context, options: dict[str, Any]) -> int:
    out = options["out"] or Path()
    if out == Path("-"):
        raise click.UsageError("A drop box needs a folder; standard output takes one file.")
    code = _given_code(context, " ".join(options["code"]), options["code_file"])
    if code and options["as_link"]:
        raise click.UsageError("--link makes a new link; leave it or the code away.")
    code = code and _checked(code)

    def errand(report: Report) -> Coroutine[None, None, Exit]:
        from peer.dropbox import keep_open
        from peer.jobs import Box

        return keep_open(
            Box(
                code=code,
                as_link=options["as_link"],
                words=DEFAULT_WORDS,
                out=out,
                on_conflict="rename" if options["on_conflict"] == "ask" else options["on_conflict"],
                command=options["command"] or (),
                max_bytes=options["max_size"],
                limit_rate=options["limit_rate"] or 0,
                server=_server(context, options["server"], code),
                token=_token(options["token_file"]),
                engine=options["engine"],
                timeout_s=options["timeout"],
            ),
            report,
        )

    return _run(context, errand, options, into=out)


def _run(
    context: click.Context,
    errand: Callable[[Report], Coroutine[None, None, Exit]],
    options: dict[str, Any],
    into: Path | None,
) -> int:
    """Runs an errand on an event loop; every way in which it can end is told, and becomes an exit code."""
    from peer.report import Person, Script
    from peer.terminal import HarmlessFormatter, error_console, printable, printable_lines

    verbose = options["verbose"] or bool(context.find_root().params.get("verbose"))
    if verbose:
        import logging

        handler = logging.StreamHandler()
        handler.setFormatter(HarmlessFormatter("%(name)s %(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
    console = error_console()
    report: Report = Script(console) if options["as_json"] else Person(console, into)
    try:
        return _run_loop(errand(report))
    except KeyboardInterrupt:
        return _fail(report, Failed(Exit.CTRL_C, "Stopped."))
    except Failed as failure:
        return _fail(report, failure)
    except Exception as error:  # noqa: BLE001  the task ends here: told in a sentence, in full with -v
        if verbose:
            console.print(printable_lines(traceback.format_exc()))
        return _fail(report, Failed(Exit.ERROR, printable(f"Unexpected {type(error).__name__}: {error}."), _REPORT_US))
    finally:
        report.close()


def _run_loop(errand: Coroutine[None, None, Exit]) -> Exit:
    # Asked to end, we do so as after Ctrl-C: the other side is told, and the terminal left as it was.
    former = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        try:
            import uvloop
        except ImportError:  # Windows
            import asyncio

            return asyncio.run(errand)
        return uvloop.run(errand)
    finally:
        signal.signal(signal.SIGTERM, former)


def _fail(report: Report, failure: Failed) -> Exit:
    from peer.events import Error

    message = f"{failure.sentence} {failure.hint}".strip()
    report.say(Error(code=failure.exit.word, message=message, exit=failure.exit))
    return failure.exit


def _server(context: click.Context, named: str | None, code: str | None) -> str | None:
    """A flag names the server, else the link does, else the environment or the file with defaults."""
    from peer.invite import parse_invite

    of_link = None if code is None or _by_flag(context, "server") else parse_invite(code)[1]
    return of_link or named


def _by_flag(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is ParameterSource.COMMANDLINE


def _given_code(context: click.Context, code: str | None, file: Path | None) -> str | None:
    """The code from wherever it was given; a flag goes before the environment."""
    if file is None:
        return _read_secret(Path("-")) if code == "-" else code or None
    if code and _by_flag(context, "code"):
        raise click.UsageError("A code and --code-file: give one of the two.")
    return _read_secret(file)


def _given_text(text: str | None, code_file: Path | None) -> str | None:
    """The text to send, from the command line or standard input."""
    from peer.wire.frames import MAX_TEXT_BYTES

    if text == "-":
        if code_file == Path("-"):
            raise click.UsageError("Standard input cannot be both what is sent and where the code stands.")
        try:
            text = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1).decode()
        except UnicodeDecodeError:
            raise click.UsageError("What stands on standard input is no text; send it as a file with `-`.") from None
    if text is not None and not 1 <= len(text.encode(errors="replace")) <= MAX_TEXT_BYTES:
        raise click.UsageError("A text has 1 to 65,536 bytes; send a longer one as a file.")
    return text


def _read_secret(file: Path) -> str:
    name = "standard input" if file == Path("-") else str(file)
    try:
        text = sys.stdin.readline() if file == Path("-") else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name} cannot be read: {why(error)}.") from None
    if not text.strip():
        raise click.UsageError(f"There is nothing in {name}.")
    return text.strip()


def _asked_code() -> str:
    from peer.terminal import ask_code, asks
    from peer.words import WORDS

    if not asks():
        raise click.UsageError("Which code? Give it as an argument, with --code-file, or in TWOCANS_CODE.")
    try:
        return ask_code(WORDS)
    except EOFError:
        raise click.Abort from None


def _checked(code: str) -> str:
    """The code, if it is one. A word that is in no code is asked about: one wrong guess burns the code."""
    from difflib import get_close_matches

    from peer.invite import BadInvite, parse_invite
    from peer.terminal import asks
    from peer.words import WORDS

    try:
        invite, _ = parse_invite(code)
    except BadInvite as error:
        raise click.UsageError(str(error)) from None
    if invite.code is None or not asks():
        return code
    number, *words = invite.code.split("-")
    for at, word in enumerate(words):
        near = [] if word in WORDS else get_close_matches(word, WORDS, 1)
        if near and click.confirm(f"“{word}” is in no code. Did you mean “{near[0]}”?", default=True, err=True):
            words[at] = near[0]
    return "-".join((number, *words))


def _token(file: Path | None) -> str | None:
    return _read_secret(file) if file else os.environ.get("TWOCANS_TOKEN") or None
