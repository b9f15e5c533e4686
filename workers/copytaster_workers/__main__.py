"""``python -m copytaster_workers [QUEUE...]``: one worker on the given queues, all by default.

One that has ``suspect`` and ``backfill`` alone works in the background: one thing at a time, suspects first, and with
the processor time that the others leave.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from typing import Any

import structlog

from copytaster.errors import ConfigurationError
from copytaster.model.work import BACKGROUND, Work
from copytaster.settings import Settings, load_settings

log = structlog.get_logger(__name__)

NICENESS = 10
"""Of a worker in the background: a tenth of a processor that others want, all of one that nobody does."""


def main(arguments: list[str]) -> int:
    """Run a worker until a signal ends it and return the exit status: 0, or 2 for wrong settings or queues."""
    try:
        settings = load_settings(os.environ)
        queues = [Work(each).value for each in arguments] or [work.value for work in Work]
        # A soft shutdown gives unfinished messages back within the grace that containers give; see docs/operations.md.
        os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
        # Read when NumPy is imported: a worker's children share the cores, and one thread tags a fifth faster than two.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        with tempfile.TemporaryDirectory(prefix="copytaster-metrics-") as folder:
            if settings.metrics_port:
                # Read by prometheus_client when it is imported: children write figures there, the main process serves.
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            return _work(settings, queues)
    except (ConfigurationError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _work(settings: Settings, queues: list[str]) -> int:
    # Imported here, since prometheus_client reads the environment when it is imported, and all of these import it.
    from celery import signals  # noqa: PLC0415
    from celery.apps import worker  # noqa: PLC0415
    from celery.platforms import SecurityWarning  # noqa: PLC0415

    from copytaster.bootstrap.store import process_name  # noqa: PLC0415
    from copytaster.bootstrap.tagging import open_rules  # noqa: PLC0415
    from copytaster_broker.queue_priority import STRICT  # noqa: PLC0415
    from copytaster_workers.app import create_celery  # noqa: PLC0415
    from copytaster_workers.metrics import serve_metrics  # noqa: PLC0415

    open_rules(settings)  # what is wrong with them is to be said before anything starts
    # Celery warns of root because of pickle, which is switched off; containers run as a user of their own anyway.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # Celery writes advice about Ctrl-C straight to the terminal, past every log; under a supervisor it is wrong.
    worker.safe_say = lambda message, *_: log.info("worker.ending", said=message)
    app = create_celery(settings)
    if background := {*queues} <= {*BACKGROUND}:
        os.nice(NICENESS)
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, "queue_order_strategy": STRICT}
    if settings.metrics_port:
        serve_metrics(settings.metrics_port)
    # worker_main drops the status, and a supervisor that restarts after failures alone has to see one.
    started: list[Any] = []
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
        # Celery's own sign of life holds a lock that a worker waited for without end when it was to end together
        # with the server; ours is in ``heartbeat``. Flower then knows a worker by its tasks alone.
        "--without-heartbeat",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
