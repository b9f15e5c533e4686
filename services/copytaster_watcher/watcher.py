"""One round of the watcher: scan, check for completeness, claim, take in, publish."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
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
from copytaster.store.ports.presence import UnfinishedFile
from copytaster.system.remedies import explain_os_error, find_remedy
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import InboxFile, Scan
from copytaster_watcher.late_writers import LateFileRestorer, NoRestoring
from copytaster_watcher.readiness.finished import Finished, FinishedFiles
from copytaster_watcher.readiness.stability import StabilityTracker

log = structlog.get_logger(__name__)

TURN = timedelta(seconds=2)
"""Longest time of a round: 30,000 files at once take most of a minute, and heartbeats are due meanwhile."""

BACKFILL_TURN = timedelta(seconds=0.5)
"""Longest time for backfill files in a round: a live file that arrives meanwhile waits for the next scan."""

INTAKE_THREADS = 8
"""Files taken in at the same time: each is written to the disk three times, and a disk does several writes at once.

With 10,000 files at once this at least doubles the rate; more threads were not faster on two cores.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherDependencies:
    """The dependencies of a watcher.

    ``name`` is this process in timelines; ``batch_size`` is the largest number of ids in a message.
    ``monotonic_clock`` measures how long files have not changed, because setting the ``clock`` must not make them
    older.
    """

    scan: Scan
    stability: StabilityTracker
    finished: FinishedFiles
    late_writers: LateFileRestorer | NoRestoring
    claims: InboxClaims
    intake: Intake
    publisher: Publisher
    backpressure: Backpressure
    metrics: PipelineMetrics
    clock: Clock
    monotonic_clock: Clock
    name: str
    batch_size: int


