from __future__ import annotations

import io
import json
import re
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from peer.events import AnyEvent, Code, Done, Error, File, Offer, Peer, Progress, Recording, Resumed, Verify
from peer.events import Path as Route
from peer.exits import Exit
from peer.report import Person, Report, Script, Spot, offer_table, spot_text
from peer.wire.frames import Entry
from tests.support.processes import HOME
from tests.support.schema import is_event

LINK = "https://cans.example.org/f#7-otter-maple-drum"
EVENTS: list[tuple[AnyEvent, set[str]]] = [
    (Code(code="7-otter-maple-drum", link=LINK), {"code", "link"}),
    (Peer(peer="p1", name="Anna", engine="libwebrtc"), {"peer", "name", "engine"}),
    (Verify(emoji="🐶 🐱 🦁 🐎"), {"emoji"}),
    (Route(kind="direct", local="host", remote="srflx"), {"kind", "local", "remote"}),
    (Recording(peer="p1", name="Anna", on=True), {"peer", "name", "on"}),
    (Offer(transfer="t", files=3, bytes=9), {"transfer", "files", "bytes"}),
    (Resumed(transfer="t", bytes_held=5), {"transfer", "bytes_held"}),
    (Progress(transfer="t", bytes=4, total=None, rate=2.0, eta=None), {"transfer", "bytes", "total", "rate", "eta"}),
    (File(path="a/b.txt", bytes=9, sha256_root="00ff"), {"path", "bytes", "sha256_root"}),
    (Done(transfer="t", files=3, bytes=9, seconds=1.5), {"transfer", "files", "bytes", "seconds"}),
    (Error(code="wrong_code", message="No.", exit=4), {"code", "message", "exit"}),
]


def console(**how: object) -> Console:
    settings = {"file": io.StringIO(), "markup": False, "highlight": False, "emoji": False, "soft_wrap": True}
    return Console(**{**settings, **how})  # type: ignore[arg-type]


def told(report: Console) -> str:
    assert isinstance(report.file, io.StringIO)
    return report.file.getvalue()


