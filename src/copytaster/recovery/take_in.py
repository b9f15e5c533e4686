"""Repairs the journal from the ledger, and takes in originals that neither of them knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from copytaster.archive.daily_lines import DAY, day_of
from copytaster.archive.damage import Damage, DamageKind, Damages
from copytaster.archive.journal import journal_entry, lost_entries
from copytaster.errors import PermanentError, outage_error
from copytaster.intake.file_intake import Deposit
from copytaster.model.article import Document
from copytaster.model.delivery import Delivery, DeliveryId, new_delivery_id, refusal_of
from copytaster.model.metadata import MAX_SIDECAR_BYTES, Metadata, read_sidecar
from copytaster.model.outage import Resource
from copytaster.store.ports.ledger import DeliveryQuery, Ledger
from copytaster.store.ports.retention import lowest_id

PAGE = 500
"""Records per round trip; more would block other clients of the server."""

MAX_LISTED = 3
"""Ids in the record of a repair; all of them are in the journal."""

RETRIED_FOR = timedelta(days=1)
"""A delivery's id is as old as its first claim; after an outage it is received later, in the same day or the next."""

UNNAMED = (DamageKind.ORIGINAL_UNNAMED,)

NEWER = "a newer release wrote this entry; install it, and the entry is read again"
"""Why an entry is not replaced by what this release knows of its delivery: it would lose the rest."""

PATH = "recovered-{}"
"""The path of an original without a name. It has no folder, because its source is unknown."""


