"""Samples of the system for the charts of the last hour and day, at a cost that does not depend on the load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil

from copytaster.clock import Clock, milliseconds
from copytaster.metrics import LONGEST_LATENCY
from copytaster.model.delivery import arrival_of
from copytaster.model.events import Event, EventKind
from copytaster.model.work import Queues, Work
from copytaster.monitoring.problem_times import date_problems
from copytaster.monitoring.status import read_status
from copytaster.store.ports.history import Ring, Sample
from copytaster.store.store import Store

LIVE = (Work.INGEST, Work.TAG)
"""The queues whose age is sampled: old files and suspects wait by design."""

MOST_EVENTS = 500
"""Events that a sample reads, some 150 KB once a minute: quantiles of more would hardly differ."""


class Sampler:
    """Adds a sample to the history once a minute; several of them, in several watchers, do no harm."""

    def __init__(self, store: Store, queues: Queues, clock: Clock) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._last: datetime | None = None

    def step(self) -> None:
        """Add a sample if the last one is of an earlier minute; raises ``TransientError``. Cost: some 35 round trips.

        It also records which problems exist now, for their times.
        """
        now, last = self._clock.now(), self._last
        if last is not None and Ring.HOUR.period(last) == Ring.HOUR.period(now):
            return
        history = self._store.history
        history.add(Ring.HOUR, take_sample(self._store, self._queues, now=now))
        if last is None or Ring.DAY.period(last) != Ring.DAY.period(now):
            since = now - Ring.DAY.step
            history.add(Ring.DAY, sum_up([each for each in history.samples(Ring.HOUR) if each.at > since]))
        date_problems(read_status(self._store, self._queues, now=now), history)
        self._last = now


def take_sample(store: Store, queues: Queues, *, now: datetime) -> Sample:
    """Return the system now. Raises ``TransientError``. Cost: five round trips."""
    since = now - Ring.HOUR.step
    page = store.events.follow(f"{milliseconds(since)}-0", limit=MOST_EVENTS)
    latencies = sorted(_latencies(page.events))
    balance = store.ledger.balance()
    ages = [age for work in LIVE if (age := queues.depth(work).oldest_seconds) is not None]
    return Sample(
        at=now,
        seen=balance.seen,
        in_flight=balance.in_flight,
        dispositions=balance.dispositions,
        oldest_seconds=max(ages, default=None),
        latency_p50_seconds=quantile(latencies, 0.5),
        latency_p95_seconds=quantile(latencies, 0.95),
    )


def sum_up(samples: Sequence[Sample]) -> Sample:
    """Return one sample for consecutive ones: the last totals, the greatest age, and the quantiles of a middle minute.

    ``samples`` must not be empty.
    """
    return samples[-1].model_copy(
        update={
            "oldest_seconds": max(_known(each.oldest_seconds for each in samples), default=None),
            "latency_p50_seconds": quantile(sorted(_known(each.latency_p50_seconds for each in samples)), 0.5),
            "latency_p95_seconds": quantile(sorted(_known(each.latency_p95_seconds for each in samples)), 0.5),
        }
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value of sorted ones below or at which this share of them is; None without any."""
    return values[max(ceil(share * len(values)) - 1, 0)] if values else None


def _latencies(events: Iterable[Event]) -> list[float]:
    settled = (each for each in events if each.kind is EventKind.DELIVERY_SETTLED and each.delivery_id)
    passed = (each.at - arrival_of(each.delivery_id) for each in settled if each.delivery_id)
    return [max(each.total_seconds(), 0.0) for each in passed if each <= LONGEST_LATENCY]


def _known(values: Iterable[float | None]) -> list[float]:
    return [each for each in values if each is not None]
