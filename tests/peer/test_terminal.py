from __future__ import annotations

import io

import pytest
from rich.console import Console

from peer.terminal import complete, printable, qr_code


@pytest.mark.parametrize(
    ("wrote", "shown"),
    [
        ("plain.txt", "plain.txt"),
        ("\x1b[2Jcleared", "\\u{1b}[2Jcleared"),
        ("invoice\u202efdp.exe", "invoice\\u{202e}fdp.exe"),
        ("two\r\nlines", "two\\u{d}\\u{a}lines"),
        ("c1\x9b31m", "c1\\u{9b}31m"),
        ("lone\udc80", "lone\\u{dc80}"),
        ("tag\U000e0041", "tag\\u{e0041}"),
        ("ছবি ক্ষ.jpg", "ছবি ক্ষ.jpg"),
        ("র‍্যাব 👩‍👩‍👧.png", "র‍্যাব 👩‍👩‍👧.png"),
    ],
)
def test_nothing_a_stranger_wrote_moves_the_cursor_or_hides(wrote: str, shown: str) -> None:
    assert printable(wrote) == shown


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    shown = printable("a" * 300 + ".tar.gz", 30)
    assert len(shown) == 30
    assert shown.startswith("aaaa")
    assert shown.endswith(".tar.gz")


def console(**how: object) -> Console:
    settings = {"file": io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), "force_terminal": True, "width": 100}
    return Console(**{**settings, **how})  # type: ignore[arg-type]


def test_a_qr_code_is_drawn_only_where_it_can_be_scanned() -> None:
    link = "https://cans.example.org/f#7-otter-maple-drum"
    assert qr_code(link, console())
    assert qr_code(link, console(force_terminal=False)) is None
    assert qr_code(link, console(width=20)) is None
    assert qr_code(link, console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))) is None


def test_a_qr_code_has_square_modules_and_dark_ones_only_where_the_code_has_them() -> None:
    drawn = qr_code("https://cans.example.org/f#7-otter-maple-drum", console(color_system="truecolor"))
    plain = qr_code("https://cans.example.org/f#7-otter-maple-drum", console(no_color=True, color_system="truecolor"))
    assert drawn
    assert plain
    lines = drawn.plain.split("\n")
    assert len({len(line) for line in lines}) == 1
    assert abs(2 * len(lines) - len(lines[0])) <= 1
    swapped = str.maketrans(" ▄▀█", "█▀▄ ")
    assert plain.plain.split("\n")[1:-1] == [line.translate(swapped) for line in lines[1:-1]]
    assert not plain.spans
    assert not plain.style


def test_tab_completes_the_word_being_typed_and_never_the_number() -> None:
    words = ["maple", "margin", "otter"]
    assert complete(words, "7-otter-ma") == ["7-otter-maple", "7-otter-margin"]
    assert complete(words, "7 Ott") == ["7 otter"]
    assert complete(words, "7") == []
    assert complete(words, "7-") == []
