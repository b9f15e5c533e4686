"""The event stream in memory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.store.ports.events import START, EventPage, order, resume


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

    def follow(self, position: str, *, limit: int) -> EventPage:
        """Return events; see ``Events.follow``."""
        events = list(self._events)
        known = next((each for each in events if each.id == position), None)
        edges = (events[0].id, events[-1].id) if events else (None, None)
        start, gap = (position, False) if known else resume(position, first=edges[0], last=edges[1])
        found = tuple(each for each in events if order(each.id) > order(start))[:limit]
        return EventPage(found, found[-1].id if found else start, known, gap)

    def end(self) -> str:
        """Return the end; see ``Events.end``."""
        return self._events[-1].id if self._events else START
