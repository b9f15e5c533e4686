"""The audit trail on the server: a stream of changes and one of refusals, whose ids begin with the server's time."""

from __future__ import annotations

from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.access import AuditEntry
from copytaster.store.keys import Keys
from copytaster.store.ports.audit import AUDIT_AGE, AUDIT_KEPT, REFUSALS_KEPT
from copytaster.store.ports.events import order
from copytaster.store.redis.client import text, transient_errors

STREAMS = 2
"""Two entries of different streams may have the same id on the server. The number in the id of an entry is therefore
that on the server times two, plus one for a refusal."""


class RedisAuditTrail:
    """Implements ``AuditTrail``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._streams = (keys.audit(), keys.audit_refusals())
        self._clock = clock

    def record(self, entry: AuditEntry) -> None:
        """Append an entry; see ``AuditTrail.record``."""
        key, oldest = self._streams[entry.is_refusal], milliseconds(self._clock.now() - AUDIT_AGE)
        kept = REFUSALS_KEPT if entry.is_refusal else AUDIT_KEPT
        fields: Any = {"json": entry.model_dump_json(exclude={"id"}, exclude_none=True)}
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.xtrim(key, minid=str(oldest), approximate=False)
            pipe.xadd(key, fields, maxlen=kept, approximate=True)
            pipe.execute()

    def page(self, *, before: str | None, limit: int) -> list[AuditEntry]:
        """Return entries, without fields of newer releases; see ``AuditTrail.page``. Two commands."""
        found = [each for which in range(STREAMS) for each in self._page_of(which, before=before, limit=limit)]
        return sorted(found, key=lambda each: order(each.id), reverse=True)[:limit]

    def _page_of(self, which: int, *, before: str | None, limit: int) -> list[AuditEntry]:
        end = _end_in(which, before) if before else "+"
        if not end.strip("(0-"):  # the lowest id: the server refuses an interval below it
            return []
        with transient_errors():
            stored: Any = self._client.xrevrange(self._streams[which], max=end, min="-", count=limit)
        return [_entry(_id_of(which, text(number)), fields[b"json"]) for number, fields in stored]


def _id_of(which: int, on_server: str) -> str:
    """Return the id of an entry in the trail."""
    time, _, number = on_server.partition("-")
    return f"{time}-{int(number) * STREAMS + which}"


def _end_in(which: int, before: str) -> str:
    """Return the id in a stream below which, in the server's notation, the entries before an id of the trail are."""
    time, number = order(before)
    return f"({time}-{(number + STREAMS - 1 - which) // STREAMS}"


def _entry(number: str, document: bytes) -> AuditEntry:
    return AuditEntry.model_validate_json(document, extra="ignore").model_copy(update={"id": number})
