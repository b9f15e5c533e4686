from __future__ import annotations

from datetime import timedelta

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.work import FIRST_DUE, Work
from copytaster.store.ports.ledger import Lease
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

NOW = timedelta(0)
LEASE = timedelta(seconds=20)
FIRST = ArticleId("a1")


def register(store: Store, number: int, *, due_in: int) -> DeliveryId:
    delivery = a_delivery(number)
    store.ledger.register(delivery, due_in=timedelta(seconds=due_in), by="watcher@one:1")
    return delivery.id


def make_due(store: Store, article_id: ArticleId, *, number: int = 1) -> None:
    """Settle a delivery that has an article to tag."""
    register(store, number, due_in=0)
    outcome = Outcome(disposition=Disposition.STORED, article_ids=(article_id,), to_tag=(article_id,))
    assert store.ledger.settle(delivery_id(number), outcome, by="w1")


def take(store: Store, *, overdue_by: int = 0, limit: int = 10) -> list[str]:
    return store.ledger.take_overdue(
        Work.INGEST, overdue_by=timedelta(seconds=overdue_by), postpone_by=timedelta(seconds=15), limit=limit
    )


def test_ids_are_overdue_when_they_are_late_by_at_least_the_given_time(store: Store, clock: ManualClock) -> None:
    register(store, 1, due_in=10)
    register(store, 2, due_in=30)

    counts = []
    for _ in range(4):
        counts.append((store.ledger.overdue(Work.INGEST, by=NOW), store.ledger.overdue(Work.INGEST, by=LEASE)))
        clock.advance(seconds=10)

    assert counts == [(0, 0), (1, 0), (1, 0), (2, 1)]
    assert store.ledger.waiting(Work.INGEST) == 2
    assert store.ledger.overdue(Work.TAG, by=NOW) == store.ledger.waiting(Work.TAG) == 0


def test_the_most_overdue_is_taken_first_and_is_due_later(store: Store, clock: ManualClock) -> None:
    ids = [register(store, number, due_in=due_in) for number, due_in in ((1, 3), (2, 1), (3, 2), (4, 60))]
    clock.advance(seconds=5)

    first, second, third = take(store, limit=2), take(store, limit=2), take(store)
    clock.advance(seconds=15)

    assert (first, second, third) == ([ids[1], ids[2]], [ids[0]], [])
    assert sorted(take(store)) == sorted(ids[:3])


def test_ids_that_are_not_overdue_enough_are_not_taken(store: Store, clock: ManualClock) -> None:
    first = register(store, 1, due_in=0)
    clock.advance(seconds=5)

    assert take(store, overdue_by=6) == []
    assert take(store, overdue_by=5) == [first]


def test_the_ids_that_are_due_first_are_listed_in_the_order_of_their_due_times(store: Store) -> None:
    late, early, latest = (register(store, number, due_in=due) for number, due in ((1, 30), (2, 10), (3, 50)))

    assert store.ledger.due_first(Work.INGEST, limit=2) == [early, late]
    assert store.ledger.due_first(Work.INGEST, limit=9) == [early, late, latest]
    assert store.ledger.due_first(Work.TAG, limit=9) == []


def test_two_reconcilers_get_different_ids(store: Store, clock: ManualClock) -> None:
    ids = {register(store, number, due_in=0) for number in range(1, 31)}
    clock.advance(seconds=1)

    one, other = take(store, limit=20), take(store, limit=20)

    assert len(one) == 20
    assert set(one) | set(other) == ids
    assert set(one) & set(other) == set()


def test_a_delivery_taken_as_overdue_can_still_be_begun_and_settled(store: Store, clock: ManualClock) -> None:
    first = register(store, 1, due_in=0)
    clock.advance(seconds=1)
    take(store)

    assert store.ledger.begin(first, owner="w1", lease=LEASE) == Lease(attempt=1)
    assert store.ledger.settle(first, Outcome(disposition=Disposition.DUPLICATE), by="w1")
    assert store.ledger.waiting(Work.INGEST) == 0


def test_a_running_lease_is_overdue_only_when_it_has_ended(store: Store, clock: ManualClock) -> None:
    first = register(store, 1, due_in=0)
    store.ledger.begin(first, owner="w1", lease=LEASE)

    clock.advance(seconds=19)
    early = take(store)
    clock.advance(seconds=1)

    assert early == []
    assert take(store) == [first]


def test_tagging_is_due_once_its_delivery_has_ended(store: Store, clock: ManualClock) -> None:
    before = store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)

    make_due(store, FIRST)

    assert before == {}
    assert store.ledger.overdue(Work.TAG, by=NOW) == 0  # its message is on the way
    clock.advance(seconds=FIRST_DUE.total_seconds())
    assert store.ledger.overdue(Work.TAG, by=NOW) == 1
    assert store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE) == {FIRST: Lease(attempt=1)}


