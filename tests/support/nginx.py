"""nginx before a server, set up as docs/self-hosting.md says."""

from __future__ import annotations

import asyncio
import re
import subprocess
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

from signaling.lan import certificate
from tests.support.restart import free_port
from tests.support.server import HOME, running_server

MAIN = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {temporary}
    {documented}
}}
"""
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
UPGRADE = re.compile(r"^ *proxy_set_header (?:Upgrade|Connection) .*\n", re.MULTILINE)


@asynccontextmanager
async def server_behind_nginx(folder: Path, *, websockets: bool = True) -> AsyncIterator[str]:
    """A server that is reached over HTTPS and nginx alone; gives the origin. `websockets`: nginx passes them on."""
    port = free_port()
    origin = f"https://127.0.0.1:{port}"
    async with running_server("--public-url", origin, "--trusted-proxies", "127.0.0.1") as server:
        kept = certificate(folder, [ip_address("127.0.0.1")]).path
        moved = {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "/etc/letsencrypt/live/call.example.org/fullchain.pem": str(kept),
            "/etc/letsencrypt/live/call.example.org/privkey.pem": str(kept),
            "http://127.0.0.1:8080": server.url,
        }
        documented = _documented()
        for there, here in moved.items():
            assert documented.count(there) == 1, f"docs/self-hosting.md has no {there}"
            documented = documented.replace(there, here)
        temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in KINDS)
        file = folder / "nginx.conf"
        text = MAIN.format(folder=folder, temporary=temporary, documented=documented)
        file.write_text(text if websockets else UPGRADE.sub("", text), encoding="utf-8")
        process = subprocess.Popen(["nginx", "-c", file, "-e", folder / "error.log"])
        try:
            await _listens(port)
            yield origin
        finally:
            process.terminate()
            process.wait(10)


def _documented() -> str:
    """The configuration that the document shows."""
    text = (HOME / "docs" / "self-hosting.md").read_text(encoding="utf-8")
    found = re.search(r"^With nginx:\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    assert found
    return textwrap.dedent(found[1])


async def _listens(port: int) -> None:
    """Returns once a connection is taken."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise AssertionError("nginx does not listen")
