"""The event stream on the server. The scripts that change something write its entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from redis import Redis

from copytaster.clock import Clock
from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.model.standing_search import Match
from copytaster.model.webhook import EndpointId
from copytaster.store.keys import Keys
from copytaster.store.ports.events import START, EventPage, resume
from copytaster.store.redis.client import script, text, transient_errors

EVENTS_KEPT = 100_000
"""The approximate length of the stream: a day at one article a second, some 30 MB."""


def pack_event(kind: EventKind, at: datetime, **fields: object) -> str:
    """Return the JSON of an event; a field that is None is left out."""
    head = {"schema_version": SCHEMA_VERSION, "kind": kind.value, "at": at.isoformat().replace("+00:00", "Z")}
    present = {name: value for name, value in (head | fields).items() if value is not None}
    return json.dumps(present, separators=(",", ":"))


class RedisEvents:
    """Implements ``Events``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._report = script(client, "search_report")

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return events; see ``Events.read``."""
        with transient_errors():
            entries: Any = self._client.xrange(self._keys.events(), min=f"({after}" if after else "-", count=limit)
        return [_event(entry) for entry in entries]

    def follow(self, position: str, *, limit: int) -> EventPage:
        """Return events; see ``Events.follow``."""
        key = self._keys.events()
        with transient_errors():
            # The entry at the position is read as well: as long as it is there, no later one was trimmed.
            entries: Any = self._client.xrange(key, min=position, count=limit + 1)
        if entries and text(entries[0][0]) == position:
            last_read, *events = map(_event, entries)
            return EventPage(tuple(events), events[-1].id if events else position, last_read)
        return self._resume(position, limit)

    def report_disabled(self, endpoint_id: EndpointId) -> None:
        """Write an event; see ``Events.report_disabled``."""
        event = pack_event(EventKind.WEBHOOK_DISABLED, self._clock.now(), webhook_id=endpoint_id)
        with transient_errors():
            fields: Any = {"json": event}
            self._client.xadd(self._keys.events(), fields, maxlen=EVENTS_KEPT, approximate=True)

    def report_matches(self, matches: Sequence[Match], *, position: str) -> None:
        """Write events; see ``Events.report_matches``."""
        kind = EventKind.SEARCH_MATCHED
        events = [
            pack_event(
                kind, each.at, article_ids=[each.article_id], searches=[search.model_dump() for search in each.searches]
            )
            for each in matches
        ]
        with transient_errors():
            self._report(
                keys=[self._keys.events(), self._keys.matches_reported()], args=[position, EVENTS_KEPT, *events]
            )

    def end(self) -> str:
        """Return the end; see ``Events.end``."""
        with transient_errors():
            last: Any = self._client.xrevrange(self._keys.events(), count=1)
        return text(last[0][0]) if last else START

    def _resume(self, position: str, limit: int) -> EventPage:
        """Return the events after a position that the stream does not have."""
        key = self._keys.events()
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.xrange(key, count=1)
            pipe.xrevrange(key, count=1)
            pipe.xrange(key, min=position, count=limit)
            pipe.xrange(key, count=limit)
            first, last, after, oldest = pipe.execute()
        edges = [text(each[0][0]) if each else None for each in (first, last)]
        start, gap = resume(position, first=edges[0], last=edges[1])
        events = tuple(map(_event, oldest if start == START else after))
        return EventPage(events, events[-1].id if events else start, gap=gap)


def _event(entry: Any) -> Event:
    number, fields = entry
    return Event.model_validate(json.loads(fields[b"json"]) | {"id": text(number)})
