"""The listings of articles on the server: sorted sets of ids by time of receipt, and one for each day of publication.

The entries of a day are "id milliseconds", with the time of publication, so that a period is searched in the order of
receipt without reading the articles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId
from copytaster.model.batches import batched
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.matching import index_terms, is_listed, publication, query_terms
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.redis.client import script, text

PAGE = 100
"""Articles read in one round trip while a query searches for matches: some 500 KB."""

EXAMINED = 1_000
"""Entries of days that one call examines: some 3 ms, during which the server answers nobody else."""

TIMES = 1_000
"""Times of receipt that one command returns: half a millisecond, during which the server answers nobody else."""

SWEPT = 100
"""Entries of a listing that one call of ``sweep`` examines."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of a sorted set; ``day`` is set if it is an entry of a day of publication."""

    key: str
    member: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a listing has; ``published`` is its time of publication there, if the listing has it."""

    article_id: ArticleId
    published: int | None = None

    def is_present(self, article: Article | None) -> bool:
        """Return whether the entry belongs to the current version: one of an earlier version may be left."""
        if article is None or self.published is None:
            return article is not None
        return self.published == milliseconds(publication(article))


class Listings:
    """Adds articles to the listings, removes them, and finds the ids that a query may match."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._page = script(client, "published_page")
        self._remove_published = script(client, "remove_published")

    def add(self, article: Article, pipe: Pipeline) -> None:
        """Add the entries of a current version; remove those of one that is not listed."""
        if not is_listed(article):
            self.remove(self.entries(article), pipe)
            return
        score = Cursor.of(article).received
        for each in self.entries(article):
            pipe.zadd(each.key, {each.member: score})
            if each.day:  # after the entry: the last one that is removed takes the day with it
                pipe.zadd(self._keys.published_days(), {each.day: 0})

    def change(self, former: Article, article: Article, pipe: Pipeline) -> None:
        """Replace the entries of a version's former tagging."""
        before, after = self.entries(former), self.entries(article)
        self.remove(before - after if is_listed(article) else after, pipe)
        score = Cursor.of(article).received
        for each in after - before if is_listed(article) else ():
            pipe.zadd(each.key, {each.member: score})  # a tagging does not change the day

    def remove(self, entries: Iterable[Entry], pipe: Pipeline) -> None:
        """Remove entries."""
        for each in entries:
            if each.day:
                keys = [each.key, self._keys.published_days()]
                self._remove_published(keys=keys, args=[each.day, each.member], client=pipe)
            else:
                pipe.zrem(each.key, each.member)

    def entries(self, article: Article) -> set[Entry]:
        """Return the entries of a version that is listed."""
        moment, name = publication(article), str(article.id)
        day = _day(moment)
        terms = {Entry(self._keys.listing(term), name) for term in ["", *index_terms(article)]}
        return terms | {Entry(self._keys.published(day), f"{name} {milliseconds(moment)}", day)}

    def pages(self, query: ArticleQuery) -> Iterator[list[Found]]:
        """Yield pages of articles from the listing that is searched the fastest, newest first."""
        if query.among is not None:
            return self._among(query, sorted(query.among))
        names = [self._keys.listing(term) for term in query_terms(query)] or [self._keys.listing()]
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.zcard(name)
        pipe.exists(self._keys.published_complete())
        *counts, complete = pipe.execute()
        in_period = query.published_from is not None or query.published_to is not None
        if complete and in_period and min(counts) > PAGE:
            return self._published(query, names)
        return self._received(query, min(zip(counts, names, strict=True))[1])

    def oldest(self, key: str) -> list[tuple[ArticleId, Entry]]:
        """Return the oldest entries of the listing with this key, with their articles; empty for other keys."""
        day = key.removeprefix(self._keys.published("")) if key.startswith(self._keys.published("")) else ""
        if not day and not key.startswith(self._keys.listing()):
            return []
        members: Any = self._client.zrange(key, 0, SWEPT - 1)
        return [(ArticleId(text(each).split()[0]), Entry(key, text(each), day)) for each in members]

    def _among(self, query: ArticleQuery, ids: Sequence[ArticleId]) -> Iterator[list[Found]]:
        """Yield pages of the articles that are listed; no listing has only these, so all of their times are read."""
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        pipe = self._client.pipeline(transaction=False)
        for part in batched(ids, TIMES):
            pipe.zmscore(self._keys.listing(), [str(each) for each in part])
        scores = [score for part in pipe.execute() for score in part]
        times = zip(ids, scores, strict=True)
        positions = sorted((Cursor(int(score), each) for each, score in times if score is not None), reverse=True)
        yield from batched([Found(each.article_id) for each in positions if cursor is None or each < cursor], PAGE)

    def _received(self, query: ArticleQuery, name: str) -> Iterator[list[Found]]:
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        newest = cursor.received if cursor else "+inf"
        offset = 0
        rows: Any = [()]
        while rows:
            rows = self._client.zrange(
                name, newest, "-inf", desc=True, byscore=True, withscores=True, offset=offset, num=PAGE
            )
            positions = [Cursor(int(score), ArticleId(text(member))) for member, score in rows]
            yield [Found(each.article_id) for each in positions if cursor is None or each < cursor]
            offset += PAGE

    def _published(self, query: ArticleQuery, names: list[str]) -> Iterator[list[Found]]:
        first, last = query.published_from, query.published_to
        earliest, latest = f"[{_day(first)}" if first else "-", f"[{_day(last)}" if last else "+"
        days: Any = self._client.zrangebylex(self._keys.published_days(), earliest, latest)
        keys = [self._keys.published(text(each)) for each in days] + names
        period: list[str | int] = [milliseconds(first) if first else "-inf", milliseconds(last) if last else "inf"]
        cursor = Cursor.parse(query.cursor) if query.cursor else None
        position: list[str | int] = [cursor.received, cursor.article_id] if cursor else ["+inf", ""]
        while position:
            ended, rows = self._page(keys=keys, args=[len(days), *period, *position, PAGE, EXAMINED])
            entries = [text(row).split() for row in rows]
            yield [Found(ArticleId(name), int(published)) for name, published in entries]
            position = list(text(ended).split())


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
