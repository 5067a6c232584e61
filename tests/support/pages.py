"""Manifests as they come over a lane: the vectors of `tests/vectors/pages.json`, shared with the page."""

from __future__ import annotations

from typing import Any

from peer.wire.control import OfferFiles
from peer.wire.frames import FrameType, pack

TRANSFER = "transferAAA"


def offer_of(vector: dict[str, Any]) -> OfferFiles:
    """What a vector's sender says on `control`."""
    return OfferFiles(transfer=TRANSFER, title="x", **vector["offer"])


def pages_of(vector: dict[str, Any]) -> list[bytes]:
    """Its MANIFEST frames: [first entry, page, whether it is the last, text]; @ stands for `fill` times `with`."""
    filling = vector.get("with", "x") * vector.get("fill", 1)
    frames = []
    for file, page, last, said in vector["pages"]:
        if isinstance(said, dict):
            payload = bytes.fromhex(said["hex"])
        else:
            payload = (said.replace("@", filling) if "fill" in vector else said).encode()
        frames.append(pack(FrameType.MANIFEST, file, page, last, payload))
    return frames
