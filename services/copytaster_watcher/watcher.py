"""One round of the watcher: scan, check for completeness, claim, take in, publish."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TypeVar

import structlog

from copytaster.clock import Clock, from_milliseconds
from copytaster.errors import TransientError
from copytaster.intake.claim import Claim, InboxClaims
from copytaster.intake.file_intake import Candidate, Intake
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import Cause
from copytaster.intake.printable_names import printable, source_of
from copytaster.intake.source_defaults import declared_source
from copytaster.metrics import WatcherMetrics
from copytaster.model.delivery import new_delivery_id
from copytaster.model.tracing import NoTracing, Tracing
from copytaster.model.work import Publisher, Work
from copytaster.store.ports.presence import MAX_UNFINISHED
from copytaster.system.remedies import explain_os_error, find_remedy
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.scan import InboxFile
from copytaster_watcher.group_intake import GroupIntake, grouped
from copytaster_watcher.readiness.finished import Finished

log = structlog.get_logger(__name__)

Each = TypeVar("Each")

TURN = timedelta(seconds=2)
"""Longest time of a round: 30,000 files at once take most of a minute, and heartbeats are due meanwhile."""

SHORTEST_PAUSE = timedelta(milliseconds=50)
"""Shortest pause between two rounds, however many notifications arrive: a burst is handled in few rounds."""

BACKFILL_TURN = timedelta(seconds=0.2)
"""Longest time for backfill files in a round: a live file that arrives meanwhile waits for the next scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherDependencies:
    """The dependencies of a watcher.

    ``areas`` are the parts of the inbox, those with live files first. ``name`` is this process in timelines.
    ``monotonic_clock`` measures how long files have not changed, because setting the ``clock`` must not make them
    older.
    """

    areas: Sequence[Area]
    claims: InboxClaims
    intake: Intake
    publisher: Publisher
    backpressure: Backpressure
    metrics: WatcherMetrics
    clock: Clock
    monotonic_clock: Clock
    pauses: PauseWatch
    name: str
    tracing: Tracing = field(default_factory=NoTracing)


