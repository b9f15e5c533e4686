"""The Prometheus metrics of the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Bucket bounds of the time histograms: parsing takes about 10 ms, entities about 50 ms, the limits are 30 and 60 s."""


class Stage(StrEnum):
    """A stage of the pipeline, as a metric label and in timelines."""

    WATCHER = "watcher"
    PARSE = "parse"
    DEDUPE = "dedupe"
    STORE = "store"
    TAG = "tag"
    PLACE = "place"
    RECONCILE = "reconcile"


class TaskFailure(StrEnum):
    """The kind of a task's failure, as a metric label."""

    ERROR = "error"
    OUT_OF_MEMORY = "out_of_memory"
    TIME_LIMIT = "time_limit"
    WORKER_LOST = "worker_lost"
    BAD_MESSAGE = "bad_message"


class PipelineMetrics:
    """Counters and histograms of one process, registered with the given registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.taken = Counter(
            "copytaster_files_taken_total", "Files that this watcher claimed from the inbox.", registry=registry
        )
        self.stage_seconds = Histogram(
            "copytaster_stage_seconds",
            "Time that one delivery or batch spent in a stage.",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self.settled = Counter(
            "copytaster_deliveries_settled_total",
            "Deliveries that this process settled.",
            ["disposition", "reason"],
            registry=registry,
        )
        self.postponed = Counter(
            "copytaster_postponed_total", "Attempts that failed and are due again.", ["work"], registry=registry
        )
        self.republished = Counter(
            "copytaster_republished_total",
            "Overdue ids that the reconciler published again, because the broker or a dead worker had lost them.",
            ["work"],
            registry=registry,
        )
        self.failed = Counter(
            "copytaster_task_failures_total",
            "Tasks that failed and messages that were invalid; their ids are published again.",
            ["how"],
            registry=registry,
        )
        self.expired = _expired(registry)
        self.intake_paused = Gauge(
            "copytaster_intake_paused",
            "1 while this watcher claims no files, by reason.",
            ["reason"],
            registry=registry,
        )

    @contextmanager
    def time(self, stage: Stage) -> Iterator[None]:
        """Measure the wall time of the block."""
        with self.stage_seconds.labels(stage.value).time():
            yield


def _expired(registry: CollectorRegistry) -> Counter:
    return Counter(
        "copytaster_expired_total",
        "Articles, deliveries and originals that this process removed, because of their age, the server's memory or the"
        " archive's disk.",
        ["kind", "why"],
        registry=registry,
    )
