from __future__ import annotations

from typing import Any

import pytest

from peer.core.receiving import Receiving
from peer.wire.frames import Range
from tests.support.scenarios import entries_of, play, scenarios


@pytest.mark.parametrize("scenario", scenarios("receiving"))
def test_receiving(scenario: dict[str, Any]) -> None:
    machine = Receiving(
        "transferAAA",
        entries_of(scenario),
        scenario.get("take"),
        scenario.get("limit", -1),
        [Range(*run) for run in scenario.get("held", [])],
        scenario.get("placed", []),
        ordered=scenario.get("ordered", False),
    )
    play(machine.step, scenario)
    assert machine.bytes == scenario["bytes"]
