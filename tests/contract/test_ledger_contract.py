from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, Relation, RelationKind
from copytaster.model.delivery import Balance, DeliveryId, DeliveryState, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.metadata import FolderDefaults, Metadata
from copytaster.model.refused_transitions import Transition
from copytaster.model.work import Work
from copytaster.store.ports.ledger import DeliveryQuery, Lease
from copytaster.store.store import Store
from tests.factories import SHA, START, a_delivery, delivery_id

D1, D2 = delivery_id(1), delivery_id(2)

NOW = timedelta(0)
SOON = timedelta(seconds=10)
LEASE = timedelta(seconds=20)
WATCHER = "watcher@one:1"

FIRST = delivery_id(1)
SAID = Metadata(title="Ferry returns", authors=("Ada Mole",), embargoed_until=START, version=2)
STORED = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"),), to_tag=(ArticleId("a1"),))
EMPTY = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="story.txt is empty (0 bytes)")


def register(store: Store, number: int = 1, **fields: Any) -> DeliveryId:
    delivery = a_delivery(number, **fields)
    assert store.ledger.register(delivery, due_in=SOON, by=WATCHER)
    return delivery.id


def balance(store: Store) -> Balance:
    found = store.ledger.balance()
    assert found.closed
    return found


def test_an_empty_ledger_is_in_balance(store: Store) -> None:
    assert balance(store) == Balance(seen=0, in_flight=0, dispositions=dict.fromkeys(Disposition, 0))


def test_a_registered_delivery_can_be_read_back_in_flight_and_due(store: Store, clock: ManualClock) -> None:
    delivery = a_delivery(path="wire/deep/Żółw.txt")

    store.ledger.register(delivery, due_in=SOON, by=WATCHER)

    found = store.ledger.get(FIRST)
    assert found
    assert found.model_copy(update={"timeline": (), "due_at": None}) == delivery
    assert (found.state, found.attempts, found.due_at) == (DeliveryState.WAITING, 0, clock.now() + SOON)
    assert [(each.at, each.stage, each.by) for each in found.timeline] == [(clock.now(), "watcher", WATCHER)]
    assert balance(store).in_flight == store.ledger.waiting(Work.INGEST) == 1


def test_sidecar_metadata_is_read_back_and_in_the_timeline(store: Store) -> None:
    said: dict[str, Any] = {"sidecar": SHA, "metadata": SAID, "folder_defaults": FolderDefaults(source="The Wire")}

    register(store, **said)

    found = store.ledger.get(FIRST)
    assert found
    assert {name: getattr(found, name) for name in said} == said
    assert found.timeline[0].what == "registered: archived and due, with sidecar story.txt.meta.json"


def test_registering_twice_registers_once_and_changes_nothing(store: Store, clock: ManualClock) -> None:
    register(store)
    before = store.ledger.get(FIRST)
    clock.advance(seconds=3)

    again = store.ledger.register(a_delivery(path="other/name.txt"), due_in=NOW, by="watcher@two:2")

    assert not again
    assert store.ledger.get(FIRST) == before
    assert balance(store).seen == 1
    assert store.ledger.find(DeliveryQuery(name="name.txt")) == []


def test_deliveries_registered_together_are_recorded_as_if_each_were_alone(store: Store, clock: ManualClock) -> None:
    register(store, 2)

    new = store.ledger.register_many([a_delivery(each) for each in (1, 2, 3)], due_in=SOON, by=WATCHER)

    assert new == [True, False, True]
    found = [store.ledger.get(delivery_id(each)) for each in (1, 2, 3)]
    assert [(each.state, each.due_at, len(each.timeline)) for each in found if each] == [
        (DeliveryState.WAITING, clock.now() + SOON, 1)
    ] * 3
    assert balance(store).in_flight == store.ledger.waiting(Work.INGEST) == 3
    assert store.ledger.refusals().redelivery == {Transition.REGISTER_KNOWN: 1}
    assert store.ledger.register_many([], due_in=SOON, by=WATCHER) == []


