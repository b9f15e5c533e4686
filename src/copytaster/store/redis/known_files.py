"""The known files on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
        return self.find_many([sha256]).get(sha256)

    def find_many(self, sha256s: Sequence[str]) -> Mapping[str, DeliveryId]:
        """Return the noted or the first deliveries; see ``KnownFiles.find_many``."""
        distinct = list(dict.fromkeys(sha256s))
        if not distinct:
            return {}
        with transient_errors():
            noted, first = self._index.first(
                [("sha256", each) for each in distinct],
                lambda pipe: pipe.hmget(self._keys.known_files(), distinct),
            )
        noted = (DeliveryId(text(each)) if each else None for each in noted)
        known = zip(distinct, noted, first, strict=True)
        return {each: found for each, *ids in known if (found := next(filter(None, ids), None))}

    def note(self, delivery: Delivery) -> None:
        """Note the delivery; see ``KnownFiles.note``."""
        with transient_errors():
            self._client.hset(self._keys.known_files(), delivery.sha256 or "", str(delivery.id))
