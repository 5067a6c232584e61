"""docs/page-hooks.md lists the hooks that the pages have, all and no others."""

from __future__ import annotations

import re

from tests.support.processes import HOME

SOURCES = [*(HOME / "web" / "static" / "js" / "ui").glob("*.js"), *(HOME / "web" / "templates").glob("*.html")]
MADE = {
    "toggle-${kind}": {"toggle-mic", "toggle-camera"},
    "tile-${what}": {"tile-pin", "tile-fill", "tile-float"},
    "toggle-${name}": {"toggle-chat", "toggle-files", "toggle-people"},
}
"""Hooks that a source puts together."""


def written() -> set[str]:
    """What stands in the sources as a hook, or can be one."""
    found: set[str] = set()
    for source in SOURCES:
        text = source.read_text()
        found.update(re.findall(r'data-testid="([a-z-]+)"', text))
        for made in re.findall(r"data-testid=\$\{(.+?)[}>\s]*(?:title|aria|data|@)", text):
            found.update(re.findall(r'"([a-z-]+)"', made))
        for pattern, hooks in MADE.items():
            if f"`{pattern}`" in text:
                found |= hooks
        found.update(re.findall(r'(?:toggle\(|\bact\(|hook = |Safety, )"([a-z-]+)"', text))
    return found


def test_the_table_of_hooks_is_whole_and_true() -> None:
    first_column = re.findall(r"^\| (`.+?) \|", (HOME / "docs" / "page-hooks.md").read_text(), re.MULTILINE)
    told = {hook for cell in first_column for hook in re.findall(r"`([a-z-]+)`", cell)}
    assert told == written()
