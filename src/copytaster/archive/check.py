"""The check of the whole archive: reads every original and every line of the journal, and compares the two.

It finds damaged and missing originals, damaged and lost journal lines, damaged decisions, and originals that no entry
names. It deletes and changes nothing but the records of damage: new damage is recorded, and a record whose damage is
gone is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.archive.check_position import CheckPosition, CheckPositions
from copytaster.archive.check_scan import LEAST_COST, Named, Scan, read_journal
from copytaster.archive.damage import Damage, DamageKind, Damages
from copytaster.archive.decisions import Decisions, deleted_originals
from copytaster.archive.expired_days import ExpiredDays
from copytaster.archive.journal import BadLine, Journal
from copytaster.archive.originals import PREFIXES, StoredOriginals, damaged_original
from copytaster.clock import Clock

MAX_NAMES = 100_000
"""Names of originals held in memory at a time, some 30 MB. A larger archive is checked in several parts."""

INTAKE_GAP = timedelta(minutes=10)
"""An original is written before its journal entry; the two are milliseconds apart, or an outage of the archive."""

SAVE_EVERY = timedelta(seconds=10)
"""How often the position is saved; an interrupted check repeats at most this much."""

ORIGINALS = (DamageKind.ORIGINAL_DAMAGED, DamageKind.ORIGINAL_MISSING, DamageKind.ORIGINAL_UNNAMED)
JOURNAL = (DamageKind.JOURNAL_LINE, DamageKind.JOURNAL_LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCheck:
    """Checks the archive.

    ``spend`` receives the number of bytes that were read; it may sleep to limit the rate, and raise to interrupt the
    check. ``report`` receives the position after each of the 256 parts. ``by`` is recorded with the position.
    ``most_names`` is the number of originals whose names are held in memory.
    """

    originals: StoredOriginals
    journal: Journal
    decisions: Decisions
    expired: ExpiredDays
    damages: Damages
    positions: CheckPositions
    clock: Clock
    by: str
    spend: Callable[[int], object]
    report: Callable[[CheckPosition], object]
    most_names: int = MAX_NAMES

    def run(self, *, restart: bool = False) -> CheckPosition:
        """Check everything, or the rest of an interrupted check, and return the final position.

        With ``restart`` an interrupted check is not continued. Raises ``TransientError`` if the archive is unavailable;
        the next call continues.
        """
        now = self.clock.now()
        position = self.positions.load()
        if restart or position is None or position.completed_at:
            former = position.last_completed_at if position else None
            position = CheckPosition(started_at=now, updated_at=now, by=self.by, former_completed_at=former)
            self._compare_decisions()
        position = self._save(position.model_copy(update={"by": self.by}))
        while position.next < len(PREFIXES):
            position = self._check_parts(position)
        return self._save(position.model_copy(update={"completed_at": self.clock.now()}))

    def _check_parts(self, position: CheckPosition) -> CheckPosition:
        """Read the journal, then the originals of as many parts as fit into memory; return the new position."""
        scan, known = self._scan(position.next), self._open(ORIGINALS)
        if position.next == 0:
            self._compare_journal(scan)
            position = position.model_copy(update={"entries": sum(scan.counts.values())})
        missing, saved_at = dict[str, str](), self.clock.now()
        for number in range(scan.first, scan.end):
            prefix = PREFIXES[number]
            here = [each for each in known if each.place.startswith(prefix)]
            position = self._check_prefix(prefix, scan, here, position, missing)
            self.report(position)
            if abs(self.clock.now() - saved_at) >= SAVE_EVERY:
                self._update_missing(missing, scan, known)
                position = self._save(position)
                missing, saved_at = {}, self.clock.now()
        self._update_missing(missing, scan, known)
        return self._save(position)

    def _save(self, position: CheckPosition) -> CheckPosition:
        saved = position.model_copy(update={"updated_at": self.clock.now()})
        self.positions.save(saved)
        self.report(saved)
        return saved

    def _scan(self, first: int) -> Scan:
        scan = Scan(
            first,
            began_at=self.clock.now(),
            most_names=self.most_names,
            expired=self.expired.days(),
            deleted=deleted_originals(self.decisions.deletions()),
        )
        read_journal(self.journal, self.expired, scan, spend=self.spend)
        return scan

    def _compare_journal(self, scan: Scan) -> None:
        """Record damaged and lost entries, and close the records of those that are there again."""
        now, expired = self.clock.now(), self.expired.days()
        found = [each.damage(now) for each in self._without_other_entry(scan.bad)]
        before = {day: count for day, count in self.positions.counts().items() if day not in expired}
        found += [
            _lost(day, scan.counts.get(day, 0), count, at=now)
            for day, count in before.items()
            if scan.counts.get(day, 0) < count
        ]
        known = self._open(JOURNAL)
        lost = [each for each in known if each.kind is DamageKind.JOURNAL_LOST]
        found += [
            each for each in lost if each.place not in expired and scan.counts.get(each.place, 0) < (each.expected or 0)
        ]
        self._update(known, found)
        self.positions.save_counts(scan.counts)

    def _without_other_entry(self, bad: Sequence[BadLine]) -> list[BadLine]:
        """Return the lines whose delivery has no entry on any day: after midnight a claim is journalled on another."""
        wanted = {each.delivery_id for each in bad if each.delivery_id}
        if not wanted:
            return list(bad)
        days = self.journal.days()
        found = {entry.id for day in days for entry in self.journal.read(day).entries if entry.id in wanted}
        return [each for each in bad if each.delivery_id not in found]

    def _compare_decisions(self) -> None:
        self._update(self._open((DamageKind.DECISION,)), self.decisions.damaged())

    def _check_prefix(
        self, prefix: str, scan: Scan, known: Sequence[Damage], position: CheckPosition, missing: dict[str, str]
    ) -> CheckPosition:
        """Examine the originals of a part; add to ``missing`` those that are not there, as far as they are named."""
        stored, named, size = self.originals.names(prefix), scan.named.pop(prefix, {}), 0

        def read(count: int) -> None:
            nonlocal size
            size += count
            self.spend(count)

        for sha256 in sorted({*stored, *named, *(each.place for each in known)}):
            before = size
            digest, names = self.originals.digest(sha256, report=read), named.get(sha256)
            if digest is None and names:
                missing[sha256] = names
            else:
                found = self._examine(sha256, digest, named, scan)
                self._update([each for each in known if each.place == sha256], found)
            self.spend(max(0, LEAST_COST - (size - before)))
        return position.model_copy(
            update={
                "next": PREFIXES.index(prefix) + 1,
                "originals": position.originals + len(stored),
                "size": position.size + size,
            }
        )

    def _examine(self, sha256: str, digest: str | None, named: Named, scan: Scan) -> list[Damage]:
        """Return what is wrong with one original that has the hash ``digest``; None if it is gone, and may be."""
        now = self.clock.now()
        if digest is None:
            return []
        if digest != sha256:
            return [damaged_original(sha256, digest, at=now, names=named.get(sha256, ""))]
        stored_at = self.originals.stored_at(sha256)
        if sha256 in named or stored_at is None or stored_at > scan.began_at - INTAKE_GAP:
            return []
        return [_unnamed(sha256, at=now)]

    def _update_missing(self, missing: Mapping[str, str], scan: Scan, known: Sequence[Damage]) -> None:
        """Record which of the originals that are not there are lost; they have the descriptions of their files.

        An original may have been removed since the journal was read. That is recorded before the removal, so the
        records are read again after the originals. If a day has expired since, nobody knows before the next check:
        until then an original counts as lost that did so before. Cost: reading all deletions, if any is not there.
        """
        if not missing:
            return
        now, deleted = self.clock.now(), deleted_originals(self.decisions.deletions())
        here = [each for each in known if each.place in missing]
        if self.expired.days() == scan.expired:
            found = [_missing(sha256, names, at=now) for sha256, names in missing.items()]
        else:
            found = [each for each in here if each.kind is DamageKind.ORIGINAL_MISSING]
        self._update(here, [each for each in found if deleted.get(each.place) == scan.deleted.get(each.place)])

    def _open(self, kinds: Iterable[DamageKind]) -> list[Damage]:
        return [each for each in self.damages.open() if each.kind in kinds]

    def _update(self, known: Sequence[Damage], found: Sequence[Damage]) -> None:
        """Record what was found, and close the known records that were not found again."""
        present = {each.id for each in found}
        for each in found:
            self.damages.record(each)
        for each in known:
            if each.id not in present:
                self.damages.repair(each.id, why="a check did not find it again", at=self.clock.now())


def _missing(sha256: str, names: str, *, at: datetime) -> Damage:
    return Damage(
        kind=DamageKind.ORIGINAL_MISSING,
        place=sha256,
        found="",
        message=f"the original {sha256}{names} is missing; drop the file again, or restore the original from a backup",
        found_at=at,
        sha256=sha256,
    )


def _unnamed(sha256: str, *, at: datetime) -> Damage:
    return Damage(
        kind=DamageKind.ORIGINAL_UNNAMED,
        place=sha256,
        found=sha256,
        message=f"no entry of the journal names the original {sha256}; run `copytaster archive check --take-in` to"
        " process it, or `copytaster archive resolve` if it is of no use",
        found_at=at,
        sha256=sha256,
    )


def _lost(day: str, count: int, expected: int, *, at: datetime) -> Damage:
    return Damage(
        kind=DamageKind.JOURNAL_LOST,
        place=day,
        found=str(count),
        message=f"the journal of {day} had {expected} entries and has {count}; restore journal/{day}/ from a backup, or"
        " run `copytaster archive check --take-in`",
        found_at=at,
        expected=expected,
    )
