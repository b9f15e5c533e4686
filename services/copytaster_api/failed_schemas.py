"""Documents of the routes of failed files."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from copytaster.model.article import Document, Text
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Reason
from copytaster.recovery.failed_files import FailedFile
from copytaster.store.ports.failed_files import FailedQuery
from copytaster_api.schemas import DELIVERY, MAX_ITEMS


class FailedFilters(Document):
    """The query parameters of the list of failed files; unknown ones are refused."""

    reason: Reason | None = Field(default=None, description="Why it was rejected or quarantined.")
    source: Text | None = Field(default=None, description="Who delivered it; case and a leading article do not matter.")
    name: Text | None = Field(default=None, description="A part of the path below the inbox; case does not matter.")
    oldest_first: bool = Field(default=False, description="In the order of arrival, instead of newest first.")
    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[str, StringConstraints(pattern=DELIVERY)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )

    def query(self) -> FailedQuery:
        """Return the query for the store."""
        position = DeliveryId(self.cursor) if self.cursor else None
        return FailedQuery(
            reason=self.reason,
            source=self.source,
            name=self.name,
            before=None if self.oldest_first else position,
            after=position if self.oldest_first else None,
            oldest_first=self.oldest_first,
            limit=self.limit,
        )


class FailedList(Document):
    """A page of failed files in the requested order, without their timelines.

    ``next_cursor`` is null on the last page. A page may have fewer items than its limit, even none, and not be the last
    one: 1,000 files are searched for a page.
    """

    items: tuple[FailedFile, ...]
    next_cursor: str | None
