"""The items of one delivery: each is resolved separately, and a long delivery is processed in several slices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import BinaryIO

from copytaster.errors import OutOfTimeError, PermanentError, TransientError
from copytaster.metrics import Stage
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.model.progress import Progress
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import Reading
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.outcome import DeliveryOutcome
from copytaster.pipeline.resolve import Owned, resolve_draft
from copytaster.store.ports.articles import DeletedArticleError
from copytaster.store.ports.ledger import Advance

SLICE = timedelta(seconds=10)
"""After this time a delivery of many items is interrupted; it continues in the backfill lane."""

SAVE_EVERY = timedelta(seconds=3)
"""How often the progress of a delivery is saved: a fraction of the lease, so that a crash repeats little work."""

SAVE_AT = 200
"""Number of new articles after which the progress is saved as well, so that their tagging begins."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One worker's slice of a delivery that it has leased under the name ``run``."""

    delivery: Delivery
    sha256: str
    run: str
    deps: Dependencies

    def settle(self) -> Outcome:
        """Resolve the items from where the last slice ended, and return the outcome of the delivery.

        Raises ``PermanentError`` if no item of the delivery could be read, ``OutOfTimeError`` at the end of a slice.
        """
        clock, result = self.deps.clock, DeliveryOutcome(self.delivery.progress or Progress())
        items_before, alone = result.progress.count, self._is_alone()
        slice_end = next_save = clock.now()
        for count, reading in enumerate(self._readings(result)):
            if not count:  # the time for skipping the items of earlier slices does not count
                slice_end, next_save = clock.now() + SLICE, clock.now() + SAVE_EVERY
            # Only here it is known that the delivery has more items; this one is read again in the next slice.
            if clock.now() >= slice_end and result.progress.count > items_before:
                self._save(result)
                raise OutOfTimeError(f"{result.progress.count:,} items read; the rest follows after the live files")
            self._take(reading, result, alone=alone)
            if clock.now() >= next_save or len(result.unsaved) >= SAVE_AT:
                self._save(result)
                next_save = clock.now() + SAVE_EVERY
        return result.outcome()

    def _is_alone(self) -> bool:
        """Return whether the file has one item, if its sidecar makes that matter. Cost: reading two items."""
        if self.delivery.metadata is None or self.delivery.metadata.applies_to_all_items:
            return True
        with (
            self.deps.archive.open(self.sha256) as file,
            suppress(PermanentError),  # the same error is raised again, and handled, when the items are resolved
        ):
            return len(list(islice(self.deps.reader.read(self._original(file)), 2))) < 2  # noqa: PLR2004  # one or more
        return True

    def _original(self, file: BinaryIO) -> Original:
        frame = Frame(limits=self.deps.policy.limits)
        return Original(file=file, name=self.delivery.path, now=self.deps.clock.now(), frame=frame)

    def _readings(self, result: DeliveryOutcome) -> Iterator[Reading]:
        deps, limits = self.deps, self.deps.policy.limits
        with deps.archive.open(self.sha256) as file:
            readings = iter(deps.reader.read(self._original(file), after=result.progress.position))
            while (reading := self._next(readings)) is not None:
                if result.progress.count >= limits.items:
                    yield _too_many(reading, self.delivery, limits.items)
                    return
                yield reading

    def _next(self, readings: Iterator[Reading]) -> Reading | None:
        with self.deps.metrics.time(Stage.PARSE):
            return next(readings, None)

    def _take(self, reading: Reading, result: DeliveryOutcome, *, alone: bool) -> None:
        match reading.item:
            case Draft() as draft:
                owner = owner_of(self.delivery.id, reading)
                owned = Owned(
                    self.delivery, self.sha256, owner, reading.locator or None, alone=alone, described=reading.metadata
                )
                try:
                    result.add_resolved(reading, resolve_draft(draft, owned, self.deps))
                except DeletedArticleError as error:
                    result.add_failed(reading, BadItem.of(reading.locator, error))
            case BadItem() as bad:
                result.add_failed(reading, bad)

    def _save(self, result: DeliveryOutcome) -> None:
        unsaved, to_tag = list(dict.fromkeys(result.unsaved)), list(dict.fromkeys(result.to_tag))
        done = Advance(result.progress, unsaved, to_tag, list(result.items))
        if not self.deps.store.ledger.advance(self.delivery.id, done, owner=self.run, lease=self.deps.policy.lease):
            raise TransientError("another worker has taken the delivery over", resource=Resource.SERVER)
        result.mark_saved()


def owner_of(delivery_id: DeliveryId, reading: Reading) -> DeliveryId:
    """Return the owner of an item's article: the delivery's own id for its first item, with the position for others."""
    if not any(reading.position):
        return delivery_id
    return DeliveryId(f"{delivery_id}/{'.'.join(map(str, reading.position))}")


def _too_many(reading: Reading, delivery: Delivery, most: int) -> Reading:
    message = f"{delivery.path} has more than {most:,} items; the items before the limit are stored."
    rest = BadItem("the rest", Reason.TOO_MANY_ITEMS, message)
    return Reading(reading.position, rest.locator, rest, None)
