"""The idempotency keys in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import is_ahead
from copytaster.store.ports.idempotency import KEPT_FOR, KeyState


@dataclass(slots=True)
class _Record:
    state: KeyState
    owner: str
    leased_until: datetime
    kept_until: datetime


class MemoryIdempotencyKeys:
    """Implements ``IdempotencyKeys``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[str, _Record] = {}

    def begin(self, key: str, *, delivery_id: DeliveryId, owner: str, lease: timedelta) -> KeyState:
        """Take the lease; see ``IdempotencyKeys.begin``."""
        with self._lock:
            now, known = self._clock.now(), self._records.get(key)
            if known is None or known.kept_until <= now:
                known = _Record(KeyState(delivery_id, is_held=False), "", now, now)
                self._records[key] = known
            if known.state.answer is not None or (known.owner != owner and is_ahead(known.leased_until, now)):
                return known.state
            known.owner, known.leased_until, known.kept_until = owner, now + lease, now + KEPT_FOR
            return replace(known.state, is_held=True)

    def keep(self, key: str, *, owner: str, lease: timedelta, fingerprint: str | None = None) -> bool:
        """Extend the lease; see ``IdempotencyKeys.keep``."""
        with self._lock:
            if (known := self._held(key, owner)) is None:
                return False
            known.leased_until = self._clock.now() + lease
            if fingerprint is not None:
                known.state = replace(known.state, fingerprint=fingerprint)
            return True

    def finish(self, key: str, *, owner: str, answer: str) -> bool:
        """Store the answer; see ``IdempotencyKeys.finish``."""
        with self._lock:
            if (known := self._held(key, owner)) is None:
                return False
            known.state, known.owner = replace(known.state, answer=answer), ""
            known.kept_until = self._clock.now() + KEPT_FOR
            return True

    def give_up(self, key: str, *, owner: str) -> None:
        """Forget the key; see ``IdempotencyKeys.give_up``."""
        with self._lock:
            known = self._held(key, owner)
            if known and known.state.fingerprint is None:
                del self._records[key]

    def _held(self, key: str, owner: str) -> _Record | None:
        known = self._records.get(key)
        return known if known and known.owner == owner and known.state.answer is None else None
