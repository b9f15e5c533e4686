"""An accepted copy is made a copy again, in either store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.acceptance import Acceptance, NotAcceptedError, UnknownArticleError
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Duplicate, Relation, RelationKind
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.work import Work
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster.stories.members import remove_members
from tests.factories import START, a_delivery, an_article, delivery_id, put_into_one_story

A1, A2, A3 = (ArticleId(each) for each in ("a1", "a2", "a3"))

NEAR = Relation(kind=RelationKind.NEAR, of=A1, score=0.75)

Desk = tuple[Store, Acceptance, MemoryDecisions]


def deliver(store: Store, number: int, **fields: object) -> Article:
    at = START + timedelta(minutes=number)
    article = an_article(f"a{number}", received_at=at, source="wire", **fields)
    store.ledger.register(a_delivery(number, received_at=at), due_in=None, by="watcher@test:1")
    store.articles.create(article, owner=delivery_id(number))
    disposition = Disposition.DUPLICATE if article.relation else Disposition.STORED
    outcome = Outcome(disposition=disposition, article_ids=(article.id,), relation=article.relation)
    store.ledger.settle(delivery_id(number), outcome, by="worker@test:2")
    if article.relation:
        store.articles.add_duplicate(article.relation.of, link(number))
    return article


def link(number: int) -> Duplicate:
    delivery = a_delivery(number, received_at=START + timedelta(minutes=number))
    return Duplicate(
        delivery_id=delivery.id,
        kind=RelationKind.NEAR,
        score=0.75,
        name=delivery.name,
        source="wire",
        article_id=ArticleId(f"a{number}"),
        received_at=delivery.received_at,
    )


@pytest.fixture
def desk(store: Store, clock: ManualClock) -> Desk:
    """Return an original, a copy of it that was accepted, and the acceptance."""
    first, copy = deliver(store, 1), deliver(store, 2, relation=NEAR)
    put_into_one_story(store, first, copy)
    decisions = MemoryDecisions()
    acceptance = Acceptance(store=store, decisions=decisions, placements=MemoryPlacements(), clock=clock)
    acceptance.accept(A2, by="desk")
    return store, acceptance, decisions


def listed(store: Store) -> list[str]:
    return [each.id for each in store.articles.find(ArticleQuery()).articles]


def test_it_is_listed_no_more_and_linked_to_its_original(desk: Desk) -> None:
    store, acceptance, decisions = desk
    before = store.articles.get(A1), listed(store)

    undone = [acceptance.undo(A2, by="desk") for _ in range(2)]

    after = store.articles.get(A1)
    assert before[0]
    assert after
    assert (before[0].duplicates, before[1]) == ((), ["a2", "a1"])
    assert [each.relation for each in undone] == [NEAR, NEAR]
    assert listed(store) == ["a1"]
    assert after.duplicates == (link(2),)
    assert [(each.article_id, each.undone) for each in decisions.all()] == [(A2, True)]


def test_it_is_a_copy_in_the_story_and_waits_for_no_tagging(desk: Desk) -> None:
    store, acceptance, _ = desk
    story = store.stories.ids([A2])[A2]
    due = store.ledger.overdue(Work.TAG, by=timedelta(0))

    acceptance.undo(A2, by="desk")

    record = store.stories.records([story])[story]
    entry = store.stories.entry(story, A2)
    assert (record.articles, record.copies, [each.article_id for each in record.leads]) == (1, 1, [A1])
    assert entry
    assert entry.is_copy
    assert (due, store.ledger.overdue(Work.TAG, by=timedelta(0))) == (1, 0)


def test_it_is_reported_once_and_can_be_accepted_again(desk: Desk) -> None:
    store, acceptance, decisions = desk
    for _ in range(2):
        acceptance.undo(A2, by="desk")
    acceptance.accept(A2, by="desk")

    kinds = [each.kind for each in store.events.read(after=None, limit=100) if A2 in each.article_ids]
    delivery = store.ledger.get(delivery_id(2))
    assert delivery
    assert kinds[-3:] == [
        EventKind.ARTICLE_ACCEPTED,
        EventKind.ARTICLE_ACCEPTANCE_UNDONE,
        EventKind.ARTICLE_ACCEPTED,
    ]
    assert [each.what for each in delivery.timeline][-2:] == [
        "a2 is a copy again",
        "a2 was accepted as a separate article",
    ]
    assert listed(store) == ["a2", "a1"]
    assert [each.undone for each in decisions.all()] == [None]


def test_copies_that_it_got_meanwhile_are_linked_to_the_original(desk: Desk) -> None:
    store, acceptance, _ = desk
    deliver(store, 3, relation=Relation(kind=RelationKind.NEAR, of=A2, score=0.75))

    acceptance.undo(A2, by="desk")

    original, copy = store.articles.get(A1), store.articles.get(A2)
    assert original
    assert copy
    assert [each.article_id for each in original.duplicates] == [A2, A3]
    assert copy.duplicates == ()


def test_it_leaves_another_story_for_that_of_its_original(desk: Desk) -> None:
    store, acceptance, _ = desk
    story = store.stories.ids([A1])[A1]
    remove_members([A2], store)
    moved = store.articles.get(A2)
    assert moved
    put_into_one_story(store, moved)

    acceptance.undo(A2, by="desk")

    record = store.stories.records([story])[story]
    assert store.stories.ids([A2])[A2] == story
    assert (record.articles, record.copies) == (1, 1)


def test_without_its_original_it_stays_an_article(desk: Desk) -> None:
    store, acceptance, decisions = desk
    store.articles.remove_many([A1], before=None)

    with pytest.raises(NotAcceptedError, match="its original, a1, is not stored any more"):
        acceptance.undo(A2, by="desk")

    assert listed(store) == ["a2"]
    assert [each.undone for each in decisions.all()] == [None]


def test_only_accepted_articles_can_become_copies_again(desk: Desk) -> None:
    _, acceptance, _ = desk

    with pytest.raises(NotAcceptedError, match="a1 was not accepted"):
        acceptance.undo(A1, by="desk")
    with pytest.raises(UnknownArticleError):
        acceptance.undo(ArticleId("a404"), by="desk")
