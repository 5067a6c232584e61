"""Holds JSON against a JSON Schema: those keywords of 2020-12 that our schema of events uses, and no others."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parent.parent.parent / "docs" / "events.schema.json"
KNOWN = {
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "oneOf",
    "anyOf",
    "type",
    "const",
    "enum",
    "properties",
    "required",
}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
    "boolean": (bool,),
}


@cache
def events_schema() -> dict[str, Any]:
    """That of our events."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return schema


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value is what a schema says. Fields that the schema does not know do not fit: we print none."""
    assert schema.keys() <= KNOWN, f"teach this checker {schema.keys() - KNOWN}"
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices and sum(fits(value, choice, root) for choice in choices) != 1:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "type" in schema and type(value) not in TYPES[schema["type"]]:
        return False
    if not isinstance(value, dict):
        return True
    fields = schema.get("properties", {})
    if choices is None and not set(schema.get("required", ())) <= value.keys() <= fields.keys():
        return False
    return all(fits(value[name], fields[name], root) for name in value.keys() & fields.keys())


def is_event(line: dict[str, Any]) -> bool:
    """Whether this is one of our events, as documented."""
    return fits(line, events_schema(), events_schema())
