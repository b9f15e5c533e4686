"""What people do with standing searches: create them, look at them and their hits, switch them on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import AwareDatetime, Field

from copytaster.archive.standing_searches import SearchFiles
from copytaster.articles.views import ListedArticle, list_articles
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import ArticleId, Document, Text
from copytaster.model.standing_search import (
    NAME_CHARACTERS,
    SearchConditions,
    SearchId,
    StandingSearch,
    new_search_id,
)
from copytaster.searches.query import query_of
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

MAX_SEARCHES = 20_000
"""Each process that compares has all of them, some 2.4 KB each."""


class TooManySearchesError(CopytasterError):
    """No more standing searches can be created."""

    def __init__(self) -> None:
        super().__init__(f"there are {MAX_SEARCHES} standing searches already; delete one that is not needed")


class UnknownSearchError(CopytasterError):
    """There is no standing search with this id."""

    def __init__(self, search_id: SearchId) -> None:
        super().__init__(f"there is no standing search {search_id}; `copytaster searches list` shows them")


class SearchOrder(SearchConditions):
    """What a new standing search is: a name, a query or filters or both, and whether it is on."""

    name: Text = Field(max_length=NAME_CHARACTERS, description="What people call it; events contain it.")
    on: bool = Field(default=True, strict=True, description="False: it finds nothing until it is switched on.")
    by: Text | None = Field(
        default=None, max_length=NAME_CHARACTERS, description="The person who creates it; by default the key's name."
    )


class ShownSearch(StandingSearch):
    """A standing search with the number of its hits, and when the last one was found."""

    hits: int
    last_hit_at: AwareDatetime | None


class ShownHit(Document):
    """A hit: when it was found, and the article as it is now; null if it is not stored any more."""

    article_id: ArticleId
    at: AwareDatetime
    article: ListedArticle | None


@dataclass(frozen=True, slots=True)
class ShownSearches:
    """One page of searches; ``next_cursor`` is None on the last page."""

    searches: tuple[ShownSearch, ...]
    next_cursor: SearchId | None


@dataclass(frozen=True, slots=True)
class SearchDesk:
    """Every method raises ``TransientError`` if archive or server do not answer, and may be repeated.

    Those with an id raise ``UnknownSearchError``. Processes that compare take in a change at the next step, by default
    within two seconds.
    """

    files: SearchFiles
    store: Store
    clock: Clock

    def create(self, order: SearchOrder, *, by: str) -> ShownSearch:
        """Create a search, which is compared with the articles that arrive from now on, unless it is off.

        ``by`` is recorded as its creator. Raises ``QuerySyntaxError``, ``NoConditionError`` and
        ``TooManySearchesError``.
        """
        query_of(order)
        if self.store.searches.count() >= MAX_SEARCHES:
            raise TooManySearchesError
        now = self.clock.now()
        on_since = now if order.on else None
        given = order.model_dump(exclude={"on", "by"})
        return self._write(StandingSearch(id=new_search_id(now), created_at=now, by=by, on_since=on_since, **given))

    def page(self, *, cursor: SearchId | None, limit: int) -> ShownSearches:
        """Return searches, the newest first; three round trips."""
        page = self.store.searches.page(cursor=cursor, limit=limit)
        return ShownSearches(tuple(self._shown(page.searches)), page.next_cursor)

    def show(self, search_id: SearchId) -> ShownSearch:
        """Return a search."""
        return self._shown([self._get(search_id)])[0]

    def switch_on(self, search_id: SearchId) -> ShownSearch:
        """Compare a search with the articles that arrive from now on; nothing changes if it is on."""
        search = self._get(search_id)
        on_since = search.on_since or self.clock.now()
        return self._write(search.model_copy(update={"on_since": on_since}))

    def switch_off(self, search_id: SearchId) -> ShownSearch:
        """Compare a search with nothing any more; its hits stay."""
        return self._write(self._get(search_id).model_copy(update={"on_since": None}))

    def delete(self, search_id: SearchId) -> None:
        """Remove a search with its hits."""
        self._get(search_id)
        self.files.remove(search_id)
        self.store.searches.remove(search_id)

    def hits(self, search_id: SearchId, *, limit: int) -> list[ShownHit]:
        """Return the newest hits, the latest first; articles that may not be used any more are without their texts."""
        self._get(search_id)
        hits = self.store.search_hits.newest(search_id, limit=limit)
        stored = undamaged((each.article_id for each in hits), self.store.articles.get_many)
        listed = {each.id: each for each in list_articles(stored, self.store, now=self.clock.now())}
        return [ShownHit(**dict(each), article=listed.get(each.article_id)) for each in hits]

    def _write(self, search: StandingSearch) -> ShownSearch:
        """Write a search into the archive, then to the server: see ``restoring``."""
        self.files.write(search)
        self.store.searches.write([search])
        return self._shown([search])[0]

    def _get(self, search_id: SearchId) -> StandingSearch:
        search = self.store.searches.get(search_id)
        if search is None:
            raise UnknownSearchError(search_id)
        return search

    def _shown(self, searches: Sequence[StandingSearch]) -> list[ShownSearch]:
        counts = self.store.search_hits.counts([each.id for each in searches])
        return [ShownSearch(**dict(each), **dict(count)) for each, count in zip(searches, counts, strict=True)]
