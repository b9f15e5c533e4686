"""Limits the rate at which a check reads the archive."""

from __future__ import annotations

from collections.abc import Callable


class RateLimit:
    """Limits the rate of a check: sleeps by ``pause``, which gets seconds, for as long as the bytes take at the rate.

    Its pauses are long enough for a clock to measure.
    """

    SHORTEST_PAUSE = 0.05

    def __init__(self, bytes_per_second: float, pause: Callable[[float], object]) -> None:
        self._seconds_per_byte = 1 / bytes_per_second
        self._pause = pause
        self._due = 0.0

    def spend(self, count: int) -> None:
        """Sleep for as long as these bytes take, now or together with later ones."""
        self._due += count * self._seconds_per_byte
        if self._due >= self.SHORTEST_PAUSE:
            self._pause(self._due)
            self._due = 0.0
