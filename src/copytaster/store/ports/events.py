"""The port of the event stream; the ledger writes the events."""

from __future__ import annotations

from typing import Protocol

from copytaster.model.events import Event


class Events(Protocol):
    """The stream of changes."""

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return the events after the id ``after`` (from the first one on if None), oldest first."""
        ...
