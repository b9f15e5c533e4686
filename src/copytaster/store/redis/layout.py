"""The version of the schema on the server."""

from __future__ import annotations

from typing import Any

from redis import Redis

from copytaster.store.keys import Keys
from copytaster.store.redis.client import script, transient_errors


class RedisLayout:
    """Implements ``Layout``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._record = script(client, "record_layout")

    def read(self) -> int | None:
        """Return the layout; see ``Layout.read``."""
        with transient_errors():
            stored: Any = self._client.get(self._keys.layout())
        return int(stored) if stored else None

    def record(self, number: int) -> None:
        """Record the layout; see ``Layout.record``."""
        with transient_errors():
            self._record(keys=[self._keys.layout()], args=[number])
