"""One round of the watcher: scan, judge, claim, take in, publish."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from errno import ENAMETOOLONG
from itertools import chain, islice

import structlog

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.intake.claim import Claim, InboxClaims
from copytaster.intake.file_intake import Intake
from copytaster.intake.pressure import Cause
from copytaster.intake.printable_names import printable
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import DeliveryId, new_delivery_id
from copytaster.model.work import Publisher, Work
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import Found, Scan
from copytaster_watcher.late_writers import LateWriters, NoLateWriters
from copytaster_watcher.readiness.finished import Finished, FinishedFiles
from copytaster_watcher.readiness.stability import StabilityTracker

log = structlog.get_logger(__name__)

TURN = timedelta(seconds=2)
"""A burst is taken in turns of this length: 30,000 files take most of a minute, and signs of life are due meanwhile."""


BACKFILL_TURN = timedelta(seconds=0.5)
"""Old files end a round earlier: a live one that comes meanwhile waits for the next scan, and no longer than this."""


HANDS = 8
"""Files taken in side by side: each is written to the disk three times, and a disk does several such writes at once.

Of 10,000 files at once this doubles the rate or better; more hands added nothing on two cores.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherDependencies:
    """What the watcher works with.

    ``name`` is this process in timelines; ``batch_size`` bounds a message. ``steady`` measures how long files have been
    quiet: a ``clock`` that is set anew must not make them older.
    """

    scan: Scan
    stability: StabilityTracker
    finished: FinishedFiles
    returns: LateWriters | NoLateWriters
    claims: InboxClaims
    intake: Intake
    publisher: Publisher
    backpressure: Backpressure
    metrics: PipelineMetrics
    clock: Clock
    steady: Clock
    name: str
    batch_size: int


