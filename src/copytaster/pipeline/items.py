"""The items of one delivery, each settled on its own, in as many slices as it takes."""

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
from copytaster.model.progress import Progress
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import Reading
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.outcome import DeliveryOutcome
from copytaster.pipeline.overlay import speaks_of_all
from copytaster.pipeline.resolve import Owned, resolve_draft
from copytaster.store.ports.ledger import Advance

SLICE = timedelta(seconds=10)
"""A delivery of many items gives way to others after this time; they are begun again in the backfill lane."""

TELL_EVERY = timedelta(seconds=3)
"""How often the ledger hears how far a delivery is: a fraction of the lease, and little is done twice after a crash."""

TELL_AT = 200
"""Articles after which the ledger hears it too: their tagging should begin."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One worker's stretch of work on a delivery that it holds as ``run``."""

    delivery: Delivery
    sha256: str
    run: str
    deps: Dependencies

    def settle(self) -> Outcome:
        """Store the items where they belong, from where an earlier slice ended, and return how the delivery ends.

        Raises ``PermanentError`` when not one of all items can be read, and ``OutOfTimeError``.
        """
        clock, tally = self.deps.clock, DeliveryOutcome(self.delivery.progress or Progress())
        begun, alone = tally.progress.count, self._is_alone()
        ends = tell = clock.now()
        for count, reading in enumerate(self._readings(tally)):
            if not count:  # passing over what an earlier slice has read does not count
                ends, tell = clock.now() + SLICE, clock.now() + TELL_EVERY
            # Only now is it known that there is more to do; this one item is read again.
            if clock.now() >= ends and tally.progress.count > begun:
                self._tell(tally)
                raise OutOfTimeError(f"{tally.progress.count:,} items read; it goes on behind the live files")
            self._take(reading, tally, alone=alone)
            if clock.now() >= tell or len(tally.fresh) >= TELL_AT:
                self._tell(tally)
                tell = clock.now() + TELL_EVERY
        return tally.outcome()

    def _is_alone(self) -> bool:
        """Say whether the file is one item, as far as a sidecar makes that matter; costs reading its first two."""
        if self.delivery.metadata is None or speaks_of_all(self.delivery.metadata):
            return True
        with (
            self.deps.archive.open(self.sha256) as file,
            suppress(PermanentError),
        ):  # which is met again, and dealt with
            return len(list(islice(self.deps.reader.read(self._original(file)), 2))) < 2  # noqa: PLR2004  # one or more
        return True

    def _original(self, file: BinaryIO) -> Original:
        frame = Frame(limits=self.deps.policy.limits)
        return Original(file=file, name=self.delivery.path, now=self.deps.clock.now(), frame=frame)

    def _readings(self, tally: DeliveryOutcome) -> Iterator[Reading]:
        deps, limits = self.deps, self.deps.policy.limits
        with deps.archive.open(self.sha256) as file:
            readings = iter(deps.reader.read(self._original(file), after=tally.progress.position))
            while (reading := self._next(readings)) is not None:
                if tally.progress.count >= limits.items:
                    yield _too_many(reading, self.delivery, limits.items)
                    return
                yield reading

    def _next(self, readings: Iterator[Reading]) -> Reading | None:
        with self.deps.metrics.time(Stage.PARSE):
            return next(readings, None)

    def _take(self, reading: Reading, tally: DeliveryOutcome, *, alone: bool) -> None:
        match reading.item:
            case Draft() as draft:
                owner = _owner(self.delivery.id, reading)
                owned = Owned(self.delivery, self.sha256, owner, reading.locator or None, alone=alone)
                tally.settled(reading, resolve_draft(draft, owned, self.deps))
            case BadItem() as bad:
                tally.failed(reading, bad)

    def _tell(self, tally: DeliveryOutcome) -> None:
        done = Advance(tally.progress, list(dict.fromkeys(tally.fresh)), list(dict.fromkeys(tally.to_tag)))
        if not self.deps.store.ledger.advance(self.delivery.id, done, owner=self.run, lease=self.deps.policy.lease):
            raise TransientError("another worker has taken the delivery over")
        tally.told()


def _owner(delivery_id: DeliveryId, reading: Reading) -> DeliveryId:
    """Return who owns what an item stores: the delivery for its first item, so that a file of one owns as itself."""
    if not any(reading.position):
        return delivery_id
    return DeliveryId(f"{delivery_id}/{'.'.join(map(str, reading.position))}")


def _too_many(reading: Reading, delivery: Delivery, most: int) -> Reading:
    message = f"{delivery.path} holds more than {most:,} items; those before are stored."
    rest = BadItem("the rest", Reason.TOO_MANY_ITEMS, message)
    return Reading(reading.position, rest.locator, rest, None)
