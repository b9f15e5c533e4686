"""The known files on the server."""

from __future__ import annotations

from redis import Redis

from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text, transient_errors
from copytaster.store.redis.delivery_index import DeliveryIndex


class RedisKnownFiles:
    """Implements ``KnownFiles``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._index = DeliveryIndex(client, keys)

    def find(self, sha256: str) -> DeliveryId | None:
        """Return the noted or the first delivery; see ``KnownFiles.find``."""
        term = ("sha256", sha256)
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            pipe.hget(self._keys.known_files(), sha256)
            self._index.find_first(term, pipe)
            noted, *first = pipe.execute()
        return DeliveryId(text(noted)) if noted else self._index.first(term, first)

    def note(self, delivery: Delivery) -> None:
        """Note the delivery; see ``KnownFiles.note``."""
        with transient_errors():
            self._client.hset(self._keys.known_files(), delivery.sha256 or "", str(delivery.id))
