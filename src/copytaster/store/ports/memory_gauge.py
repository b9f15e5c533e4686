"""The port of the server's memory gauge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes that the server uses, and its limit (``maxmemory``); a limit of 0 is none."""

    used: int
    limit: int

    @property
    def share(self) -> float | None:
        """The used share of the limit; None where there is no limit."""
        return self.used / self.limit if self.limit else None


class MemoryGauge(Protocol):
    """Looks at the server's memory."""

    def read(self) -> MemoryUse:
        """Return how much the server uses now, and how much it may. Raises ``TransientError`` when it is away."""
        ...
