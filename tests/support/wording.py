"""What a page says, to the eye and to a screen reader, and whether the eye gets all of it."""

from __future__ import annotations

import re
from typing import TypedDict

from tests.support.browsers import Page
from tests.support.tour import TYPED

ELEMENTS = {
    "script, style, noscript": "is not shown",
    "code": "what one types in a terminal is the same everywhere",
    ".languages a": "each language by the name that its readers call it",
    "[id^=choose-] option[value]:not([value=''])": "the browser names its devices",
}
"""Whose text no catalogue brings, and why."""
PARTS = {
    r"^[A-Z]$": "initials, and what is printed on the keys",
    r"^https?://\S+$": "the link to the room",
    r"\botter\Wmaple\Wdrum\b": "the words of a code are English everywhere",
    r"\.(txt|jpg|pdf)\b": "the ending of a file's name",
    r"\d[\d.,]*[\s\u202f]?(bytes?( per second)?|[kMGT]?B(/s)?|sec|min|hr|[AP]M)\b": "a number with its unit by Intl",
    r"\b(VP8|VP9|AV1|H264)\b": "names of codecs",
    r"\b[Ff]ake(_device_\d| Default Audio Input| Audio Input \d)\b": "what the browser calls its devices",
} | TYPED
"""Parts of a text that no catalogue brings, and why."""
SHORTENED = {
    ".tile-name > bdi": "a name is as long as its owner likes; the list of people has all of it",
    ".current > bdi": "a path is as long as its folders are deep; its title has all of it",
}
"""What is meant to be cut where there is no room, and why."""

_SAID = """(unread) => {
    const said = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) {
            if (!node.parentElement.closest(unread)) said.add(node.data.trim());
        } else {
            for (const name of ["aria-label", "title", "placeholder", "alt"]) said.add(node.getAttribute(name) ?? "");
        }
    }
    return [...said].filter(Boolean);
}"""
_CUT = """(shortened) => {
    const SLACK = 1.5; // a pixel that rounding takes, and what a fallback font overhangs
    const [CUTS, SCROLLS] = [/hidden|clip/, /auto|scroll/];
    const cut = [];
    const seen = (element) => {
        if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
        for (let each = element; each; each = each.parentElement) {
            if (getComputedStyle(each).clipPath === "inset(50%)") return false; // for screen readers alone
        }
        return true;
    };
    const report = (element, text, axis) => {
        const place = element.closest("[data-testid]")?.dataset.testid ?? element.className ?? element.localName;
        cut.push({ text: text.trim().slice(0, 60), place: String(place), axis });
    };
    /** Where a rectangle of text is lost on its way out through all that cuts off; "" if it is seen or scrolled to. */
    const lostIn = ({ left, right, top, bottom }, holder) => {
        for (let each = holder; each; each = each.parentElement) {
            const { overflowX, overflowY, display } = getComputedStyle(each);
            if (display === "inline" || display === "contents") continue;
            const box = each.getBoundingClientRect();
            const [west, north] = [box.left + each.clientLeft, box.top + each.clientTop];
            const [east, south] = [west + each.clientWidth, north + each.clientHeight];
            if (CUTS.test(overflowX) && (left < west - SLACK || right > east + SLACK)) return "wide";
            if (CUTS.test(overflowY) && (top < north - SLACK || bottom > south + SLACK)) return "high";
            if (SCROLLS.test(overflowX)) [left, right] = [Math.max(left, west), Math.min(right, east)];
            if (SCROLLS.test(overflowY)) [top, bottom] = [Math.max(top, north), Math.min(bottom, south)];
            if (left >= right || top >= bottom) return ""; // scrolled away
        }
        return "";
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const holder = node.parentElement;
        if (!node.data.trim() || holder.closest(`noscript, option, ${shortened}`) || !seen(holder)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const rect of range.getClientRects()) {
            const axis = lostIn(rect, holder);
            if (axis) {
                report(holder, node.data, axis);
                break;
            }
        }
    }
    const ruler = document.createElement("canvas").getContext("2d");
    const room = (field) => {
        const { paddingLeft, paddingRight, font } = getComputedStyle(field);
        ruler.font = font;
        return field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    };
    for (const field of document.querySelectorAll("input[placeholder], select")) {
        if (!seen(field) || field.value && field.localName === "input" || field.id.startsWith("choose-")) continue;
        const words = field.placeholder ?? field.selectedOptions[0]?.text ?? "";
        if (room(field) + SLACK < ruler.measureText(words).width) report(field, words, "wide");
    }
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) cut.push({ text: document.title, place: "the page", axis: "wide" });
    return cut;
}"""


class Cut(TypedDict):
    """A text of which the eye does not get all."""

    text: str
    place: str
    axis: str


async def read(page: Page) -> list[str]:
    """All texts, names, hints and the title, without the parts that no catalogue brings; shown or not."""
    said: list[str] = await page.run(_SAID, ", ".join(ELEMENTS))
    return [_ours(text) for text in said]


async def find_cut(page: Page) -> list[Cut]:
    """Texts that something cuts off and that cannot be scrolled to."""
    found: list[Cut] = await page.run(_CUT, ", ".join(SHORTENED))
    return found


def _ours(text: str) -> str:
    for pattern in PARTS:
        text = re.sub(pattern, "", text)
    return text
