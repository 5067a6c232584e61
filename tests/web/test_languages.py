"""Which language a visitor reads."""

from __future__ import annotations

import json

import pytest
from aiohttp.test_utils import make_mocked_request

from web import languages


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "chosen"),
    [
        ("", "", "", "en"),
        ("", "", "bn", "bn"),
        ("", "", "bn-IN,en;q=0.8", "bn"),
        ("", "", "en;q=0.3, bn;q=0.7", "bn"),
        ("", "", "de-DE,de;q=0.9", "en"),
        ("", "", "bn;q=0", "en"),
        ("", "", "bn;q=x", "en"),
        ("", "bn", "en", "bn"),
        ("?lang=en", "bn", "bn", "en"),
        ("?lang=xx", "bn", "en", "bn"),
        ("", "../../etc", "en", "en"),
    ],
)
def test_wish_before_habit_before_browser(query: str, cookie: str, accepted: str, chosen: str) -> None:
    headers = {"Accept-Language": accepted, **({"Cookie": f"lang={cookie}"} if cookie else {})}
    assert languages.choose(make_mocked_request("GET", f"/{query}", headers=headers)) == chosen


def test_a_catalogue_cannot_leave_its_script_element() -> None:
    hostile = {"key": "</script><script>alert(1)</script><!--&"}
    text = str(languages.for_script(hostile))
    assert "<" not in text
    assert json.loads(text) == hostile
