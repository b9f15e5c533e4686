"""The port of the retention: it removes settled deliveries and the ledger's records of articles, and counts them.

The counts of the balance stay: they say what was ever delivered, not what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import AwareDatetime, Field

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId, Document
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.events import EventKind

AGE = "age"
MEMORY = "memory"
DISK = "disk"
"""Why the retention removes something; a removal by a person names the person."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A batch of removed articles or deliveries, or a number of removed originals, and why they were removed."""

    kind: EventKind
    why: str
    article_ids: tuple[ArticleId, ...] = ()
    delivery_ids: tuple[DeliveryId, ...] = ()
    originals: int = 0


class RetentionTotals(Document):
    """What was removed since the store was set up, and when something was last examined and last removed.

    ``last_removed_why`` is the reason of the last removal of articles or deliveries: the age, the server's memory, or a
    person. Originals are removed because of their age or the archive's disk.
    """

    last_run_at: AwareDatetime | None = None
    last_removed_at: AwareDatetime | None = None
    last_removed_why: str | None = None
    articles_removed: int = Field(default=0, ge=0)
    deliveries_removed: int = Field(default=0, ge=0)
    last_original_removed_at: AwareDatetime | None = None
    last_original_removed_why: str | None = None
    originals_removed: int = Field(default=0, ge=0)


class Retention(Protocol):
    """Removes what the ledger stores. Every method raises ``TransientError`` if the server does not answer."""

    def settled(self, *, before: datetime, after: DeliveryId | None, limit: int) -> list[Delivery]:
        """Return settled deliveries that were received before this time, the earliest first, without timelines.

        ``after`` is the last delivery of the previous page.
        """
        ...

    def oldest_delivery(self) -> datetime | None:
        """Return when the oldest delivery was received; None if there are none."""
        ...

    def remove_delivery(self, delivery: Delivery) -> bool:
        """Remove a settled delivery, its timeline and its entries in every index; False if it is not settled."""
        ...

    def sweep(self) -> bool:
        """Put some deliveries of an earlier release into the present index; return whether there are more."""
        ...

    def remove_articles(self, article_ids: Sequence[ArticleId]) -> None:
        """Remove the due tagging, the embargo, the acceptance, and the index of the deliveries of each article.

        Two round trips.
        """
        ...

    def report(self, removal: Removal) -> None:
        """Write the event about a batch and count it."""
        ...

    def note_run(self) -> None:
        """Record that the retention has examined the store now."""
        ...

    def totals(self) -> RetentionTotals:
        """Return what was removed so far."""
        ...


def lowest_id(moment: datetime) -> DeliveryId:
    """Return the lowest id that a delivery can have that is received at this time or later."""
    return DeliveryId(f"d{max(milliseconds(moment), 0):012x}{0:010x}")


def removal_fields(removal: Removal) -> dict[str, object]:
    """Return the fields of the event about a batch; a field that does not apply is left out."""
    fields: dict[str, object] = {
        "article_ids": removal.article_ids,
        "delivery_ids": removal.delivery_ids,
        "count": removal.originals,
    }
    return {name: each for name, each in fields.items() if each}