def test_more_deliveries_than_one_script_takes_are_registered_each_in_its_lane(store: Store) -> None:
    lanes = [Work.BACKFILL if number % 3 == 0 else Work.INGEST for number in range(45)]
    deliveries = [a_delivery(number, lane=lane) for number, lane in enumerate(lanes)]

    new = store.ledger.register_many([*deliveries, deliveries[0]], due_in=SOON, by=WATCHER)

    assert new == [True] * 45 + [False]
    assert (store.ledger.waiting(Work.BACKFILL), store.ledger.waiting(Work.INGEST)) == (15, 30)
    assert (balance(store).seen, balance(store).in_flight) == (45, 45)
    assert [each.id for each in store.ledger.find(DeliveryQuery(limit=50))] == [
        each.id for each in reversed(deliveries)
    ]


def test_a_delivery_that_was_never_registered_is_unknown(store: Store) -> None:
    assert store.ledger.get(FIRST) is None
    assert store.ledger.begin(FIRST, owner="w1", lease=LEASE) is None
    assert not store.ledger.postpone(FIRST, owner="w1", due_in=NOW, why="?")
    assert not store.ledger.settle(FIRST, STORED, by="w1")
    assert balance(store).seen == store.ledger.waiting(Work.TAG) == 0


def test_beginning_counts_the_attempt_and_makes_it_due_at_the_end_of_the_lease(
    store: Store, clock: ManualClock
) -> None:
    register(store)

    lease = store.ledger.begin(FIRST, owner="w1", lease=LEASE)

    found = store.ledger.get(FIRST)
    assert lease == Lease(attempt=1)
    assert found
    assert lease.delivery == found.model_copy(update={"timeline": ()})
    assert (found.state, found.attempts, found.due_at) == (DeliveryState.WORKING, 1, clock.now() + LEASE)
    assert found.timeline[-1].by == "w1"
    assert balance(store).in_flight == 1


def test_only_its_owner_settles_under_a_lease(store: Store, clock: ManualClock) -> None:
    """The server was emptied and the delivery registered again, while a worker was busy with it."""
    register(store)
    before = store.ledger.settle(FIRST, STORED, by="w1", owner="w1")
    store.ledger.begin(FIRST, owner="w2", lease=LEASE)
    other = store.ledger.settle(FIRST, STORED, by="w1", owner="w1")
    clock.advance(seconds=LEASE.total_seconds())

    own = store.ledger.settle(FIRST, STORED, by="w2", owner="w2")

    assert (before, other, own) == (False, False, True)
    assert store.ledger.refusals().conflict == {Transition.SETTLE_NOT_HELD: 2}
    assert balance(store).closed


def test_a_lease_excludes_other_owners_until_it_ends(store: Store, clock: ManualClock) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)

    clock.advance(seconds=19)
    early = store.ledger.begin(FIRST, owner="w2", lease=LEASE)
    clock.advance(seconds=1)
    late = store.ledger.begin(FIRST, owner="w2", lease=LEASE)

    assert early is None
    assert late == Lease(attempt=2, faults=1)


def test_a_repeated_call_of_the_owner_returns_the_same_lease_uncounted(store: Store, clock: ManualClock) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    before = store.ledger.get(FIRST)
    clock.advance(seconds=1)

    assert store.ledger.begin(FIRST, owner="w1", lease=LEASE) == Lease(attempt=1)
    assert store.ledger.get(FIRST) == before


def test_postponing_releases_the_lease_and_records_the_reason(store: Store, clock: ManualClock) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)

    postponed = store.ledger.postpone(FIRST, owner="w1", due_in=timedelta(seconds=40), why="the disk is full")

    found = store.ledger.get(FIRST)
    assert postponed
    assert found
    assert (found.state, found.attempts) == (DeliveryState.WAITING, 1)
    assert found.due_at == clock.now() + timedelta(seconds=40)
    assert "the disk is full" in found.timeline[-1].what
    assert not store.ledger.postpone(FIRST, owner="w1", due_in=NOW, why="twice")
    assert store.ledger.begin(FIRST, owner="w2", lease=LEASE) == Lease(attempt=2, faults=1)
    assert balance(store).in_flight == 1


