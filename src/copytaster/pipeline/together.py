"""Processing plain files of one message together: one request to the parser's process, few round trips to the server.

Every delivery still has its own lease, attempt and disposition. A delivery that is no plain file, or that fails in any
way, is given back: afterwards it is begun and processed alone, so that its failure is counted for it only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from copytaster.metrics import Stage
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import Reading
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.items import owner_of
from copytaster.pipeline.outcome import DeliveryOutcome
from copytaster.pipeline.resolve import Owned, known_bytes, resolve_drafts
from copytaster.pipeline.sources import seen

MAX_TOGETHER = 20
"""Deliveries that are begun together: a full message of the watcher, some 0.1 s of work for plain texts."""

PLAIN_BYTES = 256 * 1024
"""Larger files are processed alone: their own cost is so high that the rest does not matter."""

LEASE_SHARE = 4
"""After this part of a lease no further files are read together; those that are left are given back.

Reading takes at most some seconds more, so that the leases of all of them last until they are settled.
"""


@dataclass(slots=True)
class Together:
    """The deliveries of a message that one worker has begun together under the name ``run``."""

    run: str
    deps: Dependencies
    held: dict[DeliveryId, Delivery] = field(default_factory=dict)
    """The deliveries that are neither settled nor given back."""

    def begin(self, delivery_ids: Sequence[DeliveryId]) -> set[DeliveryId]:
        """Begin those that may be begun together, and return those that may not."""
        lease = self.deps.policy.lease
        begun = self.deps.store.ledger.begin_together(delivery_ids, owner=self.run, lease=lease)
        self.held = {each: lease.delivery for each, lease in begun.leases.items() if lease.delivery}
        return {*begun.alone}

    def outcomes(self) -> Iterator[dict[DeliveryId, Outcome]]:
        """Yield the outcomes of some deliveries after others, each to be settled before the next is taken.

        Raises whatever goes wrong; ``held`` has the deliveries that have no outcome.
        """
        ends = self.deps.clock.now() + self.deps.policy.lease / LEASE_SHARE
        waiting = [each for each in self.held.values() if _is_plain(each)]
        known, repeated = self._known(waiting)
        yield known
        waiting = [each for each in waiting if each.id not in repeated]
        while waiting and self.deps.clock.now() < ends:
            readings = self._read(waiting)
            yield self._resolve(zip(waiting, readings, strict=False))
            waiting = waiting[len(readings) :]

    def settle(self, outcomes: Mapping[DeliveryId, Outcome]) -> set[DeliveryId]:
        """Settle deliveries, and return those that were; see ``Ledger.settle``."""
        ends = {each: seen(self.held[each], outcome, self.deps) for each, outcome in outcomes.items()}
        settled = self.deps.store.ledger.settle_together(ends, owner=self.run)
        for each in outcomes:
            del self.held[each]
        return settled

    def give_back(self) -> set[DeliveryId]:
        """Give back the deliveries without an outcome, and return them."""
        left = {*self.held}
        self.deps.store.ledger.give_back(list(left), owner=self.run)
        self.held.clear()
        return left

    def _known(self, deliveries: Sequence[Delivery]) -> tuple[dict[DeliveryId, Outcome], set[DeliveryId]]:
        """Return the outcomes of bytes that became an article before, and all deliveries whose bytes came before."""
        first = self.deps.store.known_files.find_many([str(each.sha256) for each in deliveries])
        outcomes, repeated = dict[DeliveryId, Outcome](), set[DeliveryId]()
        for delivery in deliveries:
            found = first.get(str(delivery.sha256))
            if found is None or found == delivery.id:
                continue
            repeated.add(delivery.id)
            earlier = self.deps.store.ledger.get(found)
            if earlier and (known := known_bytes(earlier, delivery, str(delivery.sha256), self.deps)):
                outcomes[delivery.id] = known
        return outcomes, repeated

    def _read(self, deliveries: Sequence[Delivery]) -> list[Reading | None]:
        deps, frame = self.deps, Frame(limits=self.deps.policy.limits)
        with ExitStack() as stack, deps.metrics.time(Stage.PARSE):
            originals = [
                Original(
                    file=stack.enter_context(deps.archive.open(str(each.sha256))),
                    name=each.path,
                    now=deps.clock.now(),
                    frame=frame,
                )
                for each in deliveries
            ]
            return deps.reader.read_together(originals)

    def _resolve(self, readings: Iterable[tuple[Delivery, Reading | None]]) -> dict[DeliveryId, Outcome]:
        """Return the outcomes of the deliveries that have a reading."""
        found, drafts = list[tuple[DeliveryId, Reading]](), list[tuple[Draft, Owned]]()
        for delivery, reading in readings:
            if reading and isinstance(reading.item, Draft):
                owner = owner_of(delivery.id, reading)
                drafts.append((reading.item, Owned(delivery, str(delivery.sha256), owner, reading.locator or None)))
                found.append((delivery.id, reading))
        resolved = zip(found, resolve_drafts(drafts, self.deps) if drafts else [], strict=True)
        return {each: _of_file(reading, end) for (each, reading), end in resolved if isinstance(end, Outcome)}


def _of_file(reading: Reading, outcome: Outcome) -> Outcome:
    result = DeliveryOutcome()
    result.add_resolved(reading, outcome)
    return result.outcome()


def _is_plain(delivery: Delivery) -> bool:
    """Return whether the file is small, and its outcome does not depend on another delivery of this message."""
    return bool(delivery.sha256) and delivery.size <= PLAIN_BYTES and delivery.continues is None
