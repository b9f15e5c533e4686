"""The watch of sources on the server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from redis import Redis

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.model.events import EventKind
from copytaster.model.expectations import ArticleField, Expectations
from copytaster.model.numbering import Numbered
from copytaster.model.sighting import Arrived, Described, Settled, Sighting
from copytaster.model.source_finding import SourceFinding
from copytaster.store.keys import Keys
from copytaster.store.ports.events import START
from copytaster.store.ports.source_watch import BEGUN, Seen, SightingPage, WatchChange, WatchState, finding_order
from copytaster.store.redis.client import script, text, transient_errors
from copytaster.store.redis.events import EVENTS_KEPT, pack_event
from copytaster.store.redis.records import read_report

ROW = b"s"
"""The field of a stream's entry that has the row."""

ARRIVED, SETTLED, DESCRIBED = "a", "s", "d"
"""The first values of rows."""


class RedisSourceWatch:
    """Implements ``SourceWatch``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._sightings = keys.sightings()
        self._state, self._contracts, self._findings = keys.source_watch()
        self._events = keys.events()
        self._save = script(client, "save_source_watch")

    def state(self) -> WatchState:
        """Return how far the watch is; see ``SourceWatch.state``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.hmget(self._state, ["version", "position", "looked_at"])
            pipe.xlen(self._sightings)
            (version, position, looked_at), waiting = pipe.execute()
        at = from_milliseconds(int(looked_at)) if looked_at else None
        return WatchState(int(version or 0), text(position) if position else START, at, waiting)

    def sightings(self, position: str, *, limit: int) -> SightingPage:
        """Return sightings; see ``SourceWatch.sightings``."""
        with transient_errors():
            # As long as the entry at the position is there, no later one was trimmed.
            entries: Any = self._client.xrange(self._sightings, min=position, count=limit + 1)
        known = bool(entries) and text(entries[0][0]) == position
        new = entries[1:] if known else entries[:limit]
        last = text(new[-1][0]) if new else position
        return SightingPage(tuple(read_row(each[1][ROW]) for each in new), last, gap=position != START and not known)

    def contracts(self, sources: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return records; see ``SourceWatch.contracts``."""
        with transient_errors():
            if sources is None:
                stored: Any = self._client.hgetall(self._contracts)
                return {text(name): record for name, record in stored.items()}
            found: Any = self._client.hmget(self._contracts, list(sources)) if sources else []
        return {name: record for name, record in zip(sources, found, strict=True) if record}

    def findings(self) -> list[SourceFinding]:
        """Return what is found; see ``SourceWatch.findings``."""
        with transient_errors():
            stored: Any = self._client.hvals(self._findings)
        known = (read_report(SourceFinding, each) for each in stored)
        return sorted((each for each in known if each), key=finding_order)

    def save(self, change: WatchChange, *, after: int) -> bool:
        """Record what was learned; see ``SourceWatch.save``."""
        present = [*change.found, *change.updated]
        counts = [len(each) for each in (change.contracts, change.removed, present, change.ended)]
        now = self._clock.now()
        arguments: list[Any] = [after, change.position, milliseconds(now), EVENTS_KEPT, *counts]
        for name, record in change.contracts.items():
            arguments += [name, record]
        arguments += change.removed
        for each in present:
            arguments += [_field(each), each.model_dump_json()]
        arguments += [_field(each) for each in change.ended]
        keys = [self._state, self._contracts, self._findings, self._sightings, self._events]
        with transient_errors():
            return bool(self._save(keys=keys, args=[*arguments, *_events(change, now)]))


def _events(change: WatchChange, now: datetime) -> Iterator[str]:
    kinds = [(BEGUN[each.kind], each) for each in change.found]
    kinds += [(EventKind.SOURCE_RECOVERED, each) for each in change.ended]
    for kind, finding in kinds:
        yield pack_event(kind, now, finding=finding.model_dump(mode="json"))


def _field(finding: SourceFinding) -> str:
    return f"{finding.kind.value} {finding.source}"


def sighting_row(sighting: Sighting | None, at: datetime) -> str:
    """Return the row of a sighting, "" for none."""
    row: list[Any] = []
    match sighting:
        case None:
            return ""
        case Arrived():
            expects = sighting.expects.model_dump(mode="json", exclude_defaults=True) if sighting.expects else None
            row = [ARRIVED, sighting.size, sighting.content, _numbers(filter(None, [sighting.number])), expects]
        case Settled():
            row = [SETTLED, int(sighting.failed), int(sighting.copy), _numbers(iter(sighting.numbers))]
        case Described():
            row = [DESCRIBED, sighting.format, sighting.language, sorted(sighting.fields)]
    return json.dumps([milliseconds(at), sighting.source, *row], separators=(",", ":"), ensure_ascii=True)


def read_row(row: bytes) -> Seen:
    """Return the sighting of a row."""
    at, source, kind, *values = json.loads(row)
    return Seen(from_milliseconds(at), _sighting(source, kind, values))


def _sighting(source: str, kind: str, values: list[Any]) -> Sighting:
    match kind:
        case "a":
            size, content, numbers, expects = values
            number = next(iter(_read_numbers(numbers)), None)
            return Arrived(source, size, content, number, Expectations.model_validate(expects) if expects else None)
        case "s":
            failed, copy, numbers = values
            return Settled(source, bool(failed), bool(copy), _read_numbers(numbers))
        case _:
            format_, language, fields = values
            return Described(source, format_, language, frozenset(map(ArticleField, fields)))


def _numbers(numbers: Iterator[Numbered]) -> list[list[Any]]:
    return [[each.series, each.number, each.width] for each in numbers]


def _read_numbers(rows: list[list[Any]]) -> tuple[Numbered, ...]:
    return tuple(Numbered(*each) for each in rows)
