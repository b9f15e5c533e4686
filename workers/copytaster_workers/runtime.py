"""The state of a worker's processes: models are loaded once before the fork, ports are opened in each child process."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.pipeline import open_dependencies, open_tagger, sandbox_limits
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.intake.pauses import PauseWatch
from copytaster.metrics import PipelineMetrics, TaskFailure
from copytaster.model.work import Work
from copytaster.parsing.sandbox.limits import missing_protections
from copytaster.pipeline.dependencies import Dependencies
from copytaster.settings import Settings
from copytaster.system.garbage_collection import COLLECT_EVERY, collect_rarely
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.tagger import PlainTagger
from copytaster_broker.publisher import open_publisher
from copytaster_workers.stage_times import StageTimes

log = structlog.get_logger(__name__)


class WorkerRuntime:
    """Holds the dependencies of tasks, for one worker and its children.

    Raises ``ConfigurationError`` if the kernel refuses the sandbox of the parsers, unless the settings allow that.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.missing_protections = missing_protections(sandbox_limits(settings))
        self._tagger: RuleTagger | None = None
        self._deps: Dependencies | None = None
        self._pauses: PauseWatch | None = None
        self._metrics: PipelineMetrics | None = None
        self.stage_times = StageTimes(settings.concurrency)
        # Shared memory, in which the main process sees when a child last finished work. The children are forked; the
        # default context of Python 3.14 would start a resource tracker as one more process.
        self._finished = multiprocessing.get_context("fork").Value("d", 0.0)

    def load_models(self) -> None:
        """Load the models in the main process; frozen for the garbage collector, their memory pages stay shared."""
        self._tagger = open_tagger(self._settings)
        collect_rarely()

    def open(self) -> None:
        """Open connections; called in each child after the fork, since connections cannot be shared."""
        gc.set_threshold(COLLECT_EVERY)
        publisher = open_publisher(self._settings)
        tagger = self._tagger or PlainTagger()
        clock = SystemClock()
        self._deps = open_dependencies(self._settings, publisher, tagger, self._open_metrics(), clock=clock)
        self._pauses = PauseWatch(self._deps.store.pauses, clock)

    def run(self, work: Callable[[Dependencies], None], *, queue: Work, sent_at: float | None = None) -> None:
        """Do the work with this process's ports, measure it, and record that something was finished.

        ``sent_at`` is when the message was published, in seconds since 1970.

        Nothing is done if the ``queue`` is paused: the work is due in the ledger, and published again afterwards.

        If the server does not answer, the message ends without an error: its work is due in the ledger. ``MemoryError``
        is caught, because Celery's main process would exit, and the message would then kill the next worker.
        """
        if self._deps is None:
            self.open()
        assert self._deps is not None  # noqa: S101  # mypy does not see that open() sets it
        if self._is_paused(queue):
            return
        metrics = self._open_metrics()
        if sent_at is not None:
            metrics.message_wait.labels(queue.value).observe(max(time.time() - sent_at, 0.0))
        try:
            with metrics.task_seconds.labels(queue.value).time():
                work(self._deps)
        except TransientError as error:
            log.warning("task.interrupted", why=str(error), next="the reconciler publishes it again")
        except MemoryError:
            self.count_failure(TaskFailure.OUT_OF_MEMORY)
            log.exception("task.out_of_memory", next="the reconciler publishes it again; the attempt is counted")
        else:
            self._finished.value = time.time()

    def _is_paused(self, queue: Work) -> bool:
        """Return whether the queue is paused. If that is not known, the server does not answer: the work shows that."""
        with suppress(TransientError):
            return bool(self._pauses and self._pauses.stops(queue))
        return False

    def count_failure(self, failure: TaskFailure) -> None:
        """Count a failed task or message; called in the process that notices it."""
        self._open_metrics().failed.labels(failure.value).inc()

    def rules_fault(self) -> str | None:
        """Return why the present file of rules is not active; None if it is, or if this worker tags nothing."""
        if self._tagger is None:
            return None
        self._tagger.rules.current()
        return self._tagger.rules.problem

    def _open_metrics(self) -> PipelineMetrics:
        # One object for the main process and its children: prometheus_client opens separate files in each process.
        if self._metrics is None:
            self._metrics = PipelineMetrics(CollectorRegistry(), on_stage=self.stage_times.add)
        return self._metrics

    def finished_at(self) -> datetime | None:
        """Return when any child last finished a task; None if none has."""
        timestamp = self._finished.value
        return datetime.fromtimestamp(timestamp, UTC) if timestamp else None
