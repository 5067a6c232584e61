"""The `twocans` command, whose server also has the script that taps the sound: a page runs none from anywhere else."""

from __future__ import annotations

from unittest.mock import patch

from aiohttp import web

from tests.support.processes import HOME
from twocans import twocans
from web import pages

TAP = "/bench/tap.js"
SCRIPTS = HOME / "bench" / "glass_page"
_GENUINE = pages.setup


async def _tap(_: web.Request) -> web.FileResponse:
    return web.FileResponse(SCRIPTS / "tap.js")


def _setup(app: web.Application) -> None:
    _GENUINE(app)
    app.router.add_get(TAP, _tap)


if __name__ == "__main__":
    with patch.object(pages, "setup", _setup):
        twocans()
