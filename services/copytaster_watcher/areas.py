"""The parts of the inbox, each of which is scanned by itself: an archive that is loaded must not delay live files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster_watcher.discovery.scan import InboxFile, Scan
from copytaster_watcher.readiness.finished import Finished, FinishedFiles
from copytaster_watcher.readiness.stability import StabilityTracker

PAUSE_TIMES = 10
"""A backfill area is scanned again after ten times as long as its last scan took: 20,000 files take a fifth of a second
to scan and to compare with the scan before, and a live file waits meanwhile."""

Untaken = Callable[[Mapping[str, InboxFile]], AbstractSet[str]]
Order = Callable[[Mapping[str, InboxFile], Mapping[str, timedelta]], Mapping[str, timedelta]]
"""Selects and sorts the files to judge, of those that do not change any more; each has the time without a change."""


class Area:
    """One part of the inbox, and the state in which the last scan found it.

    The files of a ``is_backfill`` area are taken after those of the others. Such an area is not scanned in each round,
    but what its last scan found is taken in many rounds: whatever has changed since then is noticed before and after a
    file is claimed.
    """

    def __init__(
        self,
        scan: Scan,
        stability: StabilityTracker,
        finished: FinishedFiles,
        monotonic_clock: Clock,
        *,
        is_backfill: bool = False,
    ) -> None:
        self.scan = scan
        self.finished = finished
        self.is_backfill = is_backfill
        self.files: Mapping[str, InboxFile] = {}
        """The files that the last scan found and that were not taken in then."""
        self.picks: Iterator[Finished | None] = iter(())
        """The rest of the finished files of the last scan; see ``FinishedFiles.pick``."""
        self.stable = 0
        """The number of files that did not change any more at the last scan."""
        self._claimed = self._left_out = 0
        self._stability = stability
        self._clock = monotonic_clock
        self._scanned_at = self._next_scan = monotonic_clock.now()
        self._next_stable: datetime | None = None

    def look(self, untaken: Untaken, order: Order, now: datetime) -> None:
        """Scan, unless that has to wait, and begin to pick the finished files. Raises ``OSError``, ``TransientError``.

        ``untaken`` returns those files that were not taken in yet, ``order`` those that are to be judged.
        """
        began = self._clock.now()
        if began < self._next_scan:
            return
        files = self.finished.listed(self.scan())
        free = untaken(files)
        self.files = files if len(free) == len(files) else {path: files[path] for path in files if path in free}
        quiet = self._stability.observe(self.files, began)
        judged = order(self.files, quiet)
        self.stable, self._left_out, self._claimed = len(quiet), len(quiet) - len(judged), 0
        self.picks = self.finished.pick(self.files, judged, now)
        self._scanned_at = began
        if self.is_backfill:
            wait = self._stability.next_stable(began)
            self._next_stable = None if wait is None else began + wait
            self._next_scan = began + (self._clock.now() - began) * (PAUSE_TIMES + 1)

    def claimed(self) -> None:
        """Note that one of the picked files was claimed."""
        self._claimed += 1

    @property
    def waiting(self) -> int:
        """The number of files that are being written, or that wait for the settle time."""
        return len(self.files) - self.stable + self.finished.settling

    @property
    def backlog(self) -> int:
        """The number of finished files that are not claimed yet, without those that are not to be taken now."""
        unready = self.finished.settling + self.finished.incomplete + len(self.finished.blocked)
        return max(0, self.stable - self._left_out - self._claimed - unready)

    def next_look_in(self) -> timedelta | None:
        """Return the time until the next file is to be judged; None if no file is waiting for that."""
        now = self._clock.now()
        if self.is_backfill:
            return (
                None if self._next_stable is None else max(timedelta(0), self._next_stable - now, self._next_scan - now)
            )
        # From the scan on, since a file may have become due while others were taken.
        wait = self._stability.next_stable(self._scanned_at)
        return None if wait is None else max(timedelta(0), wait - (now - self._scanned_at))
