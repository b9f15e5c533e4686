from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.retry_policy import LONGEST_DELAY
from copytaster.model.work import Work
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.reading import START as START_OF_FILE
from copytaster.parsing.reading import ParsingReader, Position, Reading
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.quarantine.memory import MemoryQuarantine
from tests.factories import POLICY, START, Desk, a_delivery, a_desk, an_item, prose

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
class FaultyReader:
    """A reader with a fault of its own, past the guard around parsers."""

    parser: RaisingParser

    def read(self, original: Original, *, after: Position = START_OF_FILE) -> Iterator[Reading]:
        """Parse unguarded."""
        del after
        for number, draft in enumerate(self.parser.parse(original)):
            yield Reading((number,), "", draft, None)


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


def test_a_transient_error_postpones_with_a_growing_delay_until_attempts_are_exhausted(desk: Desk) -> None:
    delivery = desk.deliver(b"MARK")
    deps = faulty(desk, TransientError("the disk is away"))
    delays = []

    for _ in range(POLICY.max_attempts):
        desk.ingest(delivery, deps=deps)
        record = desk.record(delivery)
        assert record.due_at
        delays.append((record.due_at - desk.clock.now()).total_seconds())
    desk.ingest(delivery, deps=deps)

    record = desk.settled(delivery)
    assert delays == [5, 10, 20]
    assert (record.disposition, record.reason) == (Disposition.QUARANTINED, Reason.ATTEMPTS_EXHAUSTED)
    assert sum("the disk is away" in each.what for each in record.timeline) == 3
    assert desk.store.ledger.waiting(Work.INGEST) == 0


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

    def publish(self, work: Work, ids: object) -> None:
        """Fail."""
        raise TransientError(f"the broker takes no {work} of {ids}")


def test_a_broker_that_is_away_costs_no_delivery_its_end(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))

    desk.ingest(delivery, deps=replace(desk.deps, publisher=AwayPublisher()))

    assert desk.settled(delivery).disposition is Disposition.STORED
    assert desk.store.ledger.waiting(Work.TAG) == 1
