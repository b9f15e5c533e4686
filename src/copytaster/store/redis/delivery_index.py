"""The index of deliveries: one sorted set of short entries, instead of a key for each name, path and hash.

An entry is the field's letter, a hash of the value and the id, so the ids with one value are a range, in the order of
arrival. Whoever reads ids compares the records: another value may have the same hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Any

import xxhash
from redis import Redis
from redis.client import Pipeline

from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition
from copytaster.model.source_names import name_key
from copytaster.store.keys import Keys
from copytaster.store.matching import registered_terms
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.redis.client import text

LETTERS = {"name": b"n", "path": b"p", "sha256": b"h", "source": b"s", "disposition": b"d", "reason": b"r"} | {
    "article": b"a"
}
"""The fields with entries. Deliveries that wait or are in work have sorted sets of their own."""

MOST = {"state": DeliveryState.SETTLED, "disposition": Disposition.STORED}
"""Values without entries: most deliveries have them, so the index of all deliveries serves as well."""

ID = re.compile(r"d[0-9a-f]{22}")
"""The form of the ids that are stored as 11 bytes; others are stored as text, of at least twelve."""

ID_BYTES = 11

Terms = Iterable[tuple[str, str]]


def entries(terms: Terms, delivery_id: DeliveryId) -> list[bytes]:
    """Return the entries of a delivery with these values of fields."""
    return [_prefix(*term) + _packed(delivery_id) for term in terms if not _is_frequent(*term)]


def entry_range(field: str, value: str) -> tuple[bytes, bytes]:
    """Return the ends of the range of the entries with this value, as arguments of commands for ranges."""
    prefix = _prefix(field, value)
    return b"[" + prefix, b"(" + (int.from_bytes(prefix) + 1).to_bytes(len(prefix))


def end_terms(disposition: Disposition | None, reason: str | None, article_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return the values of the fields that a delivery gets at its end."""
    ends = [("disposition", disposition), ("reason", reason)]
    return [(field, value) for field, value in ends if value] + [("article", each) for each in article_ids]


def all_terms(delivery: Delivery) -> list[tuple[str, str]]:
    """Return the values of all fields of a settled delivery."""
    ends = end_terms(delivery.disposition, delivery.reason, delivery.article_ids)
    return [*registered_terms(delivery).items(), *ends]


class DeliveryIndex:
    """Reads the index. Values that an earlier release indexed have sorted sets of their own, which are read too."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def ids(self, term: tuple[str, str] | None, *, before: DeliveryId | None, limit: int) -> list[DeliveryId]:
        """Return the latest ids with a value, or of all deliveries, below ``before``, latest first."""
        end = f"({before}" if before else "+"
        if term is None:
            found: Any = self._client.zrevrangebylex(self._keys.deliveries(), end, "-", 0, limit)
            return [DeliveryId(text(each)) for each in found]
        prefix, (first, last) = _prefix(*term), entry_range(*term)
        last = b"(" + prefix + _packed(before) if before else last
        pipe = self._client.pipeline(transaction=False)
        pipe.zrevrangebylex(self._keys.delivery_index(), last, first, 0, limit)
        pipe.zrevrangebylex(self._keys.deliveries(*term), end, "-", 0, limit)
        packed, earlier = pipe.execute()
        present = [_unpacked(each.removeprefix(prefix)) for each in packed]
        former = [DeliveryId(text(each)) for each in earlier]
        joined = merge(present, former, reverse=True)
        return list(dict.fromkeys(islice(joined, 2 * limit)))[:limit]

    def find_first(self, term: tuple[str, str], pipe: Pipeline) -> None:
        """Add the commands that find the first delivery with a value; ``first`` reads their two replies."""
        pipe.zrangebylex(self._keys.delivery_index(), *entry_range(*term), 0, 1)
        pipe.zrange(self._keys.deliveries(*term), 0, 0)

    def first(self, term: tuple[str, str], replies: Sequence[Any]) -> DeliveryId | None:
        """Return the first delivery that the commands of ``find_first`` have found."""
        present, earlier = replies
        found = [_unpacked(each.removeprefix(_prefix(*term))) for each in present]
        return min([*found, *(DeliveryId(text(each)) for each in earlier)], default=None)

    def rarest(self, query: DeliveryQuery) -> tuple[str, str] | None:
        """Return the condition of the query with the fewest deliveries; None if only all deliveries cover it."""
        if query.article_id is not None:
            return "article", query.article_id
        terms = [each for each in _conditions(query).items() if not _is_frequent(*each)]
        if not terms:
            return None
        pipe = self._client.pipeline(transaction=False)
        for term in terms:
            pipe.zlexcount(self._keys.delivery_index(), *entry_range(*term))
            pipe.zcard(self._keys.deliveries(*term))
        counts = pipe.execute()
        sizes = [sum(pair) for pair in zip(counts[::2], counts[1::2], strict=True)]
        return min(zip(sizes, terms, strict=True))[1]


def _conditions(query: DeliveryQuery) -> Mapping[str, str]:
    values = {
        "name": query.name,
        "path": query.path,
        "sha256": query.sha256,
        "source": name_key(query.source) if query.source else None,
        "state": query.state,
        "disposition": query.disposition,
        "reason": query.reason,
    }
    return {field: value for field, value in values.items() if value is not None}


def _is_frequent(field: str, value: str) -> bool:
    return MOST.get(field) == value


def _prefix(field: str, value: str) -> bytes:
    letter = LETTERS.get(field, b"-")  # a state has no entries, only a sorted set of its own
    return letter + xxhash.xxh3_64_digest(value.encode("utf-8", "surrogatepass"))


def _packed(delivery_id: DeliveryId) -> bytes:
    if ID.fullmatch(delivery_id):
        return bytes.fromhex(delivery_id[1:])
    return delivery_id.encode().ljust(ID_BYTES + 1, b"\0")


def _unpacked(packed: bytes) -> DeliveryId:
    return DeliveryId(f"d{packed.hex()}" if len(packed) == ID_BYTES else packed.rstrip(b"\0").decode())
