"""The front door: the `twocans` command, which loads a command's module only when it is asked for.

`twocans --help` has to answer at once, so that the summaries stand here and nothing but click is imported.
"""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from importlib import import_module

import click

HELP = {"help_option_names": ["-h", "--help"]}
CTRL_C = 130


@dataclass(frozen=True)
class Door:
    """Where a command is defined, and what it does in one line."""

    module: str
    function: str
    summary: str


DOORS = {
    "serve": Door("signaling.cli", "serve", "Run the server that introduces peers to each other."),
    "send": Door("peer.cli", "send", "Send files or folders; prints the code that receives them."),
    "receive": Door("peer.cli", "receive", "Receive what was sent under a code or a link."),
    "turn-config": Door("signaling.cli", "turn_config", "Print a ready configuration for a coturn TURN server."),
    "completion": Door("peer.completion", "completion", "Print what a shell needs to complete these commands."),
    "version": Door("twocans", "version", "Print the version and the WebRTC engines found."),
}


class Doors(click.Group):
    """A group that knows its commands by name and opens one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(DOORS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if (door := DOORS.get(cmd_name)) is None:
            return None
        command = getattr(import_module(door.module), door.function)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, door.summary) for name, door in DOORS.items()])


@click.group(cls=Doors, context_settings=HELP)
@click.option("-v", "--verbose", is_flag=True, help="Show where an unexpected error came from.")
def twocans(verbose: bool) -> None:
    """Two cans and a string: video calls and files, straight from one peer to the other.

    Say a number and three words, then send; or share a link, then call. The server in the middle only introduces
    the two.
    """


@click.command(context_settings=HELP)
def version() -> None:
    """Print the version and the WebRTC engines found."""
    from platform import platform, python_version

    click.echo(f"twocans {_own_version()}")
    click.echo(f"Python {python_version()} on {platform(terse=True)}")
    for engine in ("libwebrtc", "aiortc"):
        click.echo(f"engine {engine}: {_engine_state(engine)}")


def main() -> None:
    """Entry point of the console script: runs a command, and turns how it ended into an exit code."""
    try:
        code = twocans.main(prog_name="twocans", standalone_mode=False)
    except click.Abort:
        code = CTRL_C
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:  # noqa: BLE001  the last door: what nobody expected becomes one sentence
        if {"-v", "--verbose"} & set(sys.argv):
            traceback.print_exc()
        else:
            click.echo(f"Error: unexpected {type(error).__name__}: {error}. `twocans -v …` shows where.", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _own_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("twocans")
    except PackageNotFoundError:  # a checkout that was never installed
        import tomllib
        from pathlib import Path

        project = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])


def _engine_state(engine: str) -> str:
    """Imports the engine for real: a wheel can be installed and still not load on this machine."""
    try:
        import_module(f"peer.rtc.{engine}_engine")
    except (ImportError, OSError) as error:
        return f"not usable ({error})"
    return "usable"


if __name__ == "__main__":
    main()
