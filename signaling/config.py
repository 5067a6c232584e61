"""One frozen Settings, each value from its flag, else the environment, else a TOML file, else its default.

    --stun-port 3479   >   TWOCANS_STUN_PORT=3479   >   stun_port = 3479   >   3478

Types carry the limits and, as `description`, the words in which a wrong value is answered. The same fields make the
flags of `twocans serve` and the table in docs/settings.md, so that a setting is written once.
"""

# ruff: noqa: RUF009  `setting` makes a dataclass field, and nothing that could be shared

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

T = TypeVar("T")

ENVIRONMENT_PREFIX = "TWOCANS_"
DEFAULT_FILE = Path("twocans.toml")
"""Read when it stands in the working directory and no other file is named."""
LONGEST_S = 366 * 24 * 3600

Text = Annotated[str, Meta(min_length=1, description="a text that is not empty")]
Port = Annotated[int, Meta(ge=0, le=65535, description="a port from 0 to 65535")]
Seconds = Annotated[float, Meta(gt=0, le=LONGEST_S, description="a number of seconds above 0")]
PerSecond = Annotated[float, Meta(gt=0, le=1e9, description="a number above 0")]
Count = Annotated[int, Meta(ge=1, le=2**40, description="a whole number from 1 up")]
Switch = Annotated[bool, Meta(description="true or false")]
Secret = Annotated[str, Meta(pattern=r"^[!-~]{8,256}$", description="8 to 256 ASCII characters without spaces")]
Origin = Annotated[str, Meta(pattern=r"^https?://[^\s/?#@]+$")]
WebAddress = Annotated[Origin, Meta(description="a web address without a path, such as https://call.example.org")]
Origins = Annotated[tuple[Origin, ...], Meta(description="origins such as https://call.example.org")]
Networks = Annotated[tuple[str, ...], Meta(description="addresses or networks such as 10.0.0.0/8")]
StunUrls = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^stuns?:[^\s/?#@]+$")], ...],
    Meta(description="STUN addresses (RFC 7064) such as stun:stun.example.org:3478"),
]
TurnUrls = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^turns?:[^\s/?#@]+(\?transport=(udp|tcp))?$")], ...],
    Meta(description="TURN addresses (RFC 7065) such as turn:turn.example.org:3478?transport=udp"),
]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], Meta(description="debug, info, warning or error")]


class BadSetting(ValueError):
    """They erred: a setting cannot be read. The text names its source, and is safe to show."""


