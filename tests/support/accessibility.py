"""What WCAG 2.2 asks of a page and a program can tell: the rules of axe-core, names, the focus, and text that fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.browsers import ChromiumPage
from tests.support.server import HOME

AXE = HOME / "tests" / "node_modules" / "axe-core" / "axe.min.js"
"""Brought by npm; `./run test` sees to it."""
OURS = Path(__file__).with_suffix(".js")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Those that see whether a page is light or dark."""
RUN_AXE = """async (runOnly) => {
    const { violations } = await axe.run(document, { runOnly, resultTypes: ["violations"], preload: false });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
        `${id} at ${target}: ${help}. ${failureSummary.replace(/\\s+/g, " ")}`));
}"""


async def violations(page: ChromiumPage, state: str) -> list[str]:
    """What axe-core holds against a page, in light and in dark: each with its rule, its place and what would help."""
    await _equip(page, "axe", AXE)
    await page.page.emulate_media(color_scheme="dark")
    dark = await page.run(RUN_AXE, COLOURS)
    await page.page.emulate_media(color_scheme="light")
    light = await page.run(RUN_AXE, RULES)
    return [*(f"{state}: {line}" for line in light), *(f"{state} in the dark: {line}" for line in dark)]


async def nameless(page: ChromiumPage, state: str) -> list[str]:
    """What can have the focus, and has no name in the tree that screen readers go by."""
    session = await page.page.context.new_cdp_session(page.page)
    tree = await session.send("Accessibility.getFullAXTree")
    await session.detach()
    nodes = [node for node in tree["nodes"] if not node["ignored"] and _takes_focus(node)]
    assert nodes, f"{state} has nothing that takes the focus"
    return [
        f"{state}: a {node['role']['value']} has no name"
        for node in nodes
        if not str(node.get("name", {}).get("value", "")).strip()
    ]


async def tour(page: ChromiumPage, state: str) -> list[str]:
    """Tabs through a page: what is never reached, and what does not show that it has the focus."""
    await _equip(page, "wcag", OURS)
    left = await page.run("() => wcag.begin()")
    assert left, f"{state} has no controls"
    for _ in range(left + 8):  # a browser stops at what scrolls as well, and at its own frame
        await page.page.keyboard.press("Tab")
        if not await page.run("() => wcag.step()"):
            break
    return [f"{state}: {line}" for line in await page.run("() => wcag.end()")]


async def misfits(page: ChromiumPage, state: str) -> list[str]:
    """What is lost, cut off, covered or too small at the size that the page has now."""
    await _equip(page, "wcag", OURS)
    return [f"{state}: {line}" for line in await page.run("() => wcag.fits()")]


async def set_text_size(page: ChromiumPage, pixels: int) -> None:
    """The size of text that a person chooses in the browser; 16 where nobody does."""
    session = await page.page.context.new_cdp_session(page.page)  # it holds for as long as this does
    await session.send("Page.setFontSizes", {"fontSizes": {"standard": pixels, "fixed": pixels * 13 // 16}})


async def _equip(page: ChromiumPage, name: str, source: Path) -> None:
    """Puts a script into the page, by the way that the page's own policy does not bar."""
    if not await page.run("(name) => name in globalThis", name):
        await page.page.evaluate(source.read_text() + "\n;null")


def _takes_focus(node: dict[str, Any]) -> bool:
    focusable = any(each["name"] == "focusable" and each["value"]["value"] for each in node.get("properties", []))
    return focusable and node["role"]["value"] not in ("RootWebArea", "main")
