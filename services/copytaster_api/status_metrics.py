"""The metrics that are in the status of the system."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from copytaster.errors import NewerRecordError
from copytaster.metrics import LONGEST_LATENCY
from copytaster.model.delivery import Balance, DeliveryId, arrival_of
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Resource
from copytaster.model.refused_transitions import Transition
from copytaster.model.work import LANES, QueueDepth, Work
from copytaster.monitoring.archive_state import ArchiveState
from copytaster.monitoring.problem import Problem
from copytaster.monitoring.retention_state import RetentionState
from copytaster.monitoring.search_state import SearchState
from copytaster.monitoring.status import Status
from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.store.store import Store
from copytaster_api.metric_families import counter, gauge, labelled

EXAMINED = 100
"""Deliveries whose age is compared, those that are due first: a postponed one may be older than the first of them."""

LOOKED_UP = 20
"""Deliveries that arrived more than a day ago of which it is found out whether a rebuild registered them: a rebuild
makes as many due at a time, a message with the default settings."""


def status_metrics(status: Status) -> Iterator[Metric]:
    """Yield the metrics of a status."""
    yield _problems(status.problems, status.notices)
    yield from _deliveries(status.balance)
    yield labelled(
        "copytaster_failed_files",
        "Files that failed and were neither retried nor removed, by reason.",
        "reason",
        (dict.fromkeys(Reason, 0) | {each.reason: each.files for each in status.failed.reasons}).items(),
    )
    yield gauge("copytaster_articles", "Articles in the list, without copies.", status.articles)
    yield gauge("copytaster_open_stories", "Stories that articles still join.", status.open_stories)
    yield from _queues(status.queues)
    yield labelled("copytaster_waiting", "Ids with a due time in the ledger.", "work", status.waiting.items())
    yield labelled(
        "copytaster_outage_waiting",
        "Deliveries that wait for the end of an outage.",
        "resource",
        (dict.fromkeys(Resource, 0) | {each.resource: each.waiting for each in status.outages}).items(),
    )
    yield _refused(status)
    yield from _archive(status.archive)
    yield from _retention(status.retention)
    yield from _search(status.search)


def oldest_deliveries(store: Store, *, now: datetime) -> Metric:
    """Return the age of the oldest delivery in each lane. Raises ``TransientError``.

    Cost: a round trip for each lane, and one for each delivery that arrived more than a day ago until one counts.
    """
    return labelled(
        "copytaster_oldest_delivery_seconds",
        "How long the oldest delivery without a disposition has waited; 0 if there is none. Those that a rebuild"
        " registered more than a day after they had arrived do not count.",
        "lane",
        ((lane, _oldest(store, lane, now)) for lane in LANES),
    )


def server_memory(use: MemoryUse) -> Iterator[Metric]:
    """Yield the memory of the server and its limit."""
    yield gauge("copytaster_server_memory_bytes", "Memory that the Redis server uses.", use.used)
    yield gauge("copytaster_server_memory_limit_bytes", "The server's limit of memory; 0 without one.", use.limit)


def _oldest(store: Store, lane: Work, now: datetime) -> float:
    looked_up = 0
    for each in sorted(map(DeliveryId, store.ledger.due_first(lane, limit=EXAMINED)), key=arrival_of):
        age = now - arrival_of(each)
        if age > LONGEST_LATENCY:
            looked_up += 1
            if looked_up > LOOKED_UP or _is_of_a_rebuild(each, store):
                continue
        return max(age.total_seconds(), 0.0)
    return 0.0


def _is_of_a_rebuild(delivery_id: DeliveryId, store: Store) -> bool:
    """Return whether a delivery was registered long after it had arrived, or has come to its end meanwhile."""
    try:
        delivery = store.ledger.get(delivery_id)
    except NewerRecordError:  # a rebuild by a newer release is rarer than a delivery that waits for its workers
        return False
    registered = next((each.at for each in delivery.timeline), None) if delivery else None
    return registered is None or registered - arrival_of(delivery_id) > LONGEST_LATENCY


def _problems(problems: tuple[Problem, ...], notices: tuple[Problem, ...]) -> Metric:
    family = GaugeMetricFamily(
        "copytaster_problem",
        "1 for each problem and each notice of the status, by code; absent without.",
        labels=["code", "kind"],
    )
    codes = [(each.code, "problem") for each in problems] + [(each.code, "notice") for each in notices]
    for labels in dict.fromkeys(codes):
        family.add_metric(labels, 1)
    return family


def _deliveries(balance: Balance) -> Iterator[Metric]:
    ended = {each: balance.dispositions.get(each, 0) for each in Disposition}
    yield counter("copytaster_deliveries_seen", "Deliveries that were registered.", balance.seen)
    yield labelled("copytaster_deliveries", "Deliveries with this disposition.", "disposition", ended.items())
    yield gauge("copytaster_deliveries_in_flight", "Deliveries without a disposition yet.", balance.in_flight)
    yield gauge(
        "copytaster_balance_closed",
        "Whether seen equals the sum of all dispositions and of those in flight.",
        int(balance.closed),
    )


def _queues(depths: tuple[QueueDepth, ...]) -> Iterator[Metric]:
    yield labelled(
        "copytaster_queue_length", "Messages not fetched yet.", "queue", ((each.name, each.length) for each in depths)
    )
    yield labelled(
        "copytaster_queue_unacknowledged",
        "Messages that a worker fetched and has not finished.",
        "queue",
        ((depth.name, depth.unacknowledged) for depth in depths),
    )
    yield labelled(
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


def _archive(state: ArchiveState) -> Iterator[Metric]:
    yield labelled("copytaster_archive_damage", "Open damage in the archive, by kind.", "kind", state.damage.items())
    yield gauge(
        "copytaster_archive_checked_timestamp_seconds",
        "When the last check of the whole archive ended, in seconds since 1970; 0 if none has.",
        state.checked_at.timestamp() if state.checked_at else 0,
    )


def _retention(state: RetentionState) -> Iterator[Metric]:
    for kind, oldest, removed in (
        ("article", state.oldest_article_at, state.articles_removed),
        ("delivery", state.oldest_delivery_at, state.deliveries_removed),
    ):
        yield gauge(
            f"copytaster_oldest_{kind}_timestamp_seconds",
            f"Time of the oldest {kind} in the store, in seconds since 1970; 0 if there is none.",
            oldest.timestamp() if oldest else 0,
        )
        yield counter(
            f"copytaster_{kind}_removals",
            f"Removals of this kind ({kind}) by the retention or by a person.",
            removed,
        )
    yield counter(
        "copytaster_original_removals",
        "Originals that the retention removed from the archive.",
        state.originals_removed,
    )
    yield gauge(
        "copytaster_retention_run_timestamp_seconds",
        "When the retention last examined the store, in seconds since 1970; 0 if it never has.",
        state.last_run_at.timestamp() if state.last_run_at else 0,
    )


def _search(state: SearchState) -> Iterator[Metric]:
    yield gauge(
        "copytaster_search_articles",
        "Articles in the smallest search index of a machine; 0 if none has a complete one.",
        state.articles or 0,
    )
    yield gauge(
        "copytaster_search_lag_seconds",
        "For how long a search index has lacked a change, the greatest of all machines; 0 if none lacks any.",
        state.lag_seconds or 0,
    )
