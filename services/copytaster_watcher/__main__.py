"""``python -m copytaster_watcher``: watches the inbox and runs the reconciler until it is stopped by a signal."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from copytaster.articles.embargoes import release_due
from copytaster.bootstrap.archive import open_decisions, open_journal
from copytaster.bootstrap.intake import open_intake, reading_calls, reading_limits
from copytaster.bootstrap.store import open_store, process_name
from copytaster.clock import MonotonicClock, SystemClock
from copytaster.errors import ConfigurationError
from copytaster.intake.claim import InboxClaims
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.logging import configure_logs
from copytaster.metrics import PipelineMetrics
from copytaster.model.work import Publisher
from copytaster.parsing.sandbox.limits import missing_protections
from copytaster.recovery.rebuild import Recovery
from copytaster.recovery.reconcile import reconcile
from copytaster.recovery.replay import Replay
from copytaster.settings import Settings, load_settings
from copytaster.store.store import Store
from copytaster_broker.publisher import open_publisher
from copytaster_broker.queues import open_queues
from copytaster_watcher.backpressure import open_backpressure
from copytaster_watcher.discovery.notifications import NotificationListener
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.inbox_access import open_inbox
from copytaster_watcher.late_writers import LateWriters, NoLateWriters
from copytaster_watcher.loop import Loop
from copytaster_watcher.periodic_task import PeriodicTask
from copytaster_watcher.readiness.completeness.death_notes import DeathNotes
from copytaster_watcher.readiness.completeness.judging import Judge, SandboxedJudge
from copytaster_watcher.readiness.completeness.patience import Patience, Waits
from copytaster_watcher.readiness.finished import FinishedFiles
from copytaster_watcher.readiness.pairing import Pairing, PairingWaits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies

log = structlog.get_logger(__name__)

READING_MODULE = "copytaster_watcher.readiness.reading_process"
"""The program of the sandboxed process that judges files and reads the metadata beside them."""

NOTES = ".judging"
"""The folder in the staging folder, which is writable everywhere, for notes about files that are being judged."""


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
    # First, since no thread may run yet: the kernel's protections are tried out in a forked process.
    missing = missing_protections(reading_limits(settings))
    clock, metrics = SystemClock(), PipelineMetrics(registry := CollectorRegistry())
    store = open_store(settings, clock=clock, part="watcher")
    publisher, queues = open_publisher(settings), open_queues(settings)
    inbox = open_inbox(settings, store.files, clock, owner=process_name("watcher"))
    _serve_metrics(settings, registry)
    calls = reading_calls(settings, READING_MODULE)
    notes = DeathNotes(settings.staging / NOTES, clock, owner=process_name("watcher"))
    watcher = Watcher(
        WatcherDependencies(
            scan=FolderScan(settings.inbox),
            stability=StabilityTracker(timedelta(seconds=settings.settle_seconds)),
            finished=_finished_files(settings, SandboxedJudge(calls, notes), MetadataReader(calls)),
            late_writers=NoLateWriters() if inbox.stays else LateWriters(settings.quarantine, settings.inbox, clock),
            claims=inbox.claims,
            intake=open_intake(settings, store, clock=clock, calls=calls),
            publisher=publisher,
            backpressure=open_backpressure(settings, store, metrics, clock=clock, fills_inbox=inbox.stays is None),
            metrics=metrics,
            clock=clock,
            steady=MonotonicClock(),
            name=process_name("watcher"),
            batch_size=settings.batch_size,
        )
    )
    recovery = _recovery(settings, store, publisher, stopping := threading.Event())
    tasks = _periodic_tasks(
        settings,
        reconciler=lambda: reconcile(store.ledger, queues, publisher, metrics),
        recovery=recovery.look,
        embargoes=lambda: release_due(store, clock=clock, by=process_name("watcher")),
    )
    watcher.progress.stays, watcher.progress.unsandboxed = inbox.stays, ", ".join(missing) or None
    _loop(settings, watcher, inbox.claims, recovery, store, notes)
    stopping.set()
    _stop(tasks)
    for each in (inbox.claims, calls, notes):
        each.close()


def _serve_metrics(settings: Settings, registry: CollectorRegistry) -> None:
    if settings.metrics_port:
        start_http_server(settings.metrics_port, registry=registry)


def _periodic_tasks(settings: Settings, **functions: Callable[[], object]) -> list[PeriodicTask]:
    """Start the functions in threads of their own, and return these."""
    tasks = [PeriodicTask(function, settings.reconcile_seconds, name=name) for name, function in functions.items()]
    for task in tasks:
        task.start()
    return tasks


def _stop(tasks: Iterable[PeriodicTask]) -> None:
    for task in tasks:
        task.stop()


def _recovery(settings: Settings, store: Store, publisher: Publisher, stopping: threading.Event) -> Recovery:
    name = process_name("watcher")
    replay = Replay(
        journal=open_journal(settings),
        decisions=open_decisions(settings),
        ledger=store.ledger,
        articles=store.articles,
        files=store.files,
        publisher=publisher,
        clock=SystemClock(),
        by=f"{name} from the journal",
        at_once=settings.batch_size,
        pause=stopping.wait,
    )
    return Recovery(store.epoch, replay, name=name, stopping=stopping)


def _finished_files(settings: Settings, judge: Judge, reader: MetadataReader) -> FinishedFiles:
    waits = Waits(
        settle=timedelta(seconds=settings.settle_seconds),
        empty=timedelta(seconds=settings.empty_seconds),
        incomplete=timedelta(seconds=settings.incomplete_seconds),
    )
    pairing_waits = PairingWaits(
        settle=waits.settle,
        sidecar=timedelta(seconds=settings.sidecar_seconds),
        # The file of a sidecar may still be written under a temporary name: it gets as long as an unfinished file.
        orphan=max(timedelta(seconds=settings.sidecar_seconds), waits.incomplete),
    )
    patience = Patience(settings.inbox, waits, judge, max_file_bytes=settings.max_file_bytes)
    return FinishedFiles(
        patience,
        Pairing(settings.inbox, pairing_waits, patience, MonotonicClock()),
        SourceDefaults(settings.inbox, reader),
        markers_in=settings.inbox if settings.done_markers else None,
    )


def _loop(  # noqa: PLR0913
    settings: Settings, watcher: Watcher, claims: InboxClaims, recovery: Recovery, store: Store, notes: DeathNotes
) -> None:
    notifications, ended = NotificationListener(settings.inbox), threading.Event()

    def end(*_: object) -> None:
        ended.set()
        notifications.notify()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    notifications.start()
    log.info("watcher.started", inbox=str(settings.inbox.absolute()), stays=watcher.progress.stays)
    loop = Loop(watcher, claims, store.presence, SystemClock(), name=process_name("watcher"))
    watcher.progress.restarts = notes.restart_loop()
    loop.arrive()
    while not ended.is_set():
        watcher.progress.restarts = notes.restart_loop()
        watcher.progress.watch = notifications.watch
        watcher.progress.rebuilding = recovery.rebuilding
        notifications.wait(loop.turn(timedelta(seconds=settings.scan_seconds)).total_seconds())
    notifications.stop()
    loop.leave()
    log.info("watcher.ended")


if __name__ == "__main__":
    sys.exit(main())
