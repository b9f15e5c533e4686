"""The port of the event stream; the ledger writes most of the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from copytaster.model.events import Event
from copytaster.model.standing_search import Match
from copytaster.model.webhook import EndpointId

START = "0-0"
"""The position before the first event of every stream."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """The next events after a position, oldest first, and the ``position`` from which to read on.

    ``last_read`` is the event at the given position; None if the stream does not have it. With ``gap``, events after
    the given position are missing: the stream was trimmed past it, or the server has lost its data or the end of it.
    Then the events are the oldest that are left, or none if only the end was lost.
    """

    events: tuple[Event, ...]
    position: str
    last_read: Event | None = None
    gap: bool = False


class Events(Protocol):
    """The stream of changes. Every method raises ``TransientError`` if the server does not answer."""

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return the events after the id ``after`` (from the first one on if None), oldest first."""
        ...

    def follow(self, position: str, *, limit: int) -> EventPage:
        """Return the events after a position, and whether some of them are missing. One command, unless some are.

        A position is the id of an event, ``START``, or an id with the time (milliseconds since 1970) to start from.
        """
        ...

    def report_disabled(self, endpoint_id: EndpointId) -> None:
        """Write the event that an endpoint of webhooks was switched off."""
        ...

    def report_matches(self, matches: Sequence[Match], *, position: str) -> None:
        """Write an event for each match, unless those up to this position in the stream have been written.

        So the matches of a batch are reported once, however many processes repeat it.
        """
        ...

    def end(self) -> str:
        """Return the position after the last event; ``START`` if there are none."""
        ...


def order(event_id: str) -> tuple[int, int]:
    """Return the sort key of an id."""
    time, _, number = event_id.partition("-")
    return int(time), int(number)


def resume(position: str, *, first: str | None, last: str | None) -> tuple[str, bool]:
    """Return the position to read on from, and whether events are missing after the given one.

    It is for a ``position`` that the stream does not have. ``first`` and ``last`` are the ids of its first and its last
    event, None if it is empty.
    """
    if position == START:
        return START, False
    if first is None or last is None:
        return START, True
    if order(position) < order(first):
        return START, True
    if order(position) > order(last):
        return last, True  # a new event may get an id that is lower than the position
    return position, False
