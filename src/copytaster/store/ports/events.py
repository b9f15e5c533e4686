"""The port of the event stream."""

from __future__ import annotations

from typing import Protocol

from copytaster.model.events import Event


class Events(Protocol):
    """The stream of changes."""

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return events younger than the id ``after`` (all, where None), oldest first."""
        ...
