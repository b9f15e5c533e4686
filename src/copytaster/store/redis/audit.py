"""The audit trail on the server: a stream, whose ids begin with the server's time."""

from __future__ import annotations

from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.access import AuditEntry
from copytaster.store.keys import Keys
from copytaster.store.ports.audit import AUDIT_AGE, AUDIT_KEPT
from copytaster.store.redis.client import text, transient_errors


class RedisAuditTrail:
    """Implements ``AuditTrail``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock

    def record(self, entry: AuditEntry) -> None:
        """Append an entry; see ``AuditTrail.record``."""
        key, oldest = self._keys.audit(), milliseconds(self._clock.now() - AUDIT_AGE)
        fields: Any = {"json": entry.model_dump_json(exclude={"id"}, exclude_none=True)}
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.xtrim(key, minid=str(oldest), approximate=False)
            pipe.xadd(key, fields, maxlen=AUDIT_KEPT, approximate=True)
            pipe.execute()

    def page(self, *, before: str | None, limit: int) -> list[AuditEntry]:
        """Return entries, without fields of newer releases; see ``AuditTrail.page``."""
        if before and not before.strip("0-"):  # the lowest id: the server refuses an interval below it
            return []
        with transient_errors():
            stored: Any = self._client.xrevrange(
                self._keys.audit(), max=f"({before}" if before else "+", min="-", count=limit
            )
        return [_entry(text(number), fields[b"json"]) for number, fields in stored]


def _entry(number: str, document: bytes) -> AuditEntry:
    return AuditEntry.model_validate_json(document, extra="ignore").model_copy(update={"id": number})
