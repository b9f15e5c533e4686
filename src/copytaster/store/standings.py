"""The part of the ledger that is about how articles stand: embargoes that end, copies that are accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from copytaster.article import ArticleId
from copytaster.delivery import DeliveryId


class Standings(Protocol):
    """Tells of changes that no delivery brings. Each event is written together with what makes it come once."""

    def withhold(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Remember when the article's embargo ends; None forgets it. The last word counts."""
        ...

    def embargoes_over(self, *, limit: int) -> list[ArticleId]:
        """Return withheld articles whose embargo has ended by now, the earliest first."""
        ...

    def release(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Forget the embargo and tell of its end: an event, and a line in the timeline of the delivery, if any.

        Returns False, and changes nothing, when no embargo of the article is over: another was faster.
        """
        ...

    def note_accepted(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Tell that a copy was accepted as an article of its own, and make its tagging due at once.

        Returns False, and changes nothing, when that was told before.
        """
        ...
