"""Whatever the other side writes, nothing that is printed moves a cursor, turns the direction or hides."""

from __future__ import annotations

import io
import json
import logging
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from peer import events
from peer.endings import explained
from peer.exits import Failed
from peer.failures import failure
from peer.manifest import ManifestReader
from peer.names import UnsafeName, check_path
from peer.report import Person, Report, Script, Spot, offer_table
from peer.terminal import HarmlessFormatter, printable, printable_lines
from peer.wire.control import OfferFiles
from peer.wire.frames import Entry, FrameType, pack, unpack
from signaling.protocol.errors import Malformed

SEQUENCE = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")
"""What rich itself draws a bar with."""
NASTY = [
    "\x1b[2J", "\x1b]0;t\x07", "\x1b]52;c;ZQ==\x07", "\x9b31m", "\x9d0;t\x9c", "\r", "\b\b\b", "\x00", "\x7f", "\x85",
    "\u202egnp.exe", "\u2066x\u2069", "\u200e", "\u061c", "\u2028", "\ufeff", "\U000e0041", "\x1bP$q\"p\x1b\\",
    "\x1b[31m", "[red]x[/red]", ":smile:", "\u200d", "\ud800",
]  # fmt: skip
words = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), max_size=6).map("".join)
sendable = words.map(lambda text: text.encode("utf-8", "replace").decode())
quiet = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


def harmless(printed: str, *, drawn: bool = False) -> bool:
    """Whether a terminal only writes it; with `drawn`, past the sequences that we draw with ourselves."""
    text = SEQUENCE.sub("", printed) if drawn else printed
    allowed = "\n\r" if drawn else "\n"
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return all(
        character in allowed or character in "\u200c\u200d" or unicodedata.category(character) not in hidden
        for character in text
    )


def refusal(check: Callable[[], object]) -> str:
    """What a refusal says, "" where there is none."""
    try:
        check()
    except (UnsafeName, Malformed) as error:
        return str(error)
    return ""


def all_events(text: str) -> list[events.AnyEvent]:
    return [
        events.Peer(peer="p1", name=text[:64], engine=text[:32]),
        events.Verify(emoji="🐶 🐱 🦁 🐎"),
        events.Path(kind="direct", local=text, remote=text),
        events.Recording(peer="p1", name=text[:64], on=True),
        events.Offer(transfer="t", files=1, bytes=1),
        events.Resumed(transfer="t", bytes_held=1),
        events.Progress(transfer="t", bytes=1, total=2, rate=1.0, eta=1.0),
        events.Error(code="error", message=printable(text), exit=1),
    ]


def tell(report: Report, text: str) -> None:
    for event in all_events(text):
        report.at("t", Spot(text, text, 1, 3, 1))
        report.say(event)
    report.close()


@quiet
@given(sendable)
def test_a_person_reads_nothing_but_text(text: str) -> None:
    for terminal in (False, True):
        file = io.StringIO()
        console = Console(
            file=file, force_terminal=terminal, markup=False, highlight=False, emoji=False, soft_wrap=True, width=120
        )
        tell(Person(console, Path("inbox")), text)
        assert harmless(file.getvalue(), drawn=terminal), ascii(file.getvalue())


@quiet
@given(text=sendable)
def test_a_script_gets_every_text_as_it_is_and_nothing_else(
    text: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = io.StringIO()
    tell(Script(Console(file=file, markup=False, highlight=False, emoji=False, soft_wrap=True)), text)
    lines = capsysbinary.readouterr().out.decode()
    assert harmless(lines + file.getvalue()), ascii(lines)
    told = [json.loads(line) for line in lines.split("\n")[:-1]]
    assert told == [json.loads(msgspec.json.encode(event)) for event in all_events(text)]


@quiet
@given(words, words)
def test_an_offer_is_listed_as_text(path: str, target: str) -> None:
    file = io.StringIO()
    entries = [Entry(path, kind, target=target) for kind in ("file", "dir", "link")]
    Console(file=file, markup=False, highlight=False, emoji=False, width=200).print(offer_table(entries))
    assert harmless(file.getvalue()), ascii(file.getvalue())


@quiet
@given(words)
def test_a_refusal_of_a_name_is_text(path: str) -> None:
    assert harmless(refusal(lambda: check_path(path)))
    with pytest.raises(Failed) as failed, explained():
        raise failure("error", path, "them")
    assert harmless(failed.value.sentence)


@quiet
@given(st.dictionaries(words, st.one_of(st.none(), st.integers(), words), max_size=3), words)
def test_a_refusal_of_a_manifest_is_text(fields: dict[str, object], path: str) -> None:
    offer = OfferFiles(transfer="transferAAA", title="x", files=1, bytes=0)
    text = json.dumps([{"path": path, **fields}]).encode()
    sentence = refusal(lambda: ManifestReader(offer).take(unpack(pack(FrameType.MANIFEST, 0, 0, 1, text))))
    with pytest.raises(Failed) as failed, explained():
        raise failure("error", f"The manifest makes no sense: {sentence}.", "us")
    assert harmless(failed.value.sentence)


@quiet
@given(words)
def test_a_log_line_and_a_text_are_text(text: str) -> None:
    record = logging.LogRecord(text, logging.INFO, "x.py", 1, "%s", (text,), None)
    assert harmless(HarmlessFormatter("%(name)s %(message)s").format(record))
    assert harmless(printable_lines(text))


@pytest.mark.parametrize("name", ["-rf", "--yes", "-"])
def test_where_a_file_went_is_no_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = Person(Console(file=io.StringIO()), Path())
    report.say(events.File(path=f"{name}x/y", bytes=1, sha256_root="00"))
    report.say(events.Done(transfer="t", files=1, bytes=1, seconds=1.0))
    assert capsys.readouterr().out == f"./{name}x\n"


def test_what_harms_is_seen_to_harm() -> None:
    assert not harmless("a\x1b[2J")
    assert not harmless("a\u202eb")
    assert harmless("ছবি\n")
