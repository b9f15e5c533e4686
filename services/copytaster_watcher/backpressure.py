"""Whether the watcher may claim files now; it says once when that changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from copytaster.archive.originals import local_folder
from copytaster.clock import Clock
from copytaster.intake.pressure import Cause, GaugeReader, Marks, backfill_rests, find_causes
from copytaster.metrics import PipelineMetrics
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster_watcher.gauges import LocalDisk, SystemGauges

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=2)
"""How old the answer may be: a watcher takes some 700 files a second, which no mark is too narrow for."""


class Backpressure:
    """Remembers why the intake is paused, and looks at the gauges every few seconds."""

    def __init__(self, read: GaugeReader, marks: Marks, metrics: PipelineMetrics, clock: Clock) -> None:
        self._read = read
        self._marks = marks
        self._gauge = metrics.intake_paused
        self._clock = clock
        self._looked: datetime | None = None
        self._causes: Mapping[Cause, str] = {}
        self.backfill_rests = False
        """Whether no more old files are to be taken in for now; as of the last look."""
        self._show()

    @property
    def why(self) -> str | None:
        """What the last look found, as a sentence; None while files are claimed."""
        return "; ".join(self._causes.values()) or None

    def look(self) -> Mapping[Cause, str]:
        """Return why nothing may be claimed, by cause; empty when files may be. Cost: mostly none."""
        now = self._clock.now()
        # A clock that was set back must not put the next look off.
        if self._looked is None or abs(now - self._looked) >= LOOK_EVERY:
            self._looked = now
            gauges = self._read()
            self.backfill_rests = backfill_rests(gauges, self._marks, before=self.backfill_rests)
            self._change(find_causes(gauges, self._marks, self._causes))
        return self._causes

    def _change(self, causes: Mapping[Cause, str]) -> None:
        before, self._causes = self._causes, causes
        if causes.keys() == before.keys():
            return
        self._show()
        if causes:
            log.warning("intake.paused", causes=[*causes], why=self.why, next="files stay in the inbox")
        else:
            log.info("intake.resumed", causes=[*before])

    def _show(self) -> None:
        for cause in Cause:
            self._gauge.labels(cause.value).set(cause in self._causes)


def open_backpressure(
    settings: Settings, store: Store, metrics: PipelineMetrics, *, clock: Clock, fills_inbox: bool = True
) -> Backpressure:
    """Return the backpressure that the settings ask for; an archive in a bucket has no disk to fill.

    Nor has an inbox whose files are left in place, ``fills_inbox`` being false: a read-only disk is often full.
    """
    archive = local_folder(settings.archive_address)
    own = {"inbox": settings.inbox} if fills_inbox else {"data": settings.data}
    folders = own | ({"archive": archive} if archive else {})
    marks = Marks(
        queue_limit=settings.queue_limit,
        memory_limit=settings.memory_limit,
        disk_free_bytes=settings.disk_free_bytes,
    )
    return Backpressure(SystemGauges(store=store, disk=LocalDisk(), folders=folders), marks, metrics, clock)
