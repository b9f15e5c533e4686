"""The state of the system as Prometheus metrics, read at each scrape.

All API processes return the same figures of the whole system: use the maximum over instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from copytaster.errors import TransientError
from copytaster.model.delivery import Balance
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Resource
from copytaster.model.refused_transitions import Transition
from copytaster.model.work import QueueDepth
from copytaster.monitoring.archive_state import ArchiveState
from copytaster.monitoring.retention_state import RetentionState
from copytaster.monitoring.search_state import SearchState
from copytaster.monitoring.status import SILENCE, Status, read_status
from copytaster.store.ports.source_statistics import OTHERS, SourceCounts
from copytaster_api.dependencies import ApiDependencies

NAMED_SOURCES = 50
"""Most values of the label ``source``; with more, they would be longer than all other metrics together."""


class StatusCollector:
    """A collector for ``prometheus_client`` that reads the store and the broker."""

    def __init__(self, deps: ApiDependencies) -> None:
        self._deps = deps

    def collect(self) -> Iterable[Metric]:
        """Return the metrics; only ``copytaster_store_up`` if the server does not answer."""
        if self._deps.watch.outage:
            return [_store_up(0)]
        try:
            status = read_status(self._deps.store, self._deps.queues, now=self._deps.clock.now())
            sources = self._deps.store.source_statistics.counts(limit=NAMED_SOURCES)
            copies = self._deps.store.source_statistics.copies()
        except TransientError:
            return [_store_up(0)]
        return [
            _store_up(1),
            *_deliveries(status.balance),
            _labelled(
                "copytaster_failed_files",
                "Files that failed and were neither retried nor removed, by reason.",
                "reason",
                (dict.fromkeys(Reason, 0) | {each.reason: each.files for each in status.failed.reasons}).items(),
            ),
            GaugeMetricFamily("copytaster_articles", "Articles in the list, without copies.", value=status.articles),
            GaugeMetricFamily(
                "copytaster_open_stories", "Stories that articles still join.", value=status.open_stories
            ),
            *_queues(status.queues),
            _labelled("copytaster_waiting", "Ids with a due time in the ledger.", "work", status.waiting.items()),
            _labelled(
                "copytaster_outage_waiting",
                "Deliveries that wait for the end of an outage.",
                "resource",
                (dict.fromkeys(Resource, 0) | {each.resource: each.waiting for each in status.outages}).items(),
            ),
            _refused(status),
            _parts(status),
            _duplicates(sources, copies),
            *_archive(status.archive),
            *_retention(status.retention),
            *_search(status.search),
        ]


def _store_up(value: int) -> Metric:
    return GaugeMetricFamily("copytaster_store_up", "Whether the Redis server answers.", value=value)


def _deliveries(balance: Balance) -> Iterator[Metric]:
    ended = {each: balance.dispositions.get(each, 0) for each in Disposition}
    yield CounterMetricFamily("copytaster_deliveries_seen", "Deliveries that were registered.", value=balance.seen)
    yield _labelled("copytaster_deliveries", "Deliveries with this disposition.", "disposition", ended.items())
    yield GaugeMetricFamily(
        "copytaster_deliveries_in_flight", "Deliveries without a disposition yet.", value=balance.in_flight
    )
    yield GaugeMetricFamily(
        "copytaster_balance_closed",
        "Whether seen equals the sum of all dispositions and of those in flight.",
        value=int(balance.closed),
    )


def _queues(depths: tuple[QueueDepth, ...]) -> Iterator[Metric]:
    yield _labelled(
        "copytaster_queue_length", "Messages not fetched yet.", "queue", ((each.name, each.length) for each in depths)
    )
    yield _labelled(
        "copytaster_queue_unacknowledged",
        "Messages that a worker fetched and has not finished.",
        "queue",
        ((depth.name, depth.unacknowledged) for depth in depths),
    )
    yield _labelled(
        "copytaster_queue_oldest_seconds",
        "How long the oldest message has waited; 0 when none waits.",
        "queue",
        ((depth.name, depth.oldest_seconds or 0) for depth in depths),
    )


def _refused(status: Status) -> Metric:
    """Return the counts, including zeros, so that a rate can be computed from the first increase."""
    family = CounterMetricFamily(
        "copytaster_refused_transitions",
        "Impossible changes that the ledger refused: redelivery is normal, conflict is not.",
        labels=["transition", "kind"],
    )
    counts = status.refused.redelivery | status.refused.conflict
    for each in Transition:
        family.add_metric([each.value, each.kind.value], counts.get(each, 0))
    return family


def _parts(status: Status) -> Metric:
    family = GaugeMetricFamily(
        "copytaster_part_up", "Whether a part has sent a heartbeat lately.", labels=["part", "name"]
    )
    for each in status.parts:
        family.add_metric([each.part, each.name], int(status.at - each.beat_at <= SILENCE))
    return family


def _duplicates(sources: list[SourceCounts], copies: int) -> Metric:
    """Return the copies by source; those of all but the busiest together, as every label value costs memory."""
    family = CounterMetricFamily(
        "copytaster_duplicates",
        f"Copies of existing articles, by source; all but the {NAMED_SOURCES} busiest sources are one value.",
        labels=["source"],
    )
    named = {each.source: each.duplicates for each in sources}
    rest = max(copies - sum(named.values()), 0)  # a worker of an earlier release does not add to the sum
    for source, count in ({OTHERS: 0} | named).items():
        family.add_metric([source], count + (rest if source == OTHERS else 0))
    return family


def _archive(state: ArchiveState) -> Iterator[Metric]:
    yield _labelled("copytaster_archive_damage", "Open damage in the archive, by kind.", "kind", state.damage.items())
    yield GaugeMetricFamily(
        "copytaster_archive_checked_timestamp_seconds",
        "When the last check of the whole archive ended, in seconds since 1970; 0 if none has.",
        value=state.checked_at.timestamp() if state.checked_at else 0,
    )


def _retention(state: RetentionState) -> Iterator[Metric]:
    for kind, oldest, removed in (
        ("article", state.oldest_article_at, state.articles_removed),
        ("delivery", state.oldest_delivery_at, state.deliveries_removed),
    ):
        yield GaugeMetricFamily(
            f"copytaster_oldest_{kind}_timestamp_seconds",
            f"Time of the oldest {kind} in the store, in seconds since 1970; 0 if there is none.",
            value=oldest.timestamp() if oldest else 0,
        )
        yield CounterMetricFamily(
            f"copytaster_{kind}_removals",
            f"Removals of this kind ({kind}) by the retention or by a person.",
            value=removed,
        )
    yield CounterMetricFamily(
        "copytaster_original_removals",
        "Originals that the retention removed from the archive.",
        value=state.originals_removed,
    )
    yield GaugeMetricFamily(
        "copytaster_retention_run_timestamp_seconds",
        "When the retention last examined the store, in seconds since 1970; 0 if it never has.",
        value=state.last_run_at.timestamp() if state.last_run_at else 0,
    )


def _search(state: SearchState) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "copytaster_search_articles",
        "Articles in the smallest search index of a machine; 0 if none has a complete one.",
        value=state.articles or 0,
    )
    yield GaugeMetricFamily(
        "copytaster_search_lag_seconds",
        "For how long a search index has lacked a change, the greatest of all machines; 0 if none lacks any.",
        value=state.lag_seconds or 0,
    )


def _labelled(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family
