"""Makes messages from events: each event becomes a message for each endpoint that wants it, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from copytaster.model.webhook import Endpoint, Message
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.outbound.event_types import EventFilter
from copytaster.outbound.outgoing import OutgoingEvents, OutgoingPage
from copytaster.outbound.positions import Position, parse_position
from copytaster.store.ports.events import START
from copytaster.store.ports.webhook_messages import WebhookMessages

PAGES = 20
"""Pages of events of one pass, 2,000 entries: then messages are sent, before more are made."""

GAP = "gap"
"""The type of the message that events are missing; see the stream over HTTP."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Several processes may make messages at once: the position moves with the messages, so each is made once."""

    outgoing: OutgoingEvents
    messages: WebhookMessages

    def fill(self, endpoints: Sequence[Endpoint]) -> None:
        """Make the messages of the events since the last call. Raises ``TransientError``."""
        for _ in range(PAGES):
            cursor = self.messages.cursor()
            position = parse_position(cursor) if cursor else _first_position(endpoints)
            page = self.outgoing.after(position)
            if cursor == str(page.position):
                return
            gap = _gap(position, page, at=self.outgoing.clock.now())
            made = {
                each.id: [*([gap] if _misses_some(each, page) else []), *messages_for(each, page.events)]
                for each in endpoints
            }
            some = {name: each for name, each in made.items() if each}
            moved = self.messages.enqueue(some, cursor=cursor, moved_to=str(page.position))
            if not moved or not page.more:
                return


def messages_for(endpoint: Endpoint, events: Sequence[CloudEvent]) -> list[Message]:
    """Return the messages of those of the events that the endpoint wants."""
    wanted = EventFilter(**endpoint.model_dump(include=set(EventFilter.model_fields)))
    start = parse_position(endpoint.events_after).order
    chosen = [each for each in events if parse_position(each.id).order > start and wanted.wants(each)]
    return [Message(event_id=each.id, body=each.document()) for each in chosen]


def _first_position(endpoints: Sequence[Endpoint]) -> Position:
    return min((parse_position(each.events_after) for each in endpoints), key=lambda each: each.order)


def _misses_some(endpoint: Endpoint, page: OutgoingPage) -> bool:
    """Return whether events are missing that the endpoint waits for: it is older than those behind the gap."""
    goes_on = parse_position(page.events[0].id) if page.events else page.position
    is_older = parse_position(endpoint.events_after).order < goes_on.order
    return page.gap and (is_older or goes_on.entry == START)


def _gap(after: Position, page: OutgoingPage, *, at: datetime) -> Message:
    """Return a message in the form of an event; it has no place in the stream."""
    data = {"missing_after": str(after), "going_on_after": str(page.position)}
    event = CloudEvent(id=f"gap-{after}", type=GAP, time=at, data=data)
    return Message(event_id=event.id, body=event.document())
