"""How far re-taggings are, on the server."""

from __future__ import annotations

from redis import Redis

from copytaster.store.keys import Keys
from copytaster.store.redis.client import text, translated


class RedisRetaggings:
    """See ``copytaster.store.ports.retaggings.Retaggings``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._key = keys.retagging()

    def read(self, name: str) -> str | None:
        """Return the note; see ``Retaggings.read``."""
        with translated():
            found = self._client.hget(self._key, name)
        return None if found is None else text(found)

    def write(self, name: str, note: str) -> None:
        """Keep the note; see ``Retaggings.write``."""
        with translated():
            self._client.hset(self._key, name, note)

    def forget(self, name: str) -> None:
        """Drop the note; see ``Retaggings.forget``."""
        with translated():
            self._client.hdel(self._key, name)
