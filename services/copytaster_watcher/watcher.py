"""One round of the watcher: scan, judge, claim, take in, publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from copytaster.clock import Clock
from copytaster.delivery import DeliveryId, new_delivery_id
from copytaster.errors import TransientError
from copytaster.intake.claims import Claim, Claims
from copytaster.intake.intake import Intake
from copytaster.intake.paths import printable
from copytaster.metrics import PipelineMetrics
from copytaster.work import Publisher, Work
from copytaster_watcher.completeness import Completeness
from copytaster_watcher.scan import Scan
from copytaster_watcher.stability import StabilityTracker

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherDeps:
    """What the watcher works with. ``name`` is this process in timelines; ``batch_size`` bounds a message."""

    scan: Scan
    stability: StabilityTracker
    completeness: Completeness
    claims: Claims
    intake: Intake
    publisher: Publisher
    metrics: PipelineMetrics
    clock: Clock
    name: str
    batch_size: int


@dataclass(slots=True)
class Progress:
    """What the watcher has done and what holds it up; ``blocked`` says why, by path."""

    taken: int = 0
    refused: int = 0
    waiting: int = 0
    interrupted: str | None = None
    blocked: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many files were taken in or refused."""
        return self.taken + self.refused


class Watcher:
    """Takes finished files in, round by round. What it has claimed is its to-do list, on disk."""

    def __init__(self, deps: WatcherDeps) -> None:
        self._deps = deps
        self._interruptions = Counter[DeliveryId]()
        self.progress = Progress()

    def round(self) -> int:
        """Do one round and return how many files were taken in or refused.

        A server, archive or quarantine that is away ends the round early; nothing is lost, and the next round goes on,
        last of all with the file at which it ended: should that one be the cause, the others do not wait for it.
        """
        deps = self._deps
        try:
            files = deps.scan()
        except OSError as error:
            self._interrupted(f"the inbox cannot be listed: {error}")
            return 0
        stable = deps.stability.observe(files, deps.clock.now())
        for path, quiet in stable.items():
            if deps.completeness.missing(path, files[path], quiet) is None:
                self._claim(path)
        self.progress.waiting = len(files) - len(stable)
        self.progress.blocked = {path: why for path, why in self.progress.blocked.items() if path in files}
        before = self.progress.done
        try:
            self._take_in()
            self.progress.interrupted = None
        except TransientError as error:
            self._interrupted(str(error))
        return self.progress.done - before

    def next_round_in(self, longest: timedelta) -> timedelta:
        """Return how long to sleep: until the next file may be stable, at most ``longest``."""
        return min(filter(None, [longest, self._deps.stability.next_stable(self._deps.clock.now())]))

    def _claim(self, path: str) -> None:
        try:
            self._deps.claims.take(path, new_delivery_id(self._deps.clock.now()))
        except OSError as error:
            why = f"it cannot be claimed: {error.strerror}; the watcher needs write permission on its folder"
            if self.progress.blocked.get(path) != why:
                log.warning("file.blocked", path=printable(path), why=why)
            self.progress.blocked[path] = why

    def _take_in(self) -> None:
        due = list[DeliveryId]()
        try:
            for claim in sorted(self._deps.claims.pending(), key=lambda each: self._interruptions[each.delivery_id]):
                self._interruptions[claim.delivery_id] += 1
                if self._take(claim):
                    due.append(claim.delivery_id)
                del self._interruptions[claim.delivery_id]
                if len(due) == self._deps.batch_size:
                    self._publish(due)
                    due = []
        finally:
            if due:
                self._publish(due)

    def _take(self, claim: Claim) -> bool:
        due = self._deps.intake.take(claim, by=self._deps.name)
        self._deps.claims.release(claim)
        self._deps.metrics.taken.inc()
        if due:
            self.progress.taken += 1
        else:
            self.progress.refused += 1
        log.info("file.taken" if due else "file.refused", path=printable(claim.path), delivery_id=claim.delivery_id)
        return due

    def _publish(self, due: Sequence[DeliveryId]) -> None:
        try:
            self._deps.publisher.publish(Work.INGEST, due)
        except TransientError as error:
            log.warning("delivery.not_published", count=len(due), why=str(error), next="the reconciler sends it again")

    def _interrupted(self, why: str) -> None:
        if self.progress.interrupted != why:
            log.warning("watcher.interrupted", why=why, next="files stay where they are; trying again")
        self.progress.interrupted = why
