"""Settings: flag before environment before file before default; wrong values are answered in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from signaling.config import BadSetting, Settings, entries, load

REFERENCE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, so that no ./twocans.toml is read by chance."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str, name: str = "some.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(folder: Path) -> None:
    file = written(folder, "port = 1\nheartbeat_s = 1\nhost = 'file'\n")
    environment = {"TWOCANS_PORT": "2", "TWOCANS_HEARTBEAT_S": "2.5"}
    settings = load({"port": "3", "host": None, "turn_urls": ()}, environment, file)
    assert (settings.port, settings.heartbeat_s, settings.host, settings.grace_s) == (3, 2.5, "file", 20.0)


def test_nothing_given_is_all_defaults() -> None:
    assert load({}, {"PATH": "/bin", "TWOCANS_SERVER": "http://x", "TWOCANS_PORT": ""}) == Settings()


def test_the_file_is_named_by_flag_or_variable_or_lies_here(folder: Path) -> None:
    here, named, variable = (
        written(folder, f"port = {port}", name)
        for port, name in ((1, "twocans.toml"), (2, "named.toml"), (3, "variable.toml"))
    )
    assert load({}, {}).port == 1
    assert load({}, {"TWOCANS_CONFIG": str(variable)}).port == 3
    assert load({}, {"TWOCANS_CONFIG": str(variable)}, named).port == 2
    here.unlink()
    assert load({}, {}).port == 8080


def test_lists_are_repeated_flags_separated_text_or_arrays(folder: Path) -> None:
    wanted = ("stun:a:1", "stun:b")
    assert load({"stun_urls": wanted}, {}).stun_urls == wanted
    assert load({}, {"TWOCANS_STUN_URLS": "stun:a:1, stun:b"}).stun_urls == wanted
    assert load({}, {}, written(folder, "stun_urls = ['stun:a:1', 'stun:b']")).stun_urls == wanted


@pytest.mark.parametrize("value", ["true", "1"])
def test_switches_in_the_environment(value: str) -> None:
    assert load({}, {"TWOCANS_LAN": value}).lan is True
    assert load({"lan": False}, {"TWOCANS_LAN": value}).lan is False


def test_off_clears_what_has_a_default(folder: Path) -> None:
    assert load({"stun_port": "off"}, {}).stun_port is None
    assert load({}, {}, written(folder, "stun_port = 'off'")).stun_port is None


def test_a_secret_comes_from_a_file_and_is_not_shown(folder: Path) -> None:
    file = written(folder, "correct-horse\n", "secret")
    for settings in (
        load({"turn_secret": str(file)}, {}),
        load({}, {"TWOCANS_TURN_SECRET_FILE": str(file)}),
        load({}, {"TWOCANS_TURN_SECRET": "correct-horse"}),
    ):
        assert settings.turn_secret == "correct-horse"
        assert "correct-horse" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "http", "TWOCANS_PORT: expected a port from 0 to 65535, not 'http'"),
        ("PORT", "65536", "TWOCANS_PORT: expected a port from 0 to 65535, not '65536'"),
        ("LAN", "maybe", "TWOCANS_LAN: expected true or false, not 'maybe'"),
        ("GRACE_S", "nan", "TWOCANS_GRACE_S: expected a number of seconds above 0, not 'nan'"),
        ("GRACE_S", "0", "TWOCANS_GRACE_S: expected a number of seconds above 0, not '0'"),
        ("STUN_PORT", "x", "TWOCANS_STUN_PORT: expected a port from 0 to 65535, or off, not 'x'"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "trusted_proxies: 10.0.0.1/8 has host bits set"),
        ("LOG_LEVEL", "loud", "TWOCANS_LOG_LEVEL: expected debug, info, warning or error, not 'loud'"),
    ],
)
def test_wrong_values_are_answered_in_words(variable: str, value: str, sentence: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load({}, {f"TWOCANS_{variable}": value})
    assert str(caught.value) == sentence


@pytest.mark.parametrize("url", ["turn.example.org", "stun:x", "turn:a b", "turn:a?transport=tls", "turn:u@a"])
def test_turn_addresses_are_addresses(url: str) -> None:
    with pytest.raises(BadSetting, match="TURN addresses"):
        load({"turn_urls": (url,)}, {})


def test_a_wrong_secret_is_not_repeated() -> None:
    with pytest.raises(BadSetting) as caught:
        load({}, {"TWOCANS_TOKEN": "pass word"})
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1\nhots = 'x'", "hots, prot: no such setting"),
        ("[server]\nport = 1", "server: no such setting"),
        ("port = '8080x'", "port: expected a port"),
        ("port = 80.5", "port: expected a port"),
        ("port =", "not TOML"),
    ],
)
def test_a_file_is_read_strictly(folder: Path, text: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        load({}, {}, written(folder, text))


def test_a_file_that_was_named_must_be_there(folder: Path) -> None:
    with pytest.raises(BadSetting, match="No such file"):
        load({}, {}, folder / "missing.toml")
    with pytest.raises(BadSetting, match="--token-file: cannot read"):
        load({"token": str(folder / "missing")}, {})


def test_every_setting_is_documented_as_it_is() -> None:
    documented = [line for line in REFERENCE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    shown = {entry.name: f"`{entry.default_text}`" if entry.default_text else "–" for entry in entries()}
    assert documented == [
        f"| `{entry.name}` | `{entry.flag}` | {shown[entry.name]} | {entry.about} |" for entry in entries()
    ]
