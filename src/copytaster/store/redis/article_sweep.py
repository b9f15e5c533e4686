"""The walk over the keys of the articles, which completes and cleans the listings beside other work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis

from copytaster.model.article import Article, ArticleId
from copytaster.store.keys import Keys
from copytaster.store.readable import readable
from copytaster.store.redis.client import text
from copytaster.store.redis.listings import Listings

SWEPT_KEYS = 200
"""Keys that one call examines: some 30 articles, a few milliseconds."""

PARTS = 4
"""A pass goes over articles, terms, publications and what an earlier release has left. A position is four times the
position in its part, plus the number of the part."""


class ArticleSweep:
    """Implements ``Articles.sweep``. ``load`` returns articles, ``index`` adds one to the listings."""

    def __init__(
        self,
        client: Redis,
        keys: Keys,
        listings: Listings,
        load: Callable[[Sequence[ArticleId]], list[Article]],
        index: Callable[[Article], None],
    ) -> None:
        self._client = client
        self._keys = keys
        self._listings = listings
        self._load = load
        self._index = index
        self._has_passed = False
        self._adds_all = False

    def step(self, position: int) -> int:
        """Examine some keys and return the next position; see ``Articles.sweep``. A part that ends is followed at once.

        The first pass of a process adds every article to the listings: a process of an earlier release may have stored
        some meanwhile.
        """
        if not position:
            self._adds_all = not self._has_passed or not self._listings.are_complete()
        at, part = divmod(position, PARTS)
        parts = [self._step_over_articles, self._step_over_terms, self._step_over_publications, self._step_over_earlier]
        for number in range(part, PARTS):
            if after := parts[number](at):
                return PARTS * after + number
            at = 0
        self._has_passed = True
        return 0

    def _step_over_articles(self, at: int) -> int:
        found: Any = self._client.scan(at, match=self._keys.swept(), count=SWEPT_KEYS)
        after, names = int(found[0]), [text(each) for each in found[1]]
        ids = [article for each in names if (article := self._keys.article_of(each))]
        stored, _ = readable(ids if self._adds_all else self._unknown(ids), self._load)
        for each in stored:
            self._index(each)
        for name in names:
            self._listings.sweep_entries(name, self._gone)
        if not after and self._adds_all:
            self._listings.complete()
        return after

    def _step_over_terms(self, at: int) -> int:
        return self._listings.sweep_terms(at, self._gone)

    def _step_over_publications(self, at: int) -> int:
        return self._listings.sweep_publications(at, self._gone)

    def _step_over_earlier(self, at: int) -> int:
        if not self._adds_all:
            return 0
        self._client.unlink(self._keys.items_counted_together())
        found: Any = self._client.scan(at, count=SWEPT_KEYS)
        if names := [each for each in found[1] if self._keys.is_replaced(text(each))]:
            self._client.unlink(*names)
        return int(found[0])

    def _gone(self, ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return those of the articles that are not stored any more."""
        unknown = self._unknown(ids)
        stored, unreadable = readable(unknown, self._load)
        return set(unknown).difference(unreadable, (each.id for each in stored))

    def _unknown(self, ids: Sequence[ArticleId]) -> list[ArticleId]:
        """Return those of the articles whose last change is not stored."""
        scores: Any = self._client.zmscore(self._keys.changed(), [str(each) for each in ids]) if ids else []
        return [each for each, score in zip(ids, scores, strict=True) if score is None]