@dataclass(slots=True)
class Progress:
    """What the watcher has done and what holds it up; ``blocked`` says why, by path.

    ``held`` does so for files that wait until a person has mended the ``_source.yml`` of their folder.

    ``waiting`` counts files that are being written, ``incomplete`` those that are quiet and not finished, ``backlog``
    those that are finished and lie unclaimed in the inbox. ``rebuilding`` is how far the recovery is, "n of m".
    ``stays`` says why files are left in place; None where they are moved.
    """

    taken: int = 0
    refused: int = 0
    waiting: int = 0
    incomplete: int = 0
    backlog: int = 0
    paused: str | None = None
    interrupted: str | None = None
    watch: str | None = None
    stays: str | None = None
    rebuilding: str | None = None
    blocked: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many files were taken in or refused."""
        return self.taken + self.refused


class Watcher:
    """Takes finished files in, round by round. What it has claimed is its to-do list, on disk."""

    def __init__(self, deps: WatcherDependencies) -> None:
        self._deps = deps
        self._interruptions = Counter[DeliveryId]()
        self._picked: dict[DeliveryId, Finished] = {}
        self._cut_short = False
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="intake")
        self._behind: set[str] = set()
        self._backfill_ends = deps.steady.now()
        self.progress = Progress()

    def round(self) -> int:
        """Do one round and return how many files were taken in or refused.

        A server, archive or quarantine that is away ends the round early; nothing is lost, and the next round goes on,
        last of all with the file at which it ended: should that one be the cause, the others do not wait for it.
        """
        deps, files = self._deps, self._listed()
        if files is None:
            return 0
        now = deps.clock.now()
        stable = deps.stability.observe(files, deps.steady.now())
        self.progress.waiting = len(files) - len(stable)
        self.progress.backlog = len(stable)
        self.progress.blocked = {path: why for path, why in self.progress.blocked.items() if path in files}
        before = self.progress.done
        deps.backpressure.look()
        self._backfill_ends = deps.steady.now() + BACKFILL_TURN
        try:
            self._take_in(deps.finished.pick(files, self._live_first(files, stable), now))
            self.progress.interrupted = None
        except TransientError as error:
            self._interrupted(str(error))
        self.progress.incomplete = deps.finished.incomplete
        self.progress.held = dict(deps.finished.blocked)
        self.progress.backlog = max(0, self.progress.backlog - self.progress.incomplete - len(self.progress.held))
        self.progress.paused = deps.backpressure.why
        return self.progress.done - before

    def next_round_in(self, longest: timedelta) -> timedelta:
        """Return how long to sleep: until the next file may be stable, at most ``longest``; 0 in mid burst."""
        if self._cut_short:
            return timedelta(0)
        return min(filter(None, [longest, self._deps.stability.next_stable(self._deps.steady.now())]))

    def _listed(self) -> dict[str, Found] | None:
        """Return the inbox's files that nobody has taken; None, and say why, where that cannot be found out."""
        try:
            self._deps.returns.look()
            files = self._deps.finished.listed(self._deps.scan())
            untaken = self._deps.claims.untaken(files)
        except OSError as error:
            self._interrupted(f"the inbox cannot be listed: {error}")
            return None
        except TransientError as error:
            self._interrupted(str(error))
            return None
        return {path: found for path, found in files.items() if path in untaken}

    def _live_first(self, files: Mapping[str, Found], quiet: Mapping[str, timedelta]) -> dict[str, timedelta]:
        """Return the quiet files with the old ones last, and remember which those are."""
        now, lane_of = self._deps.clock.now(), self._deps.intake.lanes.lane_of
        lanes = {path: lane_of(path, files[path].modified / 1e9, now) for path in quiet}
        self._behind = {path for path, lane in lanes.items() if lane is Work.BACKFILL}
        return dict(sorted(quiet.items(), key=lambda each: each[0] in self._behind))

    def _backfill_rests(self) -> bool:
        """Say whether old files have had their share of this round, or of the queue."""
        if self._deps.steady.now() >= self._backfill_ends:
            self._cut_short = True
            return True
        return self._deps.backpressure.backfill_rests

    def _claim(self, path: str) -> Claim | None:
        try:
            claim = self._deps.claims.take(path, new_delivery_id(self._deps.clock.now()))
        except OSError as error:
            cure = (
                "shorten its path"
                if error.errno == ENAMETOOLONG
                else "the watcher needs write permission on its folder"
            )
            why = f"it cannot be claimed: {error.strerror}; {cure}"
            if self.progress.blocked.get(path) != why:
                log.warning("file.blocked", path=printable(path), why=why)
            self.progress.blocked[path] = why
            return None
        self.progress.backlog -= 1
        return claim

    def _to_take(self, finished: Iterable[Finished]) -> Iterator[Claim]:
        """Yield what was claimed before, then claims as they are made, last of all those that have ended a round."""
        turn_ends = self._deps.steady.now() + TURN
        left = list(self._deps.claims.pending())
        fresh = [claim for claim in left if not self._interruptions[claim.delivery_id]]
        unlucky = [claim for claim in left if self._interruptions[claim.delivery_id]]
        self._cut_short = False
        for claim in chain(fresh, self._new_claims(finished)):
            yield claim
            if self._deps.steady.now() >= turn_ends:
                self._cut_short = True
                break
        yield from sorted(unlucky, key=lambda each: self._interruptions[each.delivery_id])

    def _new_claims(self, finished: Iterable[Finished]) -> Iterator[Claim]:
        for each in finished:
            if self._deps.backpressure.look() or (each.path in self._behind and self._backfill_rests()):
                return
            if claim := self._claim(each.path):
                self._picked[claim.delivery_id] = each
                self._deps.finished.claimed(claim)
                yield claim

    def _take_in(self, finished: Iterable[Finished]) -> None:
        due = defaultdict[Work, list[DeliveryId]](list)
        try:
            to_take = self._to_take(finished)
            while claims := list(islice(to_take, HANDS)):
                if Cause.DISK in self._deps.backpressure.look():  # an original more would make it worse
                    break
                for claim, lane in self._side_by_side(claims):
                    self._note(claim, lane)
                    if lane:
                        due[lane].append(claim.delivery_id)
                        if len(due[lane]) == self._deps.batch_size:
                            self._publish(lane, due.pop(lane))
        finally:
            for lane, ids in due.items():
                self._publish(lane, ids)

    def _side_by_side(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Work | None]]:
        """Take claims in and yield each with its lane, in order; raise the first error when all have been tried."""
        for claim in claims:
            self._interruptions[claim.delivery_id] += 1
        tries = [(claim, self._hands.submit(self._take, claim)) for claim in claims]
        errors = [error for _, each in tries if (error := each.exception())]
        yield from ((claim, each.result()) for claim, each in tries if not each.exception())
        for error in errors:
            raise error

    def _take(self, claim: Claim) -> Work | None:
        picked = self._picked.get(claim.delivery_id) or self._deps.finished.look_again(claim)
        lane = self._deps.intake.take(claim, by=self._deps.name, refusal=picked.refusal)
        self._deps.claims.release(claim)
        return lane

    def _note(self, claim: Claim, lane: Work | None) -> None:
        """Take down that a file has been taken in, or refused."""
        del self._interruptions[claim.delivery_id]
        self._picked.pop(claim.delivery_id, None)
        self._deps.metrics.taken.inc()
        if lane:
            self.progress.taken += 1
        else:
            self.progress.refused += 1
        log.info("file.taken" if lane else "file.refused", path=printable(claim.path), delivery_id=claim.delivery_id)

    def _publish(self, lane: Work, due: Sequence[DeliveryId]) -> None:
        try:
            self._deps.publisher.publish(lane, due)
        except TransientError as error:
            log.warning("delivery.not_published", count=len(due), why=str(error), next="the reconciler sends it again")

    def _interrupted(self, why: str) -> None:
        if self.progress.interrupted != why:
            log.warning("watcher.interrupted", why=why, next="files stay where they are; trying again")
        self.progress.interrupted = why
