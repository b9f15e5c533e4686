from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, BinaryIO

import pytest

from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Resource
from copytaster.model.retry_policy import LONGEST_DELAY
from copytaster.model.work import Work
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.reading import START as START_OF_FILE
from copytaster.parsing.reading import ParsingReader, Position, Reading
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.store.ports.ledger import Lease
from tests.factories import POLICY, START, Desk, LoneReader, a_delivery, a_desk, an_item, prose

WORDS = prose(1)


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


@dataclass(slots=True)
class RaisingParser:
    """Fails on files that contain its mark, a given number of times."""

    error: Exception
    times: int = 1_000
    format: str = "json"

    def score(self, original: Original) -> float:
        """Return full confidence for every file."""
        del original
        return 1.0

    def parse(self, original: Original) -> list[Draft]:
        """Raise for the mark, else return a draft of the words."""
        words = original.content.decode()
        if "MARK" in words and self.times:
            self.times -= 1
            raise self.error
        return [Draft(title="A story", text=words, format="json", charset="utf-8")]


@dataclass(slots=True)
class FaultyReader(LoneReader):
    """A reader with a fault of its own, past the guard around parsers."""

    parser: RaisingParser

    def read(self, original: Original, *, after: Position = START_OF_FILE) -> Iterator[Reading]:
        """Parse unguarded."""
        del after
        for number, draft in enumerate(self.parser.parse(original)):
            yield Reading((number,), "", draft, None)


class AwayLedger:
    """A ledger that begins deliveries and does not answer when they end."""

    def __init__(self, desk: Desk) -> None:
        self._ledger = desk.store.ledger

    def __getattr__(self, name: str) -> Any:
        """Fail to settle or postpone."""
        if name in {"settle", "postpone"}:
            raise TransientError("the server is away", resource=Resource.SERVER)
        return getattr(self._ledger, name)


def faulty(desk: Desk, error: Exception, *, times: int = 1_000) -> Dependencies:
    return replace(desk.deps, reader=FaultyReader(RaisingParser(error, times)))


def test_a_refused_file_is_rejected_and_quarantined(desk: Desk) -> None:
    deps = replace(desk.deps, reader=ParsingReader(default_parsers()))
    delivery = desk.deliver(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), path="wire/chart.png")

    desk.ingest(delivery, deps=deps)

    record = desk.settled(delivery)
    assert (record.disposition, record.reason) == (Disposition.REJECTED, Reason.UNSUPPORTED_FORMAT)
    assert desk.quarantine.reports["wire/chart.png"].delivery_id == delivery
    assert desk.publisher.published == []


@pytest.mark.parametrize(
    ("error", "disposition"),
    [
        (RefusedError(Reason.NO_TEXT, "no article"), Disposition.REJECTED),
        (PermanentError(Reason.PARSE_FAILED, "broken"), Disposition.QUARANTINED),
    ],
)
def test_a_permanent_error_ends_the_delivery_at_the_first_attempt(
    desk: Desk, error: PermanentError, disposition: Disposition
) -> None:
    delivery = desk.deliver(b"MARK")

    desk.ingest(delivery, deps=faulty(desk, error))

    record = desk.settled(delivery)
    assert (record.disposition, record.reason, record.message) == (disposition, error.reason, error.message)
    assert record.attempts == 1
    assert desk.quarantine.reports["wire/story.json"].message == error.message


def test_the_report_of_a_file_that_failed_has_the_timeline_up_to_its_failure(desk: Desk) -> None:
    delivery = desk.deliver(b"MARK")

    desk.ingest(delivery, deps=faulty(desk, PermanentError(Reason.PARSE_FAILED, "broken")))

    record, report = desk.settled(delivery), desk.quarantine.reports["wire/story.json"]
    assert [each.stage for each in report.timeline] == ["watcher", "ingest"]
    assert report.timeline == record.timeline[:-1]


