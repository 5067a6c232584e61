"""Who is measured: our commands on either engine, an engine's channel by itself, and magic-wormhole."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from bench.contest import Contender
from tests.support.processes import HOME, Ended, Program, twocans
from tests.support.restart import free_port

YARDSTICK = f"magic-wormhole {version('magic-wormhole')}"
BARE = "libwebrtc, bare channel"


def ours(
    server: str, engines: Sequence[str] = ("libwebrtc", "aiortc"), one: Sequence[str] = (), other: Sequence[str] = ()
) -> Iterator[Contender]:
    """Each engine; `one` and `other` go before the commands of the sender and of the receiver."""
    for engine in engines:
        flags = ("--server", server, "--engine", engine)
        yield Contender(
            f"twocans, {engine}",
            lambda source, flags=flags: twocans("send", *flags, source, within=one),  # type: ignore[misc]
            ("stdout", r"(\S+)\n"),
            lambda code, out, flags=flags: twocans(  # type: ignore[misc]
                "receive", *flags, "--yes", "--json", "--out", out, code, within=other
            ),
            seconds_of,
        )


def page_to_terminal(server: str, one: Sequence[str] = (), other: Sequence[str] = ()) -> Contender:
    """Chromium sends to our command; its start and its end count in the whole command."""
    return Contender(
        "page to terminal",
        lambda source: Program([*one, sys.executable, "-m", "bench.sending_page", server, source], cwd=HOME),
        ("stdout", r"(\S+)\n"),
        lambda link, out: twocans("receive", "--yes", "--json", "--out", out, link, within=other),
        seconds_of,
    )


def bare(size: int) -> Contender:
    """The fast engine's channel by itself."""
    command = [sys.executable, "-m", "bench.bare", "libwebrtc"]
    return Contender(
        BARE,
        lambda _: Program([*command, "send", str(size)], cwd=HOME),
        ("stdout", r"(\d+)\n"),
        lambda port, _: Program([*command, "receive", str(size), port], cwd=HOME),
        lambda got: float(got.stdout),
        keeps=False,
    )


@contextmanager
def wormhole(
    address: str = "127.0.0.1", middle: Sequence[str] = (), one: Sequence[str] = (), other: Sequence[str] = ()
) -> Iterator[Contender]:
    """magic-wormhole with its mailbox server at `address` and no transit relay: the ends connect directly by TCP."""
    commands = Path(sys.executable).parent
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        place = ["--port", f"tcp:{port}:interface={address}", "--channel-db", f"{state}/relay.sqlite"]
        with Program([*middle, commands / "twist", "wormhole-mailbox", *place], cwd=Path(state)) as server:
            server.wait_for("Starting reactor")
            url = f"ws://{address}:{port}/v1"
            tool: list[str | Path] = [commands / "wormhole", "--relay-url", url, "--transit-helper", ""]
            yield Contender(
                YARDSTICK,
                lambda source: Program([*one, *tool, "send", "--no-qr", "--hide-progress", source]),
                ("stderr", r"code is: (\S+)\n"),
                lambda code, out: Program(
                    [*other, *tool, "receive", "--accept-file", "--hide-progress", code], cwd=out
                ),
            )
            server.signal(signal.SIGTERM)
            server.finish()


def seconds_of(got: Ended) -> float:
    """From the receiver's yes to the last file in its place, as it says with `--json`."""
    return next(float(event["seconds"]) for event in got.events if event["event"] == "done")
