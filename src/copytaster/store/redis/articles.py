"""The articles on the server: a hash each, and sorted sets for the listing."""

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
from copytaster.store.matching import index_terms, listed, matches_article, query_terms
from copytaster.store.ports.articles import ArticlePage, ArticleQuery, Created, Existing
from copytaster.store.redis.client import script, text, translated

PAGE = 100
"""Articles read per round trip while a listing looks for matches: some 500 KB."""

FIRST = 1
"""The number of the version that ``create`` makes."""

ACCEPTED = "accepted"
"""The field of an article's hash that says that it was accepted as one of its own."""


class RedisArticles:
    """See ``copytaster.store.ports.articles.Articles``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._create = script(client, "create_article")
        self._add_version = script(client, "add_version")
        self._annotate = script(client, "annotate")
        self._read = script(client, "read_article")

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version; see ``Articles.create``."""
        with translated():
            mine = int(self._create(keys=[self._keys.article(article.id)], args=_stored(article, owner)))
            newest = self._load([article.id])[0]
            if mine != FIRST:
                return Existing(newest, own_version=mine or None)
            self._index(newest)
        # On a redelivery the article may have moved on; what the delivery itself had stored is asked for.
        return Created(newest if newest.version == FIRST else self.versions(article.id)[0])

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version; see ``Articles.add_version``."""
        with translated():
            number = int(self._add_version(keys=[self._keys.article(article.id)], args=_stored(article, owner)))
            self._index(self._load([article.id])[0])
        return article.model_copy(update={"version": number})

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write what tagging found; see ``Articles.annotate``."""
        with translated():
            key = self._keys.article(article_id)
            if not self._annotate(keys=[key], args=[version, tagging.model_dump_json()]):
                return False
            self._index(self._load([article_id])[0])
        return True

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; see ``Articles.add_duplicate``."""
        with translated():
            self._client.hset(
                self._keys.duplicates(article_id), str(duplicate.delivery_id), duplicate.model_dump_json()
            )

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Take links away; see ``Acceptances.remove_duplicate``."""
        key = self._keys.duplicates(article_id)
        with translated():
            links = [Duplicate.model_validate_json(each) for each in self._client.hvals(key)]
            if gone := [str(each.delivery_id) for each in links if each.article_id == copy]:
                self._client.hdel(key, *gone)

    def accept(self, article_id: ArticleId) -> None:
        """Let an article be one of its own; see ``Acceptances.accept``."""
        with translated():
            self._client.hset(self._keys.article(article_id), ACCEPTED, 1)
            for article in self._load([article_id]):
                self._index(article)

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Say whether it was accepted; see ``Acceptances.is_accepted``."""
        with translated():
            return bool(self._client.hexists(self._keys.article(article_id), ACCEPTED))

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the newest version; see ``Articles.get``."""
        return next(iter(self.get_many([article_id])), None)

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the newest versions; see ``Articles.get_many``."""
        with translated():
            return self._load(article_ids)

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions; see ``Articles.versions``."""
        with translated():
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
        with translated():
            for page in self._pages(query) if query.among is None else self._among(query, query.among):
                found += [each for each in self._load(page) if listed(each) and matches_article(each, query)]
                if len(found) > query.limit:
                    break
        shown = tuple(found[: query.limit])
        return ArticlePage(shown, str(Cursor.of(shown[-1])) if len(found) > query.limit else None)

    def count(self) -> int:
        """Count what can be listed; see ``Articles.count``."""
        with translated():
            return int(self._client.zcard(self._keys.listing()))

    def _among(self, query: ArticleQuery, wanted: frozenset[ArticleId]) -> Iterator[list[ArticleId]]:
        """Yield the wanted ids, newest first; there is no index of them by time, so all are read first."""
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        places = sorted(map(Cursor.of, self._load(list(wanted))), reverse=True)
        ids = [place.article_id for place in places if cursor is None or place < cursor]
        yield from batched(ids, PAGE)

    def _pages(self, query: ArticleQuery) -> Iterator[list[ArticleId]]:
        """Yield the ids of the smallest index that covers the query, newest first."""
        index = self._smallest_index(query)
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        newest = cursor.received if cursor else "+inf"
        offset = 0
        rows: Any = [()]
        while rows:
            rows = self._client.zrange(
                index, newest, "-inf", desc=True, byscore=True, withscores=True, offset=offset, num=PAGE
            )
            places = [Cursor(int(score), ArticleId(text(member))) for member, score in rows]
            yield [place.article_id for place in places if cursor is None or place < cursor]
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
        """List the article under its terms, or no longer; terms of older versions stay and are filtered when read."""
        if not listed(article):
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


def _stored(article: Article, owner: DeliveryId) -> list[str | int]:
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
