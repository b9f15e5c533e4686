"""The index of deliveries: lists of ids, in few bytes, instead of a key for each name, path and hash.

Whoever reads ids compares the records: another value may have the same hash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition
from copytaster.model.source_names import name_key
from copytaster.store.keys import Keys
from copytaster.store.matching import path_term, registered_terms
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.redis.client import script, text
from copytaster.store.redis.earlier_deliveries import EarlierDeliveries
from copytaster.store.redis.posting_lists import SHARED, PostingLists, entries_of, hashed

MOST = {"state": DeliveryState.SETTLED, "disposition": Disposition.STORED}
"""Values without entries: most deliveries have them, so the index of all deliveries serves as well."""

ID = re.compile(r"d[0-9a-f]{22}")

WIDTH = 11
"""Bytes of a posting: an id."""

ALL = ""
"""The term that all deliveries have."""

Terms = Iterable[tuple[str, str]]


def hashed_terms(terms: Terms) -> list[bytes]:
    """Return the hashes of those values of fields that have postings."""
    return [hashed(term_name(*each)) for each in terms if not _is_frequent(*each)]


def registered(delivery: Delivery) -> list[tuple[str, str]]:
    """Return the values of the fields that a delivery has from its registration on; one of them is that of all."""
    return [(ALL, ALL), *registered_terms(delivery).items()]


def end_terms(disposition: Disposition | None, reason: str | None, article_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return the values of the fields that a delivery gets at its end."""
    ends = [("disposition", disposition), ("reason", reason)]
    return [(field, value) for field, value in ends if value] + [("article", each) for each in article_ids]


def all_terms(delivery: Delivery) -> list[tuple[str, str]]:
    """Return the values of all fields of a delivery; those of its end are missing before it."""
    return [*registered(delivery), *end_terms(delivery.disposition, delivery.reason, delivery.article_ids)]


def removed_terms(delivery: Delivery) -> list[tuple[str, str]]:
    """Return the values of all fields with which a delivery may be in the index: an earlier release added each path."""
    return list(dict.fromkeys([*all_terms(delivery), ("path", delivery.path)]))


def failed_group(delivery: Delivery) -> tuple[str, str]:
    """Return reason and source by which a failed file is counted."""
    return delivery.reason or "", delivery.source or ""


def posting(delivery_id: DeliveryId) -> bytes:
    """Return the posting of a delivery."""
    if not ID.fullmatch(delivery_id):
        raise ValueError(f"{delivery_id} is no id of a delivery")
    return bytes.fromhex(delivery_id[1:])


def deliveries_of(name: bytes, value: bytes) -> list[DeliveryId]:
    """Return the deliveries in a field of the index."""
    return [_id_of(each) for _, each in entries_of(name, value, WIDTH)]


class DeliveryIndex:
    """Reads the index, and until it is complete also those of earlier layouts."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._earlier = EarlierDeliveries(client, keys)
        self.lists = PostingLists(client, keys.delivery_terms(), keys.delivery_blocks(), WIDTH)
        self._edit = script(client, "edit_postings", shared=SHARED)

    def ids(self, term: tuple[str, str] | None, *, before: DeliveryId | None, limit: int) -> list[DeliveryId]:
        """Return the latest ids with a value, or of all deliveries, below ``before``, latest first."""
        if term is not None and term[0] == "state":
            return self._in_state(term, before, limit)
        return self._read(term or (ALL, ALL), before, limit, ascending=False)

    def oldest(self, *, after: DeliveryId | None, limit: int) -> list[DeliveryId]:
        """Return the ids of the oldest deliveries above ``after``, oldest first."""
        return self._read((ALL, ALL), after, limit, ascending=True)

    def first(
        self, terms: Sequence[tuple[str, str]], build: Callable[[Pipeline], object]
    ) -> tuple[Any, list[DeliveryId | None]]:
        """Return the reply to the command of ``build``, and the first delivery with each value; one round trip."""
        reply, lowest = self.lists.lowest([term_name(*each) for each in terms], build)
        found = [[_id_of(each)] if each else [] for each in lowest]
        if self._earlier.exist():
            earlier = [self._earlier.ids(each, None, 1, ascending=True) for each in terms]
            found = [[*ids, *others] for ids, others in zip(found, earlier, strict=True)]
        return reply, [min(each, default=None) for each in found]

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Add deliveries to the index; one round trip."""
        arguments = list[bytes | int]()
        for each in deliveries:
            terms = hashed_terms(all_terms(each))
            arguments += [posting(each.id), len(terms), 0, *terms]
        if arguments:
            self._edit(keys=self.lists.keys, args=arguments)

    def rarest(self, query: DeliveryQuery) -> tuple[str, str] | None:
        """Return the condition of the query with the fewest deliveries; None if only all deliveries cover it."""
        if query.article_id is not None:
            return "article", query.article_id
        terms = [each for each in _conditions(query).items() if not _is_frequent(*each)]
        if not terms:
            return None
        pipe = self._client.pipeline(transaction=False)
        self.lists.count([term_name(*each) for each in terms], pipe)
        for each in terms:  # the states have sorted sets
            pipe.zcard(self._keys.deliveries(*each))
        replies = pipe.execute()
        counts = zip(self.lists.sizes(replies[: 2 * len(terms)]), replies[2 * len(terms) :], strict=True)
        return min(zip(map(sum, counts), terms, strict=True))[1]

    def _read(
        self, term: tuple[str, str], start: DeliveryId | None, limit: int, *, ascending: bool
    ) -> list[DeliveryId]:
        after = posting(start) if start else b""
        postings = self.lists.read(term_name(*term), start=after, limit=limit, ascending=ascending)
        found = [_id_of(each) for each in postings]
        if self._earlier.exist():
            earlier = self._earlier.ids(term, start, limit, ascending=ascending)
            found = sorted({*found, *earlier}, reverse=not ascending)[:limit]
        return found

    def _in_state(self, term: tuple[str, str], before: DeliveryId | None, limit: int) -> list[DeliveryId]:
        end = f"({before}" if before else "+"
        found: Any = self._client.zrevrangebylex(self._keys.deliveries(*term), end, "-", 0, limit)
        return [DeliveryId(text(each)) for each in found]


def _conditions(query: DeliveryQuery) -> Mapping[str, str]:
    path = dict([path_term(query.path)]) if query.path is not None else {}
    values = path | {
        "name": path.get("name", query.name),
        "sha256": query.sha256,
        "source": name_key(query.source) if query.source else None,
        "state": query.state,
        "disposition": query.disposition,
        "reason": query.reason,
    }
    return {field: value for field, value in values.items() if value is not None}


def _is_frequent(field: str, value: str) -> bool:
    return MOST.get(field) == value


def _id_of(posting: bytes) -> DeliveryId:
    return DeliveryId(f"d{posting.hex()}")


def term_name(field: str, value: str) -> str:
    """Return the term of the index that stands for a value."""
    return f"{field}:{value}"
