"""The event stream in memory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from copytaster.model.events import SCHEMA_VERSION, Event, EventKind


class MemoryEvents:
    """Implements ``Events``."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def append(self, kind: EventKind, *, at: datetime, **fields: Any) -> None:
        """Append an event; called by the ledger only."""
        number = f"{len(self._events) + 1}-0"
        self._events.append(Event(id=number, schema_version=SCHEMA_VERSION, kind=kind, at=at, **fields))

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return events; see ``Events.read``."""
        start = int(after.partition("-")[0]) if after else 0
        return self._events[start : start + limit]
