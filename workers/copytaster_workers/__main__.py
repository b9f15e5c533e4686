"""``python -m copytaster_workers [QUEUE...]``: runs one worker on the given queues, by default on all.

A worker on ``suspect`` and ``backfill`` only is a background worker: it has one process, takes suspects first, and runs
at low priority.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import structlog

from copytaster.bootstrap.archive import check_archive, require_archive
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.private_files import protect_data
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.model.work import BACKGROUND, Work
from copytaster.settings import Settings
from copytaster.system.temporary_folder import temporary_folder

log = structlog.get_logger(__name__)

NICENESS = 10
"""Niceness of a background worker: it gets a tenth of a processor that other processes use, and all of an idle one."""


def main(arguments: list[str]) -> int:
    """Run a worker until a signal ends it and return the exit status: 0, or 2 for wrong settings or queues.

    It is 1 if a later start may succeed.
    """
    try:
        settings = load_settings(os.environ)
        protect_data(settings)
        check_archive(settings)
        queues = [Work(each).value for each in arguments] or [work.value for work in Work]
        # A soft shutdown returns unfinished messages within a container's grace period; see docs/operations.md.
        os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
        # NumPy reads it when it is imported: child processes share the cores, and one thread tags a fifth faster.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        folder = _create_temporary_folder()
        termination = Termination()
        signal.signal(signal.SIGTERM, termination.request)
        if settings.metrics_port:
            # Children write there, the main process serves; see ``metrics.share_metrics``.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        return _work(settings, queues, termination)
    except (ConfigurationError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except TransientError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _create_temporary_folder() -> Path:
    """Return a new folder for all temporary files of this process; it is removed when the process exits.

    ``multiprocessing`` removes its own folder in there at exit. Exit functions run in reverse order, and this is called
    before ``multiprocessing`` is imported, so the folder is removed last.
    """
    stack = ExitStack()
    folder = stack.enter_context(temporary_folder("worker"))
    atexit.register(stack.close)
    tempfile.tempdir = str(folder)  # also for Celery's pool, which leaves folders behind when it is killed
    return folder


class Termination:
    """A SIGTERM before Celery sets its own handler, which the steps of the start obey.

    By default the signal ends the process without its exit functions. A handler that raises ``SystemExit`` does not
    always end it: Python prints and ignores the exception within a ``__del__`` that happens to run.
    """

    def __init__(self) -> None:
        self._is_requested = False

    def request(self, *_: object) -> None:
        """Note the request: the handler of the signal."""
        self._is_requested = True

    def exit_if_requested(self, **_: object) -> None:
        """Exit with status 0 if the signal has arrived; called at each step of the start."""
        if self._is_requested:
            sys.exit(os.EX_OK)


def _work(settings: Settings, queues: list[str], termination: Termination) -> int:
    # Imported here, after the environment was set: all of these import prometheus_client.
    from celery import signals  # noqa: PLC0415
    from celery.apps import worker  # noqa: PLC0415
    from celery.platforms import SecurityWarning  # noqa: PLC0415

    from copytaster.bootstrap.store import open_known_store, process_name  # noqa: PLC0415
    from copytaster.bootstrap.tagging import open_rules  # noqa: PLC0415
    from copytaster_broker.queue_priority import STRICT  # noqa: PLC0415
    from copytaster_workers.app import create_celery  # noqa: PLC0415
    from copytaster_workers.metrics import serve_all_metrics, share_metrics  # noqa: PLC0415

    open_rules(settings)  # invalid rules stop the start, and data of a newer release as well
    store = open_known_store(settings, clock=SystemClock(), part="worker")
    require_archive(settings, lambda: store)
    # Celery warns root users because of pickle, which is switched off here.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # Celery writes advice about Ctrl-C directly to the terminal instead of the log; it is wrong under a supervisor.
    worker.safe_say = lambda message, *_: log.info("worker.ending", said=" ".join(message.split()))
    if settings.metrics_port:
        share_metrics()
    app = create_celery(settings)
    if background := {*queues} <= {*BACKGROUND}:
        os.nice(NICENESS)
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, "queue_order_strategy": STRICT}
    if settings.metrics_port:
        serve_all_metrics(settings.metrics_host, settings.metrics_port)
    # worker_main discards the exit status, which a supervisor needs in order to restart after a failure.
    started: list[Any] = []
    termination.exit_if_requested()
    for step in (signals.worker_init, signals.celeryd_after_setup, signals.worker_ready):
        step.connect(termination.exit_if_requested, weak=False)
    signals.worker_init.connect(lambda sender, **_: started.append(sender), weak=False)
    concurrency = 1 if background else settings.concurrency
    app.worker_main(_arguments(queues, concurrency, name=process_name("worker"), log_level=settings.log_level))
    return int(started[0].exitcode or 0)


def _arguments(queues: list[str], concurrency: int, *, name: str, log_level: str) -> list[str]:
    """Return Celery's command line."""
    return [
        "--quiet",
        "worker",
        "--pool=prefork",
        f"--queues={','.join(queues)}",
        f"--concurrency={concurrency}",
        f"--hostname={name}",
        f"--loglevel={log_level}",
        "--without-gossip",
        "--without-mingle",
        # Celery's own heartbeat holds a lock on which a worker waited endlessly when worker and server were stopped
        # together; ``heartbeat`` replaces it. Flower then knows a worker only by its tasks.
        "--without-heartbeat",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