def test_an_outage_postpones_with_a_growing_delay_and_never_exhausts_the_attempts(desk: Desk) -> None:
    delivery = desk.deliver(b"MARK")
    deps = faulty(desk, TransientError("the disk is away", resource=Resource.ARCHIVE))
    delays = []

    for _ in range(20):
        desk.ingest(delivery, deps=deps)
        record = desk.record(delivery)
        assert record.due_at
        delays.append((record.due_at - desk.clock.now()).total_seconds())
    in_outage = desk.store.ledger.outages()
    desk.ingest(delivery, deps=faulty(desk, TransientError("over"), times=0))

    assert delays == [5, 10, 20, 40] + [LONGEST_DELAY.total_seconds()] * 16
    assert [(each.resource, each.waiting) for each in in_outage] == [(Resource.ARCHIVE, 1)]
    assert (desk.settled(delivery).disposition, desk.settled(delivery).attempts) == (Disposition.STORED, 1)
    assert sum("the disk is away" in each.what for each in desk.settled(delivery).timeline) == 1
    assert desk.store.ledger.outages() == []


def test_faults_before_an_outage_are_not_forgotten(desk: Desk) -> None:
    delivery = desk.deliver(b"MARK")
    for error in (ZeroDivisionError(), TransientError("away"), ZeroDivisionError(), TransientError("away")):
        desk.ingest(delivery, deps=faulty(desk, error), lane=Work.SUSPECT)

    assert (desk.record(delivery).faults, desk.record(delivery).attempts) == (2, 2)


def test_an_outage_longer_than_its_bound_ends_in_quarantine_when_the_next_attempt_fails_too(desk: Desk) -> None:
    """The first attempt after a long outage succeeds, so that no file is blamed after the end of an outage."""
    lost, healed = desk.deliver(b"MARK"), desk.deliver(b"MARK MARK")
    away = faulty(desk, TransientError("cannot read the original", resource=Resource.ARCHIVE))
    desk.ingest(lost, healed, deps=away)
    desk.clock.advance(seconds=POLICY.longest_outage.total_seconds())

    desk.ingest(healed, deps=faulty(desk, TransientError("over"), times=0))
    desk.ingest(lost, deps=away)

    assert desk.settled(healed).disposition is Disposition.STORED
    record = desk.settled(lost)
    assert (record.disposition, record.reason) == (Disposition.QUARANTINED, Reason.OUTAGE)
    assert "has waited for the archive for 72 hours: cannot read the original" in (record.message or "")
    assert desk.quarantine.reports["wire/story.json"].reason is Reason.OUTAGE


class UnreadableArchive(MemoryArchive):
    """An archive whose disk returns no original."""

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """Fail."""
        if sha256:
            raise TransientError(f"cannot read {sha256}", resource=Resource.ARCHIVE)
        yield io.BytesIO()


def test_a_file_that_cannot_be_read_for_days_is_settled_without_a_copy_in_quarantine(desk: Desk) -> None:
    delivery = desk.deliver(b"one two")
    away = replace(desk.deps, archive=UnreadableArchive())
    desk.ingest(delivery, deps=away)
    desk.clock.advance(seconds=POLICY.longest_outage.total_seconds())

    desk.ingest(delivery, deps=away)

    assert desk.settled(delivery).reason is Reason.OUTAGE
    assert desk.quarantine.reports == {}


def test_an_attempt_that_the_server_interrupts_is_no_fault_of_the_file(desk: Desk) -> None:
    """The ledger does not answer when the attempt ends: the worker reports it before it begins something else."""
    delivery, other = desk.deliver(b"one two"), desk.deliver(b"three four")
    deps = replace(faulty(desk, ZeroDivisionError(), times=0), store=replace(desk.store, ledger=AwayLedger(desk)))

    with pytest.raises(TransientError):
        desk.ingest(delivery, deps=deps)
    desk.clock.advance(seconds=POLICY.lease.total_seconds())
    taken_over = desk.store.ledger.begin(delivery, owner="another", lease=POLICY.lease)
    desk.ingest(other, deps=replace(deps, store=desk.store))

    assert taken_over == Lease(attempt=2, faults=1)
    assert (desk.record(delivery).faults, desk.record(delivery).attempts) == (0, 1)
    assert desk.settled(other).disposition is Disposition.STORED


@pytest.mark.parametrize("error", [ZeroDivisionError("a fault of ours"), MemoryError(), RecursionError("deep")])
def test_an_unforeseen_fault_does_not_stop_the_neighbours(desk: Desk, error: Exception) -> None:
    before, bad, after = desk.deliver(b"one two"), desk.deliver(b"MARK"), desk.deliver(b"three four")

    desk.ingest(before, bad, after, deps=faulty(desk, error, times=1))

    assert desk.dispositions([before, bad, after]) == [Disposition.STORED, None, Disposition.STORED]
    assert desk.record(bad).state is DeliveryState.WAITING
    assert type(error).__name__ in desk.record(bad).timeline[-1].what
    desk.ingest(bad, deps=faulty(desk, error, times=0))
    assert desk.settled(bad).disposition is Disposition.STORED


