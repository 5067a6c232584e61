"""Static files under addresses that name their content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from web.assets import FOREVER, Assets

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "js/a.js": 'import { b } from "./deep/b.js";\nimport {\n  c,\n} from "../vendor/c.js";\n' + "// filler\n" * 40,
        "js/deep/b.js": 'export { c } from"../../vendor/c.js";',
        "vendor/c.js": "export const c = 1;",
        "vendor/LICENSE": "free",
        "vendor/c.d.ts": "export const c: 1;",
    }
    for name, text in files.items():
        file = tmp_path / "static" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "static"


@pytest.fixture
async def client(root: Path) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_get("/static/{path:.+}", Assets(root).respond)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_file_is_kept_for_ever_under_the_address_of_its_content(root: Path, client: Client) -> None:
    async with client.get(Assets(root).url("js/a.js")) as response:
        assert response.headers["Cache-Control"] == FOREVER
        assert response.content_type == "text/javascript"
        assert (await response.read()) == (root / "js/a.js").read_bytes()


async def test_other_content_has_another_address(root: Path) -> None:
    before = Assets(root).url("js/deep/b.js")
    (root / "vendor/c.js").write_text("export const c = 2;")
    assert Assets(root).url("js/deep/b.js") != before


@pytest.mark.parametrize("path", ["/static/js/a.js", "/static/0123456789abcdef/js/a.js"])
async def test_without_the_digest_or_with_an_old_one_it_is_asked_for_again(client: Client, path: str) -> None:
    async with client.get(path) as response:
        assert response.headers["Cache-Control"] == "no-cache"
        etag = response.headers["ETag"]
    async with client.get(path, headers={"If-None-Match": etag}) as response:
        assert response.status == 304
        assert await response.read() == b""
        assert response.headers["Cache-Control"] == "no-cache"


async def test_a_browser_that_does_not_unpack_gets_it_plain(root: Path, client: Client) -> None:
    async with client.get("/static/js/a.js", headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
    async with client.get("/static/js/a.js", headers={"Accept-Encoding": "identity"}) as response:
        assert "Content-Encoding" not in response.headers
        assert (await response.read()) == (root / "js/a.js").read_bytes()


@pytest.mark.parametrize(
    "path", ["../secret.txt", "%2e%2e/secret.txt", "js", "js/none.js", "vendor/c.d.ts", "//etc/passwd", "%00"]
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    async with client.get(f"/static/{path}") as response:
        assert response.status == 404


def test_modules_are_found_through_all_forms_of_import(root: Path) -> None:
    assert Assets(root).modules("js/a.js") == ["js/deep/b.js", "vendor/c.js"]


def test_an_asset_that_is_not_there_is_our_mistake(root: Path) -> None:
    with pytest.raises(KeyError):
        Assets(root).url("js/none.js")
