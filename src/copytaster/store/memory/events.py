"""The event stream in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from copytaster.clock import Clock, milliseconds
from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.model.standing_search import Match
from copytaster.model.webhook import EndpointId
from copytaster.store.ports.events import START, EventPage, order, resume


class MemoryEvents:
    """Implements ``Events``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self._reported = START

    def append(self, kind: EventKind, *, at: datetime, **fields: Any) -> None:
        """Append an event; called by the ledger only."""
        last = order(self._events[-1].id) if self._events else (0, 0)
        time = max(last[0], milliseconds(at))
        number = f"{time}-{last[1] + 1 if time == last[0] else 0}"  # as the server makes them
        self._events.append(Event(id=number, schema_version=SCHEMA_VERSION, kind=kind, at=at, **fields))

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return events; see ``Events.read``."""
        start = order(after or START)
        return [each for each in self._events if order(each.id) > start][:limit]

    def follow(self, position: str, *, limit: int) -> EventPage:
        """Return events; see ``Events.follow``."""
        events = list(self._events)
        known = next((each for each in events if each.id == position), None)
        edges = (events[0].id, events[-1].id) if events else (None, None)
        start, gap = (position, False) if known else resume(position, first=edges[0], last=edges[1])
        found = tuple(each for each in events if order(each.id) > order(start))[:limit]
        return EventPage(found, found[-1].id if found else start, known, gap)

    def report_disabled(self, endpoint_id: EndpointId) -> None:
        """Write an event; see ``Events.report_disabled``."""
        self.append(EventKind.WEBHOOK_DISABLED, at=self._clock.now(), webhook_id=endpoint_id)

    def report_matches(self, matches: Sequence[Match], *, position: str) -> None:
        """Write events; see ``Events.report_matches``."""
        if order(position) > order(self._reported):
            self._reported = position
            for each in matches:
                self.append(
                    EventKind.SEARCH_MATCHED, at=each.at, article_ids=(each.article_id,), searches=each.searches
                )

    def end(self) -> str:
        """Return the end; see ``Events.end``."""
        return self._events[-1].id if self._events else START
