"""The pages: `/` home, `/r` a call, `/f` files, `/check` what a call needs, and one for everything that is not there;
`/save/` for downloads.

    request ─► language ─► template (aiohttp-jinja2) ─► HTML whose scripts and styles are named by content

The invite stands in the fragment, which no request carries: these handlers cannot know which room is meant.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from web import headers, languages
from web.assets import Assets

HERE = Path(__file__).parent
ASSETS = web.AppKey("assets", Assets)
A_YEAR_S = 365 * 24 * 3600
ROOTS = ("js/home.js", "js/room.js", "js/check.js")
"""The composition roots: the one module that each page names itself."""
_CATALOGUES = web.AppKey("catalogues", dict[str, languages.Catalogue])
_NEEDED = web.AppKey("needed", dict[str, list[str]])

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def setup(app: web.Application) -> None:
    """Adds pages, static files, the 404 page and security headers to the server's application."""
    assets = app[ASSETS] = Assets(HERE / "static")
    app[_CATALOGUES] = {language: languages.load(language) for language in languages.ENDONYMS}
    app[_NEEDED] = {root: assets.modules(root) for root in ROOTS}
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.middlewares.append(_say_missing)
    app.on_response_prepare.append(headers.secure)
    app.router.add_get("/", _home)
    app.router.add_get("/r", _call)
    app.router.add_get("/f", _files)
    app.router.add_get("/check", _check)
    app.router.add_get("/static/{path:.+}", assets.respond)
    app.router.add_get("/save/worker.js", _save_worker)
    app.router.add_get("/save/{download}", _nothing_to_save)


async def _home(request: web.Request) -> web.Response:
    return _page(request, "home.html", {"modules": ["js/home.js"]})


async def _call(request: web.Request) -> web.Response:
    return _page(request, "room.html", {"modules": ["js/room.js"], "mode": "call"})


async def _files(request: web.Request) -> web.Response:
    return _page(request, "room.html", {"modules": ["js/room.js"], "mode": "files"})


async def _check(request: web.Request) -> web.Response:
    return _page(request, "check.html", {"modules": ["js/check.js"]})


async def _save_worker(request: web.Request) -> web.Response:
    """A service worker sees what lies beside it: here nothing but the downloads that a page makes itself."""
    return request.app[ASSETS].answer(request, "js/save_worker.js")


async def _nothing_to_save(_: web.Request) -> web.Response:
    """A download that its service worker has lost: the page that asked for it stays where it is."""
    return web.Response(status=204)


@web.middleware
async def _say_missing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A person who lost their way reads a page; a program gets the plain answer."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
            raise
        return _page(request, "missing.html", {"modules": []}, status=404)


def _page(request: web.Request, template: str, context: dict[str, Any], status: int = 200) -> web.Response:
    assets = request.app[ASSETS]
    language = languages.choose(request)
    catalogue = request.app[_CATALOGUES][language]

    def t(key: str, **values: object) -> str:
        return catalogue[key].format(**values)

    context = {
        **context,
        "t": t,
        "language": language,
        "languages": languages.ENDONYMS,
        "catalogue": languages.for_script(catalogue),
        "asset": assets.url,
        "preload": [needed for module in context["modules"] for needed in request.app[_NEEDED][module]],
    }
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.enable_compression()
    if request.query.get("lang") == language:
        response.set_cookie(languages.COOKIE, language, max_age=A_YEAR_S, samesite="Lax", secure=request.secure)
    return response
