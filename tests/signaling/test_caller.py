from __future__ import annotations

import pytest

from signaling.config import Settings
from signaling.transports.caller import client_address, origin_allowed

PROXIES = ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.66, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.66, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.66", "203.0.113.9"], "203.0.113.9"),
        ("::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_only_proxies_of_ours_say_who_is_calling(remote: str, forwarded: list[str], address: str) -> None:
    assert client_address(remote, forwarded, PROXIES) == address


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "call.example.org", True),
        ("https://call.example.org", "call.example.org", True),
        ("https://CALL.example.org:443", "call.example.org", True),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", False),
        ("https://evil.example", "call.example.org", False),
        ("https://call.example.org.evil.example", "call.example.org", False),
        ("https://friend.example", "call.example.org", True),
        ("https://public.example", "10.0.0.7:8080", True),
        ("null", "call.example.org", False),
        ("https://call.example.org:nonsense", "call.example.org", False),
        ("", "", False),
    ],
)
def test_pages_of_other_origins_may_not_connect(origin: str | None, host: str, allowed: bool) -> None:
    settings = Settings(allow_origin=("https://friend.example",), public_url="https://public.example")
    assert origin_allowed(origin, host, settings) is allowed