@pytest.mark.parametrize(("event", "fields"), EVENTS, ids=lambda value: type(value).__name__)
def test_every_event_is_one_json_line_with_the_fields_of_the_contract(
    event: AnyEvent, fields: set[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    Script(console()).say(event)
    (line,) = capsysbinary.readouterr().out.splitlines()
    read = json.loads(line)
    assert set(read) == fields | {"event", "v"}
    assert is_event(read)
    assert not is_event({name: value for name, value in read.items() if name != "v"})
    assert not is_event(read | {"more": 1})
    assert not is_event(read | {min(fields): []})
    assert read["event"] == {"Route": "path"}.get(type(event).__name__, type(event).__name__.lower())


def test_a_script_hears_of_progress_when_more_is_proven(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    script = Script(console())
    for done in (0, 0, 5, 5, 7):
        script.say(Progress(transfer="t", bytes=done, total=10, rate=1.0, eta=1.0))
    assert [json.loads(line)["bytes"] for line in capsysbinary.readouterr().out.splitlines()] == [5, 7]


def test_a_person_gets_the_code_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    stderr = console()
    for event, _ in EVENTS:
        Person(stderr).say(event)
    assert capsys.readouterr().out == "7-otter-maple-drum\n"
    assert "twocans receive 7-otter-maple-drum --server https://cans.example.org" in told(stderr)
    assert LINK in told(stderr)


def test_the_receiver_gets_where_files_went_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    report: Report = Person(console(), Path("inbox"))
    report.say(File(path="photos/1.jpg", bytes=1, sha256_root="00"))
    report.say(File(path="photos/2.jpg", bytes=1, sha256_root="00"))
    report.say(Done(transfer="t", files=2, bytes=2, seconds=0.1))
    assert capsys.readouterr().out == f"{Path('inbox/photos')}\n"


def test_names_of_the_other_side_are_harmless_and_not_markup() -> None:
    stderr = console(force_terminal=True, color_system="truecolor")
    Person(stderr).say(Peer(peer="p", name="[red]\x1b[31m\u202eevil", engine="a"))
    stderr.print(offer_table([Entry(path="[bold]\x1b]0;x\x07.txt", size=5)]))
    assert "[red]\\u{1b}[31m\\u{202e}evil" in told(stderr)
    assert "[bold]\\u{1b}]0;x\\u{7}.txt" in told(stderr)
    assert "\x1b[31m" not in told(stderr)
    assert "\x1b]0;x" not in told(stderr)


def test_a_long_offer_is_cut_and_the_rest_summed_up() -> None:
    stderr = console(width=80)
    stderr.print(offer_table([Entry(path=f"{n:04}.bin", size=1_000_000) for n in range(300)]))
    assert len(told(stderr).splitlines()) < 30
    assert "280 more" in told(stderr)
    assert "280 MB" in told(stderr)


@pytest.mark.parametrize("how", [{"force_terminal": False}, {"force_terminal": True, "_environ": {"TERM": "dumb"}}])
def test_no_bar_and_no_control_sequence_where_they_cannot_be_drawn(how: dict[str, object]) -> None:
    stderr = console(**how)
    report = Person(stderr)
    for done in range(100):
        report.say(Progress(transfer="t", bytes=done, total=100, rate=1.0, eta=1.0))
    report.close()
    assert "\x1b" not in told(stderr)
    assert told(stderr).count("\n") <= 1


def test_a_bar_with_rate_and_time_left_on_a_terminal() -> None:
    stderr = console(force_terminal=True, width=100, _environ={"TERM": "xterm"})
    report = Person(stderr)
    report.say(Progress(transfer="t", bytes=412_000_000, total=1_000_000_000, rate=92.1e6, eta=6.4))
    report.close()
    assert "412 MB of 1.0 GB  92.1 MB/s  6 s left" in told(stderr)


def test_a_person_sees_which_file_moves_and_how_many_there_are() -> None:
    stderr = console(force_terminal=True, width=100, _environ={"TERM": "xterm"})
    report = Person(stderr)
    report.at("t", Spot("to Anna", coming=2_000_000))
    report.say(Progress(transfer="t", bytes=410_000_000, total=1_000_000_000, rate=92.1e6, eta=6.4))
    assert "412 MB of 1.0 GB" in told(stderr)
    report.at("t", Spot("to Anna", "photos/day 1/\x1b[31m.jpg", 2, 14))
    report.say(Progress(transfer="t", bytes=412_000_000, total=1_000_000_000, rate=92.1e6, eta=6.4))
    report.close()
    assert "6 s left  2 of 14  photos/day 1/\\u{1b}[31m.jpg" in told(stderr)
    assert "Anna" not in told(stderr)


def test_each_of_several_receivers_has_a_line_of_its_own_until_it_is_done() -> None:
    stderr = console(force_terminal=True, width=100, _environ={"TERM": "xterm"})
    report = Person(stderr)
    for name in ("Anna", "Bela"):
        report.at(name, Spot(f"to {name}", "film.mkv", 1, 1))
        report.say(Progress(transfer=name, bytes=1, total=2, rate=1.0, eta=1.0))
    assert "1 s left  to Bela" in told(stderr)
    report.say(Done(transfer="Bela", files=1, bytes=2, seconds=1.0))
    report.over("Bela")
    report.say(Progress(transfer="Anna", bytes=2, total=2, rate=1.0, eta=0.0))
    assert "2 B of 2 B  1 B/s  0 s left" in told(stderr).rpartition("Sent 1 file")[2]
    report.close()


def test_what_was_there_before_counts_towards_no_rate() -> None:
    stderr = console()
    report = Person(stderr)
    report.say(Resumed(transfer="t", bytes_held=8_000_000))
    report.say(Done(transfer="t", files=1, bytes=10_000_000, seconds=2.0))
    assert "10.0 MB in 2 s, 1.0 MB/s" in told(stderr)


def test_lines_fit_the_width_and_names_give_way_first() -> None:
    spot = Spot("to Anna", "a/very/long/name/of/a/film/in/a/folder.mkv", 2, 14)
    assert spot_text(spot, 40, alone=True) == "  2 of 14  a/very/long/name/o…folder.mkv"
    assert len(spot_text(spot, 40, alone=False)) <= 40
    assert spot_text(spot, 12, alone=True) == ""
    assert spot_text(Spot("to Anna", "x", 1, 1), 40, alone=True) == ""


def test_without_a_terminal_each_transfer_says_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peer.report.PLAIN_LINE_S", 0.0)
    stderr = console(width=80)
    report = Person(stderr)
    for name in ("Anna", "Bela"):
        report.at(name, Spot(f"to {name}", "film.mkv", 1, 1))
    for name in ("Anna", "Bela"):
        report.say(Progress(transfer=name, bytes=1, total=2, rate=1.0, eta=1.0))
    assert [line[-7:] for line in told(stderr).splitlines()] == ["to Anna", "to Bela"]


def test_what_went_to_standard_output_is_not_told_there(capsys: pytest.CaptureFixture[str]) -> None:
    report = Person(console(), Path("inbox"))
    report.say(File(path="-", bytes=1, sha256_root="00"))
    report.say(Done(transfer="t", files=1, bytes=1, seconds=0.1))
    assert capsys.readouterr().out == ""


def test_a_box_says_how_something_is_put_in() -> None:
    stderr = console()
    Person(stderr, Path("inbox")).say(Code(code="7-otter-maple-drum", link=LINK))
    assert "twocans send --to 7-otter-maple-drum --server https://cans.example.org FILE …" in told(stderr)


def test_no_colour_where_none_is_wanted() -> None:
    stderr = console(force_terminal=True, width=100, _environ={"TERM": "xterm-256color", "NO_COLOR": "1"})
    report = Person(stderr)
    report.say(Progress(transfer="t", bytes=1, total=2, rate=1.0, eta=1.0))
    report.say(Code(code="7-otter-maple-drum", link=LINK))
    report.close()
    assert not any(f"\x1b[{colour}" in told(stderr) for colour in ("3", "4", "9"))


def test_the_documents_name_every_event_field_and_exit_code() -> None:
    written = (HOME / "docs" / "commands.md").read_text(encoding="utf-8")
    for event, fields in EVENTS:
        (row,) = re.findall(
            rf"^\| `{json.loads(msgspec.json.encode(event))['event']}` \| (.*) \|$", written, re.MULTILINE
        )
        assert set(re.findall(r"`(\w+)`", row)) == fields
    for exit in Exit:
        word = "" if exit is Exit.DONE else f"`{exit.word}`"
        assert re.search(rf"^\| {int(exit)} \| {word} ?\|", written, re.MULTILINE)
