"""How far a delivery of several items has come: what each ended as, and where to go on."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import ArticleId, Document
from copytaster.model.disposition import Disposition, Reason

MOST_LISTED = 100
"""Articles and bad items that a record names: a file of 100,000 lines must not make a record of megabytes. The
ledger's index by article knows them all."""


class ItemFault(Document):
    """An item that became no article: where it lies in its file, and why in a sentence."""

    locator: str
    disposition: Disposition
    reason: Reason
    message: str


class Progress(Document):
    """Counts of items by how they ended, in the file's order up to ``position``.

    ``faults`` and ``article_ids`` name the first hundred.
    """

    position: tuple[int, ...] = ()
    items: dict[Disposition, int] = Field(default_factory=dict)
    faults: tuple[ItemFault, ...] = ()
    article_ids: tuple[ArticleId, ...] = ()

    @property
    def count(self) -> int:
        """How many items have ended."""
        return sum(self.items.values())
