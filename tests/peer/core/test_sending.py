from __future__ import annotations

from typing import Any

import msgspec
import pytest

from peer.core.sending import Sending
from peer.wire.control import OfferFiles
from tests.support.scenarios import entries_of, play, scenarios


@pytest.mark.parametrize("scenario", scenarios("sending"))
def test_sending(scenario: dict[str, Any]) -> None:
    offer = msgspec.convert(scenario["offer"] | {"type": "offer_files"}, OfferFiles)
    machine = Sending(offer, entries_of(scenario))
    play(machine.step, scenario)
    assert [machine.bytes, machine.total] == scenario["progress"]
