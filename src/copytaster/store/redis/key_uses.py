"""The last uses of keys on the server: one hash field for each key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from redis import Redis

from copytaster.clock import from_milliseconds, milliseconds
from copytaster.model.access import KeyId
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text, transient_errors


class RedisKeyUses:
    """Implements ``KeyUses``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def note(self, key_id: KeyId, at: datetime) -> None:
        """Store a use; see ``KeyUses.note``."""
        with transient_errors():
            self._client.hset(self._keys.key_uses(), key_id, str(milliseconds(at)))

    def all(self) -> Mapping[KeyId, datetime]:
        """Return the last uses; see ``KeyUses.all``."""
        with transient_errors():
            stored: Any = self._client.hgetall(self._keys.key_uses())
        return {KeyId(text(key_id)): from_milliseconds(int(at)) for key_id, at in stored.items()}
