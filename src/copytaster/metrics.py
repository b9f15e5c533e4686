"""The Prometheus metrics of one process: of a watcher, or of a worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Bucket bounds of the time histograms: parsing takes about 10 ms, entities about 50 ms, the limits are 30 and 60 s."""

WAITS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200)
"""Bucket bounds of the times that files and messages wait: usually under two seconds, in a backlog up to hours."""

LONGEST_LATENCY = timedelta(days=1)
"""A delivery that arrived earlier is in no latency: a rebuild settles deliveries of weeks again."""


class Step(StrEnum):
    """The end of a latency, as a metric label.

    ``registered`` is measured from the last change of the file, the others from its registration.
    """

    REGISTERED = "registered"
    SETTLED = "settled"
    TAGGED = "tagged"


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


def _not_added_up(stage: Stage, seconds: float) -> None:
    """Do nothing: the default."""
    del stage, seconds


class ProcessMetrics:
    """Creates the metrics of a process in a registry, and has those that watchers and workers share."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.latency = self._histogram(
            "copytaster_latency_seconds",
            "Time from the last change of a live file to its registration, and from there to its disposition and to the"
            " tagging of its article.",
            "step",
            WAITS,
        )

    def observe_latency(self, step: Step, since: datetime, *, until: datetime) -> None:
        """Measure a latency, unless it exceeds ``LONGEST_LATENCY``; a negative one, of clocks that differ, is zero."""
        passed = until - since
        if passed <= LONGEST_LATENCY:
            self.latency.labels(step.value).observe(max(passed.total_seconds(), 0.0))

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str, label: str, bounds: tuple[float, ...]) -> Histogram:
        return Histogram(name, meaning, [label], buckets=bounds, registry=self._registry)


class PipelineMetrics(ProcessMetrics):
    """The metrics of a worker. ``on_stage`` is called with each measured stage and its seconds."""

    def __init__(
        self, registry: CollectorRegistry, *, on_stage: Callable[[Stage, float], None] = _not_added_up
    ) -> None:
        super().__init__(registry)
        self._on_stage = on_stage
        self.stage_seconds = self._histogram(
            "copytaster_stage_seconds", "Time that one delivery or batch spent in a stage.", "stage", SECONDS
        )
        self.message_wait = self._histogram(
            "copytaster_message_wait_seconds", "Time that a message waited for a worker.", "queue", WAITS
        )
        self.task_seconds = self._histogram(
            "copytaster_task_seconds", "Time that a worker spent on a message.", "queue", SECONDS
        )
        self.attempts = self._counter(
            "copytaster_attempts_total",
            "Attempts that were begun; those in the lane suspect are at files that may have killed a worker.",
            "work",
        )
        self.read = self._counter("copytaster_items_read_total", "Items that parsers have read, by format.", "format")
        self.copies = self._counter("copytaster_copies_total", "Copies of existing articles, by relation.", "relation")
        self.settled = self._counter(
            "copytaster_deliveries_settled_total", "Deliveries that this process settled.", "disposition", "reason"
        )
        self.postponed = self._counter("copytaster_postponed_total", "Attempts that failed and are due again.", "work")
        self.failed = self._counter(
            "copytaster_task_failures_total",
            "Tasks that failed and messages that were invalid; their ids are published again.",
            "how",
        )
        for each in TaskFailure:  # with zeros, so that the first failure is an increase, on which an alert depends
            self.failed.labels(each.value)

    @contextmanager
    def time(self, stage: Stage) -> Iterator[None]:
        """Measure the wall time of the block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            self.stage_seconds.labels(stage.value).observe(seconds)
            self._on_stage(stage, seconds)


class WatcherMetrics(ProcessMetrics):
    """The metrics of a watcher."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self.taken = self._counter("copytaster_files_taken_total", "Files that this watcher claimed from the inbox.")
        self.republished = self._counter(
            "copytaster_republished_total",
            "Overdue ids that the reconciler published again, because the broker or a dead worker had lost them.",
            "work",
        )
        self.expired = self._counter(
            "copytaster_expired_total",
            "Articles, deliveries and originals that this process removed, because of their age, the server's memory or"
            " the archive's disk.",
            "kind",
            "why",
        )
        self.intake_paused = Gauge(
            "copytaster_intake_paused",
            "1 while this watcher claims no files, by reason.",
            ["reason"],
            registry=registry,
        )
        self.background_seconds = Summary(
            "copytaster_background_seconds", "Time that a run of a periodic task took.", ["task"], registry=registry
        )
        self.background_failures = self._counter(
            "copytaster_background_failures_total",
            "Runs of a periodic task that an outage or an error ended.",
            "task",
        )
