from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryState, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Resource
from copytaster.model.retry_policy import Failure
from copytaster.model.work import LANES, EmptyQueues, Work
from copytaster.monitoring.status import read_status
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from tests.factories import a_delivery, an_article, delivery_id

if TYPE_CHECKING:
    from tests.conftest import MakeStore

numbers = st.integers(1, 4)
owners = st.sampled_from(["w1", "w2"])
causes = st.sampled_from([*Resource, Failure.FAULT, Failure.KILLED])
delays = st.integers(0, 30).map(lambda seconds: timedelta(seconds=seconds))
articles = st.integers(1, 3).map(lambda number: ArticleId(f"a{number}"))
outcomes = st.one_of(
    st.builds(
        lambda kind, article: Outcome(disposition=kind, article_ids=(article,), to_tag=(article,)),
        st.sampled_from([Disposition.STORED, Disposition.NEW_VERSION]),
        articles,
    ),
    st.builds(lambda article: Outcome(disposition=Disposition.DUPLICATE, article_ids=(article,)), articles),
    st.just(Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="empty")),
)


class TwoStores(RuleBasedStateMachine):
    """Calls the store in memory and the one on a server in the same way: the results must be equal."""

    def __init__(self, on_server: MakeStore) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.stores = (memory_store(self.clock), on_server(self.clock))

    def both(self, call: Callable[[Store], Any]) -> Any:
        first, second = (call(each) for each in self.stores)
        assert first == second
        return first

    @rule(seconds=st.integers(0, 25))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(number=numbers, due_in=delays, lane=st.sampled_from([Work.INGEST, Work.BACKFILL]))
    def register(self, number: int, due_in: timedelta, lane: Work) -> None:
        delivery = a_delivery(number, path=f"wire/{number % 2}.txt", received_at=self.clock.now(), lane=lane)
        self.both(lambda store: store.ledger.register(delivery, due_in=due_in, by="watcher"))

    @rule(number=numbers, owner=owners, lease=delays, lane=st.sampled_from(LANES))
    def begin(self, number: int, owner: str, lease: timedelta, lane: Work) -> None:
        self.both(lambda store: store.ledger.begin(delivery_id(number), owner=owner, lease=lease, lane=lane))

    @rule(several=st.lists(numbers, max_size=3), owner=owners, lease=delays)
    def begin_together(self, several: list[int], owner: str, lease: timedelta) -> None:
        ids = [delivery_id(number) for number in several]
        self.both(lambda store: store.ledger.begin_together(ids, owner=owner, lease=lease))

    @rule(number=numbers, owner=owners)
    def give_back(self, number: int, owner: str) -> None:
        self.both(lambda store: store.ledger.give_back([delivery_id(number)], owner=owner))

    @rule(number=numbers, owner=owners, due_in=delays, cause=causes)
    def postpone(self, number: int, owner: str, due_in: timedelta, cause: Resource | Failure) -> None:
        self.both(
            lambda store: store.ledger.postpone(delivery_id(number), owner=owner, due_in=due_in, why="so", cause=cause)
        )

    @rule(number=numbers, owner=owners)
    def excuse(self, number: int, owner: str) -> None:
        self.both(lambda store: store.ledger.excuse(delivery_id(number), owner=owner, why="so"))

    @rule(number=numbers)
    def hold(self, number: int) -> None:
        delivery = a_delivery(number, received_at=self.clock.now())
        self.both(lambda store: store.ledger.register(delivery, due_in=None, by="replay"))

    @rule(number=numbers, due_in=delays)
    def release_held(self, number: int, due_in: timedelta) -> None:
        self.both(lambda store: store.ledger.release_held([delivery_id(number)], due_in=due_in))

    @rule(limit=st.integers(1, 3), delay=delays)
    def take_held(self, limit: int, delay: timedelta) -> None:
        self.both(lambda store: store.ledger.take_held(limit=limit, due_in=delay, next_in=delay))

    @rule(number=numbers, owner=owners, outcome=outcomes)
    def settle(self, number: int, owner: str, outcome: Outcome) -> None:
        self.both(lambda store: store.ledger.settle(delivery_id(number), outcome, by=owner))

    @rule(number=numbers, owner=owners, outcome=outcomes)
    def settle_under_a_lease(self, number: int, owner: str, outcome: Outcome) -> None:
        self.both(lambda store: store.ledger.settle(delivery_id(number), outcome, by=owner, owner=owner))

    @rule(several=st.sets(numbers, max_size=3), owner=owners, outcome=outcomes)
    def settle_together(self, several: set[int], owner: str, outcome: Outcome) -> None:
        ends = dict.fromkeys(map(delivery_id, sorted(several)), outcome)
        self.both(lambda store: store.ledger.settle_together(ends, owner=owner))

    @rule(number=numbers, other=numbers)
    def record_retry(self, number: int, other: int) -> None:
        self.both(lambda store: store.ledger.record_retry(delivery_id(number), delivery_id(other), by="cli"))

    @rule(article=articles, owner=owners, lease=delays)
    def begin_tagging(self, article: ArticleId, owner: str, lease: timedelta) -> None:
        self.both(lambda store: store.ledger.begin_tagging([article], owner=owner, lease=lease))

    @rule(article=articles, owner=owners, due_in=delays)
    def postpone_tagging(self, article: ArticleId, owner: str, due_in: timedelta) -> None:
        self.both(lambda store: store.ledger.postpone_tagging(article, owner=owner, due_in=due_in))

    @rule(article=articles, owner=owners)
    def excuse_tagging(self, article: ArticleId, owner: str) -> None:
        self.both(lambda store: store.ledger.excuse_tagging(article, owner=owner))

    @rule(article=articles, owner=owners)
    def settle_tagging(self, article: ArticleId, owner: str) -> None:
        self.both(lambda store: store.ledger.settle_tagging([article], owner=owner))

    @rule(work=st.sampled_from(Work), overdue_by=delays, limit=st.integers(1, 3))
    def take_overdue(self, work: Work, overdue_by: timedelta, limit: int) -> None:
        later = timedelta(seconds=15)
        self.both(lambda store: store.ledger.take_overdue(work, overdue_by=overdue_by, postpone_by=later, limit=limit))

    @rule(article=articles, number=numbers, day=st.integers(1, 5))
    def store_article(self, article: ArticleId, number: int, day: int) -> None:
        state = an_article(article, title=f"Day {day}", published_at=self.clock.now().replace(day=day))
        self.both(lambda store: store.articles.create(state, owner=delivery_id(number)))

    @rule(article=articles, number=numbers, day=st.integers(1, 5))
    def add_version(self, article: ArticleId, number: int, day: int) -> None:
        if self.both(lambda store: store.articles.get(article)):
            state = an_article(article, title=f"Day {day}", published_at=self.clock.now().replace(day=day))
            self.both(lambda store: store.articles.add_version(state, owner=delivery_id(number)).version)

    @invariant()
    def the_balance_is_closed(self) -> None:
        assert self.both(lambda store: store.ledger.balance()).closed

    @invariant()
    def the_stores_return_the_same(self) -> None:
        records = self.both(lambda store: [store.ledger.get(delivery_id(number)) for number in range(1, 5)])
        in_flight = [each for each in records if each and each.state is not DeliveryState.SETTLED]
        self.both(lambda store: store.ledger.refusals())
        self.both(lambda store: store.ledger.find(DeliveryQuery(name="1.txt", limit=2)))
        self.both(lambda store: store.ledger.find(DeliveryQuery(state=DeliveryState.WORKING)))
        self.both(lambda store: [store.articles.versions(ArticleId(f"a{number}")) for number in range(1, 4)])
        self.both(lambda store: store.articles.find(ArticleQuery()))
        self.both(lambda store: [(each.kind, each.delivery_id) for each in store.events.read(after=None, limit=999)])
        waiting = self.both(lambda store: read_status(store, EmptyQueues(), now=self.clock.now()).waiting)
        assert sum(waiting[lane] for lane in LANES) == len(in_flight)
        assert all(each.disposition is None for each in in_flight)
        outages = self.both(lambda store: store.ledger.outages())
        assert sum(each.waiting for each in outages) == sum(each.outage is not None for each in in_flight)


def test_the_store_in_memory_and_the_one_on_a_server_do_the_same(on_server: MakeStore) -> None:
    class TwoStoresOnServer(TwoStores):
        def __init__(self) -> None:
            super().__init__(on_server)

    run_state_machine_as_test(TwoStoresOnServer, settings=settings(stateful_step_count=25))


@given(st.lists(st.tuples(owners, outcomes), min_size=1, max_size=6))
def test_only_the_first_of_many_dispositions_counts(ends: list[tuple[str, Outcome]]) -> None:
    store = memory_store(ManualClock())
    store.ledger.register(a_delivery(), due_in=timedelta(0), by="watcher")

    answers = [store.ledger.settle(delivery_id(1), outcome, by=owner) for owner, outcome in ends]

    record = store.ledger.get(delivery_id(1))
    assert answers == [True] + [False] * (len(ends) - 1)
    assert record
    assert record.disposition is ends[0][1].disposition
    assert sum(store.ledger.balance().dispositions.values()) == 1
