"""From the second fault on a file runs apart, and after the third it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import PermanentError, ProcessKilledError, TransientError
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import Work
from copytaster.parsing.original import Original
from copytaster.parsing.reading import START as START_OF_FILE
from copytaster.parsing.reading import Position, Reading
from tests.factories import POLICY, Desk, LoneReader, a_desk, an_item, prose


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


@dataclass(slots=True)
class BrokenReader(LoneReader):
    """Counts its calls, and raises."""

    error: Exception
    calls: int = 0

    def read(self, original: Original, *, after: Position = START_OF_FILE) -> Iterator[Reading]:
        """Raise."""
        del original, after
        self.calls += 1
        raise self.error


def kill_worker(desk: Desk, delivery: DeliveryId, *, times: int, lane: Work = Work.INGEST) -> None:
    for number in range(times):
        desk.store.ledger.begin(delivery, owner=f"killed{number}", lease=timedelta(seconds=1), lane=lane)
        desk.clock.advance(seconds=1)


def test_a_file_that_killed_two_workers_becomes_a_suspect_and_can_then_succeed(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(prose(1)))
    kill_worker(desk, delivery, times=2)

    desk.ingest(delivery)
    left = desk.record(delivery)
    desk.ingest(delivery, lane=Work.SUSPECT)

    assert (left.lane, left.state, left.attempts) == (Work.SUSPECT, DeliveryState.WAITING, 2)
    assert desk.settled(delivery).disposition is Disposition.STORED
    assert desk.publisher.published[-1][0] is Work.TAG


def test_a_suspect_that_crashes_its_parser_is_quarantined_with_that_reason(desk: Desk) -> None:
    crash = PermanentError(Reason.PARSER_CRASH, "it killed the process that read it")
    delivery = desk.deliver_items(an_item(prose(1)))
    kill_worker(desk, delivery, times=2)
    desk.ingest(delivery)

    desk.ingest(delivery, deps=replace(desk.deps, reader=BrokenReader(crash)), lane=Work.SUSPECT)

    record = desk.settled(delivery)
    assert (record.disposition, record.reason, record.attempts) == (
        Disposition.QUARANTINED,
        Reason.PARSER_CRASH,
        POLICY.max_attempts,
    )


def test_a_suspect_that_kills_the_worker_all_the_same_is_not_begun_a_fourth_time(desk: Desk) -> None:
    reader = BrokenReader(ZeroDivisionError("it is never reached"))
    delivery = desk.deliver_items(an_item(prose(1)))
    kill_worker(desk, delivery, times=2)
    desk.ingest(delivery)
    kill_worker(desk, delivery, times=1, lane=Work.SUSPECT)

    desk.ingest(delivery, deps=replace(desk.deps, reader=reader), lane=Work.SUSPECT)

    record = desk.settled(delivery)
    assert (record.reason, record.faults, reader.calls) == (Reason.ATTEMPTS_EXHAUSTED, POLICY.max_attempts, 0)
    assert "3 times by a fault or a worker's death" in (record.message or "")


def test_faults_of_the_program_make_a_suspect_as_well(desk: Desk) -> None:
    deps = replace(desk.deps, reader=BrokenReader(ZeroDivisionError("a fault of ours")))
    delivery = desk.deliver(b"[]")

    for _ in range(2):
        desk.ingest(delivery, deps=deps)
    suspected = desk.record(delivery).lane
    desk.ingest(delivery, deps=deps, lane=Work.SUSPECT)
    desk.ingest(delivery, deps=deps, lane=Work.SUSPECT)

    assert suspected is Work.SUSPECT
    assert desk.settled(delivery).reason is Reason.ATTEMPTS_EXHAUSTED
    assert desk.settled(delivery).faults == POLICY.max_attempts


def test_a_parser_that_is_killed_from_outside_is_retried_as_a_suspect_before_the_file_is_blamed(desk: Desk) -> None:
    killed = replace(desk.deps, reader=BrokenReader(ProcessKilledError("killed from outside (SIGKILL)")))
    passes, again = desk.deliver(b"[]"), desk.deliver_items(an_item(prose(1)))

    desk.ingest(passes, again, deps=killed)
    lanes = {desk.record(each).lane for each in (passes, again)}
    desk.ingest(again, lane=Work.SUSPECT)
    for _ in range(2):
        desk.ingest(passes, deps=killed, lane=Work.SUSPECT)

    assert lanes == {Work.SUSPECT}
    assert desk.settled(again).disposition is Disposition.STORED
    record = desk.settled(passes)
    assert (record.disposition, record.reason) == (Disposition.QUARANTINED, Reason.PARSER_CRASH)
    assert "It happened again when the file was processed alone." in (record.message or "")


def test_an_outage_makes_no_delivery_a_suspect(desk: Desk) -> None:
    """A disk that is full for a minute must not send every delivery of that minute through one process."""
    deps = replace(desk.deps, reader=BrokenReader(TransientError("the disk is full")))
    delivery = desk.deliver(b"[]")

    for _ in range(3):
        desk.ingest(delivery, deps=deps)

    assert (desk.record(delivery).lane, desk.record(delivery).faults) == (Work.INGEST, 0)


def test_articles_from_the_backfill_are_tagged_behind_the_live_ones(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(prose(1)), lane=Work.BACKFILL)

    desk.ingest(delivery, lane=Work.BACKFILL)

    (article_id,) = desk.settled(delivery).article_ids
    assert desk.publisher.published == [(Work.RETAG, article_id)]
    assert (desk.store.ledger.waiting(Work.RETAG), desk.store.ledger.waiting(Work.TAG)) == (1, 0)
