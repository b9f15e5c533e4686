"""A memory gauge for stores without a server: a fixed value."""

from __future__ import annotations

from copytaster.store.ports.memory_gauge import MemoryUse


class FixedMemoryGauge:
    """Implements ``MemoryGauge``. Tests set ``use``."""

    def __init__(self) -> None:
        self.use = MemoryUse(used=1, limit=0)

    def read(self) -> MemoryUse:
        """Return the fixed value; see ``MemoryGauge.read``."""
        return self.use
