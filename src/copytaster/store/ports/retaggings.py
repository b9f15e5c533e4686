"""How far re-taggings are, so that one that was cut short goes on where it was."""

from __future__ import annotations

from typing import Protocol


class Retaggings(Protocol):
    """Keeps a note per re-tagging; ``name`` says what is to be re-tagged."""

    def read(self, name: str) -> str | None:
        """Return the note, None when there is none."""
        ...

    def write(self, name: str, note: str) -> None:
        """Keep the note in place of the one before."""
        ...

    def forget(self, name: str) -> None:
        """Drop the note, if there is one."""
        ...