def test_only_the_owner_may_postpone(store: Store, clock: ManualClock) -> None:
    register(store)
    unheld = store.ledger.postpone(FIRST, owner="w1", due_in=NOW, why="?")
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    others = store.ledger.postpone(FIRST, owner="w2", due_in=NOW, why="?")
    clock.advance(seconds=20)
    store.ledger.begin(FIRST, owner="w2", lease=LEASE)
    lost = store.ledger.postpone(FIRST, owner="w1", due_in=NOW, why="?")

    assert (unheld, others, lost) == (False, False, False)
    assert store.ledger.begin(FIRST, owner="w2", lease=LEASE) == Lease(attempt=2, faults=1)


def test_settling_ends_the_delivery_and_makes_its_articles_due_for_tagging(store: Store, clock: ManualClock) -> None:
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    clock.advance(seconds=2)

    settled = store.ledger.settle(FIRST, STORED, by="w1")

    found = store.ledger.get(FIRST)
    assert settled
    assert found
    assert (found.state, found.disposition, found.article_ids) == (
        DeliveryState.SETTLED,
        Disposition.STORED,
        ("a1",),
    )
    assert (found.settled_at, found.due_at, found.attempts) == (clock.now(), None, 1)
    assert (store.ledger.waiting(Work.INGEST), store.ledger.waiting(Work.TAG)) == (0, 1)
    assert store.ledger.begin(FIRST, owner="w1", lease=LEASE) is None
    assert balance(store) == Balance(
        seen=1, in_flight=0, dispositions=dict.fromkeys(Disposition, 0) | {Disposition.STORED: 1}
    )


def test_the_first_disposition_stays(store: Store, clock: ManualClock) -> None:
    register(store)
    store.ledger.settle(FIRST, EMPTY, by="w1")
    before = store.ledger.get(FIRST)
    clock.advance(seconds=2)

    again = store.ledger.settle(FIRST, STORED, by="w2")

    assert not again
    assert store.ledger.get(FIRST) == before
    assert store.ledger.waiting(Work.TAG) == 0
    assert balance(store).dispositions[Disposition.STORED] == 0
    assert not store.ledger.postpone(FIRST, owner="w1", due_in=NOW, why="too late")


def test_all_fields_of_an_outcome_are_stored(store: Store) -> None:
    relation = Relation(kind=RelationKind.NEAR, of=ArticleId("a9"), score=0.75)
    register(store)
    register(store, 2)

    store.ledger.settle(FIRST, EMPTY, by="w1")
    store.ledger.settle(
        delivery_id(2), Outcome(disposition=Disposition.DUPLICATE, article_ids=("a1", "a2"), relation=relation), by="w1"
    )

    refused, copy = store.ledger.get(FIRST), store.ledger.get(delivery_id(2))
    assert refused
    assert (refused.reason, refused.message, refused.sha256) == (EMPTY.reason, EMPTY.message, SHA)
    assert copy
    assert (copy.relation, copy.article_ids) == (relation, ("a1", "a2"))


def test_a_delivery_can_be_settled_without_the_lease(store: Store) -> None:
    """A worker that outlived its lease may settle: the result is the same, and the second disposition is refused."""
    register(store)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)

    assert store.ledger.settle(FIRST, STORED, by="w2")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (DeliveryQuery(), [4, 3, 2, 1]),
        (DeliveryQuery(name="one.txt"), [3, 1]),
        (DeliveryQuery(path="b/one.txt"), [3]),
        (DeliveryQuery(path="b/one.txt", name="two.txt"), []),
        (DeliveryQuery(path="b/deep/{three}:*.txt"), [4]),
        (DeliveryQuery(sha256="cd" * 32), [2]),
        (DeliveryQuery(article_id=ArticleId("a1")), [2, 1]),
        (DeliveryQuery(state=DeliveryState.WAITING), [4]),
        (DeliveryQuery(state=DeliveryState.WORKING), []),
        (DeliveryQuery(state=DeliveryState.SETTLED), [3, 2, 1]),
        (DeliveryQuery(disposition=Disposition.REJECTED), [3]),
        (DeliveryQuery(reason=Reason.EMPTY), [3]),
        (DeliveryQuery(name="one.txt", disposition=Disposition.STORED), [1]),
        (DeliveryQuery(name="one.txt", before=delivery_id(3)), [1]),
        (DeliveryQuery(name="nobody.txt"), []),
        (DeliveryQuery(limit=3), [4, 3, 2]),
        (DeliveryQuery(before=delivery_id(2), limit=3), [1]),
    ],
    ids=str,
)
def test_deliveries_are_found_by_every_field(store: Store, query: DeliveryQuery, expected: list[int]) -> None:
    register(store, 1, path="a/one.txt")
    register(store, 2, path="a/two.txt", sha256="cd" * 32)
    register(store, 3, path="b/one.txt")
    register(store, 4, path="b/deep/{three}:*.txt", sha256=None)
    store.ledger.begin(FIRST, owner="w1", lease=LEASE)
    store.ledger.settle(FIRST, STORED, by="w1")
    store.ledger.settle(
        delivery_id(2), Outcome(disposition=Disposition.DUPLICATE, article_ids=(ArticleId("a1"),)), by="w1"
    )
    store.ledger.settle(delivery_id(3), EMPTY, by="w1")

    found = store.ledger.find(query)

    assert [each.id for each in found] == [delivery_id(number) for number in expected]
    assert all(each.timeline == () for each in found)