class AwayQuarantine(MemoryQuarantine):
    """A quarantine whose disk is full."""

    def add_content(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise TransientError("the quarantine's disk is full")

    add_file = add_content


def test_a_quarantine_that_is_away_for_days_keeps_the_delivery_waiting(desk: Desk) -> None:
    """Attempts go on being counted; the delay stays bounded and nothing breaks."""
    delivery, neighbour = desk.deliver(b"MARK"), desk.deliver(b"one two")
    away = replace(faulty(desk, PermanentError(Reason.PARSE_FAILED, "broken")), quarantine=AwayQuarantine())

    for _ in range(100):
        desk.ingest(delivery, deps=away)
    record = desk.record(delivery)
    desk.ingest(delivery, neighbour, deps=away)
    desk.ingest(delivery, deps=replace(away, quarantine=desk.quarantine))

    assert record.due_at == desk.clock.now() + LONGEST_DELAY
    assert desk.settled(delivery).disposition is Disposition.QUARANTINED
    assert desk.settled(neighbour).disposition is Disposition.STORED


def test_an_original_that_is_missing_quarantines_its_delivery_without_a_file(desk: Desk) -> None:
    lost = a_delivery(90, sha256="0" * 64, path="wire/lost.txt")
    unread = a_delivery(91, sha256=None, path="wire/unread.txt")
    for each in (lost, unread):
        desk.store.ledger.register(each, due_in=timedelta(0), by="watcher@test:1")

    desk.ingest(lost.id, unread.id)

    assert {desk.settled(each.id).reason for each in (lost, unread)} == {Reason.ORIGINAL_MISSING}
    assert desk.quarantine.reports == {}


def test_an_original_lost_between_attempts_does_not_keep_its_delivery_in_flight(desk: Desk) -> None:
    lost = a_delivery(90, sha256="0" * 64)
    desk.store.ledger.register(lost, due_in=timedelta(0), by="watcher@test:1")
    for number in range(POLICY.max_attempts + 1):
        desk.store.ledger.begin(lost.id, owner=f"killed{number}", lease=timedelta(seconds=1), lane=Work.SUSPECT)
        desk.clock.advance(seconds=1)

    desk.ingest(lost.id, lane=Work.SUSPECT)

    assert desk.settled(lost.id).reason is Reason.ATTEMPTS_EXHAUSTED


def test_a_batch_that_runs_out_of_time_returns_the_rest_unbegun(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(seed))) for seed in range(4)]

    class SlowReader:
        """Takes ten seconds a file."""

        def read(self, original: Original, *, after: Position = START_OF_FILE) -> Iterator[Reading]:
            """Parse slowly."""
            desk.clock.advance(seconds=10)
            return desk.deps.reader.read(original, after=after)

        def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
            """Parse the first file slowly."""
            desk.clock.advance(seconds=10)
            return desk.deps.reader.read_together(originals[:1])

    deps = replace(desk.deps, reader=SlowReader())
    left = ingest(ids, deps=deps, until=START + timedelta(seconds=15))

    assert left == ids[2:]
    assert desk.dispositions(ids) == [Disposition.STORED, Disposition.STORED, None, None]
    assert [desk.record(DeliveryId(each)).attempts for each in left] == [0, 0]


def test_work_that_another_worker_has_leased_is_skipped(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))
    desk.store.ledger.begin(delivery, owner="another", lease=timedelta(seconds=20))

    desk.ingest(delivery, DeliveryId("dunknown"))

    assert desk.record(delivery).attempts == 1
    assert desk.dispositions([delivery]) == [None]


class AwayPublisher:
    """A broker that is away."""

    def publish(self, work: Work, ids: object, *, of: object = None) -> None:  # noqa: ARG002  # as in the port
        """Fail."""
        raise TransientError(f"the broker takes no {work} of {ids}")


def test_a_broker_that_is_away_costs_no_delivery_its_end(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))

    desk.ingest(delivery, deps=replace(desk.deps, publisher=AwayPublisher()))

    assert desk.settled(delivery).disposition is Disposition.STORED
    assert desk.store.ledger.waiting(Work.TAG) == 1