def setting(default: T, about: str, *, secret: bool = False) -> T:
    """A field of Settings with its one-line meaning; a secret is left out of `repr`, argv and errors."""
    return field(default=default, repr=not secret, metadata={"about": about, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything about a server that can be set. Made by `load`; a test may make one directly."""

    host: Text = setting("127.0.0.1", "Address or name to listen on; 0.0.0.0 or :: for all.")
    port: Port = setting(8080, "Port to listen on; 0 takes any free one.")
    lan: Switch = setting(False, "HTTPS on all addresses, with a certificate made for them; prints QR codes.")
    public_url: WebAddress | None = setting(None, "Address under which people reach this server.")
    allow_origin: Origins = setting((), "Further web origins whose pages may connect; the own is always allowed.")
    trusted_proxies: Networks = setting((), "Proxies whose X-Forwarded-For header is believed.")
    token: Secret | None = setting(None, "Password that a client must know to use this server.", secret=True)
    state_dir: Text | None = setting(None, "Folder for what is kept; else $XDG_STATE_HOME/twocans.")
    log_level: LogLevel = setting("info", "How much to log: debug, info, warning or error.")

    stun_port: Port | None = setting(3478, "UDP port on which STUN is answered, or off.")
    stun_host: Text | None = setting(None, "Address for STUN, if it is another than host's.")
    stun_urls: StunUrls = setting((), "Further STUN servers to tell clients of.")
    turn_urls: TurnUrls = setting((), "TURN servers to tell clients of.")
    turn_secret: Secret | None = setting(None, "Secret shared with the TURN servers.", secret=True)
    turn_ttl_s: Seconds = setting(86400.0, "How long a TURN credential is good for.")

    heartbeat_s: Seconds = setting(8.0, "Time between pings; silence for 1.4 of them makes a peer absent.")
    grace_s: Seconds = setting(20.0, "Time that an absent peer has to come back before it is departed.")
    hello_timeout_s: Seconds = setting(5.0, "Time that a new connection has to say hello.")
    write_timeout_s: Seconds = setting(10.0, "Time that a write to a client may take.")
    shutdown_s: Seconds = setting(5.0, "Time from the signal to stop until the process ends.")
    outbox_frames: Count = setting(256, "Unacknowledged frames kept for each session.")
    outbox_bytes: Count = setting(256 * 1024, "Unacknowledged bytes kept for each session.")
    outbox_s: Seconds = setting(120.0, "Time that an unacknowledged frame is kept.")
    rate_per_s: PerSecond = setting(20.0, "Frames a second that a session may send.")
    rate_burst: Count = setting(60, "Frames that a session may send at once.")
    max_sessions: Count = setting(20_000, "Sessions on this server.")
    max_sessions_per_address: Count = setting(64, "Sessions of one address (IPv6: one /64).")
    max_rooms: Count = setting(10_000, "Rooms on this server.")
    max_reserved_per_address: Count = setting(16, "Code numbers held by one address (IPv6: one /64).")
    number_reuse_s: Seconds = setting(600.0, "Time before a code number is handed out again.")

    def __post_init__(self) -> None:
        """Checks what no type can say.

        Raises:
            BadSetting: a proxy is not a network.
        """
        for network in self.trusted_proxies:
            try:
                ip_network(network)
            except ValueError as error:
                raise BadSetting(f"trusted_proxies: {error}") from None


@dataclass(frozen=True)
class Entry:
    """One setting as flags, environment, files and the documentation see it."""

    name: str
    kind: Any
    """The type without `None`."""
    default: Any
    optional: bool
    about: str
    secret: bool

    @property
    def many(self) -> bool:
        """Whether it holds several values."""
        return isinstance(self.default, tuple)

    @property
    def switch(self) -> bool:
        """Whether it is on or off."""
        return isinstance(self.default, bool)

    @property
    def default_text(self) -> str:
        """Its default as somebody would type it; empty for none."""
        match self.default:
            case None | ():
                return ""
            case bool():
                return str(self.default).lower()
            case float():
                return f"{self.default:g}"
            case _:
                return str(self.default)

    @property
    def flag(self) -> str:
        """A secret is named by a file: every user of a machine can read its command lines."""
        return "--" + self.name.replace("_", "-") + ("-file" if self.secret else "")

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    def read(self, value: object, source: str) -> Any:
        """The value in its type.

        Raises:
            BadSetting: it is of another type or outside its limits; the text begins with `source`.
        """
        if self.optional and value == "off":
            return None
        if self.many and isinstance(value, str):
            value = value.replace(",", " ").split()
        try:
            return msgspec.convert(value, self.kind, strict=not isinstance(value, str))
        except msgspec.ValidationError:
            seen = "" if self.secret else f", not {value!r}"
            raise BadSetting(f"{source}: expected {self.expected}{seen}") from None

    @property
    def expected(self) -> str:
        """What a good value looks like, in words."""
        words = next(part.description for part in get_args(self.kind)[:0:-1] if part.description)
        return f"{words}, or off" if self.optional and not self.secret else words


def entries() -> Iterator[Entry]:
    """All settings, in the order of Settings."""
    hints = get_type_hints(Settings, include_extras=True)
    for each in fields(Settings):
        assert each.default is not MISSING
        kind, optional = _without_none(hints[each.name])
        yield Entry(each.name, kind, each.default, optional, each.metadata["about"], each.metadata["secret"])


def load(flags: Mapping[str, object], environment: Mapping[str, str], file: str | Path | None = None) -> Settings:
    """Brings the sources together.

    Args:
        flags: by name of the setting; None and () are flags that were not given. Secrets as paths of files.
        environment: `os.environ`; an empty variable counts as not set, variables of others are left alone.
        file: a TOML file; else `TWOCANS_CONFIG`, else ./twocans.toml when there is one.

    Raises:
        BadSetting: a value is wrong, a file cannot be read, or holds a key that is not a setting.
    """
    named = file or environment.get(ENVIRONMENT_PREFIX + "CONFIG") or None
    written = _read_file(Path(named)) if named else _read_file(DEFAULT_FILE) if DEFAULT_FILE.is_file() else {}
    where = named or DEFAULT_FILE
    known = list(entries())
    if unknown := sorted(set(written) - {entry.name for entry in known}):
        raise BadSetting(f"{where}: {', '.join(unknown)}: no such setting")
    values: dict[str, Any] = {}
    for entry in known:
        if (given := flags.get(entry.name)) not in (None, ()):
            value = _read_secret(given, entry.flag) if entry.secret else given
            values[entry.name] = entry.read(" ".join(value) if isinstance(value, tuple) else value, entry.flag)
        elif text := environment.get(entry.variable):
            values[entry.name] = entry.read(text, entry.variable)
        elif entry.secret and (path := environment.get(f"{entry.variable}_FILE")):
            values[entry.name] = entry.read(_read_secret(path, f"{entry.variable}_FILE"), f"{entry.variable}_FILE")
        elif entry.name in written:
            values[entry.name] = entry.read(written[entry.name], f"{where}: {entry.name}")
    return Settings(**values)


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: not TOML: {error}") from None


def _read_secret(path: object, source: str) -> str:
    try:
        return Path(str(path)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{source}: cannot read {path}: {error}") from None


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part is not NoneType]
        assert len(parts) == 1
        return parts[0], True
    return kind, False
