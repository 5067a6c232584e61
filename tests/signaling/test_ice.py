"""The ICE server list: own STUN where it helps, further servers, TURN credentials that coturn accepts."""

from __future__ import annotations

import pytest

from signaling.config import Settings
from signaling.ice import ice_servers, turn_credential


@pytest.mark.parametrize(
    ("secret", "expires", "holder", "username", "password"),
    [  # made with: printf %s "$username" | openssl dgst -sha1 -hmac "$secret" -binary | base64
        ("north", 1433895918, "ninefingers", "1433895918:ninefingers", "jy8hTxmOO7UtEKXqSkSlvakPVYA="),
        ("correct-horse-battery-staple", 1800000000, "x", "1800000000:x", "tRwbHtjODZYpBXzP8BoABpYj6lg="),
    ],
)
def test_credentials_match_openssl(secret: str, expires: int, holder: str, username: str, password: str) -> None:
    assert turn_credential(secret, expires, holder) == (username, password)


def test_turn_credentials_expire_and_hide_the_session() -> None:
    settings = Settings(stun_port=None, turn_urls=("turn:t",), turn_secret="s" * 8, turn_ttl_s=600)
    [server] = ice_servers(settings, "session-one", 1000.9, None)
    assert server.username
    assert server.username.startswith("1600:")
    assert "session" not in server.username
    [other] = ice_servers(settings, "session-two", 1000.9, None)
    assert other.username != server.username


@pytest.mark.parametrize(
    ("host", "urls"),
    [
        ("call.example.org", ["stun:call.example.org:3478"]),
        ("call.example.org:8443", ["stun:call.example.org:3478"]),
        ("192.168.1.5:8080", ["stun:192.168.1.5:3478"]),
        ("[2001:db8::5]:8080", ["stun:[2001:db8::5]:3478"]),
        ("localhost:8080", []),
        ("127.0.0.1:8080", []),
        ("[::1]:8080", []),
        ("", []),
        ("[::", []),
        ("a b", []),
        ("x?transport=tcp", ["stun:x:3478"]),
        (None, []),
    ],
)
def test_own_stun_is_where_the_client_reached_us(host: str | None, urls: list[str]) -> None:
    servers = ice_servers(Settings(host="0.0.0.0"), "s", 0, host)
    assert [url for server in servers for url in server.urls] == urls


@pytest.mark.parametrize(
    ("settings", "listed"),
    [
        (Settings(host="127.0.0.1"), False),
        (Settings(host="localhost"), False),
        (Settings(host="127.0.0.1", lan=True), True),
        (Settings(host="127.0.0.1", stun_host="0.0.0.0"), True),
        (Settings(host="0.0.0.0", stun_host="127.0.0.1"), False),
        (Settings(host="0.0.0.0", stun_port=None), False),
    ],
)
def test_own_stun_is_left_out_where_it_cannot_be_reached(settings: Settings, listed: bool) -> None:
    assert bool(ice_servers(settings, "s", 0, "call.example.org")) is listed


def test_the_public_address_beats_the_host_header_and_own_stun_comes_first() -> None:
    settings = Settings(host="0.0.0.0", public_url="https://call.example.org:444", stun_urls=("stun:b",), stun_port=9)
    [server] = ice_servers(settings, "s", 0, "10.0.0.1")
    assert server.urls == ["stun:call.example.org:9", "stun:b"]
