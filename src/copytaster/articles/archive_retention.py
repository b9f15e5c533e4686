"""Retention of the archive: originals and journal entries that nothing needs any more are removed, a day at a time.

A day of the journal expires as a whole. Its originals are removed, but not those that another day names, and not those
of deliveries and articles that are kept. When none of the day's originals is left, its entries are removed too.

Any number of processes may do this at once, beside intake, workers, replay and check.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from copytaster.archive.check import INTAKE_GAP
from copytaster.archive.daily_lines import DAY, day_of
from copytaster.archive.expired_days import ExpiredDay, ExpiredDays
from copytaster.archive.journal import Journal, JournalDay
from copytaster.archive.originals import StoredOriginals
from copytaster.articles.complete_data import complete_data
from copytaster.articles.pins import Pins
from copytaster.clock import Clock, Interval
from copytaster.metrics import WatcherMetrics
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.events import EventKind
from copytaster.store.ports.retention import AGE, DISK, Removal
from copytaster.store.store import Store
from copytaster.system.disk import DiskUse

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Originals removed, and deliveries compared, in one step: some 10 ms on a disk, seconds in a bucket."""

MOST_ORIGINALS = 100_000
"""Originals that one pass examines, some 50 MB of memory; after it the next pass begins with the days that are left."""

PASS_EVERY = timedelta(hours=6)
"""Interval between two passes over the expired days: one more day expires each day. A pass reads the whole journal."""

LONGEST_WRITE = timedelta(days=1)
"""A file to which nothing was added for this long is not being written any more."""

LEAST_AGE = timedelta(days=7)
"""Nothing younger is removed for the disk: a file that came out wrong is examined within days."""

