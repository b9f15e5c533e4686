"""What a standing search would have found among the articles of the last days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pydantic import AwareDatetime, Field

from copytaster.articles.views import ListedArticle, list_articles
from copytaster.clock import Clock, milliseconds
from copytaster.model.article import Article, ArticleStatus, Document
from copytaster.model.standing_search import SearchConditions
from copytaster.search.document import document_of, first_position
from copytaster.search.index import IndexRequest, SearchIndex
from copytaster.search.matching import matches
from copytaster.search.query import SearchQuery
from copytaster.searches.query import query_of
from copytaster.store.matching import is_listed
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

DAYS = 7
"""A week has each day of a newspaper once."""

EXAMINED = 1_000
"""Most articles that are read, half a second: a search with more hits in a week is too wide to be followed."""

PAGE = 100
"""Articles that are read in one round trip, some 500 KB."""

SHOWN = 20
"""Articles that are returned, the newest: enough to see whether the search finds what is meant."""


class DayCount(Document):
    """The articles of a day in UTC that a search would have found."""

    day: date
    count: int


class Preview(Document):
    """What a search would have found since a time: ``count`` articles, in all and by day, and the newest of them.

    Unless ``complete``, it would have found more: only the newest were counted.
    """

    since: AwareDatetime
    count: int = Field(description="Articles that would have been hits.")
    complete: bool = Field(description="False: there are more; only the newest were counted.")
    days: tuple[DayCount, ...] = Field(description="Articles by day of receipt, in UTC; the latest day first.")
    articles: tuple[ListedArticle, ...] = Field(description="The newest of them.")


@dataclass(frozen=True, slots=True)
class SearchPreview:
    """Looks into the search index and into the store; changes nothing."""

    index: SearchIndex
    store: Store
    clock: Clock

    def look(self, conditions: SearchConditions, *, days: int = DAYS) -> Preview:
        """Return what the search would have found among the articles that were received in the last days.

        An article counts as it is now. Raises ``QuerySyntaxError``, ``NoConditionError``, ``NoIndexError`` and
        ``SearchTimeoutError``.
        """
        now = self.clock.now()
        since = now - timedelta(days=days)
        found, complete = self._found(query_of(conditions), since, now)
        counts = Counter(each.received_at.date() for each in found)
        return Preview(
            since=since,
            count=len(found),
            complete=complete,
            days=tuple(DayCount(day=day, count=counts[day]) for day in sorted(counts, reverse=True)),
            articles=tuple(list_articles(found[:SHOWN], self.store, now=now)),
        )

    def _found(self, query: SearchQuery, since: datetime, now: datetime) -> tuple[list[Article], bool]:
        """Return the articles, and whether these are all."""
        found = list[Article]()
        for number, article in enumerate(self._candidates(query, since)):
            if number == EXAMINED:
                return found, False
            if _would_be_hit(article, query, now):
                found.append(article)
        return found, True

    def _candidates(self, query: SearchQuery, since: datetime) -> Iterator[Article]:
        """Yield what the index has for the query since a time, the newest received first."""
        request = IndexRequest(query, PAGE, first=first_position(milliseconds(since)))
        while hits := self.index.find(request):
            stored = {
                each.id: each for each in undamaged((hit.article_id for hit in hits), self.store.articles.get_many)
            }
            present = (stored[hit.article_id] for hit in hits if hit.article_id in stored)
            yield from (each for each in present if each.received_at >= since)
            if len(hits) < PAGE:
                return
            request = replace(request, after=hits[-1].cursor)


def _would_be_hit(article: Article, query: SearchQuery, now: datetime) -> bool:
    usable = is_listed(article) and article.at(now).status is ArticleStatus.USABLE
    return usable and matches(document_of(article, now=now), query)
