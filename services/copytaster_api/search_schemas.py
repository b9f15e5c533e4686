"""Documents about standing searches that only the HTTP API uses: filters, bodies, and pages of lists."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict, StringConstraints

from copytaster.model.article import Document
from copytaster.model.standing_search import SEARCH, SearchConditions, SearchId
from copytaster.searches.administration import ShownHit, ShownSearch
from copytaster.searches.preview import DAYS
from copytaster.store.ports.search_hits import HITS_KEPT
from copytaster_api.schemas import MAX_ITEMS

MAX_DAYS = 90
"""Longest time of a preview: as long as articles are kept by default."""

DAYS_FIELD = Field(default=DAYS, ge=1, le=MAX_DAYS, description="Days before now in which the articles were received.")


class SearchListFilters(Document):
    """The query parameters of the list of standing searches; unknown ones are refused."""

    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[SearchId, StringConstraints(pattern=SEARCH)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


class SearchList(Document):
    """A page of standing searches, the newest first; ``next_cursor`` is null on the last."""

    items: tuple[ShownSearch, ...]
    next_cursor: str | None


class HitFilters(Document):
    """The query parameters of the list of hits; unknown ones are refused."""

    limit: int = Field(default=50, ge=1, le=HITS_KEPT, description="Most items, the latest first.")


class HitList(Document):
    """The newest hits of a standing search, the latest first."""

    items: tuple[ShownHit, ...]


class PreviewOrder(SearchConditions):
    """The body of a request to see what a search would have found."""

    days: Annotated[int, Strict()] = DAYS_FIELD

    @property
    def conditions(self) -> SearchConditions:
        """What an article must meet."""
        return SearchConditions(**self.model_dump(exclude={"days"}))


class PreviewFilters(Document):
    """The query parameters of a request to see what a stored search would have found; unknown ones are refused."""

    days: int = DAYS_FIELD
