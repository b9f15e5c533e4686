"""The port of the retention: it removes settled deliveries and the ledger's records of articles, and counts them.

The counts of the balance stay: they say what was ever delivered, not what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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

MOST_BETWEEN_RUNS = timedelta(days=4)
"""Runs are seconds apart. A clock that has moved by more than a long weekend may be wrong: after a restart without a
battery or a time server it may be years ahead, and everything would be too old."""

HELD_FOR = timedelta(days=1)
"""Ages are held for so long: a time server corrects a clock within minutes, and a person can within a day."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A batch of removed articles or deliveries, or a number of removed originals, and why they were removed."""

    kind: EventKind
    why: str
    article_ids: tuple[ArticleId, ...] = ()
    delivery_ids: tuple[DeliveryId, ...] = ()
    originals: int = 0

    @property
    def shortage(self) -> str | None:
        """The shortage for which the batch was removed, memory or disk; None if it was for another reason."""
        return self.why if self.why == (DISK if self.originals else MEMORY) else None


@dataclass(frozen=True, slots=True)
class Hold:
    """Ages are counted as at ``at``, the last run before the clock moved by days, which was found at ``since``."""

    at: datetime
    since: datetime

    @property
    def until(self) -> datetime:
        """When ages are counted by the clock again."""
        return self.since + HELD_FOR


class RetentionTotals(Document):
    """What was removed since the store was set up, and when something was last examined and last removed.

    ``last_removed_why`` is the reason of the last removal of articles or deliveries: the age, the server's memory, or a
    person. Originals are removed because of their age or the archive's disk. ``last_removed_for_memory_at`` and
    ``last_removed_for_disk_at`` are the last removals for these reasons, whatever was removed since for others.
    ``held_since`` is when the clock had moved by days since the last run, which was at ``held_at``; both are null if it
    never has.
    """

    last_run_at: AwareDatetime | None = None
    last_removed_at: AwareDatetime | None = None
    last_removed_why: str | None = None
    articles_removed: int = Field(default=0, ge=0)
    deliveries_removed: int = Field(default=0, ge=0)
    last_original_removed_at: AwareDatetime | None = None
    last_original_removed_why: str | None = None
    originals_removed: int = Field(default=0, ge=0)
    last_removed_for_memory_at: AwareDatetime | None = None
    last_removed_for_disk_at: AwareDatetime | None = None
    held_at: AwareDatetime | None = None
    held_since: AwareDatetime | None = None

    def hold(self, now: datetime) -> Hold | None:
        """Return the hold at ``now``; None if ages are counted by the clock.

        It ends early if the clock goes back, because then it was wrong.
        """
        if self.held_at and self.held_since and self.held_since <= now < self.held_since + HELD_FOR:
            return Hold(self.held_at, self.held_since)
        if self.last_run_at and now - self.last_run_at > MOST_BETWEEN_RUNS:
            return Hold(self.last_run_at, now)
        return None

    def age_time(self, now: datetime) -> datetime:
        """Return the time by which ages are counted at ``now``: this, or that of a hold."""
        hold = self.hold(now)
        return hold.at if hold else now


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
        """Record that the retention has examined the store now, and a hold that begins with this run."""
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
