"""Runs every JavaScript twin against the vectors that the Python modules are tested with.

A twin's test is `twins/<module>.test.mjs` (node:test); it reads `tests/vectors/*.json` and imports the page's module.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.node import NODE

TWINS = sorted(Path(__file__).with_name("twins").glob("*.test.mjs"))


@pytest.mark.parametrize("twin", TWINS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_twin_agrees_with_its_vectors(twin: Path) -> None:
    command: list[str | Path] = [NODE, "--test", "--test-reporter=tap", twin]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    passed = re.search(r"^# pass (\d+)$", run.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 0, f"{twin.name} holds no test"


def test_there_are_twins() -> None:
    assert TWINS
