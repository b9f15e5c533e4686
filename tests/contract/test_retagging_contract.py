"""Requests for tagging, and re-tagging checkpoints."""

from __future__ import annotations

from datetime import timedelta

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, ArticleStatus, Ruling, TaggedBy, Tagging
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.store import Store
from tests.factories import START, a_delivery, an_article, delivery_id

A1, A2 = ArticleId("a1"), ArticleId("a2")
SOON = timedelta(seconds=10)
LEASE = timedelta(seconds=20)


def stored_and_due(store: Store) -> None:
    store.ledger.register(a_delivery(1), due_in=SOON, by="watcher@one:1")
    outcome = Outcome(disposition=Disposition.STORED, article_ids=(A1,), to_tag=(A1,))
    assert store.ledger.settle(delivery_id(1), outcome, by="w1")


def test_requested_tagging_is_due_behind_all_other_tagging(store: Store, clock: ManualClock) -> None:
    store.ledger.request_tagging([A1, A2], due_in=SOON)

    assert store.ledger.waiting(Work.RETAG) == 2
    assert store.ledger.waiting(Work.TAG) == 0
    assert store.ledger.tagging_due([A1, A2, ArticleId("a3")]) == {A1, A2}
    clock.advance(seconds=10)
    assert store.ledger.overdue(Work.RETAG, by=timedelta(0)) == 2


def test_a_request_does_not_change_tagging_that_is_due_already(store: Store, clock: ManualClock) -> None:
    stored_and_due(store)
    store.ledger.request_tagging([A1], due_in=SOON)
    store.ledger.request_tagging([A2], due_in=SOON)
    clock.advance(seconds=5)
    store.ledger.request_tagging([A2], due_in=SOON)
    clock.advance(seconds=5)

    assert (store.ledger.waiting(Work.TAG), store.ledger.waiting(Work.RETAG)) == (1, 1)
    assert store.ledger.overdue(Work.RETAG, by=timedelta(0)) == 1


def test_requested_tagging_is_due_until_it_is_settled(store: Store) -> None:
    store.ledger.request_tagging([A1], due_in=SOON)
    begun = store.ledger.begin_tagging([A1], owner="w1", lease=LEASE)

    during = store.ledger.tagging_due([A1])
    ended = store.ledger.settle_tagging([A1], owner="w1")

    assert begun
    assert ended
    assert (during, store.ledger.tagging_due([A1])) == ({A1}, set())


def test_an_empty_request_changes_nothing(store: Store) -> None:
    store.ledger.request_tagging([], due_in=SOON)

    assert store.ledger.tagging_due([]) == set()
    assert store.ledger.waiting(Work.RETAG) == 0


def test_a_checkpoint_is_stored_until_it_is_removed(store: Store) -> None:
    store.retaggings.write("one", "first")
    store.retaggings.write("one", "second")
    store.retaggings.write("two", "other")
    store.retaggings.remove("two")
    store.retaggings.remove("never there")

    assert [store.retaggings.read(name) for name in ("one", "two", "three")] == ["second", None, None]


def test_a_ruling_makes_a_status_more_restrictive_until_a_tagging_without_it(store: Store, clock: ManualClock) -> None:
    store.articles.create(an_article(), owner=DeliveryId("d1"))
    by = TaggedBy(labels="l", rules="r", declared_language="en")
    ruling = Ruling(status=ArticleStatus.WITHHELD, rule="one", version="1", why="because")
    plain = Tagging(language="de", topics=(), entities=(), keywords=(), tagged_by=by, provenance={})

    shown = []
    for each in (plain.model_copy(update={"ruling": ruling}), plain):
        store.articles.annotate(A1, 1, each)
        article = store.articles.get(A1)
        assert article
        assert article.tagged_by == by
        shown.append((article.status, article.at(clock.now()).status))

    assert shown == [
        (ArticleStatus.USABLE, ArticleStatus.WITHHELD),
        (ArticleStatus.USABLE, ArticleStatus.USABLE),
    ]


def test_a_ruling_outlasts_an_embargo_and_never_makes_a_status_less_restrictive() -> None:
    withheld = Ruling(status=ArticleStatus.WITHHELD, rule="one", version="1", why="because")
    over = an_article(status=ArticleStatus.WITHHELD, embargoed_until=START, ruling=withheld)
    killed = an_article(status=ArticleStatus.CANCELED, ruling=withheld)

    later = START + timedelta(days=1)

    assert over.at(later).status is ArticleStatus.WITHHELD
    assert over.model_copy(update={"ruling": None}).at(later).status is ArticleStatus.USABLE
    assert killed.at(later).status is ArticleStatus.CANCELED
