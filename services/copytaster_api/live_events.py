"""The newest events, which all clients of this process share, and the messages in which clients get them."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field

from sse_starlette import ServerSentEvent

from copytaster.outbound.cloud_event import CloudEvent
from copytaster.outbound.outgoing import OutgoingPage
from copytaster.outbound.positions import Position, parse_position

GAP = "gap"
"""The type of the message that events are missing. It is no CloudEvent: only this client misses them."""

CHUNK = 100
"""Events that are sent in one piece, some 50 KB."""


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event, its sort key, and the message that contains it."""

    order: tuple[int, int, float]
    event: CloudEvent
    message: bytes


@dataclass(slots=True)
class LiveEvents:
    """All events after ``start`` up to ``end``, at most twice ``most`` of them: the oldest go in large groups."""

    start: Position
    end: Position
    most: int
    events: list[EncodedEvent] = field(default_factory=list)

    def add(self, page: OutgoingPage) -> None:
        """Append the events after ``end``."""
        self.events += [encode_event(each) for each in page.events]
        self.end = page.position
        if len(self.events) > 2 * self.most:
            dropped = len(self.events) - self.most
            self.start = parse_position(self.events[dropped - 1].event.id)
            del self.events[:dropped]

    def has_all_after(self, position: Position) -> bool:
        """Return whether no event after the position was dropped."""
        return position.order >= self.start.order

    def after(self, position: Position) -> list[EncodedEvent]:
        """Return the next events after the position, at most ``CHUNK``."""
        first = bisect_right(self.events, position.order, key=lambda each: each.order)
        return self.events[first : first + CHUNK]


def encode_event(event: CloudEvent) -> EncodedEvent:
    """Return the event with its message: one with the event's id, its type, and the document as data."""
    message = ServerSentEvent(event.document(), event=event.type, id=event.id).encode()
    return EncodedEvent(parse_position(event.id).order, event, message)


def beginning_of(page: OutgoingPage) -> Position:
    """Return the position before the events of a page."""
    return Position(parse_position(page.events[0].id).entry, 0) if page.events else page.position


def gap_message(missing_after: Position, going_on_after: Position) -> bytes:
    """Return the message that the events between two positions are missing."""
    data = {"missing_after": str(missing_after), "going_on_after": str(going_on_after)}
    return ServerSentEvent(json.dumps(data), event=GAP, id=str(going_on_after)).encode()


def position_message(position: Position, comment: str) -> bytes:
    """Return a message that programs do not see: it tells the client's library the position from which to go on."""
    return ServerSentEvent(id=str(position), comment=comment).encode()