class TakenIn(Document):
    """What was done about one damage: deliveries that were journalled again, or a new delivery, or why nothing was."""

    damage_id: str
    journalled: tuple[DeliveryId, ...] = ()
    delivered: DeliveryId | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeIn:
    """Repairs what the open records of damage describe. ``by`` is named in timelines and resolutions."""

    deposit: Deposit
    damages: Damages
    by: str

    def run(self) -> list[TakenIn]:
        """Repair what can be repaired and return the result for each record.

        A line whose delivery cannot be identified is resolved when all deliveries of its day are journalled again.
        Raises ``TransientError`` when server or archive do not answer; the next call continues.
        """
        lines, originals = self._open((DamageKind.JOURNAL_LINE, DamageKind.JOURNAL_LOST)), self._open(UNNAMED)
        days = groupby(sorted(lines, key=_day_of), key=_day_of)
        results, named, of_newer = list[TakenIn](), set[str](), set[str | None]()
        for day, of_day in days:
            read, damages = self.deposit.intake.journal.read(day), list(of_day)
            newer = {each.place: each.delivery_id for each in read.bad if each.is_newer}
            of_newer |= {each.sha256 for each in read.bad if each.is_newer}
            results += [TakenIn(damage_id=each.id, refusal=NEWER) for each in damages if each.place in newer]
            if left := [each for each in damages if each.place not in newer]:
                known = {each.id for each in read.entries}.union(newer.values())
                results += self._repair_day(day, left, known, named)
        unknown = []
        results += [TakenIn(damage_id=each.id, refusal=NEWER) for each in originals if each.place in of_newer]
        for damage in (each for each in originals if each.place not in of_newer):
            query = DeliveryQuery(sha256=damage.place, limit=PAGE)
            if again := self._journal_again(_all(self.deposit.intake.ledger, query), named):
                self._close(damage, f"journalled again: {_listed(again)}")
                results.append(TakenIn(damage_id=damage.id, journalled=again))
            else:
                unknown.append(damage)
        return results + self._deliver_all(unknown, named)

    def _open(self, kinds: Iterable[DamageKind]) -> list[Damage]:
        return [each for each in self.damages.open() if each.kind in kinds]

    def _repair_day(
        self, day: str, damages: Sequence[Damage], known: AbstractSet[str | None], named: set[str]
    ) -> list[TakenIn]:
        """Journal again what the ledger knows of a day and the journal lacks, and close the damage of the day.

        The damage stays open if the ledger knows fewer deliveries than the journal has lost.
        """
        missing = (each for each in _received_on(day, self.deposit.intake.ledger) if each.id not in known)
        again = self._journal_again(missing, named)
        if not again:
            why = "the server does not know these deliveries either; restore the file from a backup"
            return [TakenIn(damage_id=each.id, refusal=why) for each in damages]
        lines = [each for each in damages if each.kind is DamageKind.JOURNAL_LINE]
        counted = (int(each.expected or 0) - int(each.found) for each in damages if each.expected)
        lost = max([sum(map(lost_entries, lines)), *counted])
        why = f"the server knows {len(again)} of at least {lost} lost entries of {day}; they are journalled again"
        if len(again) < lost:
            return [TakenIn(damage_id=each.id, journalled=again, refusal=why) for each in damages]
        for each in damages:
            # Without the right id, the next check would find the line again.
            identified = each.kind is not DamageKind.JOURNAL_LINE or each.delivery_id in again
            self._close(each, f"journalled again: {_listed(again)}", resolve=not identified)
        return [TakenIn(damage_id=each.id, journalled=again) for each in damages]

    def _journal_again(self, deliveries: Iterable[Delivery], named: set[str]) -> tuple[DeliveryId, ...]:
        """Journal deliveries again and return their ids; add their sidecars to ``named``."""
        ids = []
        for each in deliveries:
            self.deposit.intake.journal.append(journal_entry(each, refusal_of(each)))
            named |= {each.sidecar} if each.sidecar else set()
            ids.append(each.id)
        return tuple(ids)

    def _close(self, damage: Damage, why: str, *, resolve: bool = False) -> None:
        at = self.deposit.intake.clock.now()
        if resolve:
            self.damages.resolve(damage.id, by=self.by, why=why, at=at)
        else:
            self.damages.repair(damage.id, why=why, at=at)

    def _deliver_all(self, unknown: list[Damage], named: set[str]) -> list[TakenIn]:
        """Deliver originals without a name, unless there are sidecars among them: those may withhold the others."""
        files, sidecars, results = list[Damage](), list[Damage](), list[TakenIn]()
        for damage in unknown:
            if damage.place in named:
                self._close(damage, "a delivery that was journalled again names it as its sidecar")
                results.append(TakenIn(damage_id=damage.id))
            else:
                (sidecars if self._is_sidecar(damage.place) else files).append(damage)
        if not sidecars:
            return results + [self._deliver(each) for each in files]
        why = (
            f"{len(sidecars)} of the originals without a name are sidecars, which may contain an embargo or a kill of"
            " the others; read them, then resolve them with `copytaster archive resolve`"
        )
        return results + [TakenIn(damage_id=each.id, refusal=why) for each in (*sidecars, *files)]

    def _deliver(self, damage: Damage) -> TakenIn:
        intake, claims = self.deposit.intake, self.deposit.claims
        path, new_id = PATH.format(damage.place[:16]), new_delivery_id(intake.clock.now())
        try:
            with intake.archive.open(damage.place) as content:
                claim = claims.write_in(content, path, new_id)
        except PermanentError as error:
            return TakenIn(damage_id=damage.id, refusal=error.message)
        except OSError as error:
            raise outage_error(f"write {path} into the staging folder", error, resource=Resource.WORKER) from error
        delivery = self.deposit.take_in(claim, by=self.by)
        self._close(damage, f"delivered as {delivery.id}")
        return TakenIn(damage_id=damage.id, delivered=delivery.id)

    def _is_sidecar(self, sha256: str) -> bool:
        try:
            with self.deposit.intake.archive.open(sha256) as content:
                return read_sidecar(content.read(MAX_SIDECAR_BYTES + 1), path=sha256) != Metadata()
        except PermanentError:  # it is something else, or it is damaged, which delivering it reports
            return False


def _day_of(damage: Damage) -> str:
    """Return the day of a damaged file of the journal, or of a day with lost entries."""
    return "/".join(damage.place.split("/")[1:4]) if damage.kind is DamageKind.JOURNAL_LINE else damage.place


def _listed(ids: Sequence[DeliveryId]) -> str:
    more = f" and {len(ids) - MAX_LISTED} more" if len(ids) > MAX_LISTED else ""
    return ", ".join(ids[:MAX_LISTED]) + more


def _received_on(day: str, ledger: Ledger) -> Iterator[Delivery]:
    """Yield the deliveries that were received on a day. Cost: reading those of three days."""
    begin = datetime.strptime(day, DAY).replace(tzinfo=UTC)
    first, last = begin - RETRIED_FOR, begin + 2 * RETRIED_FOR
    for each in _all(ledger, DeliveryQuery(before=lowest_id(last), limit=PAGE)):
        if each.id < lowest_id(first):
            return
        if day_of(each.received_at) == day:
            yield each


def _all(ledger: Ledger, query: DeliveryQuery) -> Iterator[Delivery]:
    while page := ledger.find(query):
        yield from page
        query = replace(query, before=page[-1].id)
