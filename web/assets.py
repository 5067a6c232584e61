"""The static tree, read once and served from memory under an address that names its content.

    /static/<digest of the whole tree>/js/room.js     cached for ever: other content has another address
    /static/js/room.js, or an older digest            same body, revalidated by its ETag each time

The digest stands in front of the path, not in the file name, so that relative imports between modules stay inside
one version without rewriting a byte. A page that was opened before an upgrade still finds its modules.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import dirname, join, normpath

from aiohttp import web

FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""What is served, by suffix. Anything else in the tree (types, notes) stays at home. Licences have no suffix."""
COMPRESSED_ALREADY = {".png", ".woff2"}
_IMPORT = re.compile(r"""(?:^import\s*|\bfrom\s*)["'](\.{1,2}/[^"']+)["']""", re.M)
_VERSIONED = re.compile(r"^(?P<digest>[0-9a-f]{16})/(?P<path>.+)$")


@dataclass(frozen=True)
class Asset:
    """One file: its body, the same body under gzip where that is smaller, and its type."""

    body: bytes
    small: bytes | None
    content_type: str
    etag: str


class Assets:
    """All files below a folder.

    Args:
        root: folder; read whole, at once (under a megabyte).
        mount: path in front of every address, such as `/static`.
    """

    def __init__(self, root: Path, mount: str = "/static") -> None:
        self._files = dict(_read(root))
        self._mount = mount
        whole = hashlib.sha256()
        for path, asset in sorted(self._files.items()):
            whole.update(f"{path}\0{asset.etag}\0".encode())
        self.digest = whole.hexdigest()[:16]

    def url(self, path: str) -> str:
        """The address of a file, cacheable for ever. Raises KeyError: there is no such file."""
        if path not in self._files:
            raise KeyError(path)
        return f"{self._mount}/{self.digest}/{path}"

    def modules(self, path: str) -> list[str]:
        """Every module that this one imports, however deep; the browser may then fetch all at once."""
        found = [path]
        for each in found:  # grows while it is walked
            for match in _IMPORT.finditer(self._files[each].body.decode()):
                needed = normpath(join(dirname(each), match[1]))
                if needed in self._files and needed not in found:
                    found.append(needed)
        return found[1:]

    async def respond(self, request: web.Request) -> web.Response:
        """Answers `/static/{path}`."""
        path, caching = request.match_info["path"], "no-cache"
        if match := _VERSIONED.match(path):
            path = match["path"]
            caching = FOREVER if match["digest"] == self.digest else caching
        return self.answer(request, path, caching)

    def answer(self, request: web.Request, path: str, caching: str = "no-cache") -> web.Response:
        """One file, wherever it was asked for. Raises HTTPNotFound."""
        asset = self._files.get(path)
        if asset is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": caching, "ETag": f'"{asset.etag}"', "Vary": "Accept-Encoding"}
        if any(tag.value in (asset.etag, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = asset.content_type
        if asset.small is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=asset.small, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=asset.body, headers=headers)


def _read(root: Path) -> Iterator[tuple[str, Asset]]:
    for file in root.rglob("*"):
        path = PurePosixPath(file.relative_to(root).as_posix())
        kind = TYPES[".txt"] if path.name == "LICENSE" else TYPES.get(path.suffix)
        if kind is None or not file.is_file():
            continue
        body = file.read_bytes()
        small = None if path.suffix in COMPRESSED_ALREADY else gzip.compress(body, 6, mtime=0)
        small = small if small is not None and len(small) < len(body) else None
        yield str(path), Asset(body, small, kind, hashlib.sha256(body).hexdigest()[:16])
