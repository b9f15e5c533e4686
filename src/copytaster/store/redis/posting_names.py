"""Finds the articles that postings stand for. ``scripts/shared/named_articles.lua`` says how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis import Redis

from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.store.redis.client import script, text

AT_ONCE = 100
"""Postings of one call, so that the server answers others after some 3 ms: each of them is searched for among all
articles, and a sweep of twenty terms has a thousand. With 231,000 articles one call for all took 30 ms, 52 at most."""


class PostingNames:
    """Looks postings up in the listing of all articles."""

    def __init__(self, client: Redis, listing: str) -> None:
        self._listing = listing
        self._name = script(client, "name_articles", shared=["named_articles"])

    def of(self, postings: Sequence[bytes]) -> list[tuple[ArticleId, ...]]:
        """Return for each posting its listed articles, by id: none, one, or by chance several.

        Cost: a round trip for every hundred.
        """
        names: list[Any] = []
        for group in batched(postings, AT_ONCE):
            names += self._name(keys=[self._listing], args=group)
        return [tuple(map(ArticleId, text(each).split())) for each in names]
