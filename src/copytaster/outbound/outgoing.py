"""Reads the outgoing events after a position, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.clock import Clock
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.outbound.facts import read_facts
from copytaster.outbound.mapping import cloud_events
from copytaster.outbound.positions import Position, parse_position
from copytaster.store.store import Store

PAGE = 100
"""Entries of the stream that are read at once, with their articles: half a megabyte."""


@dataclass(frozen=True, slots=True)
class OutgoingPage:
    """The next events after a position, and the ``position`` from which to read on; ``more``: there may be others.

    With ``gap``, events after the given position are missing (see ``store.ports.events.EventPage``).
    """

    events: tuple[CloudEvent, ...]
    position: Position
    gap: bool
    more: bool


@dataclass(frozen=True, slots=True)
class OutgoingEvents:
    """The store's events in the form in which they leave the system. Every method raises ``TransientError``."""

    store: Store
    clock: Clock

    def after(self, position: Position, *, limit: int = PAGE) -> OutgoingPage:
        """Return the events of the next ``limit`` entries; one round trip if there are none, else three."""
        page = self.store.events.follow(position.entry, limit=limit)
        resumed = [page.last_read] if page.last_read and position.number is not None else []
        entries = [*resumed, *page.events]
        facts = read_facts(entries, self.store, now=self.clock.now())
        found = [made for each in entries for made in cloud_events(each, facts)]
        if resumed:
            found = [each for each in found if parse_position(each.id).order > position.order]
        return OutgoingPage(
            events=tuple(found),
            position=Position(page.position),
            # The rest of an entry is lost with the entry.
            gap=page.gap or (position.number is not None and page.last_read is None),
            more=len(page.events) == limit,
        )

    def end(self) -> Position:
        """Return the position after the last event."""
        return Position(self.store.events.end())
