"""The failed files in memory: those of the ledger's deliveries that failed and were not retried."""

from __future__ import annotations

from collections import Counter
from typing import TypeVar

from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.store.matching import matches_failed
from copytaster.store.ports.failed_files import (
    MAX_SOURCES,
    FailedCounts,
    FailedPage,
    FailedQuery,
    ReasonCount,
    SourceCount,
)
from copytaster.store.ports.ledger import DeliveryQuery, Ledger

Name = TypeVar("Name", bound=str)

ALL = 1_000_000
"""Deliveries of a store in memory: there are never so many."""


class MemoryFailedFiles:
    """Implements ``FailedFiles`` over a ledger in memory."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def find(self, query: FailedQuery) -> FailedPage:
        """Return a page; see ``FailedFiles.find``."""
        found = [each for each in self._failed() if _is_between(each, query) and matches_failed(each, query)]
        found.sort(key=lambda each: each.id, reverse=not query.oldest_first)
        page = tuple(found[: query.limit])
        return FailedPage(page, page[-1].id if len(found) > query.limit else None)

    def counts(self) -> FailedCounts:
        """Return the counts; see ``FailedFiles.counts``."""
        failed = self._failed()
        reasons = Counter(each.reason for each in failed if each.reason)
        sources = Counter(each.source or "" for each in failed)
        return FailedCounts(
            files=len(failed),
            reasons=tuple(ReasonCount(reason=each, files=reasons[each]) for each in _most_first(reasons)),
            sources=tuple(
                SourceCount(source=each or None, files=sources[each]) for each in _most_first(sources)[:MAX_SOURCES]
            ),
        )

    def _failed(self) -> list[Delivery]:
        ends = (each for each in Disposition if each.keeps_file)
        found = (each for end in ends for each in self._ledger.find(DeliveryQuery(disposition=end, limit=ALL)))
        return [each for each in found if each.has_failed_file]


def _is_between(delivery: Delivery, query: FailedQuery) -> bool:
    return (query.after is None or delivery.id > query.after) and (query.before is None or delivery.id < query.before)


def _most_first(counts: Counter[Name]) -> list[Name]:
    return sorted(counts, key=lambda each: (-counts[each], each))
