"""How many runs of pairing may come to nothing."""

from __future__ import annotations

from typing import Any

import pytest

from peer.core.allowance import Allowance
from tests.support.vectors import read_vectors


@pytest.mark.parametrize("run", read_vectors("allowance")["runs"], ids=lambda run: run["name"])
def test_allowance(run: dict[str, Any]) -> None:
    allowance = Allowance()
    for at, what, times in run["steps"]:
        for _ in range(times):
            if what == "proven":
                allowance.proven()
            else:
                assert allowance.begin(at) is (what == "may")
