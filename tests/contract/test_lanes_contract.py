from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Resource
from copytaster.model.refused_transitions import Transition
from copytaster.model.retry_policy import SUSPECT_FAULTS, SUSPECT_LINE, Failure
from copytaster.model.work import LANES, Work
from copytaster.store.ports.ledger import Lease
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

NOW = timedelta(0)
LEASE = timedelta(seconds=20)
FIRST = delivery_id(1)
ARTICLE = ArticleId("a1")
STORED = Outcome(disposition=Disposition.STORED, article_ids=(ARTICLE,), to_tag=(ARTICLE,))
EMPTY = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="it is empty")


def register(store: Store, number: int = 1, *, lane: Work = Work.INGEST) -> DeliveryId:
    delivery = a_delivery(number, lane=lane)
    assert store.ledger.register(delivery, due_in=NOW, by="watcher@one:1")
    return delivery.id


def record(store: Store, delivery: DeliveryId = FIRST) -> Delivery:
    found = store.ledger.get(delivery)
    assert found
    return found


def waiting(store: Store) -> dict[Work, int]:
    return {work: count for work in Work if (count := store.ledger.waiting(work))}


def die(store: Store, clock: ManualClock, name: str, *, lane: Work = Work.INGEST) -> Lease | None:
    """Begin a delivery and let the lease end."""
    lease = store.ledger.begin(FIRST, owner=name, lease=LEASE, lane=lane)
    clock.advance(seconds=LEASE.total_seconds())
    return lease


@pytest.mark.parametrize("lane", LANES)
def test_a_delivery_waits_in_its_own_lane_alone(store: Store, lane: Work) -> None:
    register(store, lane=lane)

    assert record(store).lane is lane
    assert waiting(store) == {lane: 1}
    assert store.ledger.take_overdue(lane, overdue_by=NOW, postpone_by=LEASE, limit=5) == [FIRST]


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_is_kept_over_attempts_and_left_at_the_end(store: Store, lane: Work) -> None:
    register(store, lane=lane)

    store.ledger.begin(FIRST, owner="w1", lease=LEASE, lane=lane)
    at_work = waiting(store)
    store.ledger.postpone(FIRST, owner="w1", due_in=NOW, why="the disk is full", cause=Resource.ARCHIVE)
    postponed = waiting(store)
    store.ledger.settle(FIRST, EMPTY, by="w1")

    assert at_work == postponed == {lane: 1}
    assert waiting(store) == {}
    assert store.ledger.balance().closed


def test_a_delivery_begun_twice_without_a_result_becomes_a_suspect_due_at_once(
    store: Store, clock: ManualClock
) -> None:
    register(store)

    leases = [die(store, clock, name) for name in ("w1", "w2", "w3")]

    found = record(store)
    assert leases == [Lease(attempt=1), Lease(attempt=2, faults=1), None]
    assert (found.lane, found.state, found.faults, found.attempts) == (
        Work.SUSPECT,
        DeliveryState.WAITING,
        SUSPECT_FAULTS,
        2,
    )
    assert found.timeline[-1].what == SUSPECT_LINE
    assert waiting(store) == {Work.SUSPECT: 1}
    assert store.ledger.overdue(Work.SUSPECT, by=NOW) == 1
    assert store.ledger.balance().in_flight == 1


def test_only_a_worker_for_suspects_begins_a_suspect(store: Store) -> None:
    register(store, lane=Work.SUSPECT)

    by_others = [store.ledger.begin(FIRST, owner="w1", lease=LEASE, lane=lane) for lane in (Work.INGEST, Work.BACKFILL)]
    by_its_own = store.ledger.begin(FIRST, owner="w2", lease=LEASE, lane=Work.SUSPECT)

    assert by_others == [None, None]
    assert by_its_own == Lease(attempt=1)


def test_a_suspect_that_dies_again_stays_one_and_its_faults_are_counted(store: Store, clock: ManualClock) -> None:
    register(store, lane=Work.SUSPECT)

    leases = [die(store, clock, f"w{number}", lane=Work.SUSPECT) for number in range(4)]

    assert [each.faults for each in leases if each] == [0, 1, 2, 3]
    assert record(store).lane is Work.SUSPECT


def test_a_message_from_any_other_lane_may_begin_a_delivery(store: Store) -> None:
    """A replay publishes all deliveries to one queue."""
    register(store, lane=Work.BACKFILL)

    assert store.ledger.begin(FIRST, owner="w1", lease=LEASE, lane=Work.INGEST) == Lease(attempt=1)
    assert waiting(store) == {Work.BACKFILL: 1}


