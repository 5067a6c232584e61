"""Scenario vectors of the transfer's machines: a list of [event, expected effects] that both languages run.

In the vectors an event or effect is an object with its type in snake case. A hash is one byte as hex, repeated 32
times; `leaves` is a list of such hashes; small files are objects of `file`, `length` and `sha256`; a step that must be
refused expects "malformed".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import fields

from peer.core import moves
from peer.wire.codec import encode
from peer.wire.frames import Entry, Range, Small
from signaling.protocol.errors import Malformed
from tests.support.vectors import VECTORS

Step = Callable[[Any], Sequence[Any]]


def scenarios(name: str) -> list[Any]:
    """The scenarios of a vector file, as pytest parameters."""
    return [pytest.param(each, id=each["name"]) for each in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))]


def entries_of(scenario: dict[str, Any]) -> list[Entry]:
    """Its manifest."""
    return msgspec.convert(scenario["entries"], list[Entry])


def play(step: Step, scenario: dict[str, Any]) -> None:
    """Feeds every event and compares what comes back."""
    for number, (event, expected) in enumerate(scenario["steps"]):
        assert answer(step, event) == expected, f"step {number}: {event}"


def answer(step: Step, event: dict[str, Any]) -> Any:
    """What a machine says to an event, in the form of the vectors."""
    try:
        return [written(effect) for effect in step(read(event))]
    except Malformed:
        return "malformed"


def read(event: dict[str, Any]) -> Any:
    """An event of the vectors as one of peer.core.moves."""
    kind, values = event["type"], {name: value for name, value in event.items() if name != "type"}
    for name in ("sha256", "root"):
        if name in values:
            values[name] = bytes.fromhex(values[name]) * 32
    if "ranges" in values:
        values["ranges"] = tuple(Range(*run) for run in values["ranges"])
    if "files" in values:
        values["files"] = tuple(each if isinstance(each, int) else _small(each) for each in values["files"])
    if values.get("take") is not None:
        values["take"] = tuple(values["take"])
    return getattr(moves, kind.title().replace("_", ""))(**values)


def _small(value: dict[str, Any]) -> Small:
    return Small(value["file"], value["length"], bytes.fromhex(value["sha256"]) * 32)


def written(effect: Any) -> dict[str, Any]:
    """An effect in the form of the vectors."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(effect).__name__).lower()
    return {"type": kind} | {field.name: _written(field.name, getattr(effect, field.name)) for field in fields(effect)}


def _written(name: str, value: Any) -> Any:
    if name == "message" and isinstance(value, msgspec.Struct):
        return json.loads(encode(value))  # type: ignore[arg-type]
    if name == "leaves":
        return [_hash(value[start : start + 32]) for start in range(0, len(value), 32)]
    if isinstance(value, bytes):
        return _hash(value)
    if name == "files":
        return [{**each._asdict(), "sha256": _hash(each.sha256)} if isinstance(each, Small) else each for each in value]
    return [list(run) for run in value] if name == "ranges" else value


def _hash(value: bytes) -> str:
    assert value == value[:1] * 32
    return value[:1].hex()
