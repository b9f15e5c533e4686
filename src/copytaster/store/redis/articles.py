"""The articles on the server: a hash for each, and sorted sets for the listings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from redis import Redis

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId, Duplicate, Tagging
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.matching import index_terms, is_listed, matches_article, query_terms
from copytaster.store.ports.articles import ArticlePage, ArticleQuery, Created, Existing
from copytaster.store.redis.client import script, text, transient_errors

PAGE = 100
"""Articles read in one round trip while a query searches for matches: some 500 KB."""

FIRST = 1
"""The number of the version that ``create`` makes."""

ACCEPTED = "accepted"
"""The field of an article's hash that is set when a copy was accepted as an article."""


class RedisArticles:
    """Implements ``Articles``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._create = script(client, "create_article")
        self._add_version = script(client, "add_version")
        self._annotate = script(client, "annotate")
        self._read = script(client, "read_article")

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version; see ``Articles.create``."""
        with transient_errors():
            number = int(self._create(keys=[self._keys.article(article.id)], args=_arguments(article, owner)))
            newest = self._load([article.id])[0]
            if number != FIRST:
                return Existing(newest, own_version=number or None)
            self._index(newest)
        # On a redelivery the article may have newer versions; the result is the one that this delivery stored.
        return Created(newest if newest.version == FIRST else self.versions(article.id)[0])

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version; see ``Articles.add_version``."""
        with transient_errors():
            number = int(self._add_version(keys=[self._keys.article(article.id)], args=_arguments(article, owner)))
            self._index(self._load([article.id])[0])
        return article.model_copy(update={"version": number})

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write the results of tagging; see ``Articles.annotate``."""
        with transient_errors():
            key = self._keys.article(article_id)
            if not self._annotate(keys=[key], args=[version, tagging.model_dump_json()]):
                return False
            self._index(self._load([article_id])[0])
        return True

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; see ``Articles.add_duplicate``."""
        with transient_errors():
            self._client.hset(
                self._keys.duplicates(article_id), str(duplicate.delivery_id), duplicate.model_dump_json()
            )

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Remove links; see ``Articles.remove_duplicate``."""
        key = self._keys.duplicates(article_id)
        with transient_errors():
            links = [Duplicate.model_validate_json(each) for each in self._client.hvals(key)]
            if ids := [str(each.delivery_id) for each in links if each.article_id == copy]:
                self._client.hdel(key, *ids)

    def accept(self, article_id: ArticleId) -> None:
        """Accept a copy as an article; see ``Articles.accept``."""
        with transient_errors():
            self._client.hset(self._keys.article(article_id), ACCEPTED, 1)
            for article in self._load([article_id]):
                self._index(article)

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Return whether it was accepted; see ``Articles.is_accepted``."""
        with transient_errors():
            return bool(self._client.hexists(self._keys.article(article_id), ACCEPTED))

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the current version; see ``Articles.get``."""
        return next(iter(self.get_many([article_id])), None)

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the current versions; see ``Articles.get_many``."""
        with transient_errors():
            return self._load(article_ids)

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions; see ``Articles.versions``."""
        with transient_errors():
            stored: Any = self._client.hgetall(self._keys.article(article_id))
            duplicates = self._client.hvals(self._keys.duplicates(article_id))
        fields = {text(name): value for name, value in stored.items()}
        return [
            _article(
                number,
                fields[f"document:{number}"],
                fields.get(f"tagging:{number}", b""),
                duplicates,
                accepted=ACCEPTED in fields,
            )
            for number in range(1, int(fields.get("count", 0)) + 1)
        ]

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page; see ``Articles.find``."""
        found: list[Article] = []
        with transient_errors():
            for ids in self._pages(query) if query.among is None else self._among(query, query.among):
                found += [each for each in self._load(ids) if is_listed(each) and matches_article(each, query)]
                if len(found) > query.limit:
                    break
        page = tuple(found[: query.limit])
        return ArticlePage(page, str(Cursor.of(page[-1])) if len(found) > query.limit else None)

    def count(self) -> int:
        """Return the number of listed articles; see ``Articles.count``."""
        with transient_errors():
            return int(self._client.zcard(self._keys.listing()))

    def _among(self, query: ArticleQuery, ids: frozenset[ArticleId]) -> Iterator[list[ArticleId]]:
        """Yield pages of the ids, newest first; they have no index by time, so all articles are read first."""
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        positions = sorted(map(Cursor.of, self._load(list(ids))), reverse=True)
        yield from batched([each.article_id for each in positions if cursor is None or each < cursor], PAGE)

    def _pages(self, query: ArticleQuery) -> Iterator[list[ArticleId]]:
        """Yield pages of ids from the smallest index that covers the query, newest first."""
        index = self._smallest_index(query)
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        newest = cursor.received if cursor else "+inf"
        offset = 0
        rows: Any = [()]
        while rows:
            rows = self._client.zrange(
                index, newest, "-inf", desc=True, byscore=True, withscores=True, offset=offset, num=PAGE
            )
            positions = [Cursor(int(score), ArticleId(text(member))) for member, score in rows]
            yield [each.article_id for each in positions if cursor is None or each < cursor]
            offset += PAGE

    def _smallest_index(self, query: ArticleQuery) -> str:
        names = [self._keys.listing(term) for term in query_terms(query)]
        if not names:
            return self._keys.listing()
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.zcard(name)
        return min(zip(pipe.execute(), names, strict=True))[1]

    def _index(self, article: Article) -> None:
        """Add the article to its indexes, or remove it from the listing; queries filter terms of older versions."""
        if not is_listed(article):
            self._client.zrem(self._keys.listing(), str(article.id))
            return
        score = Cursor.of(article).received
        pipe = self._client.pipeline(transaction=False)
        for term in ["", *index_terms(article)]:
            pipe.zadd(self._keys.listing(term), {str(article.id): score})
        pipe.execute()

    def _load(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        pipe = self._client.pipeline(transaction=False)
        for each in article_ids:
            self._read(keys=[self._keys.article(each), self._keys.duplicates(each)], client=pipe)
        return [_article(int(row[0]), *row[1:4], accepted=bool(row[4])) for row in pipe.execute() if row]


def _arguments(article: Article, owner: DeliveryId) -> list[str | int]:
    document = article.model_dump_json(exclude={"version", "duplicates"})
    revision, effective_at = article.rank
    return [owner, document, milliseconds(effective_at), revision]


def _article(number: int, document: bytes, tagging: bytes, duplicates: Sequence[Any], *, accepted: bool) -> Article:
    fields = json.loads(document)
    if accepted:
        fields["relation"] = None
    if tagging:
        found = json.loads(tagging)
        found["provenance"] = fields["provenance"] | found["provenance"]
        fields |= found
    links = sorted((Duplicate.model_validate_json(each) for each in duplicates), key=lambda each: each.delivery_id)
    return Article.model_validate(fields | {"version": number, "duplicates": links})