def test_faults_that_are_reported_count_like_deaths_and_outages_do_not(store: Store, clock: ManualClock) -> None:
    register(store)

    causes: list[Resource | Failure] = [Resource.ARCHIVE, Failure.FAULT, Resource.SERVER, Failure.FAULT]
    for number, cause in enumerate(causes):
        store.ledger.begin(FIRST, owner=f"w{number}", lease=LEASE)
        store.ledger.postpone(FIRST, owner=f"w{number}", due_in=timedelta(seconds=5), why="so", cause=cause)
    found = record(store)

    assert (found.lane, found.faults, found.attempts) == (Work.SUSPECT, 2, 2)
    assert found.due_at == clock.now() + timedelta(seconds=5)
    assert [each.what for each in found.timeline[-2:]] == ["postponed for 5 s: so", SUSPECT_LINE]
    assert waiting(store) == {Work.SUSPECT: 1}


@pytest.mark.parametrize(
    ("lane", "queue"), [(Work.INGEST, Work.TAG), (Work.SUSPECT, Work.TAG), (Work.BACKFILL, Work.RETAG)]
)
def test_tagging_of_articles_from_the_backfill_waits_in_a_separate_queue(store: Store, lane: Work, queue: Work) -> None:
    register(store, lane=lane)

    store.ledger.settle(FIRST, STORED, by="w1")
    after_the_end = waiting(store)
    begun = store.ledger.begin_tagging([ARTICLE], owner="w1", lease=LEASE)
    store.ledger.postpone_tagging(ARTICLE, owner="w1", due_in=LEASE)
    again = store.ledger.begin_tagging([ARTICLE], owner="w2", lease=LEASE)

    assert after_the_end == waiting(store) == {queue: 1}
    assert (begun, again) == ({ARTICLE: Lease(attempt=1)}, {ARTICLE: Lease(attempt=2)})
    assert store.ledger.settle_tagging([ARTICLE], owner="w2")
    assert waiting(store) == {}


@pytest.mark.parametrize("lanes", [(Work.INGEST, Work.BACKFILL), (Work.BACKFILL, Work.INGEST)])
def test_a_backfill_delivery_does_not_move_a_live_tagging_to_the_slower_queue(
    store: Store, lanes: tuple[Work, Work]
) -> None:
    for number, lane in enumerate(lanes, start=1):
        register(store, number, lane=lane)
        store.ledger.settle(delivery_id(number), STORED, by="w1")

    assert waiting(store) == {Work.TAG: 1}


def test_a_new_ledger_has_refused_nothing(store: Store) -> None:
    assert store.ledger.refusals().model_dump() == {"redelivery": {}, "conflict": {}}


def test_refusals_of_repeated_messages_are_counted_as_redelivery(store: Store) -> None:
    register(store)
    store.ledger.register(a_delivery(1), due_in=NOW, by="watcher@two:2")
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    store.ledger.begin(FIRST, owner="w2", lease=LEASE)
    store.ledger.settle(FIRST, STORED, by="w1")
    store.ledger.settle(FIRST, STORED, by="w1")
    for _ in range(2):
        store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    store.ledger.begin_tagging([ArticleId("a9")], owner="w1", lease=LEASE)
    store.ledger.begin_tagging([ARTICLE], owner="w1", lease=LEASE)
    store.ledger.begin_tagging([ARTICLE], owner="w2", lease=LEASE)

    refused = store.ledger.refusals()

    assert refused.conflict == {}
    assert refused.redelivery == {
        Transition.REGISTER_KNOWN: 1,
        Transition.BEGIN_LEASED: 1,
        Transition.BEGIN_SETTLED: 2,
        Transition.SETTLE_SAME_END: 1,
        Transition.TAGGING_NOT_DUE: 1,
        Transition.TAGGING_LEASED: 1,
    }


def test_other_refusals_are_counted_as_conflict(store: Store) -> None:
    register(store)
    store.ledger.begin(delivery_id(7), owner="w1", lease=LEASE)
    store.ledger.settle(delivery_id(7), STORED, by="w1")
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    store.ledger.postpone(FIRST, owner="w2", due_in=NOW, why="so")
    store.ledger.settle(FIRST, STORED, by="w1")
    before = store.ledger.get(FIRST)
    store.ledger.settle(FIRST, EMPTY, by="w2")
    store.ledger.settle_tagging([ARTICLE], owner="w9")
    store.ledger.postpone_tagging(ARTICLE, owner="w9", due_in=NOW)

    refused = store.ledger.refusals()

    assert refused.redelivery == {}
    assert refused.conflict == {
        Transition.BEGIN_UNKNOWN: 1,
        Transition.POSTPONE_NOT_HELD: 1,
        Transition.SETTLE_OTHER_END: 1,
        Transition.SETTLE_UNKNOWN: 1,
        Transition.TAGGING_NOT_HELD: 2,
    }
    assert store.ledger.get(FIRST) == before


def test_a_message_from_before_a_delivery_became_a_suspect_is_redelivery(store: Store) -> None:
    register(store, lane=Work.SUSPECT)

    store.ledger.begin(FIRST, owner="w1", lease=LEASE)

    assert store.ledger.refusals().redelivery == {Transition.BEGIN_SUSPECT: 1}
