"""The metrics that a running system has, with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.metrics import PipelineMetrics, WatcherMetrics
from copytaster.model.work import EmptyQueues
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.metrics_collector import StatusCollector

SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("_sum", "_count"),
    "gauge": ("",),
}

TARGET = frozenset({"job", "instance"})
"""The labels that Prometheus adds to every metric."""

OF_OTHERS = {
    "up": frozenset[str](),
    "process_resident_memory_bytes": frozenset[str](),
    "process_cpu_seconds_total": frozenset[str](),
    "redis_up": frozenset[str](),
    "redis_connected_clients": frozenset[str](),
    "redis_commands_processed_total": frozenset[str](),
    "redis_memory_used_bytes": frozenset[str](),
    "redis_aof_last_write_status": frozenset[str](),
}
"""Metrics of Prometheus, of the library of metrics, and of the redis exporter."""


def known_metrics() -> dict[str, frozenset[str]]:
    """Return the labels of each metric, by its name in expressions."""
    found = {name: labels | TARGET for name, labels in OF_OTHERS.items()}
    for kind in (WatcherMetrics, PipelineMetrics):
        registry = CollectorRegistry()
        metrics = vars(kind(registry)).values()
        labels = {each._name: frozenset(each._labelnames) for each in metrics if isinstance(each, MetricWrapperBase)}
        found |= dict(_names((family, labels[family.name]) for family in registry.collect()))
    return found | metrics_of_the_system()


def metrics_of_the_system() -> dict[str, frozenset[str]]:
    """Return the labels of each metric that every API tells alike, by its name in expressions."""
    clock = ManualClock()
    deps = ApiDependencies(store=memory_store(clock), queues=EmptyQueues(), clock=clock, registry=CollectorRegistry())
    families = StatusCollector(deps).collect()
    return dict(_names((each, frozenset(getattr(each, "_labelnames", ()))) for each in families))


def _names(families: Iterable[tuple[Metric, frozenset[str]]]) -> Iterator[tuple[str, frozenset[str]]]:
    for family, labels in families:
        for suffix in SUFFIXES[family.type]:
            yield family.name + suffix, labels | TARGET | ({"le"} if suffix == "_bucket" else set())
