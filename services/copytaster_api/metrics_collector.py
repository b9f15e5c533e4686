"""The state of the system as Prometheus metrics, read at each scrape.

All API processes return the same figures of the whole system: use the maximum over instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.metrics_core import Metric

from copytaster.errors import TransientError
from copytaster.monitoring.intake_state import read_intake_state
from copytaster.monitoring.status import SILENCE, read_status
from copytaster.monitoring.stream_lags import read_stream_lags
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.metric_families import gauge, labelled
from copytaster_api.part_metrics import (
    archive_check_interval,
    inbox_metrics,
    memory_of_parts,
    parts_up,
    webhook_metrics,
)
from copytaster_api.source_metrics import source_metrics, unusual_sources
from copytaster_api.status_metrics import oldest_deliveries, server_memory, status_metrics


class StatusCollector:
    """A collector for ``prometheus_client`` that reads the store and the broker."""

    def __init__(self, deps: ApiDependencies) -> None:
        self._deps = deps

    def collect(self) -> Iterable[Metric]:
        """Return the metrics; only ``copytaster_store_up`` if the server does not answer."""
        if self._deps.watch.outage:
            return [self._up(0)]
        try:
            return [self._up(1), *self._read()]
        except TransientError:
            return [self._up(0)]

    def _read(self) -> Iterator[Metric]:
        """Yield the metrics of the store. Raises ``TransientError``. Cost: some 40 round trips."""
        store, now = self._deps.store, self._deps.clock.now()
        status = read_status(store, self._deps.queues, now=now)
        fresh = [each for each in status.parts if now - each.beat_at <= SILENCE]
        yield from status_metrics(status)
        yield oldest_deliveries(store, now=now)
        yield parts_up(status.parts, now=now)
        yield memory_of_parts(fresh)
        yield from inbox_metrics(read_intake_state(fresh, now=now))
        yield archive_check_interval(fresh)
        yield from webhook_metrics(fresh, now=now)
        yield labelled(
            "copytaster_event_lag_seconds",
            "How long the first event has waited that this reader of the stream has not read; 0 if there is none.",
            "reader",
            read_stream_lags(store, fresh, now=now).items(),
        )
        yield from source_metrics(store)
        yield unusual_sources(status.findings)
        yield from server_memory(store.memory.read())

    def _up(self, value: int) -> Metric:
        return gauge("copytaster_store_up", "Whether the Redis server answers.", value)
