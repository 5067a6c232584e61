"""How many runs of pairing may come to nothing. Pure: the clock is an argument.

Whoever knows the secret learns the emoji of a run before it must finish it, and a run that is broken off is shown to
nobody. So a server that holds the link could begin runs with two peers under invented names, and finish one at each
end whose emoji agree: of 2**12 runs at either end some pair does. With 16 at either end it is 1 in 2**16.

Twin: web/static/js/core/allowance.js.
"""

from __future__ import annotations

MOST = 16
"""As many as a room has others, and one: they all may come at once."""
EACH_S = 60.0
"""After so long one more may."""


class Allowance:
    """Of one peer in one room, whatever sessions it has there."""

    def __init__(self) -> None:
        self._vain = 0.0
        self._since = 0.0

    def begin(self, now: float) -> bool:
        """Whether another run may begin; it counts as vain until it is said to be proven.

        Args:
            now: seconds on any clock that does not run backwards.
        """
        self._vain = max(0.0, self._vain - max(0.0, now - self._since) / EACH_S)
        self._since = now
        if self._vain > MOST - 1:
            return False
        self._vain += 1
        return True

    def proven(self) -> None:
        """A run has led to the first link with somebody, who is shown from then on."""
        self._vain = max(0.0, self._vain - 1)
