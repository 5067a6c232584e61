"""The options that `send` and `receive` share, their types, and the file that may hold their defaults."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from peer.defaults import DEFAULT_SERVER

Command = TypeVar("Command", bound=Callable[..., Any])

LEAST_RATE = 1000
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class Size(click.ParamType[int]):
    """A number of bytes: `500000`, `300M`, `1.5GB`, `2GiB`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value).strip().upper().removesuffix("B")
        binary = text.endswith("I")
        number = text.removesuffix("I").rstrip("KMGT")
        unit = text.removesuffix("I")[len(number) :]
        try:
            factor = _UNITS[unit] if not binary else 1024 ** list(_UNITS).index(unit)
            size = float(number) * factor
            if not 0 < size <= 2**52:
                raise ValueError
            return int(size)
        except (ValueError, KeyError):
            self.fail(f"{value!r} is not a size; write it like 300M, 1.5G or 2GiB.", param, ctx)


class Rate(Size):
    """A number of bytes a second, at least 1000."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        rate = super().convert(value, param, ctx)
        if rate < LEAST_RATE:
            self.fail(f"{value!r} is less than {LEAST_RATE} bytes a second, too little to get anywhere.", param, ctx)
        return rate


class CommandLine(click.ParamType[tuple[str, ...]]):
    """A command with its arguments, quoted as for a shell, which never sees it."""

    name = "command"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from peer.command import split

        if isinstance(value, tuple):
            return value
        try:
            return split(str(value))
        except ValueError as error:
            self.fail(f"{value!r} is not a command: {error}.", param, ctx)


class Server(click.ParamType[str]):
    """The base address of a server."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            address = urlsplit(str(value))
            fits = address.scheme in ("http", "https") and address.hostname and (address.port or 1)
        except ValueError:
            fits = False
        if not fits:
            self.fail(f"{value!r} is not the address of a server; write it like {DEFAULT_SERVER}.", param, ctx)
        return str(value).rstrip("/")


class Configured(click.Command):
    """Takes defaults from a TOML file: a flag goes before the environment, that before the file.

    The file is `TWOCANS_PEER_CONFIG`, else `twocans/peer.toml` in the user's configuration folder. Keys are long
    options, for both commands at the top and for one in its table:

        server = "https://cans.example.org"
        [receive]
        out = "~/inbox"
    """

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        extra.setdefault("default_map", self._written(os.environ))
        return super().make_context(info_name, args, parent, **extra)

    def _written(self, environment: Mapping[str, str]) -> dict[str, Any]:
        named = environment.get("TWOCANS_PEER_CONFIG")
        file = Path(named or Path(environment.get("XDG_CONFIG_HOME") or "~/.config", "twocans", "peer.toml"))
        file = file.expanduser()
        if not named and not file.is_file():
            return {}
        try:
            written = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise click.UsageError(f"{file} cannot be read: {why(error)}.") from None
        own = written.get(self.name or "", {})
        values = {key: value for key, value in written.items() if not isinstance(value, dict)} | own
        known = {flag.removeprefix("--"): option.name for option in self.params for flag in option.opts}
        if strange := sorted(set(values) - set(known)):
            raise click.UsageError(f"{file}: `{self.name}` has no such option: {', '.join(strange)}.")
        return {known[key]: value for key, value in values.items()}


def common(command: Command) -> Command:
    """The options that both commands have."""
    secret = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Log what happens; show where an error came from."),
        click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines on stdout, for scripts."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="Give up when nobody came after so long; else wait until Ctrl-C.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["auto", "libwebrtc", "aiortc"]),
            default="auto",
            envvar="TWOCANS_ENGINE",
            show_default=True,
            help="The WebRTC library to use.",
        ),
        click.option(
            "--token-file",
            type=secret,
            envvar="TWOCANS_TOKEN_FILE",
            metavar="FILE",
            help="File with the password of the server, if it has one; or put it in TWOCANS_TOKEN.",
        ),
        click.option(
            "--server",
            type=Server(),
            envvar="TWOCANS_SERVER",
            show_envvar=True,
            help=f"The server that introduces the two. [default: {DEFAULT_SERVER}]",
        ),
        click.option(
            "--code-file",
            type=secret,
            metavar="FILE",
            help="Read the code or link from a file, `-` for standard input: "
            "command lines can be read by others on this machine.",
        ),
    ):
        command = option(command)
    return command


def why(error: Exception) -> str:
    """What went wrong, without number and path where the system says them apart."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
