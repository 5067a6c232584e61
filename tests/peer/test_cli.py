from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peer.cli import receive, send
from peer.exits import Exit
from peer.jobs import Receiving
from peer.options import Size
from tests.support.processes import HOME, Program, twocans

HEAVY = ("aiohttp", "aiortc", "asyncio", "av", "cryptography", "msgspec", "rich", "segno", "uvloop", "webrtc")
CODE = "7-absorb-maple-drum"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("TWOCANS_CODE", "TWOCANS_SERVER", "TWOCANS_ENGINE", "TWOCANS_PEER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("file.txt").write_text("x")
    return CliRunner()


def complaint(result: Result) -> str:
    assert result.exit_code == Exit.USAGE, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ([], "Nothing to send"),
        (["--text", "hi", "file.txt"], "--text goes alone"),
        (["--text", ""], "1 to 65,536 bytes"),
        (["--to", CODE, "--link", "file.txt"], "--to goes to one box"),
        (["missing.bin"], "does not exist"),
        (["-", "file.txt"], "goes alone"),
        (["-", "--receivers", "2"], "read once"),
        (["-", "--code-file", "-"], "cannot be both"),
        (["file.txt", "--name", "x"], "--name is for standard input"),
        (["file.txt", "--code", CODE, "--link"], "one of the two"),
        (["file.txt", "--code", "otter"], "like 7-otter-maple-drum"),
        (["file.txt", "--code", CODE, "--code-file", "file.txt"], "give one of the two"),
        (["file.txt", "--words", "1"], "--words"),
        (["file.txt", "--receivers", "0"], "--receivers"),
        (["file.txt", "--engine", "quic"], "--engine"),
        (["file.txt", "--server", "host:8080"], "not the address of a server"),
        (["file.txt", "--timeout", "0"], "--timeout"),
        (["file.txt", "--limit-rate", "5"], "too little to get anywhere"),
    ],
)
def test_send_says_what_is_wrong_with_a_command_line(runner: CliRunner, words: list[str], because: str) -> None:
    assert because in complaint(runner.invoke(send, words))


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ([], "Which code?"),
        (["otter-maple"], "like 7-otter-maple-drum"),
        (["https://host/"], "leads to no room"),
        ([CODE, "--max-size", "many"], "not a size"),
        ([CODE, "--on-conflict", "explode"], "--on-conflict"),
        (["--code-file", "missing"], "cannot be read"),
        (["-"], "nothing in standard input"),
        ([CODE, "--code-file", "file.txt"], "give one of the two"),
        (["7", "absorb"], "like 7-otter-maple-drum"),
        ([CODE, "--out", "-", "--json"], "cannot take both"),
        ([CODE, "--link"], "add --keep-open"),
        ([CODE, "--exec", "ls"], "add --keep-open"),
        (["--keep-open", "--out", "-"], "needs a folder"),
        (["--keep-open", "--link", CODE], "leave it or the code away"),
        (["--keep-open", "--exec", "ls 'x"], "quotes do not match"),
        (["--keep-open", "--exec", "cp file={} x"], "a word of its own"),
        (["--keep-open", "--exec", "{}"], "names no program"),
    ],
)
def test_receive_says_what_is_wrong_with_a_command_line(runner: CliRunner, words: list[str], because: str) -> None:
    assert because in complaint(runner.invoke(receive, words))


def test_a_code_in_a_file_or_the_environment_is_read_before_anything_is_connected(runner: CliRunner) -> None:
    Path("code").write_text("otter-maple\n")
    assert "like 7-otter-maple-drum" in complaint(runner.invoke(receive, ["--code-file", "code"]))
    assert "like 7-otter-maple-drum" in complaint(runner.invoke(receive, ["-"], input="otter-maple\n"))
    assert "like 7-otter-maple-drum" in complaint(runner.invoke(receive, [], env={"TWOCANS_CODE": "otter-maple"}))


