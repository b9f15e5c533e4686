"""The re-tagging checkpoints on the server."""

from __future__ import annotations

from redis import Redis

from copytaster.store.keys import Keys
from copytaster.store.redis.client import text, transient_errors


class RedisRetaggings:
    """Implements ``Retaggings``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._key = keys.retagging()

    def read(self, name: str) -> str | None:
        """Return the checkpoint; see ``Retaggings.read``."""
        with transient_errors():
            found = self._client.hget(self._key, name)
        return None if found is None else text(found)

    def write(self, name: str, checkpoint: str) -> None:
        """Store the checkpoint; see ``Retaggings.write``."""
        with transient_errors():
            self._client.hset(self._key, name, checkpoint)

    def remove(self, name: str) -> None:
        """Remove the checkpoint; see ``Retaggings.remove``."""
        with transient_errors():
            self._client.hdel(self._key, name)
