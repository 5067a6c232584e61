"""Which STUN and TURN servers a client is told of, with TURN credentials that expire.

TURN credentials follow the REST scheme that coturn calls `use-auth-secret` (draft-uberti-behave-turn-rest-00): the
server and coturn share a secret, and nothing about a user is stored anywhere.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from signaling.config import Settings
from signaling.protocol.messages import IceServer

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def ice_servers(settings: Settings, session_id: str, now: float, host: str | None) -> list[IceServer]:
    """The value of W3C `RTCConfiguration.iceServers` for one session.

    Args:
        settings: `stun_port` None means that STUN is not answered here.
        session_id: names the holder of the TURN credential, as a hash only.
        now: Unix time in seconds.
        host: the HTTP Host header of the client: where it reached us, it can ask for its address too.
    """
    stun_urls = [*_own_stun(settings, host), *settings.stun_urls]
    servers = [IceServer(urls=stun_urls)] if stun_urls else []
    if settings.turn_urls and settings.turn_secret:
        holder = sha256(session_id.encode()).hexdigest()[:16]
        username, credential = turn_credential(settings.turn_secret, int(now + settings.turn_ttl_s), holder)
        servers.append(IceServer(urls=list(settings.turn_urls), username=username, credential=credential))
    return servers


def turn_credential(secret: str, expires: int, holder: str) -> tuple[str, str]:
    """Username `<expiry>:<holder>` and its password, base64(HMAC-SHA1(secret, username)); expiry in Unix seconds."""
    username = f"{expires}:{holder}"
    return username, b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


def _own_stun(settings: Settings, host: str | None) -> list[str]:
    """Left out on loopback: there it could only tell a client what it knows, and each asking takes time."""
    listens = settings.stun_host or ("0.0.0.0" if settings.lan else settings.host)  # noqa: S104
    reached = _host_name(settings.public_url or (f"//{host}" if host else ""))
    if settings.stun_port is None or reached is None or _is_loopback(reached) or _is_loopback(listens):
        return []
    return [f"stun:{f'[{reached}]' if ':' in reached else reached}:{settings.stun_port}"]


def _host_name(address: str) -> str | None:
    """The host of a web address, None when it is not one: a Host header holds whatever a client wrote."""
    try:
        name = urlsplit(address).hostname or ""
        return str(ip_address(name)) if ":" in name else _NAME.fullmatch(name) and name
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
