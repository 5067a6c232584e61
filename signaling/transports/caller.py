"""Who is calling: the address behind trusted proxies, and whether a page of that origin may call at all."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from signaling.clients import Caller
from signaling.config import Settings

DEFAULT_PORTS = {"http": 80, "https": 443}


def caller_of(request: web.Request, settings: Settings) -> Caller:
    """The client's address and the host under which it reached us."""
    forwarded = request.headers.getall("X-Forwarded-For", [])
    return Caller(client_address(request.remote or "", forwarded, settings.trusted_proxies), request.host)


def client_address(remote: str, forwarded: Iterable[str], trusted: Iterable[str]) -> str:
    """The last address that a proxy of ours did not add itself.

    Args:
        remote: who opened the connection.
        forwarded: values of X-Forwarded-For, where each proxy adds whom it heard from at the end.
        trusted: networks of proxies whose word is believed; from others the header is ignored.
    """
    networks = [ip_network(network) for network in trusted]
    heard = [address.strip() for value in forwarded for address in value.split(",")]
    address = remote
    try:
        while heard and any(ip_address(address) in network for network in networks):
            ip_address(heard[-1])
            address = heard.pop()
    except ValueError:
        pass  # not an address: the last one that was stands
    return address


def origin_allowed(origin: str | None, host: str, settings: Settings) -> bool:
    """Whether a page of this origin may connect: ours, or one of `allow_origin`.

    Only pages send the header, and cannot leave it out or forge it (RFC 6454, section 7); headless peers have none.
    The scheme is not compared with ours, which a proxy in front may have changed.
    """
    if origin is None or origin in settings.allow_origin or origin == settings.public_url:
        return True
    return _place(origin) is not None and _place(origin) == _place(f"{urlsplit(origin).scheme}://{host}")


def _place(address: str) -> tuple[str, int] | None:
    """Host and port; None if it has neither, as the origin `null`."""
    try:
        parts = urlsplit(address)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
