"""The idempotency keys on the server: a hash for each, which expires."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import DUE_HORIZON
from copytaster.store.keys import Keys
from copytaster.store.ports.idempotency import KEPT_FOR, KeyState
from copytaster.store.redis.client import script, text, transient_errors

KEPT_MILLISECONDS = KEPT_FOR // timedelta(milliseconds=1)


class RedisIdempotencyKeys:
    """Implements ``IdempotencyKeys``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._begin = script(client, "idempotency_begin", shared=["is_ahead"])
        self._change = script(client, "idempotency_change")
        self._give_up = script(client, "idempotency_give_up")

    def begin(self, key: str, *, delivery_id: DeliveryId, owner: str, lease: timedelta) -> KeyState:
        """Take the lease; see ``IdempotencyKeys.begin``."""
        now = self._clock.now()
        arguments: list[str | int] = [
            delivery_id,
            owner,
            milliseconds(now),
            milliseconds(now + lease),
            KEPT_MILLISECONDS,
            milliseconds(now + DUE_HORIZON),
        ]
        with transient_errors():
            found: Any = self._begin(keys=[self._keys.idempotency(key)], args=arguments)
        known, held, fingerprint, answer = found
        return KeyState(
            DeliveryId(text(known)),
            is_held=bool(held),
            fingerprint=None if fingerprint is None else text(fingerprint),
            answer=None if answer is None else text(answer),
        )

    def keep(self, key: str, *, owner: str, lease: timedelta, fingerprint: str | None = None) -> bool:
        """Extend the lease; see ``IdempotencyKeys.keep``."""
        changes: list[str | int] = ["lease", milliseconds(self._clock.now() + lease)]
        return self._set(key, owner, changes + ([] if fingerprint is None else ["fingerprint", fingerprint]))

    def finish(self, key: str, *, owner: str, answer: str) -> bool:
        """Store the answer; see ``IdempotencyKeys.finish``."""
        return self._set(key, owner, ["answer", answer])

    def give_up(self, key: str, *, owner: str) -> None:
        """Forget the key; see ``IdempotencyKeys.give_up``."""
        with transient_errors():
            self._give_up(keys=[self._keys.idempotency(key)], args=[owner])

    def _set(self, key: str, owner: str, changes: list[str | int]) -> bool:
        with transient_errors():
            return bool(self._change(keys=[self._keys.idempotency(key)], args=[owner, KEPT_MILLISECONDS, *changes]))
