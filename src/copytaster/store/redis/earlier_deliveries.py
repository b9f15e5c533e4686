"""The indexes of deliveries of earlier layouts, which are read until every delivery is in the present one.

The sorted set of all deliveries shows how far the work is: a delivery leaves it when it is in the present index.
Beside it, layout 1 had one sorted set of entries: a letter for the field, a hash of the value, and the id. Before that
there was a sorted set for each value of each field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import xxhash
from redis import Redis

from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text

LETTERS = {"name": b"n", "path": b"p", "sha256": b"h", "source": b"s", "disposition": b"d", "reason": b"r"} | {
    "article": b"a"
}
"""The fields that have entries."""

Term = tuple[str, str]


class EarlierDeliveries:
    """Reads and removes entries of earlier layouts."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._are_replaced = False

    def exist(self) -> bool:
        """Return whether there are such entries; no round trip once there are none any more."""
        if not self._are_replaced:
            self._are_replaced = not self._client.exists(self._keys.deliveries())
        return not self._are_replaced

    def ids(self, term: Term, start: DeliveryId | None, limit: int, *, ascending: bool) -> list[DeliveryId]:
        """Return ids with a value, or all if the field is empty, on one side of ``start``, in order."""
        found = self._range(self._keys.deliveries(*term), b"", start, limit, ascending=ascending)
        if term[0] in LETTERS:
            entries = self._range(self._keys.delivery_index(), _prefix(*term), start, limit, ascending=ascending)
            found = [*found, *entries]
        return sorted(set(found), reverse=not ascending)[:limit]

    def some(self, *, limit: int) -> list[DeliveryId]:
        """Return some of the deliveries that are not in the present index."""
        found: Any = self._client.zrange(self._keys.deliveries(), 0, limit - 1)
        return [DeliveryId(text(each)) for each in found]

    def remove(self, delivery_id: DeliveryId, terms: Iterable[Term]) -> None:
        """Remove the entries of a delivery with these values."""
        values = [*terms, ("state", DeliveryState.SETTLED.value)]
        pipe = self._client.pipeline(transaction=True)
        for each in values:
            pipe.zrem(self._keys.deliveries(*each), delivery_id)
        entries = [_prefix(*each) + _packed(delivery_id) for each in values if each[0] in LETTERS]
        pipe.zrem(self._keys.delivery_index(), *entries)
        pipe.execute()

    def end(self) -> None:
        """Remove what is left when no delivery is."""
        self._client.unlink(self._keys.delivery_index())

    def _range(
        self, key: str, prefix: bytes, start: DeliveryId | None, limit: int, *, ascending: bool
    ) -> Sequence[DeliveryId]:
        lowest, highest = b"[" + prefix if prefix else b"-", b"[" + prefix + b"\xff" if prefix else b"+"
        place = b"(" + prefix + (_packed(start) if prefix else start.encode()) if start else b""
        found: Any
        if ascending:
            found = self._client.zrangebylex(key, place or lowest, highest, 0, limit)
        else:
            found = self._client.zrevrangebylex(key, place or highest, lowest, 0, limit)
        return [_unpacked(each.removeprefix(prefix)) if prefix else DeliveryId(text(each)) for each in found]


def _prefix(field: str, value: str) -> bytes:
    return LETTERS[field] + xxhash.xxh3_64_digest(value.encode("utf-8", "surrogatepass"))


def _packed(delivery_id: DeliveryId) -> bytes:
    return bytes.fromhex(delivery_id[1:])


def _unpacked(packed: bytes) -> DeliveryId:
    return DeliveryId(f"d{packed.hex()}")
