"""The commands of somebody who hosts: `serve` and `turn-config`. Composes the server and the pages.

What a command needs is imported when it runs: aiohttp alone costs more than the whole of `--help` may.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from signaling.config import BadSetting, Entry, Settings, entries, load

if TYPE_CHECKING:
    from signaling.lan import Certificate

log = logging.getLogger(__name__)

TURN_TEMPLATE = Path(__file__).parents[1] / "turn-config" / "turnserver.conf.template"
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
F = TypeVar("F", bound=Callable[..., Any])


def setting_options(*names: str) -> Callable[[F], F]:
    """One flag for each setting, or for the named ones, and `--config`. Texts are read by `config.load` alone."""

    def add(command: F) -> F:
        for entry in reversed([each for each in entries() if not names or each.name in names]):
            command = _option(entry)(command)
        return click.option("--config", metavar="FILE", help="TOML file with settings; else ./twocans.toml.")(command)

    return add


def _option(entry: Entry) -> Callable[[F], F]:
    if entry.secret:
        return click.option(entry.flag, entry.name, metavar="FILE", help=f"File with it. {entry.about}")
    if entry.switch:
        name = f"{entry.flag}/--no-{entry.flag[2:]}"
        return click.option(name, entry.name, default=None, help=entry.about)
    shown = "" if entry.default in (None, ()) else f"  [{entry.default_text}]"
    return click.option(entry.flag, entry.name, metavar="VALUE", multiple=entry.many, help=entry.about + shown)


@click.command(context_settings=HELP)
@setting_options()
def serve(config: str | None, **flags: object) -> None:
    """Run the server that introduces peers to each other.

    Every setting is taken from its flag, else from its environment variable (--stun-port is TWOCANS_STUN_PORT), else
    from the TOML file (stun_port = 3479), else it has the default shown.
    """
    settings = _load(flags, config)
    if settings.turn_urls and not settings.turn_secret:
        raise click.UsageError("turn_urls needs turn_secret as well; `twocans turn-config` makes one.")
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(name)s %(message)s")
    from signaling.lan import CannotKeep
    from signaling.listen import CannotListen

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(_serve(settings))
        except (CannotListen, CannotKeep) as error:
            raise click.ClickException(str(error)) from None


@click.command(context_settings=HELP)
@setting_options("public_url", "turn_secret")
@click.option("--realm", metavar="NAME", help="Name under which clients reach the TURN server; else public-url's.")
@click.option("--external-ip", metavar="ADDRESS", help="Public address, when the machine itself has a private one.")
def turn_config(realm: str | None, external_ip: str | None, config: str | None, **flags: object) -> None:
    """Print a ready configuration for a coturn TURN server.

    The configuration goes to standard output, the variables that `twocans serve` then needs to standard error:

        twocans turn-config --realm turn.example.org > turnserver.conf 2> serve.env
    """
    settings = _load(flags, config)
    name = realm or urlsplit(settings.public_url or "").hostname or socket.getfqdn()
    if not re.fullmatch(r"[A-Za-z0-9.-]+", name):
        raise click.UsageError(f"--realm: expected a name or an IPv4 address, not {name!r}.")
    if external_ip and not _is_address(external_ip):
        raise click.UsageError(f"--external-ip: expected an address, not {external_ip!r}.")
    secret = settings.turn_secret or secrets.token_urlsafe(32)
    public = (
        f"external-ip={external_ip}" if external_ip else "# external-ip= when this machine's own address is private"
    )
    template = Template(TURN_TEMPLATE.read_text(encoding="utf-8"))
    click.echo(template.substitute(realm=name, secret=secret, external_ip=public), nl=False)
    for line in (
        f"TWOCANS_TURN_URLS=turn:{name}:3478?transport=udp,turn:{name}:3478?transport=tcp",
        f"TWOCANS_TURN_SECRET={secret}",
        f"TWOCANS_STUN_URLS=stun:{name}:3478",
        "TWOCANS_STUN_PORT=off",
    ):
        click.echo(line, err=True)


async def _serve(settings: Settings) -> None:
    from signaling import lan, listen, stun
    from signaling.app import make_app
    from web import pages

    hosts = listen.EVERYWHERE if settings.lan else (settings.host,)
    certificate: Certificate | None = None
    addresses = lan.addresses() if settings.lan else []
    if settings.lan:
        certificate = lan.certificate(lan.state_folder(settings.state_dir, os.environ), addresses)
    sockets = listen.open_sockets(hosts, settings.port, socket.SOCK_STREAM)
    stun_sockets = _open_stun(settings, hosts)
    async with stun.answering(stun_sockets):
        app = make_app(replace(settings, stun_port=stun_sockets[0].getsockname()[1] if stun_sockets else None))
        pages.setup(app)
        port = sockets[0].getsockname()[1]
        scheme = "https" if certificate else "http"
        names = [str(each) for each in addresses] or [settings.host]
        links = [listen.web_address(scheme, name, port) for name in names]
        await listen.run(
            app,
            sockets,
            tls=certificate.tls() if certificate else None,
            shutdown_s=settings.shutdown_s,
            on_listening=lambda: _announce(links, certificate),
        )


def _open_stun(settings: Settings, hosts: tuple[str, ...]) -> list[socket.socket]:
    """The sockets for STUN; none when it is off or its port is taken, which is no reason not to serve."""
    from signaling import listen

    if settings.stun_port is None:
        return []
    hosts = (settings.stun_host,) if settings.stun_host else hosts
    try:
        sockets = listen.open_sockets(hosts, settings.stun_port, socket.SOCK_DGRAM, "--stun-")
    except listen.CannotListen as error:
        log.warning("! STUN is not answered: %s", error)
        return []
    log.info("= STUN is answered on port %d", sockets[0].getsockname()[1])
    return sockets


def _announce(links: list[str], certificate: Certificate | None) -> None:
    """The first line is a promise to scripts: once it is there, the server answers."""
    click.echo(f"listening on {links[0]}")
    if certificate:
        from signaling.lan import qr_code

        for link in links:
            click.echo(f"\n{link}/\n{qr_code(link + '/', colours=sys.stdout.isatty())}")
        click.echo("\nA browser warns once, as this machine made the certificate itself. Its SHA-256 fingerprint:")
        click.echo(certificate.fingerprint)
    sys.stdout.flush()


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop
    except ImportError:  # there is none for Windows
        return asyncio.new_event_loop
    return new_event_loop


def _load(flags: dict[str, object], config: str | None) -> Settings:
    try:
        return load(flags, os.environ, config)
    except BadSetting as error:
        raise click.UsageError(str(error)) from None