def test_paging_by_the_last_id_lists_every_delivery_once(store: Store) -> None:
    for number in range(1, 451):
        register(store, number, path=f"wire/{'odd' if number % 2 else 'even'}.txt")
    pages, before = list[list[DeliveryId]](), None

    while page := store.ledger.find(DeliveryQuery(name="odd.txt", before=before, limit=70)):
        pages.append([each.id for each in page])
        before = page[-1].id

    assert [len(page) for page in pages] == [70, 70, 70, 15]
    assert [each for page in pages for each in page] == [delivery_id(number) for number in range(449, 0, -2)]


def test_the_states_of_many_deliveries_are_read_at_once_without_unknown_ones(store: Store) -> None:
    ids = [delivery_id(number) for number in range(1, 5)]
    for number in range(1, 4):
        store.ledger.register(a_delivery(number), due_in=timedelta(seconds=10), by="watcher@one:1")
    store.ledger.begin(ids[1], owner="worker@two:2", lease=timedelta(seconds=20))
    store.ledger.settle(ids[2], Outcome(disposition=Disposition.STORED), by="worker@two:2")

    states = store.ledger.states(ids)

    assert states == {
        ids[0]: DeliveryState.WAITING,
        ids[1]: DeliveryState.WORKING,
        ids[2]: DeliveryState.SETTLED,
    }
    assert store.ledger.states([]) == {}


def test_deliveries_are_found_by_their_source_in_any_spelling(store: Store) -> None:
    for number, source in ((1, "The Harbour Post"), (2, "wire"), (3, None)):
        store.ledger.register(a_delivery(number, source=source), due_in=None, by="watcher")

    found = store.ledger.find(DeliveryQuery(source="harbour post: News"))

    assert [each.id for each in found] == [delivery_id(1)]


@pytest.mark.parametrize(
    "owner", ["w", "worker@" + "a-long-name-of-a-host." * 3 + ":4711/0a1b2c3d"], ids=["short", "long"]
)
def test_the_timeline_has_every_entry_in_order_also_of_one_moment(store: Store, owner: str) -> None:
    ledger, lease = store.ledger, timedelta(seconds=20)
    ledger.register(a_delivery(1), due_in=timedelta(0), by="watcher")
    ledger.begin_together([D1], owner=owner, lease=lease)
    ledger.give_back([D1], owner=owner)
    ledger.begin(D1, owner=owner, lease=lease)
    ledger.excuse(D1, owner=owner, why="the server did not answer")
    ledger.begin(D1, owner=owner, lease=lease)
    ledger.postpone(D1, owner=owner, due_in=lease, why="a fault")
    ledger.begin(D1, owner="w2", lease=lease)
    ledger.settle(D1, Outcome(disposition=Disposition.REJECTED, reason=Reason.NO_TEXT), by="w2")
    ledger.record_retry(D1, D2, by="person")

    delivery = ledger.get(D1)

    assert delivery
    assert [(each.stage, each.by) for each in delivery.timeline] == [
        ("watcher", "watcher"),
        *[("ingest", owner)] * 4,
        ("ingest", "w2"),
        ("ledger", "w2"),
        ("ledger", "person"),
    ]
    assert [each.timeline for each in ledger.find(DeliveryQuery())] == [()]