FREE_MARGIN = 2
"""The oldest are removed while less than this many times the free space is left at which the intake pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRules:
    """How long originals and journal entries are kept; None is for ever.

    If more than ``disk_share`` of the archive's disk is used, or little more than ``least_free`` bytes can be written,
    the oldest are removed whatever their age. Inodes count as ``DiskUse`` says.
    """

    age: timedelta | None
    disk_share: float
    least_free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRetentionDependencies:
    """What the retention works on. ``disk`` measures the archive's disk; None if the archive is in a bucket."""

    journal: Journal
    originals: StoredOriginals
    expired: ExpiredDays
    pins: Pins
    store: Store
    rules: ArchiveRules
    disk: Callable[[], DiskUse | None]
    metrics: WatcherMetrics
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is needed of a journal entry: a pass has a hundred thousand of them in memory.

    Of a line that has changed it is what can still be read of it: its sidecar never, its delivery perhaps.
    """

    id: DeliveryId | None
    sha256: str | None
    originals: tuple[str, ...]


@dataclass(slots=True)
class _Pass:
    """The entries of the days that one pass examines, and which of their originals stay."""

    why: str
    began_at: datetime
    received_before: datetime
    entries: dict[str, list[_Entry]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def originals(self, day: str) -> set[str]:
        """Return the originals that a day names, also in lines that have changed."""
        return {each for entry in self.entries[day] for each in entry.originals}

    def keep(self, needed: AbstractSet[str]) -> None:
        """Keep the originals of the entries whose delivery or original is needed."""
        for entries in self.entries.values():
            for entry in entries:
                if entry.id in needed or entry.sha256 in needed:
                    self.kept.update(entry.originals)


class ArchiveRetention:
    """Removes what the rules no longer keep, in small steps."""

    def __init__(self, deps: ArchiveRetentionDependencies) -> None:
        self._deps = deps
        self._running: Iterator[int] | None = None
        self._passes = Interval(PASS_EVERY)
        self._finished: set[str] = set()

    def step(self) -> int:
        """Do a part of a pass, if one is running or due, and return how many originals were removed.

        Raises ``TransientError`` if server or archive do not answer; a later step begins a new pass.
        """
        running, self._running = self._running or self._next_pass(), None
        for removed in running:
            self._running = running
            return removed
        return 0

    def prune(self) -> int:
        """Do a whole pass and return how many originals were removed. Raises as ``step`` does."""
        return sum(self._pass_by_age(self._remove))

    def due(self) -> int:
        """Return how many originals ``prune`` would remove at present, without removing them."""
        return sum(self._pass_by_age(self._count))

    def _next_pass(self) -> Iterator[int]:
        now = self._deps.clock.now()
        if self._passes.has_passed(now):
            self._deps.originals.remove_remains(before=now - LONGEST_WRITE)
            self._deps.expired.reserve()
            self._deps.pins.refresh()
            return self._pass_by_age(self._remove)
        return self._pass_for_disk() if self._is_short_of_disk() else iter(())

    def _is_short_of_disk(self) -> bool:
        use, rules = self._deps.disk(), self._deps.rules
        return use is not None and (use.share > rules.disk_share or use.writable < FREE_MARGIN * rules.least_free)

    def _pass_by_age(self, treat: Callable[[_Pass], Iterator[int]]) -> Iterator[int]:
        deps, age = self._deps, self._deps.rules.age
        now = deps.store.retention.totals().age_time(deps.clock.now())
        days = [each for each in self._deps.journal.days() if age and each < day_of(now - age)]
        while days:
            found = _Pass(AGE, now, _end_of(days[-1]))
            yield from self._read(days, found)
            days = days[len(found.entries) :]
            if (yield from self._examine(found)):
                yield from treat(found)

    def _pass_for_disk(self) -> Iterator[int]:
        """Remove the originals of the oldest day that has not expired yet, but not those of pinned articles.

        Before that, once in each process, those that a removal has left which was interrupted: their days have records,
        so that nothing has to be written.
        """
        deps, now = self._deps, self._deps.clock.now()
        expired = deps.expired.days()
        old = [each for each in deps.journal.days() if each < day_of(now - LEAST_AGE)]
        begun = [each for each in old if each in expired and each not in self._finished]
        days = begun or [each for each in old if each not in expired][:1]
        if not days:
            return
        found = _Pass(DISK, now, _end_of(days[-1]))
        yield from self._read(days, found)
        if (yield from self._examine(found)):
            yield from self._finish(found) if begun else self._remove(found)
            self._finished.update(found.entries)
            deps.expired.reserve()

    def _read(self, days: Sequence[str], found: _Pass) -> Iterator[int]:
        """Read as many days as fit into memory."""
        size = 0
        for day in days:
            found.entries[day] = _entries(self._deps.journal.read(day))
            size += len(found.entries[day])
            yield 0
            if size >= MOST_ORIGINALS:
                return

    def _examine(self, found: _Pass) -> Generator[int, None, bool]:
        """Find out which originals are needed; return False if the store may not have been able to tell."""
        before = complete_data(self._deps.store)
        if before is None:
            return False
        found.keep(self._deps.pins.files())
        yield from self._find_named(found)
        yield from self._keep_for_deliveries(found)
        if found.why == AGE:
            yield from self._keep_for_articles(found)
        return complete_data(self._deps.store) == before

    def _find_named(self, found: _Pass) -> Iterator[int]:
        """Note the originals that other days name. An expired day needs only those that it keeps, if that is known."""
        deps, expired = self._deps, self._deps.expired.days()
        candidates = {each for day in found.entries for each in found.originals(day)}
        for day in deps.journal.days():
            if day not in found.entries:
                named = {each for entry in _entries(deps.journal.read(day)) for each in entry.originals}
                record = deps.expired.read(day) if day in expired else None
                found.named |= candidates & (named if record is None or record.is_damaged else set(record.kept))
                yield 0

    def _keep_for_deliveries(self, found: _Pass) -> Iterator[int]:
        """Keep the originals of deliveries that are stored; for the disk, only of those that are not settled."""
        needed = set[str]()
        ids = (each.id for entries in found.entries.values() for each in entries if each.id)
        for page in batched(ids, AT_ONCE):
            states = self._deps.store.ledger.states(page)
            needed |= {name for name, state in states.items() if found.why == AGE or state is not DeliveryState.SETTLED}
            yield 0
        found.keep(needed)

    def _keep_for_articles(self, found: _Pass) -> Iterator[int]:
        position, needed, is_first = 0, set[str](), True
        while position or is_first:
            position, some = self._deps.store.articles.originals(position, received_before=found.received_before)
            needed, is_first = needed | some, False
            yield 0
        found.keep(needed)

    def _count(self, found: _Pass) -> Iterator[int]:
        for each in {each for day in found.entries for each in found.originals(day)} - found.kept - found.named:
            yield int(self._deps.originals.stored_at(each) is not None)

    def _remove(self, found: _Pass) -> Iterator[int]:
        for day in found.entries:
            kept = self._left(day, found.originals(day) & found.kept)
            # First, so that a check takes no original for lost.
            self._deps.expired.record(ExpiredDay(day=day, at=self._deps.clock.now(), kept=tuple(sorted(kept))))
            yield from self._remove_originals(day, found, is_kept=bool(kept))

    def _finish(self, found: _Pass) -> Iterator[int]:
        """Remove what the records of the days do not name; one that has changed does not tell what that is."""
        for day in found.entries:
            record = self._deps.expired.read(day)
            found.kept |= found.originals(day) if record is None or record.is_damaged else set(record.kept)
        for day in found.entries:
            yield from self._remove_originals(day, found, is_kept=not found.kept.isdisjoint(found.originals(day)))

    def _remove_originals(self, day: str, found: _Pass, *, is_kept: bool) -> Iterator[int]:
        """Remove the originals of a day, and its entries unless one of its originals is kept."""
        deps, arrived = self._deps, set[str]()
        for page in batched(sorted(found.originals(day) - found.kept - found.named), AT_ONCE):
            removed = {each for each in page if deps.originals.remove(each, before=found.began_at - INTAKE_GAP)}
            arrived |= {each for each in page if each not in removed and deps.originals.stored_at(each)}
            self._report(len(removed), found.why)
            yield len(removed)
        # One that arrived again has another entry by now, which this pass has not read.
        if not is_kept and not arrived:
            deps.journal.remove(day)
            log.info("retention.day_removed", day=day, why=found.why)

    def _left(self, day: str, needed: set[str]) -> set[str]:
        """Return those of the needed originals that no earlier removal, for the disk, has taken away."""
        earlier = self._deps.expired.read(day)
        if earlier is None:
            return needed
        return {each for each in needed if each in earlier.kept or self._deps.originals.stored_at(each)}

    def _report(self, count: int, why: str) -> None:
        if count:
            self._deps.store.retention.report(Removal(EventKind.ORIGINALS_EXPIRED, why, originals=count))
            self._deps.metrics.expired.labels("original", why).inc(count)
            log.info("retention.removed", kind="original", count=count, why=why)


def _entries(read: JournalDay) -> list[_Entry]:
    """Return the entries of a day, and what can be read of lines that have changed: they are evidence of a need."""
    changed = [
        _Entry(DeliveryId(each.delivery_id) if each.delivery_id else None, each.sha256, (each.sha256,))
        for each in read.bad
        if each.sha256
    ]
    return [_Entry(each.id, each.sha256, each.originals) for each in read.entries] + changed


def _end_of(day: str) -> datetime:
    return datetime.strptime(day, DAY).replace(tzinfo=UTC) + timedelta(days=1)
