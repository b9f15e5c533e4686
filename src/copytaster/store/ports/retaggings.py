"""The port of re-tagging checkpoints: an interrupted re-tagging continues at its checkpoint."""

from __future__ import annotations

from typing import Protocol


class Retaggings(Protocol):
    """Stores a checkpoint, as text, for each re-tagging; ``name`` identifies the articles to be re-tagged."""

    def read(self, name: str) -> str | None:
        """Return the checkpoint; None if there is none."""
        ...

    def write(self, name: str, checkpoint: str) -> None:
        """Store the checkpoint; it replaces the previous one."""
        ...

    def remove(self, name: str) -> None:
        """Remove the checkpoint, if there is one."""
        ...
