"""The catalogues of the pages, and which one a visitor reads.

A catalogue is one flat file: key → sentence with `{name}` placeholders. English is complete by definition; a test keeps
the others equal in keys and placeholders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from aiohttp import web
from markupsafe import Markup

LOCALES = Path(__file__).parent / "locales"
COOKIE = "lang"
DEFAULT = "en"
ENDONYMS = MappingProxyType({"en": "English", "bn": "বাংলা"})
"""Languages in the order in which they are offered, each by the name that its readers call it."""

Catalogue = Mapping[str, str]


def load(language: str) -> Catalogue:
    """Reads a catalogue. Raises OSError or ValueError: it is not there or not JSON, so we erred."""
    return MappingProxyType(json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8")))


def choose(request: web.Request) -> str:
    """`?lang=` before the cookie before Accept-Language (RFC 9110, 12.5.4) before English."""
    for wish in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if wish is not None and wish in ENDONYMS:
            return wish
    return _accepted(request.headers.get("Accept-Language", ""))


def for_script(catalogue: Catalogue) -> Markup:
    """The catalogue as JSON that can stand inside a `<script>` element, whatever it holds."""
    text = json.dumps(dict(catalogue), ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def _accepted(header: str) -> str:
    best, best_quality = DEFAULT, 0.0
    for item in header[:400].split(","):
        tag, _, parameter = item.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if language in ENDONYMS and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
