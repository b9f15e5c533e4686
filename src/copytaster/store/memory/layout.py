"""The version of the schema in memory."""

from __future__ import annotations


class MemoryLayout:
    """Implements ``Layout``."""

    def __init__(self) -> None:
        self._number = 0

    def read(self) -> int | None:
        """Return the layout; see ``Layout.read``."""
        return self._number or None

    def record(self, number: int) -> None:
        """Record the layout; see ``Layout.record``."""
        self._number = max(self._number, number)
