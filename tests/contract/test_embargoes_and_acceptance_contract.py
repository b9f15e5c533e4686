from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.model.release import Release
from copytaster.model.work import Work
from copytaster.store.ports.ledger import NO_END
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

A1, A2 = ArticleId("a1"), ArticleId("a2")
BY = "watcher@test:1"
D1 = delivery_id(1)


@pytest.fixture
def ledger(store: Store) -> Store:
    store.ledger.register(a_delivery(1), due_in=timedelta(seconds=10), by=BY)
    return store


def subject_ids(store: Store, kind: EventKind) -> list[str]:
    return [
        each for event in store.events.read(after=None, limit=100) if event.kind is kind for each in event.article_ids
    ]


def lines(store: Store) -> list[str]:
    record = store.ledger.get(D1)
    assert record
    return [each.what for each in record.timeline]


def test_an_embargo_ends_at_its_time(store: Store, clock: ManualClock) -> None:
    store.ledger.set_embargo(A2, until=clock.now() + timedelta(seconds=20))
    store.ledger.set_embargo(A1, until=clock.now() + timedelta(seconds=10))
    early = store.ledger.ended_embargoes(limit=10)

    clock.advance(seconds=10)
    first = store.ledger.ended_embargoes(limit=10)
    clock.advance(seconds=10)

    assert (early, first) == ([], [A1])
    assert store.ledger.ended_embargoes(limit=10) == [A1, A2]
    assert store.ledger.ended_embargoes(limit=1) == [A1]


def test_the_last_stored_end_of_an_embargo_counts(store: Store, clock: ManualClock) -> None:
    store.ledger.set_embargo(A1, until=clock.now())
    store.ledger.set_embargo(A2, until=clock.now())

    store.ledger.set_embargo(A1, until=clock.now() + timedelta(seconds=1))
    store.ledger.set_embargo(A2, until=None)

    assert store.ledger.ended_embargoes(limit=10) == []
    assert not store.ledger.release(A1, None, by=BY)
    assert not store.ledger.release(A2, None, by=BY)


def test_an_embargo_without_an_end_is_listed_and_never_ends(store: Store, clock: ManualClock) -> None:
    for each in (A2, A1, ArticleId("a3")):
        store.ledger.set_embargo(each, until=NO_END)
    store.ledger.set_embargo(ArticleId("a3"), until=None)
    store.ledger.set_embargo(ArticleId("a4"), until=clock.now() + timedelta(days=9_000))

    clock.advance(seconds=10_000 * 86_400)

    assert store.ledger.withheld(limit=10) == [A1, A2]
    assert store.ledger.withheld(limit=1) == [A1]
    assert store.ledger.ended_embargoes(limit=10) == ["a4"]


def test_a_release_is_reported_once_in_the_events_and_in_the_timeline(ledger: Store, clock: ManualClock) -> None:
    ledger.ledger.set_embargo(A1, until=clock.now())

    released = [ledger.ledger.release(A1, D1, by=BY) for _ in range(2)]

    assert released == [True, False]
    assert subject_ids(ledger, EventKind.ARTICLE_RELEASED) == [A1]
    assert lines(ledger)[1:] == ["the embargo of a1 is over: released"]
    assert ledger.ledger.ended_embargoes(limit=10) == []


def test_a_release_without_a_delivery_is_reported_in_the_events(store: Store, clock: ManualClock) -> None:
    store.ledger.set_embargo(A1, until=clock.now())

    assert store.ledger.release(A1, None, by=BY)
    assert subject_ids(store, EventKind.ARTICLE_RELEASED) == [A1]


def test_the_decisions_of_a_person_are_each_reported_once_with_or_without_an_embargo(
    ledger: Store, clock: ManualClock
) -> None:
    released = Release(at=clock.now(), by="Anna", reason="it was lifted", decided_at=clock.now())
    undone = Release(by="Ben", decided_at=clock.now())
    ledger.ledger.set_embargo(A1, until=clock.now())

    reported = [ledger.ledger.release(A1, D1, by=BY, decision=each) for each in (released, released, undone, undone)]

    assert reported == [True, False, True, False]
    assert subject_ids(ledger, EventKind.ARTICLE_RELEASED) == subject_ids(ledger, EventKind.ARTICLE_WITHHELD) == [A1]
    assert lines(ledger)[1:] == ["a1 was released by Anna: it was lifted", "a1 was withheld again by Ben"]
    assert ledger.ledger.ended_embargoes(limit=10) == []


def test_a_decision_leaves_an_embargo_that_lasts(store: Store, clock: ManualClock) -> None:
    store.ledger.set_embargo(A1, until=clock.now() + timedelta(seconds=10))

    assert store.ledger.release(A1, None, by=BY, decision=Release(by="Ben", decided_at=clock.now()))
    clock.advance(seconds=10)

    assert store.ledger.ended_embargoes(limit=10) == [A1]
    assert store.ledger.release(A1, None, by=BY)


def test_an_acceptance_is_reported_once_and_makes_tagging_due(ledger: Store) -> None:
    noted = [ledger.ledger.record_acceptance(A1, D1, by=BY) for _ in range(2)]

    assert noted == [True, False]
    assert subject_ids(ledger, EventKind.ARTICLE_ACCEPTED) == [A1]
    assert lines(ledger)[1:] == ["a1 was accepted as a separate article"]
    assert ledger.ledger.overdue(Work.TAG, by=timedelta(0)) == 1
