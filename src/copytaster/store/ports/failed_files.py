"""The port of the failed files: the rejected and quarantined deliveries that were neither retried nor removed.

A file that failed again after a retry is one failed file, however many deliveries it had. The ledger keeps this index:
a delivery enters it when it is settled, and leaves it when its retry is recorded or its record is removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from copytaster.model.article import Document
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason

SCANNED = 1_000
"""Failed files that one call of ``find`` examines at most, some 50 ms: a part of a name has no index."""

MAX_SOURCES = 100
"""Sources in the counts, those with the most failed files first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedQuery:
    """Conditions on failed files; None means any. ``source`` is compared by ``name_key``.

    ``name`` is a part of the path below the inbox, whatever its case. Only ids below ``before`` and above ``after`` are
    found: newest first, or with ``oldest_first`` in the order of arrival.
    """

    reason: Reason | None = None
    source: str | None = None
    name: str | None = None
    before: DeliveryId | None = None
    after: DeliveryId | None = None
    oldest_first: bool = False
    limit: int = 50


@dataclass(frozen=True, slots=True)
class FailedPage:
    """Failed deliveries without their timelines.

    ``position`` is the id from which to continue; None if there are no further ones. A page may have fewer deliveries
    than its limit, even none, and others follow.
    """

    deliveries: tuple[Delivery, ...]
    position: DeliveryId | None


class ReasonCount(Document):
    """How many files failed for a reason."""

    reason: Reason
    files: int


class SourceCount(Document):
    """How many files of a source failed; null is for files without a source."""

    source: str | None
    files: int


class FailedCounts(Document):
    """How many files failed, by reason and by source, the most first; ``sources`` are the first hundred."""

    files: int
    reasons: tuple[ReasonCount, ...]
    sources: tuple[SourceCount, ...]


class FailedFiles(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def find(self, query: FailedQuery) -> FailedPage:
        """Return a page of failed files. Cost: at most ``SCANNED`` records are read."""
        ...

    def counts(self) -> FailedCounts:
        """Return the present counts, whatever their number; one round trip."""
        ...
