"""The memory of a server that is none: a figure that a test sets."""

from __future__ import annotations

from copytaster.store.ports.memory_gauge import MemoryUse


class FixedMemoryGauge:
    """See ``copytaster.store.ports.memory_gauge.MemoryGauge``. ``use`` is what it tells until another is put there."""

    def __init__(self) -> None:
        self.use = MemoryUse(used=1, limit=0)

    def read(self) -> MemoryUse:
        """Return the figure that was put there; see ``MemoryGauge.read``."""
        return self.use
