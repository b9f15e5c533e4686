"""How far re-taggings are, in this process's memory."""

from __future__ import annotations


class MemoryRetaggings:
    """See ``copytaster.store.ports.retaggings.Retaggings``."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """Return the note; see ``Retaggings.read``."""
        return self._notes.get(name)

    def write(self, name: str, note: str) -> None:
        """Keep the note; see ``Retaggings.write``."""
        self._notes[name] = note

    def forget(self, name: str) -> None:
        """Drop the note; see ``Retaggings.forget``."""
        self._notes.pop(name, None)
