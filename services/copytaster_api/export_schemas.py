"""The query parameters of exports and feeds."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from copytaster.articles.views import restriction
from copytaster.export.formats import ExportFormat
from copytaster.model.article import Text
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster_api.article_schemas import ArticleConditions


class FeedFilters(ArticleConditions):
    """The query parameters of a feed; unknown ones are refused."""

    def query(self, store: Store, *, now: datetime) -> ArticleQuery:
        """Return the query for the store."""
        return self.conditions(restriction(store, self.story, withheld=False), now=now)


class ExportFilters(FeedFilters):
    """The query parameters of an export; unknown ones are refused."""

    format: ExportFormat = Field(default=ExportFormat.JSONL, description="Format of the answer.")
    after: Text | None = Field(
        default=None, description="Only what changed after this event: `Copytaster-Next-After` of an earlier export."
    )
    cursor: Text | None = Field(
        default=None, description="`cursor` of the last document received: the export goes on after it."
    )
