"""Listings in sorted sets of ids by time of receipt: that of all articles, and in an earlier layout one for each term.

Those of terms are read until every article is in the index of terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from typing import Any

from redis import Redis

from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text

INDEXED = 2
"""The layout in which terms are in the index; the sets of the days of publication are complete from layout 1 on."""

COMPLETE = 5
"""The layout in which all terms are: also tags, formats and statuses."""

READ = 60
"""Entries that one round trip reads: a page of the usual length, and a few more."""


class EarlierListings:
    """Reads sorted sets of terms and removes articles from them, and reads the one of all articles."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._layout = 0

    def exist(self) -> bool:
        """Return whether there may be sorted sets of terms."""
        return self._known_layout() < INDEXED

    def lack_fields(self) -> bool:
        """Return whether the index may lack tags, formats and statuses."""
        return self._known_layout() < COMPLETE

    def replaced(self) -> None:
        """Record that the index has all terms of every article: the sorted sets of terms are not read any more."""
        self._client.set(self._keys.listings_complete(), COMPLETE)

    def _known_layout(self) -> int:
        if self._layout < COMPLETE:
            stored: Any = self._client.get(self._keys.listings_complete())
            self._layout = int(stored or 0)
        return self._layout

    def positions(self, term: str, *, before: Cursor | None) -> Iterator[Cursor]:
        """Yield the positions in a sorted set below ``before``, newest first; of all articles if ``term`` is empty."""
        newest, offset, rows = before.received if before else "+inf", 0, [b""]
        while rows:
            found: Any = self._client.zrange(
                self._keys.listing(term),
                newest,
                "-inf",
                desc=True,
                byscore=True,
                withscores=True,
                offset=offset,
                num=READ,
            )
            rows, offset = found, offset + READ
            positions = (Cursor(int(score), ArticleId(text(member))) for member, score in found)
            yield from (each for each in positions if before is None or each < before)

    def remove(self, entries: Iterable[tuple[ArticleId, Iterable[str]]]) -> None:
        """Remove articles from the sorted sets of terms; no round trip if there are none any more."""
        pairs = [(self._keys.listing(term), str(article_id)) for article_id, terms in entries for term in terms]
        if not pairs or not self.exist():
            return
        pipe = self._client.pipeline(transaction=False)
        for key, member in pairs:
            pipe.zrem(key, member)
        pipe.execute()


def joined(one: Iterator[Cursor], other: Iterator[Cursor]) -> Iterator[Cursor]:
    """Yield the positions of both, newest first, each once."""
    return (each for each, _ in groupby(merge(one, other, reverse=True)))