@dataclass(slots=True)
class Progress:
    """The figures of a watcher, and the reasons that delay it.

    ``taken`` and ``refused`` count files since the start. ``waiting`` counts files that are being written,
    ``incomplete`` those that do not change any more but are not complete, ``backlog`` the finished ones that are not
    claimed yet, ``ignored`` those whose names are passed over. ``unfinished`` describes the incomplete files that have
    waited longest. ``blocked`` has the reasons, by path, why files cannot be claimed; ``unreachable`` those why folders
    and files cannot be listed; ``held`` the faults
    of the ``_source.yml`` of their folder, which a person has to correct. ``rebuilding`` is the progress of the
    recovery, "n of m". ``stays`` is the reason why files are left in place; None where they are moved. ``archive`` has
    the figures of the check of the archive.
    ``restarts`` describes the restart loop that this watcher is part of, ``unsandboxed`` what the kernel lacks for the
    process that judges files.
    """

    taken: int = 0
    refused: int = 0
    waiting: int = 0
    incomplete: int = 0
    ignored: int = 0
    backlog: int = 0
    paused: str | None = None
    interrupted: str | None = None
    watch: str | None = None
    stays: str | None = None
    rebuilding: str | None = None
    restarts: str | None = None
    unsandboxed: str | None = None
    blocked: dict[str, str] = field(default_factory=dict)
    unreachable: Mapping[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    unfinished: list[UnfinishedFile] = field(default_factory=list)
    archive: dict[str, str | float | None] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """The number of files that were taken in or refused."""
        return self.taken + self.refused


class Watcher:
    """Takes in finished files, round by round. Its claims, which are on disk, are the list of the files to take in."""

    def __init__(self, deps: WatcherDependencies) -> None:
        self._deps = deps
        self._interruptions = Counter[DeliveryId]()
        self._picked: dict[DeliveryId, Finished] = {}
        self._found: Mapping[str, InboxFile] = {}
        self._cut_short = False
        self._threads = ThreadPoolExecutor(INTAKE_THREADS, thread_name_prefix="intake")
        self._backfill: set[str] = set()
        self._backfill_ends = deps.monotonic_clock.now()
        self.progress = Progress()

    def round(self) -> int:
        """Do one round and return the number of files that were taken in or refused.

        If the server, archive, quarantine or system fails, the round ends early and nothing is lost. The next round
        continues; the file at which the round ended comes last, so that the others are taken even if it is the cause.
        """
        deps, files = self._deps, self._scan()
        if files is None:
            return 0
        now = deps.clock.now()
        stable = deps.stability.observe(files, deps.monotonic_clock.now())
        self.progress.backlog = len(stable)
        self.progress.blocked = {path: why for path, why in self.progress.blocked.items() if path in files}
        before = self.progress.done
        deps.backpressure.check()
        self._backfill_ends = deps.monotonic_clock.now() + BACKFILL_TURN
        try:
            self._found = files
            self._take_in(deps.finished.pick(files, self._live_first(files, stable), now))
            self.progress.interrupted = None
        except TransientError as error:
            self._interrupted(str(error))
        except OSError as error:  # for example a lack of file descriptors, which affects every folder
            self._interrupted(f"the inbox cannot be processed: {explain_os_error(error)}")
        self.progress.waiting = len(files) - len(stable) + deps.finished.settling
        self.progress.incomplete = deps.finished.incomplete
        self.progress.unfinished = deps.finished.unfinished()
        self.progress.held = dict(deps.finished.blocked)
        unready = deps.finished.settling + self.progress.incomplete + len(self.progress.held)
        self.progress.backlog = max(0, self.progress.backlog - unready)
        self.progress.paused = deps.backpressure.why
        return self.progress.done - before

    def next_round_in(self, longest: timedelta) -> timedelta:
        """Return how long to sleep: until the next file may be stable, at most ``longest``; 0 within a burst."""
        if self._cut_short:
            return timedelta(0)
        return min(filter(None, [longest, self._deps.stability.next_stable(self._deps.monotonic_clock.now())]))

    def _scan(self) -> dict[str, InboxFile] | None:
        """Return the files of the inbox that have not been taken in; None, after a log line, if a scan fails."""
        try:
            self._deps.late_writers.restore_changed_files()
            self._deps.claims.claim_changed()
            files = self._deps.finished.listed(self._deps.scan())
            self.progress.unreachable = self._deps.scan.unreachable
            self.progress.ignored = self._deps.scan.ignored
            untaken = self._deps.claims.untaken(files)
        except OSError as error:
            self._interrupted(f"the inbox cannot be listed: {explain_os_error(error)}")
            return None
        except TransientError as error:
            self._interrupted(str(error))
            return None
        return {path: found for path, found in files.items() if path in untaken}

    def _live_first(self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]) -> dict[str, timedelta]:
        """Return the quiet files with the backfill files last, and remember those."""
        now, lane_of = self._deps.clock.now(), self._deps.intake.lanes.lane_of
        lanes = {path: lane_of(path, files[path].modified / 1e9, now) for path in quiet}
        self._backfill = {path for path, lane in lanes.items() if lane is Work.BACKFILL}
        return dict(sorted(quiet.items(), key=lambda each: each[0] in self._backfill))

    def _backfill_rests(self) -> bool:
        """Return whether backfill files have used their share of this round, or of the queue."""
        if self._deps.monotonic_clock.now() >= self._backfill_ends:
            self._cut_short = True
            return True
        return self._deps.backpressure.backfill_rests

    def _claim(self, path: str) -> Claim | None:
        try:
            claim = self._deps.claims.take(path, new_delivery_id(self._deps.clock.now()))
        except OSError as error:
            why = f"it cannot be claimed: {error.strerror}: {find_remedy(error) or 'see the log of the watcher'}"
            if self.progress.blocked.get(path) != why:
                log.warning("file.blocked", path=printable(path), why=why)
            self.progress.blocked[path] = why
            return None
        self.progress.backlog -= 1
        return claim

    def _to_take(self, finished: Iterable[Finished]) -> Iterator[Claim]:
        """Yield the pending claims, then new claims as they are made, and at last those that have ended a round."""
        turn_ends = self._deps.monotonic_clock.now() + TURN
        pending = list(self._deps.claims.pending())
        fresh = [claim for claim in pending if not self._interruptions[claim.delivery_id]]
        interrupted = [claim for claim in pending if self._interruptions[claim.delivery_id]]
        self._cut_short = False
        for claim in chain(fresh, self._new_claims(finished)):
            yield claim
            if self._deps.monotonic_clock.now() >= turn_ends:
                self._cut_short = True
                break
        yield from sorted(interrupted, key=lambda each: self._interruptions[each.delivery_id])

    def _new_claims(self, finished: Iterable[Finished]) -> Iterator[Claim]:
        for each in finished:
            if self._deps.backpressure.check() or (each.path in self._backfill and self._backfill_rests()):
                return
            claim = self._claim(each.path)
            if claim and self._has_changed(claim):
                self._deps.claims.put_back(claim)
            elif claim:
                self._picked[claim.delivery_id] = each
                self._deps.finished.claimed(claim)
                yield claim

    def _has_changed(self, claim: Claim) -> bool:
        """Return whether a moved file changed between the scan, whose state was checked, and the claim."""
        found = self._found.get(claim.path)
        if claim.is_left_in_place or claim.state is None or found is None:
            return False
        # Not the whole state: on some filesystems a rename gives a file another inode or device.
        return (claim.state.size, claim.state.modified) != (found.size, found.modified)

    def _take_in(self, finished: Iterable[Finished]) -> None:
        due = defaultdict[Work, list[DeliveryId]](list)
        try:
            to_take = self._to_take(finished)
            while claims := list(islice(to_take, INTAKE_THREADS)):
                if Cause.DISK in self._deps.backpressure.check():  # each original needs more of the disk
                    break
                for claim, lane in self._take_all(claims):
                    self._count(claim, lane)
                    if lane:
                        due[lane].append(claim.delivery_id)
                        if len(due[lane]) == self._deps.batch_size:
                            self._publish(lane, due.pop(lane))
        finally:
            for lane, ids in due.items():
                self._publish(lane, ids)

    def _take_all(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Work | None]]:
        """Take in claims in parallel and yield each with its lane, in order; raise the first error after all others."""
        for claim in claims:
            self._interruptions[claim.delivery_id] += 1
        futures = [(claim, self._threads.submit(self._take, claim)) for claim in claims]
        errors = [error for _, future in futures if (error := future.exception())]
        yield from ((claim, future.result()) for claim, future in futures if not future.exception())
        for error in errors:
            raise error

    def _take(self, claim: Claim) -> Work | None:
        picked = self._picked.get(claim.delivery_id) or self._deps.finished.inspect_again(claim)
        lane = self._deps.intake.take(claim, by=self._deps.name, refusal=picked.refusal, suspect=picked.suspect)
        self._deps.finished.taken(claim, picked)
        self._deps.claims.release(claim)
        return lane

    def _count(self, claim: Claim, lane: Work | None) -> None:
        """Count and log that a file was taken in, or refused."""
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
            log.warning("delivery.not_published", count=len(due), why=str(error), next="the reconciler publishes it")

    def _interrupted(self, why: str) -> None:
        if self.progress.interrupted != why:
            log.warning("watcher.interrupted", why=why, next="files stay where they are; trying again")
        self.progress.interrupted = why
