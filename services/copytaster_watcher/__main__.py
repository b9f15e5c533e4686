"""``python -m copytaster_watcher``: watches the inbox and runs the reconciler until it is stopped by a signal."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog
from prometheus_client import CollectorRegistry

from copytaster.articles.embargoes import release_due
from copytaster.bootstrap.archive import check_archive, require_archive
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_intake, reading_calls, reading_limits
from copytaster.bootstrap.jobs import open_job_runner
from copytaster.bootstrap.metrics_server import serve_metrics
from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.quarantine import open_later_moves
from copytaster.bootstrap.retention import (
    open_archive_retention,
    open_old_files_search,
    open_placement_retention,
    open_retention,
)
from copytaster.bootstrap.store import open_known_store, process_name
from copytaster.bootstrap.stories import open_story_recount, open_story_tending
from copytaster.bootstrap.tracing import open_tracing
from copytaster.clock import Clock, MonotonicClock, SystemClock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.lanes import BACKFILL_FOLDER
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.logging import configure_logs
from copytaster.metrics import WatcherMetrics
from copytaster.model.work import Publisher, Queues
from copytaster.monitoring.pause_state import paused_queues
from copytaster.monitoring.sampling import Sampler
from copytaster.parsing.sandbox.calls import SandboxedCalls
from copytaster.parsing.sandbox.limits import missing_protections
from copytaster.parsing.sandbox.progress import CallProgress
from copytaster.recovery.reconcile import reconcile
from copytaster.settings import Settings
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster.system.garbage_collection import collect_rarely
from copytaster.system.sign_of_life import SignOfLife
from copytaster_broker.publisher import open_publisher
from copytaster_broker.queues import open_queues
from copytaster_watcher.areas import Area
from copytaster_watcher.background import Background, open_background
from copytaster_watcher.backpressure import open_backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.inotify_changes import InotifyChanges
from copytaster_watcher.discovery.notifications import NotificationListener
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.inbox_access import Inbox, open_inbox
from copytaster_watcher.late_writers import LateFileRestorer, LateWriters
from copytaster_watcher.loop import Loop
from copytaster_watcher.periodic_task import PeriodicTask
from copytaster_watcher.progress import Progress
from copytaster_watcher.readiness.completeness.death_notes import DeathNotes
from copytaster_watcher.readiness.completeness.judging import Judge, SandboxedJudge
from copytaster_watcher.readiness.completeness.patience import Patience, Waits
from copytaster_watcher.readiness.finished import FinishedFiles
from copytaster_watcher.readiness.pairing import Pairing, PairingWaits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.readiness.writers import Writers
from copytaster_watcher.watcher import Watcher, WatcherDependencies

log = structlog.get_logger(__name__)

READING_MODULE = "copytaster_watcher.readiness.reading_process"
"""The program of the sandboxed process that judges files and reads the metadata beside them."""

NOTES = ".judging"
"""The folder in the staging folder, which is writable everywhere, for notes about files that are being judged."""


def main() -> int:
    """Watch until a signal and return the exit status: 0, 1 if a later start may succeed, 2 for wrong settings."""
    try:
        settings = load_settings(os.environ)
        protect_data(settings)
        configure_logs(settings, part="watcher")
        check_archive(settings)
        _watch(settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except TransientError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _watch(settings: Settings) -> None:
    # First, since no thread may run yet: the kernel's protections are tried out in a forked process.
    missing = missing_protections(reading_limits(settings))
    clock, monotonic_clock = SystemClock(), MonotonicClock()
    metrics = _served_metrics(settings)
    store, name = _open_store(settings, clock), process_name("watcher")
    publisher, queues = open_publisher(settings), open_queues(settings)
    inbox, arrivals = open_inbox(settings, store.files, clock, owner=name), Arrivals(monotonic_clock)
    notes = DeathNotes(settings.staging / NOTES, clock, owner=name)
    calls = _start_reading(settings, notes.progress)
    watcher = Watcher(
        WatcherDependencies(
            areas=_areas(settings, inbox, SandboxedJudge(calls, notes), MetadataReader(calls), arrivals),
            claims=inbox.claims,
            intake=open_intake(settings, store, clock=clock, calls=calls),
            publisher=publisher,
            backpressure=open_backpressure(settings, store, metrics, clock=clock, fills_inbox=inbox.stays is None),
            pauses=PauseWatch(store.pauses, clock),
            metrics=metrics,
            clock=clock,
            monotonic_clock=monotonic_clock,
            name=name,
            tracing=open_tracing(settings, part="watcher"),
        )
    )
    background = open_background(settings, store, publisher, notes, stopping := threading.Event())
    looks: dict[str, Callable[[], object]] = {
        "reconciler": lambda: _reconcile(store, queues, publisher, metrics),
        "sampling": Sampler(store, queues, clock).step,
        "late-writers": _late_writers(settings, inbox).look,
        "quarantine": partial(open_later_moves(settings).step, stopping.is_set),
        "jobs": open_job_runner(settings, store, publisher, clock=clock, is_stopping=stopping.is_set).step,
    }
    tasks = _start_tasks(settings, store, background, metrics, looks)
    watcher.progress.stays, watcher.progress.unsandboxed = inbox.stays, ", ".join(missing) or None
    sign = SignOfLife(Part.WATCHER.value, os.environ)
    loop = Loop(watcher, inbox.claims, store.presence, clock, name=name, sign=sign)
    _loop(settings, loop, watcher.progress, background, NotificationListener(settings.inbox, InotifyChanges, arrivals))
    stopping.set()
    _stop(tasks, background.webhooks.close, inbox.claims.close, calls.close, notes.close)


def _open_store(settings: Settings, clock: Clock) -> Store:
    """Return the store. Raises ``TransientError`` if the archive's disk is not mounted."""
    store = open_known_store(settings, clock=clock, part="watcher")
    require_archive(settings, lambda: store)
    return store


