"""Opens the server's sockets and runs the application on them until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

log = logging.getLogger(__name__)

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  asked for with --lan
IDLE_S = 75.0
"""How long a connection may stand without a whole request; a proxy in front closes its own after 60 s."""
ATTEMPTS = 8
"""Free ports tried until one is free on every address."""


class CannotListen(Exception):
    """The machine does not let us listen there; the text is one sentence that says why and what to try."""


def open_sockets(
    hosts: tuple[str, ...], port: int, kind: socket.SocketKind, flag_prefix: str = "--"
) -> list[socket.socket]:
    """Binds one socket for each address that the hosts have, all on the same port.

    Args:
        hosts: addresses or names. Addresses that this machine lacks are skipped while another one is left.
        port: 0 for a port that is free on all of them.
        kind: SOCK_STREAM or SOCK_DGRAM.
        flag_prefix: what stands before `host` and `port` in the flags that an error points to.

    Raises:
        CannotListen: the port is taken or forbidden, or none of the addresses is of this machine.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _bind_all(_resolve(hosts, kind), port, kind)
        except OSError as error:
            if port == 0 and error.errno == errno.EADDRINUSE and attempt + 1 < ATTEMPTS:
                continue
            raise CannotListen(_sentence(error, hosts, port, flag_prefix)) from None
    raise AssertionError("the last attempt returns or raises")


async def run(
    app: web.Application,
    sockets: list[socket.socket],
    *,
    tls: ssl.SSLContext | None,
    shutdown_s: float,
    on_listening: Callable[[], None],
) -> None:
    """Serves until SIGINT or SIGTERM, then ends within `shutdown_s`; a second signal ends the process at once.

    `on_listening` is called when connections are accepted. Open sockets of clients are closed by the application's
    `on_shutdown`.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=shutdown_s / 2, keepalive_timeout=IDLE_S
    )
    await runner.setup()
    try:
        for each in sockets:
            await web.SockSite(runner, each, ssl_context=tls).start()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows: Ctrl-C comes as KeyboardInterrupt
                loop.add_signal_handler(number, stopped.set)
        on_listening()
        await stopped.wait()
        log.info("= stopping")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
        try:
            await asyncio.wait_for(runner.cleanup(), shutdown_s * 0.9)
        except TimeoutError:
            log.warning("! some connections did not end in time")


def web_address(scheme: str, host: str, port: int) -> str:
    """An address to click on; IPv6 in brackets (RFC 3986)."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _resolve(hosts: tuple[str, ...], kind: socket.SocketKind) -> list[tuple[socket.AddressFamily, str]]:
    found = (each for host in hosts for each in socket.getaddrinfo(host, None, type=kind, flags=socket.AI_PASSIVE))
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bind_all(
    addresses: list[tuple[socket.AddressFamily, str]], port: int, kind: socket.SocketKind
) -> list[socket.socket]:
    bound: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, address in addresses:
            try:
                each = _bind(family, address, port, kind)
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                missing = error
                continue
            bound.append(each)
            port = each.getsockname()[1]
        if missing and not bound:
            raise missing
    except OSError:
        for each in bound:
            each.close()
        raise
    return bound


def _bind(family: socket.AddressFamily, address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    each = socket.socket(family, kind)
    try:
        each.setblocking(False)
        if kind is socket.SOCK_STREAM:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        each.bind((address, port))
        if kind is socket.SOCK_STREAM:
            each.listen(1024)  # here, because on Linux two sockets can bind a port that only one can listen on
    except OSError:
        each.close()
        raise
    return each


def _sentence(error: OSError, hosts: tuple[str, ...], port: int, flag_prefix: str) -> str:
    names = " and ".join(hosts)
    if isinstance(error, socket.gaierror):
        return f"{names} is not an address or a known name ({error.strerror}); see {flag_prefix}host."
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {names} is already in use; choose another one with {flag_prefix}port, or 0 for any."
        case errno.EACCES | errno.EPERM:
            return f"Port {port} on {names} is not allowed for this user; see {flag_prefix}port for one from 1024 up."
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return f"{names} is not an address of this machine; see {flag_prefix}host."
        case _:
            return f"Port {port} on {names} cannot be opened: {error.strerror}."
