"""The part of the ledger that is about deliveries of many items, which take longer than one lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from copytaster.article import ArticleId
from copytaster.delivery import DeliveryId
from copytaster.progress import Progress


@dataclass(frozen=True, slots=True)
class Advance:
    """What a worker has done of a delivery since it last told: the articles, and those of them to be tagged."""

    progress: Progress
    article_ids: Sequence[ArticleId]
    to_tag: Sequence[ArticleId]


class ItemProgress(Protocol):
    """Remembers how far a delivery has come, so that after a crash or a pause another goes on from there."""

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Note what was done, make its tagging due and renew the lease, all at once.

        Returns False, and changes nothing, when ``owner`` does not hold the delivery.
        """
        ...

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Give the lease back in the middle of a delivery: it is due at once, behind live ones, in the backfill lane.

        A suspect stays one. The attempts begin anew. Returns False when ``owner`` does not hold it.
        """
        ...
