"""What a worker's processes hold: the models, loaded once before the fork, and the ports, opened in each child."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.pipeline import open_dependencies, open_tagger, sandbox_limits
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.metrics import PipelineMetrics, TaskFailure
from copytaster.parsing.sandbox.limits import missing_protections
from copytaster.pipeline.dependencies import Dependencies
from copytaster.settings import Settings
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.tagger import PlainTagger
from copytaster_broker.publisher import open_publisher

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
        self._metrics: PipelineMetrics | None = None
        # Shared with the children, so that the main process can tell when one last finished work. The children are
        # forked; the context that is Python 3.14's default would start one more process, a tracker of resources.
        self._finished = multiprocessing.get_context("fork").Value("d", 0.0)

    def load_models(self) -> None:
        """Load the models into the main process; frozen out of garbage collection, their pages stay shared."""
        self._tagger = open_tagger(self._settings)
        gc.collect()
        gc.freeze()

    def open(self) -> None:
        """Open connections; in each child after the fork, since connections cannot be shared."""
        publisher = open_publisher(self._settings)
        tagger = self._tagger or PlainTagger()
        self._deps = open_dependencies(self._settings, publisher, tagger, self._own_metrics(), clock=SystemClock())

    def run(self, work: Callable[[Dependencies], None]) -> None:
        """Do the work with this process's ports, and note that something was finished.

        A server that is away ends the message quietly: what it was about is due in the ledger. ``MemoryError`` must
        not leave a task, for Celery's main process would exit and the message kill the next worker as well.
        """
        if self._deps is None:
            self.open()
        assert self._deps is not None  # noqa: S101  # tells mypy what open() does
        try:
            work(self._deps)
        except TransientError as error:
            log.warning("task.interrupted", why=str(error), next="the reconciler sends it again")
        except MemoryError:
            self.count_failure(TaskFailure.OUT_OF_MEMORY)
            log.exception("task.out_of_memory", next="the reconciler sends it again; the attempt is counted")
        else:
            self._finished.value = time.time()

    def count_failure(self, how: TaskFailure) -> None:
        """Count a task or message that failed, in whichever process that is seen."""
        self._own_metrics().failed.labels(how.value).inc()

    def rules_fault(self) -> str | None:
        """Return why the rules' file as it is now is not in force; None while it is, and where nothing is tagged."""
        if self._tagger is None:
            return None
        self._tagger.rules.current()
        return self._tagger.rules.problem

    def _own_metrics(self) -> PipelineMetrics:
        # One set for the main process and those forked from it: its files change with the process by themselves.
        if self._metrics is None:
            self._metrics = PipelineMetrics(CollectorRegistry())
        return self._metrics

    def finished_at(self) -> datetime | None:
        """Return when a task was last finished by any child."""
        moment = self._finished.value
        return datetime.fromtimestamp(moment, UTC) if moment else None
