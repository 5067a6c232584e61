"""Every answer carries the security headers, whatever it answers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from web import headers, pages

Client = TestClient[web.Request, web.Application]


def make_app() -> web.Application:
    async def fail(_: web.Request) -> web.Response:
        raise web.HTTPBadRequest(text="no")

    async def own(_: web.Request) -> web.Response:
        return web.Response(headers={"Content-Security-Policy": "sandbox"})

    app = web.Application()
    pages.setup(app)
    app.router.add_get("/fail", fail)
    app.router.add_get("/own", own)
    return app


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app())) as client:
        yield client


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/static/js/home.js", 200),
        ("GET", "/none", 404),
        ("POST", "/", 405),
        ("GET", "/fail", 400),
    ],
)
async def test_every_answer_carries_them(client: Client, method: str, path: str, status: int) -> None:
    async with client.request(method, path) as response:
        assert response.status == status
        for name, value in headers.FIXED.items():
            assert response.headers[name] == value
        assert "Content-Security-Policy" in response.headers
        assert "Strict-Transport-Security" not in response.headers


async def test_the_policy_allows_the_page_itself_and_nothing_else(client: Client) -> None:
    async with client.get("/r") as response:
        policy = directives(response.headers["Content-Security-Policy"])
    host = f"{client.host}:{client.port}"
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "media-src": ["blob:"],
        "connect-src": ["'self'", f"ws://{host}", f"wss://{host}"],
        "worker-src": ["'self'"],
        "frame-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["lit-html", "twocans"],
    }


@pytest.mark.parametrize("host", ["evil; script-src *", "a b", "a,b", "", "[::1"])
def test_a_host_that_is_none_does_not_get_into_the_policy(host: str) -> None:
    assert directives(headers.content_security_policy(host))["connect-src"] == ["'self'"]
    assert directives(headers.content_security_policy(host))["script-src"] == ["'self'"]


@pytest.mark.parametrize("host", ["localhost:8080", "call.example.org", "[fd00::1]:8443", "192.168.1.5"])
def test_a_host_may_be_a_name_or_an_address(host: str) -> None:
    assert f"wss://{host}" in directives(headers.content_security_policy(host))["connect-src"]


async def test_what_a_handler_says_itself_stands(client: Client) -> None:
    async with client.get("/own") as response:
        assert response.headers["Content-Security-Policy"] == "sandbox"


async def test_only_https_asks_to_be_https_for_ever(tmp_path: Path) -> None:
    runner = web.AppRunner(make_app())
    await runner.setup()
    context = certificate(tmp_path)
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        host, port = runner.addresses[0][:2]
        async with (
            ClientSession(connector=TCPConnector(ssl=False)) as session,
            session.get(f"https://{host}:{port}/", params={"lang": "en"}) as response,
        ):
            assert response.headers["Strict-Transport-Security"] == headers.HSTS
            assert response.cookies["lang"]["secure"]
    finally:
        await runner.cleanup()


def certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(hours=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context
