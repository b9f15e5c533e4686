"""The port of the server's memory gauge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes that the server uses, and its limit (``maxmemory``); a limit of 0 means no limit."""

    used: int
    limit: int

    @property
    def share(self) -> float | None:
        """The used share of the limit; None without a limit."""
        return self.used / self.limit if self.limit else None


class MemoryGauge(Protocol):
    """Measures the server's memory."""

    def read(self) -> MemoryUse:
        """Return the present use and the limit. Raises ``TransientError`` if the server does not answer."""
        ...
