"""What holds when nobody says otherwise; light to import, for the library and the commands alike."""

from __future__ import annotations

DEFAULT_SERVER = "http://127.0.0.1:8080"
"""Where `twocans serve` listens unless told otherwise."""
