"""The pages as a browser would ask for them, from a real server."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from posixpath import dirname, join, normpath

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from web import pages

Client = TestClient[web.Request, web.Application]
HTML = {"Accept": "text/html"}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    pages.setup(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def read(client: Client, path: str, **options: object) -> str:
    async with client.get(path, **options) as response:  # type: ignore[arg-type]
        return await response.text()


@pytest.mark.parametrize(
    ("path", "hooks"),
    [
        ("/", ["start-call", "send-files", "code-input", "code-go"]),
        ("/r", []),
        ("/f", []),
        ("/check", []),
    ],
)
async def test_a_page_is_html_with_its_hooks_and_no_inline_script_or_style(
    client: Client, path: str, hooks: list[str]
) -> None:
    async with client.get(path) as response:
        text = await response.text()
        assert response.status == 200
        assert response.content_type == "text/html"
    for hook in hooks:
        assert f'data-testid="{hook}"' in text
    scripts = re.findall(r"<script([^>]*)>", text)
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("path", ["/", "/r", "/f", "/check", "/nowhere"])
async def test_everything_a_page_names_is_there_and_ours(client: Client, path: str) -> None:
    text = await read(client, path, headers=HTML)
    addresses = re.findall(r'(?:src|href)="([^"#?][^"]*)"', text)
    assert any(address.endswith(".css") for address in addresses)
    for address in addresses:
        assert address.startswith("/")
        async with client.get(address, headers=HTML) as response:
            assert response.status == 200, address


async def test_the_modules_of_a_page_are_all_preloaded(client: Client) -> None:
    text = await read(client, "/r")
    preloaded = set(re.findall(r'rel="modulepreload" href="([^"]+)"', text))
    root = re.search(r'type="module" src="([^"]+)"', text)
    assert root is not None
    seen, waiting = set(), [root[1]]
    while waiting:
        module = waiting.pop()
        seen.add(module)
        body = await read(client, module)
        for needed in re.findall(r'^(?:import|export)\b[^;]*?from\s*"(\.[^"]+)"', body, re.M):
            url = normpath(join(dirname(module), needed))
            if url not in seen:
                waiting.append(url)
    assert seen - {root[1]} <= preloaded
    assert len(seen) > 20


async def test_the_catalogue_reaches_the_scripts_whole(client: Client) -> None:
    text = await read(client, "/r", params={"lang": "bn"})
    block = re.search(r'<script type="application/json" id="catalogue">(.*?)</script>', text, re.S)
    assert block is not None
    catalogue = json.loads(block[1])
    assert catalogue["lobby.join"] == "যোগ দিন"


async def test_a_missing_page_is_a_page_for_people_and_plain_for_programs(client: Client) -> None:
    async with client.get("/nowhere", headers=HTML) as response:
        assert response.status == 404
        assert "The string ends here" in await response.text()
    async with client.get("/nowhere", headers={"Accept": "application/json"}) as response:
        assert response.status == 404
        assert response.content_type == "text/plain"


async def test_the_language_asked_for_is_kept(client: Client) -> None:
    async with client.get("/", params={"lang": "bn"}) as response:
        assert 'lang="bn"' in await response.text()
        assert response.cookies["lang"].value == "bn"
    assert '<html lang="bn"' in await read(client, "/r")


async def test_pages_are_asked_for_again_and_vary_by_language(client: Client) -> None:
    async with client.get("/") as response:
        assert response.headers["Cache-Control"] == "no-cache"
        assert "Accept-Language" in response.headers["Vary"]
        assert "Cookie" in response.headers["Vary"]


async def test_downloads_have_a_service_worker_of_their_own(client: Client) -> None:
    async with client.get("/save/worker.js") as response:
        assert response.status == 200
        assert response.content_type == "text/javascript"
        assert response.headers["Cache-Control"] == "no-cache"


async def test_a_download_that_is_lost_leaves_the_page_where_it_is(client: Client) -> None:
    async with client.get("/save/0123456789abcdef", headers=HTML) as response:
        assert response.status == 204