def _served_metrics(settings: Settings) -> WatcherMetrics:
    """Return the metrics of this process, which are served if a port is configured."""
    registry = CollectorRegistry()
    if settings.metrics_port:
        serve_metrics(registry, host=settings.metrics_host, port=settings.metrics_port)
    return WatcherMetrics(registry)


def _late_writers(settings: Settings, inbox: Inbox) -> LateWriters:
    restorer = None if inbox.stays else LateFileRestorer(settings.quarantine, settings.inbox, SystemClock())
    return LateWriters(restorer, inbox.claims)


def _reconcile(store: Store, queues: Queues, publisher: Publisher, metrics: WatcherMetrics) -> None:
    reconcile(store.ledger, queues, publisher, metrics, paused=paused_queues(store.pauses.all()))


def _start_reading(settings: Settings, progress: CallProgress) -> SandboxedCalls:
    """Start the process that reads senders' files. If that fails, each round tries again, and the status says why."""
    calls = reading_calls(settings, READING_MODULE, progress)
    with suppress(TransientError):
        calls.start()
    return calls


def _start_tasks(
    settings: Settings,
    store: Store,
    background: Background,
    metrics: WatcherMetrics,
    looks: Mapping[str, Callable[[], object]],
) -> list[PeriodicTask]:
    """Start a thread for each periodic task, and return the tasks; ``looks`` are further tasks by name."""
    functions: dict[str, Callable[[], object]] = {
        **looks,
        "retention": open_retention(settings, store, metrics, clock=SystemClock()).step,
        "stories": open_story_tending(settings, store, clock=SystemClock()).step,
        "story-recount": open_story_recount(store, clock=SystemClock()).step,
        "archive-retention": open_archive_retention(settings, store, metrics, clock=SystemClock()).step,
        "placement-retention": open_placement_retention(settings, store, clock=SystemClock()).step,
        "old-files": open_old_files_search(settings, store, clock=SystemClock()).step,
        "recovery": background.recovery.look,
        "archive-check": background.check.look,
        "webhooks": background.webhooks.step,
        "searches": background.searches.step,
        "sources": background.sources.step,
        "embargoes": lambda: release_due(store, clock=SystemClock(), by=process_name("watcher")),
    }
    tasks = [
        PeriodicTask(function, settings.reconcile_seconds, metrics, name=name) for name, function in functions.items()
    ]
    for task in tasks:
        task.start()
    return tasks


def _stop(tasks: Iterable[PeriodicTask], *closings: Callable[[], object]) -> None:
    for task in tasks:
        task.stop()
    for close in closings:
        close()


def _areas(settings: Settings, inbox: Inbox, judge: Judge, reader: MetadataReader, arrivals: Arrivals) -> list[Area]:
    """Return the live folders and the backfill folder; the whole inbox where files stay in place.

    There, files that were taken in are in the scan as well, so that it takes long in either case.
    """

    def area(scan: FolderScan, *, is_backfill: bool) -> Area:
        return Area(
            scan,
            StabilityTracker(timedelta(seconds=settings.settle_seconds), arrivals),
            _finished_files(settings, judge, reader, arrivals),
            MonotonicClock(),
            is_backfill=is_backfill,
        )

    names = FileFilter(settings.ignored_names)
    if inbox.stays:
        return [area(FolderScan(settings.inbox, names), is_backfill=False)]
    return [
        area(FolderScan(settings.inbox, names, without=BACKFILL_FOLDER), is_backfill=False),
        area(FolderScan(settings.inbox, names, only=BACKFILL_FOLDER), is_backfill=True),
    ]


def _finished_files(settings: Settings, judge: Judge, reader: MetadataReader, arrivals: Arrivals) -> FinishedFiles:
    waits = Waits(
        settle=timedelta(seconds=settings.settle_seconds),
        empty=timedelta(seconds=settings.empty_seconds),
        incomplete=timedelta(seconds=settings.incomplete_seconds),
    )
    pairing_waits = PairingWaits(
        settle=waits.settle,
        sidecar=timedelta(seconds=settings.sidecar_seconds),
        # The file that the sidecar belongs to may still be written under a temporary name, so an orphan sidecar waits
        # at least as long as an incomplete file.
        orphan=max(timedelta(seconds=settings.sidecar_seconds), waits.incomplete),
    )
    patience = Patience(settings.inbox, waits, judge, max_file_bytes=settings.max_file_bytes)
    return FinishedFiles(
        patience,
        Pairing(settings.inbox, pairing_waits, patience, MonotonicClock(), arrivals),
        SourceDefaults(settings.inbox, reader),
        Writers(settings.inbox, waits, arrivals),
        markers_in=settings.inbox if settings.done_markers else None,
    )


def _loop(
    settings: Settings, loop: Loop, progress: Progress, background: Background, notifications: NotificationListener
) -> None:
    stop_requested = threading.Event()

    def request_stop(*_: object) -> None:
        stop_requested.set()
        notifications.notify()

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, request_stop)
    notifications.start()
    log.info("watcher.started", inbox=str(settings.inbox.absolute()), stays=progress.stays)
    background.report(progress)
    collect_rarely()
    loop.arrive()
    while not stop_requested.is_set():
        progress.watch = notifications.watch
        background.report(progress)
        pause = loop.turn(timedelta(seconds=settings.scan_seconds))
        (stop_requested if loop.rests else notifications).wait(pause.total_seconds())
    notifications.stop()
    loop.leave()
    log.info("watcher.ended")


if __name__ == "__main__":
    sys.exit(main())