class Watcher:
    """Takes in finished files, round by round. Its claims, which are on disk, are the list of the files to take in."""

    def __init__(self, deps: WatcherDependencies) -> None:
        self._deps = deps
        self._intake = GroupIntake(
            deps.intake,
            deps.claims,
            deps.publisher,
            metrics=deps.metrics,
            tracing=deps.tracing,
            by=deps.name,
            suspect_taken=deps.areas[0].finished.suspect_taken,
        )
        self.progress = self._intake.progress
        self._cut_short = False
        self._old: set[str] = set()
        self._backfill_ends = deps.monotonic_clock.now()

    def round(self) -> int:
        """Do one round and return the number of files that were taken in or refused.

        If the server, archive, quarantine or system fails, the round ends early and nothing is lost. The next round
        continues; the file at which the round ended comes last, so that the others are taken even if it is the cause.
        """
        before = self.progress.done
        if not self._look():
            return 0
        self._deps.backpressure.check()
        try:
            self._take_in()
            self.progress.interrupted = None
        except TransientError as error:
            self._interrupted(str(error))
        except OSError as error:  # for example a lack of file descriptors, which affects every folder
            self._interrupted(f"the inbox cannot be processed: {explain_os_error(error)}")
        self._report()
        done = self.progress.done - before
        self._deps.metrics.taken.inc(done)
        return done

    def next_round_in(self, longest: timedelta) -> timedelta:
        """Return how long to sleep: until the next file may be stable, at most ``longest``; 0 within a burst."""
        if self._cut_short:  # the round had no time for the rest
            return timedelta(0)
        waits = (area.next_look_in() for area in self._deps.areas)
        return max(SHORTEST_PAUSE, min([longest, *(each for each in waits if each is not None)]))

    def _look(self) -> bool:
        """Scan the areas; return False, after a log line, if a scan fails."""
        deps = self._deps
        try:
            for area in deps.areas:
                area.look(
                    deps.claims.untaken, self._unpaused if area.is_backfill else self._live_first, deps.clock.now()
                )
        except OSError as error:
            self._interrupted(f"the inbox cannot be listed: {explain_os_error(error)}")
            return False
        except TransientError as error:
            self._interrupted(str(error))
            return False
        self._backfill_ends = deps.monotonic_clock.now() + BACKFILL_TURN
        return True

    def _unpaused(self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]) -> Mapping[str, timedelta]:
        """Return the quiet files without those of paused sources: looking at each would take the time of all others."""
        del files
        if not self._deps.pauses.has_sources:
            return quiet
        paused: dict[str, bool] = {}
        for path in quiet:
            if (folder := path.rpartition("/")[0]) not in paused:
                paused[folder] = self._is_paused(path)
        return {path: since for path, since in quiet.items() if not paused[path.rpartition("/")[0]]}

    def _live_first(self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]) -> Mapping[str, timedelta]:
        """Return what ``_unpaused`` does with the backfill files last, and remember those."""
        quiet = self._unpaused(files, quiet)
        now, lane_of = self._deps.clock.now(), self._deps.intake.lanes.lane_of
        lanes = {path: lane_of(path, files[path].modified / 1e9, now) for path in quiet}
        self._old = {path for path, lane in lanes.items() if lane is Work.BACKFILL}
        return dict(sorted(quiet.items(), key=lambda each: each[0] in self._old)) if self._old else quiet

    def _take_in(self) -> None:
        for group in self._groups():
            if Cause.DISK in self._deps.backpressure.check():  # each original needs more of the disk
                return
            self._intake.take(group)

    def _groups(self) -> Iterator[list[Candidate]]:
        """Yield the files to take in together: pending claims, then new ones as they are made.

        At last come those whose intake has failed, each alone: one of them may be the cause.
        """
        pending = list(self._deps.claims.pending())
        fresh = [claim for claim in pending if not self._intake.failures(claim)]
        failed = sorted(filter(self._intake.failures, pending), key=self._intake.failures)
        self._cut_short = False
        new = (each for area in self._deps.areas for each in self._new_claims(area))
        yield from grouped(self._one_turn(chain(map(self._inspected, fresh), new)))
        yield from ([self._intake.again(claim)] for claim in self._one_turn(failed))

    def _one_turn(self, claims: Iterable[Each]) -> Iterator[Each]:
        """Yield as many of the claims as a round has time for, at least one."""
        ends = self._deps.monotonic_clock.now() + TURN
        for each in claims:
            yield each
            if self._deps.monotonic_clock.now() >= ends:
                self._cut_short = True
                return

    def _inspected(self, claim: Claim) -> Candidate:
        """Return a claimed file that is judged again: the watcher stopped between the claim and the intake."""
        return _candidate(claim, self._deps.areas[0].finished.inspect_again(claim))

    def _new_claims(self, area: Area) -> Iterator[Candidate | None]:
        while not self._rests(area):
            try:
                finished = next(area.picks)
            except StopIteration:
                return
            if finished and finished.path in self._old and self._backfill_rests():
                return
            yield self._claimed(finished, area) if finished and not self._is_paused(finished.path) else None

    def _claimed(self, finished: Finished, area: Area) -> Candidate | None:
        """Claim a file of an area; return None if that is not possible, or if it has changed since the scan."""
        claim = self._claim(finished.path, area.finished.sidecar_of(finished.path))
        if claim is None:
            return None
        area.claimed()
        found = area.files.get(claim.path)
        if _has_changed(claim, found):
            self._deps.claims.put_back(claim)
            return None
        area.finished.claimed(claim)
        return _candidate(claim, finished, found)

    def _rests(self, area: Area) -> bool:
        """Return whether no file of an area may be claimed now."""
        is_paused = self._deps.pauses.intake() is not None
        return is_paused or bool(self._deps.backpressure.check()) or (area.is_backfill and self._backfill_rests())

    def _is_paused(self, path: str) -> bool:
        """Return whether the source of a file is paused, by the name of its folder or by its declared name.

        All files of a folder have the same answer.
        """
        pauses = self._deps.pauses
        if not pauses.has_sources:
            return False
        folder = source_of(path)
        with suppress(TransientError):  # the defaults are invalid: the intake reports it
            return bool(pauses.source({folder, declared_source(folder, self._deps.intake.source_defaults.about(path))}))
        return bool(pauses.source({folder}))

    def _backfill_rests(self) -> bool:
        """Return whether backfill files have used their share of this round, or of the queue."""
        if self._deps.monotonic_clock.now() >= self._backfill_ends:
            self._cut_short = True
            return True
        return self._deps.backpressure.backfill_rests

    def _claim(self, path: str, sidecar: str | None) -> Claim | None:
        try:
            return self._deps.claims.take(path, new_delivery_id(self._deps.clock.now()), sidecar)
        except OSError as error:
            why = f"it cannot be claimed: {error.strerror}: {find_remedy(error) or 'see the log of the watcher'}"
            if self.progress.blocked.get(path) != why:
                log.warning("file.blocked", path=printable(path), why=why)
            self.progress.blocked[path] = why
            return None

    def _report(self) -> None:
        """Bring the figures of the areas into the progress."""
        progress, areas = self.progress, self._deps.areas
        progress.waiting = sum(area.waiting for area in areas)
        progress.backlog = sum(area.backlog for area in areas)
        progress.behind_since = (progress.behind_since or self._deps.clock.now()) if progress.backlog else None
        progress.incomplete = sum(area.finished.incomplete for area in areas)
        progress.ignored = sum(area.scan.ignored for area in areas)
        progress.unreachable = {path: why for area in areas for path, why in area.scan.unreachable.items()}
        progress.held = {path: why for area in areas for path, why in area.finished.blocked.items()}
        unfinished = chain.from_iterable(area.finished.unfinished() for area in areas)
        progress.unfinished = heapq.nsmallest(MAX_UNFINISHED, unfinished, key=lambda file: file.since)
        blocked = progress.blocked.items()
        progress.blocked = {path: why for path, why in blocked if any(path in area.files for area in areas)}
        progress.paused = self._deps.backpressure.why
        progress.disks = self._deps.backpressure.disks

    def _interrupted(self, why: str) -> None:
        if self.progress.interrupted != why:
            log.warning("watcher.interrupted", why=why, next="files stay where they are; trying again")
        self.progress.interrupted = why


def _candidate(claim: Claim, finished: Finished, found: InboxFile | None = None) -> Candidate:
    changed_at = from_milliseconds(found.changed // 1_000_000) if found else None
    return Candidate(claim, finished.refusal, suspect=finished.suspect, changed_at=changed_at)


def _has_changed(claim: Claim, found: InboxFile | None) -> bool:
    """Return whether a moved file changed between the scan, whose state was checked, and the claim."""
    if claim.is_left_in_place or claim.state is None or found is None:
        return False
    # Not the whole state: on some filesystems a rename gives a file another inode or device.
    return (claim.state.size, claim.state.modified) != (found.size, found.modified)
