"""The work beside the watcher whose state its heartbeat reports."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from copytaster.archive.background_check import BackgroundCheck
from copytaster.bootstrap.archive import open_background_check
from copytaster.bootstrap.recovery import open_replay
from copytaster.bootstrap.searches import open_search_matching
from copytaster.bootstrap.store import process_name
from copytaster.bootstrap.webhooks import open_webhook_runner
from copytaster.clock import SystemClock
from copytaster.model.work import Publisher
from copytaster.monitoring.sources.watching import SourceWatching
from copytaster.outbound.webhooks.runner import WebhookRunner
from copytaster.recovery.rebuild import Recovery
from copytaster.searches.matching import SearchMatching
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster_watcher.progress import Progress
from copytaster_watcher.readiness.completeness.death_notes import DeathNotes


def _recovery(settings: Settings, store: Store, publisher: Publisher, stopping: threading.Event) -> Recovery:
    name = process_name("watcher")
    by = f"{name} from the journal"
    replay = open_replay(settings, store, publisher, clock=SystemClock(), by=by, pause=stopping.wait)
    return Recovery(store.epoch, replay, name=name, stopping=stopping)


@dataclass(frozen=True, slots=True)
class Background:
    """The work in other threads whose state the heartbeat reports."""

    recovery: Recovery
    check: BackgroundCheck
    notes: DeathNotes
    webhooks: WebhookRunner
    searches: SearchMatching
    sources: SourceWatching

    def report(self, progress: Progress) -> None:
        """Copy the state to the progress of the watcher."""
        progress.rebuilding = self.recovery.rebuilding
        progress.archive = self.check.details()
        progress.restarts = self.notes.restart_loop()
        progress.webhooks = self.webhooks.details()
        progress.searches = self.searches.details()


def open_background(
    settings: Settings, store: Store, publisher: Publisher, notes: DeathNotes, stopping: threading.Event
) -> Background:
    """Return the background work of a watcher; ``stopping`` ends it."""
    clock = SystemClock()
    return Background(
        recovery=_recovery(settings, store, publisher, stopping),
        check=open_background_check(settings, stopping, clock=clock, by=process_name("watcher")),
        notes=notes,
        webhooks=open_webhook_runner(settings, store, clock=clock),
        searches=open_search_matching(settings, store, clock=clock),
        sources=SourceWatching(store, clock),
    )
