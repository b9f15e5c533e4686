"""Takes in several claimed files together, and finds the one that prevents it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import structlog

from copytaster.errors import TransientError
from copytaster.intake.claim import Claim, InboxClaims
from copytaster.intake.file_intake import Candidate, Intake
from copytaster.intake.printable_names import printable
from copytaster.metrics import Step, WatcherMetrics
from copytaster.model.delivery import DeliveryId
from copytaster.model.outage import Resource
from copytaster.model.tracing import ROOT, Span, Tracing, trace_id
from copytaster.model.work import Publisher, Work
from copytaster_watcher.progress import Progress

log = structlog.get_logger(__name__)

GROUP = 20
"""Files taken in together, which share syncs of the disk and a round trip; as many as a message has by default."""

GROUP_BYTES = 8 * 1024 * 1024
"""A group ends with the file that reaches this size: writing the group must not delay heartbeats and live files."""


class GroupIntake:
    """Takes groups in, and remembers the files whose intake has failed.

    ``by`` is this process in timelines. ``suspect_taken`` is called for each suspect before its claim is released.
    """

    def __init__(  # noqa: PLR0913  # its ports
        self,
        intake: Intake,
        claims: InboxClaims,
        publisher: Publisher,
        *,
        metrics: WatcherMetrics,
        tracing: Tracing,
        by: str,
        suspect_taken: Callable[[Claim], None],
    ) -> None:
        self._intake = intake
        self._claims = claims
        self._publisher = publisher
        self._metrics = metrics
        self._tracing = tracing
        self._by = by
        self._suspect_taken = suspect_taken
        self._failed: dict[DeliveryId, Candidate] = {}
        self._failures = Counter[DeliveryId]()
        self.progress = Progress()

    def failures(self, claim: Claim) -> int:
        """Return how often the intake of a claimed file has failed."""
        return self._failures[claim.delivery_id]

    def again(self, claim: Claim) -> Candidate:
        """Return a file whose intake has failed, with the present state of its claim."""
        return replace(self._failed[claim.delivery_id], claim=claim)

    def take(self, group: Sequence[Candidate]) -> None:
        """Take files in, release their claims, and publish their deliveries.

        If one of several files is the cause of a failure, the others are taken in. Raises ``TransientError``; nothing
        is lost then, and the files that were not taken in are still claimed.
        """
        try:
            self._take(group)
        except TransientError as error:
            if len(group) == 1 or error.resource is not Resource.WORKER:  # an outage, which concerns all files
                raise
            self._take_each(group)

    def _take_each(self, group: Sequence[Candidate]) -> None:
        """Take files in one by one; raise the first error after all others."""
        errors = list[TransientError]()
        for each in group:
            try:
                self._take([each])
            except TransientError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _take(self, group: Sequence[Candidate]) -> None:
        for each in group:
            self._failures[each.claim.delivery_id] += 1
            self._failed[each.claim.delivery_id] = each
        due = defaultdict[Work, list[DeliveryId]](list)
        lanes = self._intake.take_many(group, by=self._by)
        lines = log.bind()  # once for the group: it takes an eighth of the time for a line
        try:
            for each, lane in zip(group, lanes, strict=True):
                if each.suspect:
                    self._suspect_taken(each.claim)
                self._claims.release(each.claim)
                self._count(each, lane, lines)
                if lane:
                    due[lane].append(each.claim.delivery_id)
        finally:
            for lane, ids in due.items():
                self._publish(lane, ids)

    def _count(self, candidate: Candidate, lane: Work | None, lines: structlog.typing.FilteringBoundLogger) -> None:
        """Count and log that a file was taken in, or refused."""
        claim = candidate.claim
        del self._failures[claim.delivery_id], self._failed[claim.delivery_id]
        if lane:
            self.progress.taken += 1
        else:
            self.progress.refused += 1
        now = self._intake.clock.now()
        since = candidate.changed_at or now
        if lane is Work.INGEST and candidate.changed_at:
            self._metrics.observe_latency(Step.REGISTERED, since, until=now)
        lines.info(
            "file.taken" if lane else "file.refused",
            path=printable(claim.path),
            delivery_id=claim.delivery_id,
            trace_id=trace_id(claim.delivery_id),
            lane=lane.value if lane else None,
            waited=round((now - since).total_seconds(), 3),
        )
        facts = {"lane": lane.value if lane else "", "retry_of": claim.retry_of or ""}
        self._tracing.record(Span(ROOT, claim.delivery_id, since, now, facts))

    def _publish(self, lane: Work, due: Sequence[DeliveryId]) -> None:
        try:
            self._publisher.publish(lane, due)
        except TransientError as error:
            log.warning("delivery.not_published", count=len(due), why=str(error), next="the reconciler publishes it")


def grouped(candidates: Iterable[Candidate | None]) -> Iterator[list[Candidate]]:
    """Yield groups of limited number and size; a candidate is requested when its group is.

    None ends a group: the next candidate may take a while.
    """
    group, size = list[Candidate](), 0
    for each in candidates:
        if each is None:
            if group:
                yield group
            group, size = [], 0
            continue
        group.append(each)
        size += each.claim.state.size if each.claim.state else 0
        if len(group) >= GROUP or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group
