"""``python -m copytaster_watcher``: watches the inbox and reconciles until a signal ends it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from copytaster.bootstrap import open_intake, open_store, process_name
from copytaster.clock import SystemClock
from copytaster.deps import Store
from copytaster.errors import ConfigurationError
from copytaster.intake.claims import Claims
from copytaster.logs import configure_logs
from copytaster.metrics import PipelineMetrics
from copytaster.reconcile import reconcile
from copytaster.settings import Settings, load_settings
from copytaster_broker.publisher import open_publisher
from copytaster_broker.queues import open_queues
from copytaster_watcher.completeness import PatienceWithEmptyFiles
from copytaster_watcher.loop import Loop
from copytaster_watcher.reconciler import Reconciler
from copytaster_watcher.scan import FolderScan
from copytaster_watcher.stability import StabilityTracker
from copytaster_watcher.wake import Wake
from copytaster_watcher.watcher import Watcher, WatcherDeps

log = structlog.get_logger(__name__)


def main() -> int:
    """Watch until SIGINT or SIGTERM and return the exit status: 0, or 2 for wrong settings."""
    try:
        settings = load_settings(os.environ)
        configure_logs(settings, part="watcher")
        _watch(settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _watch(settings: Settings) -> None:
    clock, metrics = SystemClock(), PipelineMetrics(registry := CollectorRegistry())
    store = open_store(settings, clock=clock, part="watcher")
    publisher, queues = open_publisher(settings), open_queues(settings)
    claims = _own_claims(settings)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, registry=registry)
    watcher = Watcher(
        WatcherDeps(
            scan=FolderScan(settings.inbox),
            stability=StabilityTracker(timedelta(seconds=settings.settle_seconds)),
            completeness=PatienceWithEmptyFiles(timedelta(seconds=settings.empty_seconds)),
            claims=claims,
            intake=open_intake(settings, store, clock=clock),
            publisher=publisher,
            metrics=metrics,
            clock=clock,
            name=process_name("watcher"),
            batch_size=settings.batch_size,
        )
    )
    reconciler = Reconciler(lambda: reconcile(store.ledger, queues, publisher, metrics), settings.reconcile_seconds)
    reconciler.start()
    _loop(settings, watcher, claims, store)
    reconciler.stop()
    claims.close()


def _own_claims(settings: Settings) -> Claims:
    try:
        return Claims(settings.inbox, process_name("watcher"))
    except OSError as error:
        raise ConfigurationError(
            f"cannot use the inbox {settings.inbox.absolute()}: {error};"
            " the watcher's user needs to read and write it, see COPYTASTER_DATA"
        ) from error


def _loop(settings: Settings, watcher: Watcher, claims: Claims, store: Store) -> None:
    wake, ended = Wake(settings.inbox), threading.Event()

    def end(*_: object) -> None:
        ended.set()
        wake.ring()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    wake.start()
    log.info("watcher.started", inbox=str(settings.inbox.absolute()))
    loop = Loop(watcher, claims, store.presence, SystemClock(), name=process_name("watcher"))
    while not ended.is_set():
        wake.wait(loop.turn(timedelta(seconds=settings.scan_seconds)).total_seconds())
    wake.stop()
    loop.leave()
    log.info("watcher.ended")


if __name__ == "__main__":
    sys.exit(main())