def test_a_file_gives_defaults_and_a_wrong_one_is_named(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "config" / "twocans" / "peer.toml"
    file.parent.mkdir(parents=True)
    file.write_text('server = "nowhere"\n[receive]\nmax-size = "many"\n')
    assert "'nowhere' is not the address" in complaint(runner.invoke(send, ["file.txt"]))
    flagged = ["--server", "https://host", CODE]
    assert "'many' is not a size" in complaint(runner.invoke(receive, flagged))
    file.write_text("colour = true\n")
    assert "no such option: colour" in complaint(runner.invoke(send, ["file.txt"]))
    file.write_text("server")
    assert "cannot be read" in complaint(runner.invoke(send, ["file.txt"]))


def test_what_nobody_foresaw_is_a_sentence_and_with_v_a_traceback(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def err(job: object, report: object) -> Exit:
        raise RuntimeError("a bug")

    monkeypatch.setattr("peer.errands.receive_files", err)
    for flags, shown in (([], False), (["-v"], True)):
        result = runner.invoke(receive, [*flags, CODE], standalone_mode=False)
        assert result.return_value == Exit.ERROR
        assert "Unexpected RuntimeError: a bug." in result.stderr
        assert ("Traceback" in result.stderr) is shown


def test_a_word_that_is_none_is_asked_about_before_it_burns_the_code(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def note(job: Receiving, report: object) -> Exit:
        tried.append(job.code)
        return Exit.DONE

    monkeypatch.setattr("peer.errands.receive_files", note)
    monkeypatch.setattr("peer.terminal.asks", lambda: True)
    for answer in ("y", "n"):
        result = runner.invoke(receive, ["7-absorb-mapel-drum"], input=f"{answer}\n", standalone_mode=False)
        assert "Did you mean “maple”?" in result.stderr
    assert tried == ["7-absorb-maple-drum", "7-absorb-mapel-drum"]


@pytest.mark.parametrize(
    ("flags", "asked"),
    [
        ([CODE], "http://from.environment"),
        (["http://of.link/f#" + "A" * 22], "http://of.link"),
        (["--server", "http://of.flag", "http://of.link/f#" + "A" * 22], "http://of.flag"),
    ],
)
def test_a_link_names_its_server_unless_a_flag_does(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch, flags: list[str], asked: str
) -> None:
    servers: list[str | None] = []

    async def note(job: Receiving, report: object) -> Exit:
        servers.append(job.server)
        return Exit.DONE

    monkeypatch.setattr("peer.errands.receive_files", note)
    monkeypatch.setenv("TWOCANS_SERVER", "http://from.environment")
    runner.invoke(receive, flags, standalone_mode=False)
    assert servers == [asked]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500000", 500_000),
        ("300M", 300_000_000),
        ("1.5GB", 1_500_000_000),
        ("2GiB", 2**31),
        ("4k", 4000),
        ("1Ki", 1024),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1X", "nan", "1MM", "9999T", "iB"])
def test_what_is_not_a_size_is_refused(runner: CliRunner, text: str) -> None:
    assert "not a size" in complaint(runner.invoke(receive, ["--max-size", text, CODE]))


def test_help_answers_in_under_a_fifth_of_a_second() -> None:
    """Best of several: what the machine does beside it is not our time."""
    times = []
    for _ in range(8):
        with twocans("--help") as program:
            ended = program.finish()
        assert ended.code == 0
        times.append(ended.ended_at - ended.began_at)
    assert min(times) < 0.2


@pytest.mark.parametrize("words", [["--help"], ["send", "--help"], ["receive", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['twocans', *{words!r}]\n"
        "try: runpy.run_module('twocans', run_name='__main__', alter_sys=True)\n"
        f"finally: print('heavy:', sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    with Program([sys.executable, "-c", script], cwd=HOME) as program:
        ended = program.finish()
    assert ended.code == 0, ended.stderr
    assert "Usage: twocans" in ended.stdout
    assert ended.stderr == "heavy: []\n"
