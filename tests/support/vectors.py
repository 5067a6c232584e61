"""Message vectors, shared with the JavaScript codec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


def read_vectors(name: str) -> dict[str, Any]:
    """The whole of `tests/vectors/<name>.json`."""
    document: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return document


def message_vectors(kind: str, *decoders: str) -> list[dict[str, Any]]:
    """The `valid` or `hostile` texts of these decoders, with every `fill` carried out."""
    document = json.loads((VECTORS / "messages.json").read_text("utf-8"))
    return [vector | {"text": filled(vector)} for vector in document[kind] if vector["decoder"] in decoders]


def filled(vector: dict[str, Any]) -> str:
    """The text with @ replaced by `fill` letters x inside quotes, or spaces outside of them."""
    text: str = vector["text"]
    if "fill" not in vector:
        return text
    return text.replace("@", ("x" if '"@"' in text else " ") * vector["fill"])
