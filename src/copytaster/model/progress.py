"""The progress of a delivery of several items: their dispositions, and the position at which to continue."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import ArticleId, ArticleStatus, Document
from copytaster.model.disposition import Disposition, Reason

MAX_LISTED = 100
"""Articles and faults that a record lists: a file of 100,000 lines must not produce a record of megabytes. The ledger's
index by article contains all of them."""


class ItemFault(Document):
    """An item that was rejected or quarantined: its place in the file, and the reason in a sentence."""

    locator: str
    disposition: Disposition
    reason: Reason
    message: str


class ItemEnd(Document):
    """What an item of a delivery became: an article, a version of one, or a copy of one, and whether it may be used."""

    article_id: ArticleId
    disposition: Disposition
    status: ArticleStatus = ArticleStatus.USABLE


class Progress(Document):
    """Counts of items by disposition, for the part of the file up to ``position``.

    ``faults`` and ``article_ids`` list the first hundred.
    """

    position: tuple[int, ...] = ()
    items: dict[Disposition, int] = Field(default_factory=dict)
    faults: tuple[ItemFault, ...] = ()
    article_ids: tuple[ArticleId, ...] = ()

    @property
    def count(self) -> int:
        """The number of items that were processed."""
        return sum(self.items.values())
