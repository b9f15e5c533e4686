"""Latencies: from the rename of a file into the inbox to its article, by the events that the store has written."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from copytaster.model.delivery import DeliveryId
from copytaster.model.events import EventKind
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Moments:
    """When the files were registered and settled and their articles tagged, by path, in seconds since 1970."""

    registered: dict[str, float] = field(default_factory=dict)
    settled: dict[str, float] = field(default_factory=dict)
    tagged: dict[str, float] = field(default_factory=dict)


def read_moments(store: Store, *, newest: int) -> Moments:
    """Return the moments of the newest files."""
    paths = {each.id: each.path for each in store.ledger.find(DeliveryQuery(limit=newest))}
    moments, path_of_article = Moments(), dict[str, str]()
    for kind, delivery, articles, at in _events(store):
        path = paths.get(delivery) if delivery else None
        if kind is EventKind.DELIVERY_REGISTERED and path:
            moments.registered[path] = at
        elif kind is EventKind.DELIVERY_SETTLED and path:
            moments.settled[path] = at
            path_of_article |= dict.fromkeys(articles, path)
        elif kind is EventKind.ARTICLE_TAGGED:
            for article in articles:
                if article in path_of_article:
                    moments.tagged[path_of_article.pop(article)] = at
    return moments


def latencies(begins: Mapping[str, float], ends: Mapping[str, float]) -> dict[str, float]:
    """Return percentiles of the seconds from begin to end, of all files that have both."""
    return percentiles(ends[path] - begin for path, begin in begins.items() if path in ends)


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return p50, p95 and p99 of some durations; of a single one it is all three, and of none nothing."""
    values = list(seconds)
    if not values:
        return {}
    hundredths = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
    return {name: round(hundredths[number - 1], 3) for name, number in (("p50", 50), ("p95", 95), ("p99", 99))}


def _events(store: Store) -> Iterable[tuple[EventKind, DeliveryId | None, tuple[str, ...], float]]:
    cursor = None
    while page := store.events.read(after=cursor, limit=PAGE):
        yield from ((each.kind, each.delivery_id, each.article_ids, each.at.timestamp()) for each in page)
        cursor = page[-1].id