def test_a_tagging_lease_keeps_others_out_until_it_ends(store: Store, clock: ManualClock) -> None:
    make_due(store, FIRST)
    store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)

    same = store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)
    other = store.ledger.begin_tagging([FIRST], owner="w2", lease=LEASE)
    due_now = store.ledger.overdue(Work.TAG, by=NOW)
    clock.advance(seconds=20)

    assert (same, other, due_now) == ({FIRST: Lease(attempt=1)}, {}, 0)
    assert store.ledger.overdue(Work.TAG, by=NOW) == 1
    assert store.ledger.begin_tagging([FIRST], owner="w2", lease=LEASE) == {FIRST: Lease(attempt=2)}
    assert not store.ledger.settle_tagging([FIRST], owner="w1")


def test_only_its_owner_postpones_a_tagging(store: Store, clock: ManualClock) -> None:
    make_due(store, FIRST)
    store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)

    other = store.ledger.postpone_tagging(FIRST, owner="w2", due_in=NOW)
    own = store.ledger.postpone_tagging(FIRST, owner="w1", due_in=timedelta(seconds=5))
    again = store.ledger.postpone_tagging(FIRST, owner="w1", due_in=NOW)

    assert (other, own, again) == (False, True, False)
    clock.advance(seconds=4)
    assert store.ledger.overdue(Work.TAG, by=NOW) == 0
    clock.advance(seconds=1)
    assert store.ledger.overdue(Work.TAG, by=NOW) == 1
    assert store.ledger.begin_tagging([FIRST], owner="w2", lease=LEASE) == {FIRST: Lease(attempt=2)}


def test_a_tagging_ends_once_and_is_due_no_longer(store: Store) -> None:
    make_due(store, FIRST)
    store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)

    other = store.ledger.settle_tagging([FIRST], owner="w2")
    own = store.ledger.settle_tagging([FIRST], owner="w1")
    again = store.ledger.settle_tagging([FIRST], owner="w1")

    assert (other, own, again) == (set(), {FIRST}, set())
    assert store.ledger.waiting(Work.TAG) == 0
    assert store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE) == {}


def test_a_new_version_makes_tagging_due_again_and_voids_the_lease_that_runs(store: Store, clock: ManualClock) -> None:
    make_due(store, FIRST)
    store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)

    make_due(store, FIRST, number=2)

    assert not store.ledger.settle_tagging([FIRST], owner="w1")
    assert not store.ledger.postpone_tagging(FIRST, owner="w1", due_in=NOW)
    clock.advance(seconds=FIRST_DUE.total_seconds())
    assert store.ledger.overdue(Work.TAG, by=NOW) == 1
    assert store.ledger.begin_tagging([FIRST], owner="w2", lease=LEASE) == {FIRST: Lease(attempt=1)}


def test_the_taggings_of_several_articles_are_leased_and_ended_together(store: Store) -> None:
    second, unknown = ArticleId("a2"), ArticleId("a3")
    make_due(store, FIRST)
    make_due(store, second, number=2)

    leases = store.ledger.begin_tagging([second, FIRST, unknown, second], owner="w1", lease=LEASE)
    ended = store.ledger.settle_tagging([FIRST, unknown, FIRST], owner="w1")

    assert (list(leases), set(leases.values())) == ([second, FIRST], {Lease(attempt=1)})
    assert ended == {FIRST}
    assert store.ledger.tagging_due([FIRST, second]) == {second}
    assert (store.ledger.begin_tagging([], owner="w1", lease=LEASE), store.ledger.settle_tagging([], owner="w1")) == (
        {},
        set(),
    )


def test_tagging_leases_of_several_articles_are_independent(store: Store) -> None:
    make_due(store, FIRST)
    make_due(store, ArticleId("a2"), number=2)

    store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)
    store.ledger.settle_tagging([FIRST], owner="w1")

    assert store.ledger.waiting(Work.TAG) == 1
    assert store.ledger.begin_tagging([ArticleId("a2")], owner="w2", lease=LEASE) == {ArticleId("a2"): Lease(attempt=1)}


def test_a_clock_that_was_ahead_and_is_set_back_leaves_nothing_due_in_an_hour(store: Store, clock: ManualClock) -> None:
    clock.advance(seconds=3_600)
    waiting, working = register(store, 1, due_in=10), register(store, 2, due_in=0)
    store.ledger.begin(working, owner="w1", lease=LEASE)
    make_due(store, FIRST, number=3)
    store.ledger.begin_tagging([FIRST], owner="w1", lease=LEASE)
    clock.advance(seconds=-3_600)

    taken = take(store), take(store)
    leases = (
        store.ledger.begin(working, owner="w2", lease=LEASE),
        store.ledger.begin_tagging([FIRST], owner="w2", lease=LEASE)[FIRST],
    )

    assert [sorted(each) for each in taken] == [sorted([waiting, working]), []]
    assert [lease and lease.attempt for lease in leases] == [2, 2]
