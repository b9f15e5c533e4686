"""How far the readers of the event stream are behind, for metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from copytaster.store.ports.events import START
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store


class StreamReader(StrEnum):
    """A reader of the stream that the watchers run, as a metric label."""

    WEBHOOKS = "webhooks"
    SEARCHES = "searches"


ACTIVE = {StreamReader.WEBHOOKS: "webhooks_active", StreamReader.SEARCHES: "searches_on"}
"""The detail of a watcher by which it reports that a reader has work; without work, its position stays."""


def read_stream_lags(store: Store, fresh: Sequence[Heartbeat], *, now: datetime) -> Mapping[StreamReader, float]:
    """Return for each reader how long the first event that it has not read has waited, in seconds; 0 if it is idle.

    Cost: two round trips for each reader that has work. Raises ``TransientError``.
    """
    details = [each.details for each in fresh if each.part is Part.WATCHER]
    return {
        reader: _lag(store, reader, now) if any(each.get(ACTIVE[reader]) for each in details) else 0.0
        for reader in StreamReader
    }


def _lag(store: Store, reader: StreamReader, now: datetime) -> float:
    position = _position(store, reader)
    # Before its first events, a reader begins where the endpoint or the search was made.
    if position is None or position == START:
        return 0.0
    page = store.events.follow(position, limit=1)
    return max((now - page.events[0].at).total_seconds(), 0.0) if page.events else 0.0


def _position(store: Store, reader: StreamReader) -> str | None:
    match reader:
        case StreamReader.WEBHOOKS:
            return store.webhooks.cursor()
        case StreamReader.SEARCHES:
            return store.search_hits.last_batch().position
