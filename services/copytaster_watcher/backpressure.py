"""Backpressure in the watcher: checks whether files may be claimed, and logs each change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from copytaster.archive.originals import local_folder
from copytaster.clock import Clock
from copytaster.intake.pressure import Cause, GaugeReader, Marks, backfill_rests, find_causes
from copytaster.metrics import WatcherMetrics
from copytaster.monitoring.intake_state import DISK_FREE, DISK_PAUSE
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.system.disk import disk_use
from copytaster_watcher.gauges import SystemGauges

log = structlog.get_logger(__name__)

CHECK_INTERVAL = timedelta(seconds=2)
"""How old a result may be. A watcher takes in about 700 files a second; all limits leave room for two seconds of it."""


class Backpressure:
    """Reads the gauges every few seconds and keeps the causes of a pause."""

    def __init__(self, read: GaugeReader, marks: Marks, metrics: WatcherMetrics, clock: Clock) -> None:
        self._read = read
        self._marks = marks
        self._gauge = metrics.intake_paused
        self._clock = clock
        self._checked_at: datetime | None = None
        self._causes: Mapping[Cause, str] = {}
        self.backfill_rests = False
        """Whether the intake of backfill files pauses, as of the last check."""
        self.disks: Mapping[str, int] = {}
        """The writable bytes of each filesystem at the last check, and those at which the intake pauses, by detail."""
        self._update_metric()

    @property
    def why(self) -> str | None:
        """The causes found by the last check, as a sentence; None if the intake is not paused."""
        return "; ".join(self._causes.values()) or None

    def check(self) -> Mapping[Cause, str]:
        """Return the causes why no file may be claimed; empty if files may. Most calls return the last result."""
        now = self._clock.now()
        # The absolute difference: a clock that was set back must not postpone the next check.
        if self._checked_at is None or abs(now - self._checked_at) >= CHECK_INTERVAL:
            self._checked_at = now
            gauges = self._read()
            self.disks = {DISK_FREE + name: each.writable for name, each in gauges.disks.items()}
            self.disks[DISK_PAUSE] = self._marks.disk_free_bytes
            self.backfill_rests = backfill_rests(gauges, self._marks, before=self.backfill_rests)
            self._change(find_causes(gauges, self._marks, self._causes))
        return self._causes

    def _change(self, causes: Mapping[Cause, str]) -> None:
        before, self._causes = self._causes, causes
        if causes.keys() == before.keys():
            return
        self._update_metric()
        if causes:
            log.warning("intake.paused", causes=[*causes], why=self.why, next="files stay in the inbox")
        else:
            log.info("intake.resumed", causes=[*before])

    def _update_metric(self) -> None:
        for cause in Cause:
            self._gauge.labels(cause.value).set(cause in self._causes)


def open_backpressure(
    settings: Settings, store: Store, metrics: WatcherMetrics, *, clock: Clock, fills_inbox: bool = True
) -> Backpressure:
    """Return the backpressure for these settings. The disk of an archive in a bucket is not checked.

    Without ``fills_inbox`` files are left in place, and the data folder's disk is checked instead of the inbox's: a
    read-only disk is often full.
    """
    archive = local_folder(settings.archive_address)
    local = {"inbox": settings.inbox} if fills_inbox else {"data": settings.data}
    folders = local | ({"archive": archive} if archive else {})
    marks = Marks(
        queue_limit=settings.queue_limit,
        memory_limit=settings.memory_limit,
        disk_free_bytes=settings.disk_free_bytes,
    )
    return Backpressure(SystemGauges(store=store, measure=disk_use, folders=folders), marks, metrics, clock)
