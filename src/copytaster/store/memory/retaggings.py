"""The re-tagging checkpoints in memory."""

from __future__ import annotations


class MemoryRetaggings:
    """Implements ``Retaggings``."""

    def __init__(self) -> None:
        self._checkpoints: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """Return the checkpoint; see ``Retaggings.read``."""
        return self._checkpoints.get(name)

    def write(self, name: str, checkpoint: str) -> None:
        """Store the checkpoint; see ``Retaggings.write``."""
        self._checkpoints[name] = checkpoint

    def remove(self, name: str) -> None:
        """Remove the checkpoint; see ``Retaggings.remove``."""
        self._checkpoints.pop(name, None)
