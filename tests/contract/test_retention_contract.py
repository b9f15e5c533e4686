from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from redis import Redis

from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.removal import remove_article, remove_articles
from copytaster.clock import ManualClock, milliseconds
from copytaster.dedup.signing import sign
from copytaster.errors import TransientError
from copytaster.model.article import (
    ArticleId,
    Duplicate,
    Entity,
    EntityType,
    Keyword,
    Relation,
    RelationKind,
    Tagging,
    Topic,
)
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import EventKind
from copytaster.model.pin import Pin
from copytaster.model.progress import Progress
from copytaster.model.release import Release
from copytaster.model.work import Work
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import NEWEST_DUPLICATES, ArticleQuery, Created
from copytaster.store.ports.ledger import Advance, DeliveryQuery
from copytaster.store.ports.retention import Removal, lowest_id
from copytaster.store.ports.stories import StoryId
from copytaster.store.redis.listings import Listings
from copytaster.store.redis.publication_index import PublicationIndex
from copytaster.store.redis.term_index import Edit, TermIndex
from copytaster.store.store import Store
from copytaster.stories.members import remove_members
from copytaster.stories.placing import Placing
from tests.conftest import RealServer
from tests.factories import (
    FROM_TEST,
    START,
    a_delivery,
    a_link,
    a_signature,
    an_article,
    delivery_id,
    prose,
    put_into_one_story,
)

A1, A2, A3 = ArticleId("a1"), ArticleId("a2"), ArticleId("a3")
D1, D2, D3 = delivery_id(1), delivery_id(2), delivery_id(3)
DAY = timedelta(days=1)
BY = "worker@test:1"
ON_THE_SERVER = pytest.mark.parametrize("store", ["valkey"], indirect=True)
"""For tests of the server's keys, which the store in memory does not have."""
LEASE = timedelta(minutes=1)
FIXED = {
    b"ct:{ledger}:balance",
    b"ct:{ledger}:refused",
    b"ct:{ledger}:events",
    b"ct:{ledger}:retention",
    b"ct:{near}:counter",
    b"ct:{ledger}:sightings",
    b"ct:{senders}:counts",
    b"ct:{senders}:busiest",
}
"""Keys that stay: counters, and the streams with their limited length."""
COUNTED = (b"ct:{senders}:counted:", b"ct:{senders}:hours:")
"""Keys that expire: the items that were counted recently, and those of each hour."""


def a_tagging(word: str) -> Tagging:
    return Tagging(
        language="en",
        topics=(Topic(code=f"2000{word}", name=f"{word} news", score=0.8, why=word),),
        entities=(Entity(name=f"Port {word}", type=EntityType.PLACE, count=1, spans=()),),
        keywords=(Keyword(term=word, score=1.5),),
        provenance={"language": FROM_TEST},
    )


def settled(store: Store, delivery: Delivery, outcome: Outcome) -> None:
    store.ledger.register(delivery, due_in=timedelta(0), by=BY)
    store.ledger.begin(delivery.id, owner=BY, lease=LEASE)
    store.ledger.settle(delivery.id, outcome, by=BY)


def test_articles_are_returned_by_their_last_change(store: Store) -> None:
    store.articles.create(an_article("a2", received_at=START + DAY), owner=D2)
    store.articles.create(an_article("a1", received_at=START), owner=D1)
    store.articles.create(an_article("a3", received_at=START + 2 * DAY), owner=D3)

    assert store.articles.unchanged(before=START + 2 * DAY, limit=10) == [A1, A2]
    assert store.articles.unchanged(before=START + 2 * DAY, limit=1) == [A1]
    assert store.articles.oldest_change() == START
    assert store.articles.last_changes([A1, A3]) == {A1: START, A3: START + 2 * DAY}


PIN = Pin(at=START, by="Anna", reason="for the archive")


def test_a_pinned_article_is_passed_by_until_it_is_unpinned(store: Store) -> None:
    store.articles.pin(A2, PIN)
    for number, owner in enumerate((D1, D2), 1):
        store.articles.create(an_article(f"a{number}", received_at=START), owner=owner)
    store.articles.add_version(an_article("a2", text="More.", received_at=START + DAY), owner=D3)

    later = START + 5 * DAY
    assert store.articles.pins([A1, A2]) == {A2: PIN}
    assert (store.articles.unchanged(before=later, limit=10), store.articles.count_unchanged(before=later)) == ([A1], 1)
    assert not remove_article(A2, store, before=later)
    assert remove_article(A1, store, before=later)
    assert (store.articles.oldest_change(), store.articles.last_changes([A1, A2])) == (None, {})
    assert store.articles.get(A2)

    store.articles.unpin(A2)
    assert (store.articles.pins([A2]), store.articles.oldest_change()) == ({}, START + DAY)
    assert remove_article(A2, store, before=later)


def test_a_postponed_article_counts_as_changed_later(store: Store) -> None:
    store.articles.create(an_article("a1", received_at=START), owner=D1)
    for name in (A1, A2):
        store.articles.postpone(name, until=START + 3 * DAY)
    store.articles.postpone(A1, until=START + DAY)

    assert store.articles.unchanged(before=START + 3 * DAY, limit=10) == []
    assert store.articles.unchanged(before=START + 4 * DAY, limit=10) == [A1]
    assert not remove_article(A1, store, before=START + 3 * DAY)
    assert remove_article(A1, store, before=START + 4 * DAY)


def test_a_pinned_article_can_be_removed_by_a_person(store: Store) -> None:
    store.articles.create(an_article("a1"), owner=D1)
    store.articles.pin(A1, PIN)

    assert remove_article(A1, store, before=None)
    assert store.articles.pins([A1]) == {}


def test_an_article_that_a_person_changes_at_this_moment_is_removed_only_by_a_person(store: Store) -> None:
    for number, owner in enumerate((D1, D2), 1):
        store.articles.create(an_article(f"a{number}", received_at=START), owner=owner)
        store.articles.begin_change(ArticleId(f"a{number}"), owner="anna", lease=LEASE)

    assert not remove_article(A1, store, before=START + DAY)
    assert remove_article(A2, store, before=None)
    assert [each.id for each in store.articles.find(ArticleQuery()).articles] == [A1]
    assert store.articles.unchanged(before=START + DAY, limit=10) == [A1]
    store.articles.end_change(A1, owner="anna")
    assert remove_article(A1, store, before=START + DAY)


@ON_THE_SERVER
@pytest.mark.parametrize("is_over", [True, False])
def test_an_article_that_is_pinned_while_it_is_removed_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, is_over: bool
) -> None:
    store.articles.create(an_article("a1", received_at=START), owner=D1)
    remove = Listings.remove

    def pin_after_reading(listings: Listings, versions: Any) -> None:
        store.articles.begin_change(A1, owner="anna", lease=LEASE)
        if is_over:
            store.articles.pin(A1, PIN)
            store.articles.end_change(A1, owner="anna")
        remove(listings, versions)

    monkeypatch.setattr(Listings, "remove", pin_after_reading)

    assert not remove_article(A1, store, before=START + DAY)
    assert [each.id for each in store.articles.find(ArticleQuery()).articles] == [A1]


@ON_THE_SERVER
@pytest.mark.parametrize("count", [1, NEWEST_DUPLICATES + 5])
def test_a_copy_that_changes_while_it_is_removed_stays_linked_to_its_original(
    store: Store, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    store.articles.create(an_article("a1", received_at=START), owner=D1)
    store.articles.create(an_article("a2", received_at=START, relation=relation), owner=D2)
    for number in range(count):
        link = a_link(delivery_id(number), A2)
        store.articles.add_duplicate(A1, link)
    before, remove = store.articles.get(A1), Listings.remove

    def change_after_reading(listings: Listings, versions: Any) -> None:
        store.articles.begin_change(A2, owner="anna", lease=LEASE)
        remove(listings, versions)

    monkeypatch.setattr(Listings, "remove", change_after_reading)

    assert not remove_article(A2, store, before=START + DAY)
    assert before
    assert before.duplicate_count == count
    assert store.articles.get(A1) == before


def an_original_with_copies(store: Store) -> list[ArticleId]:
    """Store an article and two copies of it, with links, all in its story."""
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    original = an_article("a1", received_at=START)
    copies = [an_article(each, received_at=START, relation=relation) for each in (A2, A3)]
    for number, each in enumerate((original, *copies), 1):
        store.articles.create(each, owner=delivery_id(number))
    for number, name in enumerate((A2, A3), 2):
        link = a_link(delivery_id(number), name)
        store.articles.add_duplicate(A1, link)
    put_into_one_story(store, original, *copies)
    return [A1, A2, A3]


@pytest.mark.parametrize("is_last", [False, True])
def test_an_original_is_removed_together_with_its_copies(store: Store, *, is_last: bool) -> None:
    names = sorted(an_original_with_copies(store), reverse=is_last)

    assert remove_articles(names, store, before=START + DAY) == names
    assert store.articles.ids(0) == (0, [])
    assert store.stories.ids(names) == {}


@ON_THE_SERVER
def test_a_copy_that_changes_while_it_is_removed_together_with_its_original_stays_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, server: RealServer
) -> None:
    names, remove = an_original_with_copies(store), Listings.remove

    def change_after_reading(listings: Listings, versions: Any) -> None:
        store.articles.begin_change(A2, owner="anna", lease=LEASE)
        remove(listings, versions)

    monkeypatch.setattr(Listings, "remove", change_after_reading)

    assert remove_articles(names, store, before=START + DAY) == [A1, A3]
    assert [each.id for each in store.articles.get_many(names)] == [A2]
    assert store.stories.ids(names) == {A2: "s1"}
    with server.client() as client:
        assert client.keys("ct:{a1}:*") == []


@ON_THE_SERVER
def test_an_original_that_gets_another_copy_while_it_is_removed_together_with_others_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, remove = an_original_with_copies(store), Listings.remove
    link = a_link(D1, ArticleId("a4"), received_at=START + DAY)

    def link_after_reading(listings: Listings, versions: Any) -> None:
        store.articles.add_duplicate(A1, link)
        remove(listings, versions)

    monkeypatch.setattr(Listings, "remove", link_after_reading)

    assert remove_articles(names, store, before=START + DAY) == [A2, A3]
    (left,) = store.articles.find(ArticleQuery()).articles
    assert [each.article_id for each in left.duplicates] == ["a4"]


@pytest.mark.parametrize("part", ["near", "stories", "retention"])
def test_a_removal_of_several_that_was_interrupted_anywhere_is_completed(
    store: Store, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    names = an_original_with_copies(store)
    method = {"near": "remove_many", "stories": "commit", "retention": "remove_articles"}[part]
    monkeypatch.setattr(getattr(store, part), method, Mock(side_effect=TransientError("gone")))
    with pytest.raises(TransientError):
        remove_articles(names, store, before=START + DAY)
    assert store.articles.unchanged(before=START + DAY, limit=10) == names
    monkeypatch.undo()

    assert remove_articles(names, store, before=START + DAY) == names
    assert (store.articles.ids(0), store.stories.ids(names)) == ((0, []), {})


def test_an_article_that_is_not_stored_can_be_unpinned(store: Store) -> None:
    store.articles.pin(A1, PIN)
    store.articles.unpin(A1)

    assert (store.articles.pins([A1]), store.articles.ids(0)) == ({}, (0, []))


def test_a_store_without_articles_has_no_oldest_change(store: Store) -> None:
    assert store.articles.oldest_change() is None
    assert store.retention.oldest_delivery() is None


def test_a_version_an_older_version_a_copy_and_an_embargo_count_as_changes(store: Store) -> None:
    for number in range(1, 5):
        store.articles.create(an_article(f"a{number}", received_at=START), owner=delivery_id(number))

    store.articles.add_version(an_article("a1", text="More.", received_at=START + DAY), owner=delivery_id(11))
    older = an_article("a2", received_at=START + DAY, published_at=START - DAY)
    store.articles.add_version(older, owner=delivery_id(12))
    copy = Duplicate(
        delivery_id=delivery_id(13),
        kind=RelationKind.EXACT,
        score=1,
        name="copy.txt",
        source="wire",
        article_id=A3,
        received_at=START + DAY,
    )
    store.articles.add_duplicate(A3, copy)
    store.articles.create(
        an_article("a5", received_at=START, embargoed_until=START + DAY, status="withheld"), owner=delivery_id(5)
    )

    assert store.articles.unchanged(before=START + DAY, limit=10) == ["a4"]


def test_the_time_for_which_a_person_released_an_article_counts_as_a_change_of_one_that_is_rebuilt(
    store: Store,
) -> None:
    article = an_article(received_at=START, status="withheld")
    release = Release(at=START + DAY, by="Anna", decided_at=START)
    store.articles.release(A1, article.origin, release)

    store.articles.create(article, owner=D1)

    assert store.articles.unchanged(before=START + DAY, limit=10) == []


def test_an_article_that_has_changed_is_not_removed(store: Store) -> None:
    store.articles.create(an_article(received_at=START), owner=D1)
    store.articles.add_version(an_article(text="More.", received_at=START + DAY), owner=D2)

    assert not remove_article(A1, store, before=START + DAY)
    found = store.articles.find(ArticleQuery()).articles
    assert [(each.id, each.version) for each in found] == [(A1, 2)]


def test_a_removed_article_is_in_no_listing_and_can_be_stored_again(store: Store) -> None:
    store.articles.create(an_article(received_at=START, source="wire"), owner=D1)

    removed = [remove_article(A1, store, before=START + DAY) for _ in range(2)]

    assert removed == [True, False]
    assert store.articles.get(A1) is None
    assert store.articles.versions(A1) == []
    assert store.articles.find(ArticleQuery(source="wire")).articles == ()
    assert store.articles.count() == 0
    assert store.articles.unchanged(before=START + DAY, limit=10) == []
    assert isinstance(store.articles.create(an_article(received_at=START + DAY), owner=D2), Created)


def test_an_article_that_is_stored_again_while_it_is_removed_is_tagged_released_and_compared(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.articles.create(an_article(received_at=START), owner=D1)
    again = an_article(received_at=START + DAY, status="withheld", embargoed_until=START + 2 * DAY)
    signature, remove = sign(again.title, again.text), store.near.remove_many

    def remove_after_another_arrival(articles: Any) -> None:
        store.articles.create(again, owner=D2)
        store.near.add(A1, signature, at=again.effective_at)
        store.ledger.set_embargo(A1, until=again.embargoed_until)
        store.ledger.request_tagging([A1], due_in=timedelta(0))
        remove(articles)

    monkeypatch.setattr(store.near, "remove_many", remove_after_another_arrival)

    assert not remove_article(A1, store, before=START + DAY)

    clock.advance(seconds=3 * DAY.total_seconds())
    assert store.ledger.tagging_due([A1]) == {A1}
    assert store.ledger.ended_embargoes(limit=5) == [A1]
    assert [each.article_id for each in store.near.find_similar(signature, at=again.effective_at)] == [A1]


def test_an_interrupted_removal_is_completed(store: Store) -> None:
    store.articles.create(an_article(received_at=START), owner=D1)
    store.articles.remove_many([A1], before=START + DAY)

    assert store.articles.unchanged(before=START + DAY, limit=10) == [A1]
    assert (store.articles.ids(0), store.articles.last_changes([A1])) == ((0, [A1]), {A1: START})
    assert remove_article(A1, store, before=START + DAY)
    assert store.articles.unchanged(before=START + DAY, limit=10) == []
    assert (store.articles.ids(0), store.articles.last_changes([A1])) == ((0, []), {})


def test_a_version_that_arrives_during_a_removal_stays(store: Store) -> None:
    store.articles.create(an_article(received_at=START), owner=D1)
    store.articles.remove_many([A1], before=START + DAY)

    store.articles.create(an_article(received_at=START + DAY), owner=D2)

    assert not store.articles.end_removals([A1], before=START + DAY)
    assert [each.id for each in store.articles.find(ArticleQuery()).articles] == [A1]
    assert store.articles.unchanged(before=START + 2 * DAY, limit=10) == [A1]


@pytest.mark.parametrize("names", [(A2, A3), (ArticleId("a" + 10 * "0a"), ArticleId("a" + 10 * "00"))])
def test_the_links_to_a_removed_copy_are_removed_from_its_original(
    store: Store, names: tuple[ArticleId, ArticleId]
) -> None:
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    store.articles.create(an_article("a1", received_at=START), owner=D1)
    store.articles.create(an_article(names[0], received_at=START, relation=relation), owner=D2)
    for number, name in enumerate(names, 2):
        store.articles.add_duplicate(
            A1,
            a_link(delivery_id(number), name),
        )

    assert remove_article(names[0], store, before=None)

    original = store.articles.get(A1)
    assert original
    assert [each.article_id for each in original.duplicates] == [names[1]]


def test_a_removed_article_is_no_candidate_and_others_with_the_same_words_are(store: Store) -> None:
    signature = a_signature(prose(1))
    for number in range(1, 12):
        store.near.add(ArticleId(f"a{number}"), signature, at=START)

    for _ in range(2):
        store.near.remove(A3, [(signature, START)])

    found = [each.article_id for each in store.near.find_similar(signature, at=START)]
    assert A3 not in found
    assert store.near.contained([A1, A3]) == {A1}
    assert len(found) == len(set(found)) == 10


def test_an_article_that_is_added_after_removals_gets_a_higher_number(store: Store) -> None:
    store.near.add(A1, a_signature(prose(1)), at=START)
    last = store.near.add(A2, a_signature(prose(2)), at=START)
    store.near.remove(A1, [(a_signature(prose(1)), START)])

    assert store.near.add(A3, a_signature(prose(3)), at=START) > last


def test_a_story_keeps_its_id_when_its_founder_is_removed(store: Store) -> None:
    put_into_one_story(store, an_article("a1"), an_article("a2"))

    remove_members([A1], store)
    remove_members([A1], store)

    record = store.stories.records([StoryId("s1")])[StoryId("s1")]
    assert [each.article_id for each in store.stories.entries(StoryId("s1"), limit=9).entries] == [A2]
    assert store.stories.ids([A1, A2]) == {A2: "s1"}
    assert (record.articles, [each.article_id for each in record.leads]) == (1, [A2])


def test_articles_of_one_story_leave_it_together(store: Store) -> None:
    put_into_one_story(store, *(an_article(f"a{number}") for number in range(1, 5)))
    put_into_one_story(store, an_article("a5"))

    remove_members([A1, A3, ArticleId("a5"), ArticleId("a9")], store)

    records = store.stories.records([StoryId("s1"), StoryId("s5")])
    assert {name: each.articles for name, each in records.items()} == {"s1": 2}
    assert [each.article_id for each in store.stories.entries(StoryId("s1"), limit=9).entries] == [A2, "a4"]
    remove_members([A2, ArticleId("a4")], store)
    assert store.stories.records([StoryId("s1")]) == {}
    assert store.stories.open_count() == 0


def test_a_story_that_another_article_joins_meanwhile_loses_its_members_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_into_one_story(store, an_article("a1"), an_article("a2"))
    put_into_one_story(store, an_article("a5"))
    commit, relation = store.stories.commit, Relation(kind=RelationKind.NEAR, of=A2, score=0.9)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=ManualClock())

    def commit_after_another(changes: Any) -> list[bool]:
        monkeypatch.undo()
        placing.place_copy(an_article("a3", relation=relation), relation)
        made = commit(changes)
        assert made == [False, True]
        return made

    monkeypatch.setattr(store.stories, "commit", commit_after_another)

    remove_members([A1, A2, ArticleId("a5")], store)

    record = store.stories.records([StoryId("s1"), StoryId("s5")])[StoryId("s1")]
    assert (record.articles, record.copies) == (0, 1)
    assert store.stories.ids([A1, A2, A3, ArticleId("a5")]) == {A3: "s1"}


def test_a_story_ends_with_its_last_article(store: Store) -> None:
    put_into_one_story(store, an_article("a1"))

    remove_members([A1], store)

    assert store.stories.records([StoryId("s1")]) == {}
    assert store.stories.open_count() == 0


def test_copies_that_wait_for_an_article_become_a_story_when_it_is_removed(store: Store) -> None:
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=ManualClock())
    for number in (2, 3):
        placing.place_copy(an_article(f"a{number}", relation=relation), relation)

    remove_members([A1], store)

    record = store.stories.records([StoryId("s1")])[StoryId("s1")]
    assert (record.articles, record.copies, record.closed) == (0, 2, True)
    assert store.stories.ids([A2, A3]) == {A2: "s1", A3: "s1"}
    remove_members([A2], store)
    remove_members([A3], store)
    assert store.stories.records([StoryId("s1")]) == {}


@pytest.mark.parametrize("names", [[A1, A2, A3], [A3, A2, A1]])
def test_an_article_leaves_nothing_if_copies_that_wait_for_it_are_removed_with_it(
    store: Store, names: list[ArticleId]
) -> None:
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=ManualClock())
    for each in (A2, A3):
        placing.place_copy(an_article(each, relation=relation), relation)

    remove_members(names, store)

    assert store.stories.ids(names) == {}
    assert store.stories.records([StoryId("s1")]) == {}


def test_settled_deliveries_are_removed_and_the_balance_stays_closed(store: Store) -> None:
    ids = [DeliveryId(f"d{number:012x}" + "0" * 10) for number in (1_000, 2_000, 3_000, 4_000)]
    deliveries = [a_delivery().model_copy(update={"id": each}) for each in ids]
    for each in deliveries[:3]:
        settled(store, each, Outcome(disposition=Disposition.STORED, article_ids=(A1,)))
    store.ledger.register(deliveries[3], due_in=timedelta(0), by=BY)
    before = START.replace(year=1970) + timedelta(seconds=3)

    first = store.retention.settled(before=before, after=None, limit=1)
    others = store.retention.settled(before=before, after=first[0].id, limit=10)
    removed = [store.retention.remove_delivery(each) for each in (*first, *first, deliveries[3])]

    assert [each.id for each in (*first, *others)] == ids[:2]
    assert removed == [True, False, False]
    assert store.ledger.get(ids[0]) is None
    assert [each.id for each in store.ledger.find(DeliveryQuery(article_id=A1))] == [ids[2], ids[1]]
    balance = store.ledger.balance()
    assert (balance.seen, balance.in_flight, balance.dispositions[Disposition.STORED]) == (4, 1, 3)
    assert balance.closed


def test_a_batch_is_reported_and_counted(store: Store, clock: ManualClock) -> None:
    store.retention.note_run()
    clock.advance(seconds=1)
    store.retention.report(Removal(EventKind.ARTICLE_EXPIRED, "age", article_ids=(A1, A2)))
    store.retention.report(Removal(EventKind.DELIVERY_EXPIRED, "memory", delivery_ids=(D1,)))

    first, second = store.events.read(after=None, limit=10)
    assert (first.kind, first.article_ids, first.delivery_ids) == ("article.expired", (A1, A2), ())
    assert (second.kind, second.article_ids, second.delivery_ids) == ("delivery.expired", (), (D1,))
    totals = store.retention.totals()
    assert (totals.articles_removed, totals.deliveries_removed, totals.last_removed_why) == (2, 1, "memory")
    assert (totals.last_run_at, totals.last_removed_at) == (START, START + timedelta(seconds=1))


def test_the_last_removals_for_memory_and_for_the_disk_are_known_beside_later_ones(
    store: Store, clock: ManualClock
) -> None:
    store.retention.report(Removal(EventKind.DELIVERY_EXPIRED, "memory", delivery_ids=(D1,)))
    store.retention.report(Removal(EventKind.ORIGINALS_EXPIRED, "disk", originals=3))
    clock.advance(seconds=1)
    store.retention.report(Removal(EventKind.ARTICLE_EXPIRED, "age", article_ids=(A1,)))
    store.retention.report(Removal(EventKind.ORIGINALS_EXPIRED, "age", originals=3))

    totals = store.retention.totals()
    assert (totals.last_removed_for_memory_at, totals.last_removed_for_disk_at) == (START, START)
    assert (totals.last_removed_why, totals.last_original_removed_why) == ("age", "age")


def test_the_last_removal_for_memory_of_an_earlier_release_is_known(client: Redis, server_store: Store) -> None:
    client.hset(Keys().retention(), mapping={"removed_at": milliseconds(START), "why": "memory"})

    assert server_store.retention.totals().last_removed_for_memory_at == START


def test_ages_are_counted_by_the_clock_if_runs_are_four_days_apart(store: Store, clock: ManualClock) -> None:
    first = store.retention.totals().age_time(clock.now())
    store.retention.note_run()
    clock.advance(seconds=4 * DAY.total_seconds())

    assert (first, store.retention.totals().age_time(clock.now())) == (START, START + 4 * DAY)


def test_ages_are_counted_by_the_last_run_for_a_day_after_the_clock_moved_by_more(
    store: Store, clock: ManualClock
) -> None:
    store.retention.note_run()
    clock.advance(seconds=400 * DAY.total_seconds())
    before_the_run = store.retention.totals().age_time(clock.now())
    store.retention.note_run()
    after_the_run = store.retention.totals().age_time(clock.now())
    clock.advance(seconds=DAY.total_seconds() - 1)
    store.retention.note_run()
    almost_a_day_later = store.retention.totals().age_time(clock.now())
    clock.advance(seconds=1)
    store.retention.note_run()

    assert before_the_run == after_the_run == almost_a_day_later == START
    assert store.retention.totals().age_time(clock.now()) == clock.now()


def test_ages_are_counted_by_a_clock_that_went_back(store: Store, clock: ManualClock) -> None:
    store.retention.note_run()
    clock.advance(seconds=400 * DAY.total_seconds())
    store.retention.note_run()
    clock.advance(seconds=-400 * DAY.total_seconds())
    store.retention.note_run()

    assert store.retention.totals().age_time(clock.now()) == START
    clock.advance(seconds=2 * DAY.total_seconds())
    assert store.retention.totals().age_time(clock.now()) == START + 2 * DAY


def test_removed_originals_are_reported_and_counted_apart(store: Store, clock: ManualClock) -> None:
    store.retention.report(Removal(EventKind.DELIVERY_EXPIRED, "age", delivery_ids=(D1,)))
    clock.advance(seconds=1)
    store.retention.report(Removal(EventKind.ORIGINALS_EXPIRED, "disk", originals=3))

    event = store.events.read(after=None, limit=10)[1]
    assert (event.kind, event.count, event.article_ids) == ("originals.expired", 3, ())
    totals = store.retention.totals()
    assert (totals.originals_removed, totals.last_original_removed_why, totals.last_removed_why) == (3, "disk", "age")
    assert (totals.last_original_removed_at, totals.last_removed_at) == (START + timedelta(seconds=1), START)


def originals(store: Store, received_before: datetime) -> set[str]:
    position, found = store.articles.originals(0, received_before=received_before)
    while position:
        position, more = store.articles.originals(position, received_before=received_before)
        found |= more
    return set(found)


def test_the_originals_of_all_versions_are_returned(store: Store) -> None:
    owners = [new_delivery_id(START + day * DAY) for day in range(3)]
    for number in range(200):
        name = f"a{number}"
        store.articles.create(an_article(name, sha256=f"{number:064x}", received_at=START), owner=owners[0])
    store.articles.add_version(an_article("a7", text="More.", sha256="b" * 64), owner=owners[1])
    store.articles.create(an_article("a999", sha256="c" * 64, received_at=START + 2 * DAY), owner=owners[2])

    position, ids = store.articles.ids(0)
    while position:
        position, more = store.articles.ids(position)
        ids += more
    assert set(ids) == {*(f"a{number}" for number in range(200)), "a999"}
    everything = {*(f"{number:064x}" for number in range(200)), "b" * 64, "c" * 64}
    assert originals(store, START + 3 * DAY) == everything
    assert originals(store, START + DAY) | {"c" * 64} == everything


@pytest.fixture
def filled(store: Store, clock: ManualClock) -> list[Delivery]:
    """Store two tied articles with versions, tags, a copy, an embargo, an acceptance, and a failed file."""
    deliveries = [a_delivery(number, path=f"Wire/{number}.txt", sha256=f"{number:064x}") for number in range(1, 6)]
    relation = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)
    first = an_article("a1", source="wire", text=" ".join(prose(1)))
    further = an_article("a1", source="agency", text=" ".join(prose(2)), published_at=START + 40 * DAY)
    near = an_article("a2", source="wire", text=" ".join(prose(1)[:100] + prose(3, count=20)), relation=relation)
    for each in (first, further, near):
        store.near.add(each.id, sign(each.title, each.text), at=each.effective_at)
    store.articles.create(first, owner=D1)
    store.articles.annotate(A1, 1, a_tagging("harbour"))
    store.articles.annotate(A1, 1, a_tagging("ferry"))
    store.articles.add_version(further, owner=D2)
    store.articles.annotate(A1, 2, a_tagging("bridge"))
    store.articles.create(near, owner=D3)
    copy = Duplicate(
        delivery_id=D3,
        kind=RelationKind.NEAR,
        score=0.9,
        name="3.txt",
        source="wire",
        article_id=A2,
        received_at=START,
    )
    store.articles.add_duplicate(A1, copy)
    put_into_one_story(store, first, near)
    store.source_statistics.count_first("d1", "wire")
    for delivery, articles in zip(deliveries, ((A1,), (A1,), (A2,), ()), strict=False):
        store.ledger.register(delivery, due_in=timedelta(0), by=BY)
        store.ledger.begin(delivery.id, owner=BY, lease=LEASE)
        if articles:
            done = Advance(progress=Progress(items={Disposition.STORED: 1}), article_ids=articles, to_tag=articles)
            store.ledger.advance(delivery.id, done, owner=BY, lease=LEASE)
            outcome = Outcome(disposition=Disposition.STORED, article_ids=articles, to_tag=articles)
        else:
            outcome = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSER_TIMEOUT, message="too slow")
        store.ledger.settle(delivery.id, outcome, by=BY)
    store.ledger.begin_tagging([A1], owner=BY, lease=LEASE)
    store.ledger.set_embargo(A2, until=clock.now() + DAY)
    store.articles.accept(A2)
    store.articles.pin(A2, PIN)
    store.ledger.record_acceptance(A2, D3, by=BY)
    return deliveries[:4]


TOGETHER = pytest.mark.parametrize("groups", [([A1], [A2]), ([A1, A2],), ([A2, A1],)], ids=str)


@TOGETHER
def test_nothing_of_removed_articles_and_deliveries_stays(
    store: Store, filled: list[Delivery], groups: Sequence[list[ArticleId]]
) -> None:
    for group in groups:
        assert remove_articles(group, store, before=None) == group
    for each in filled:
        record = store.ledger.get(each.id)
        assert record
        assert store.retention.remove_delivery(record)

    assert [store.articles.get(each) for each in (A1, A2)] == [None, None]
    assert [store.ledger.waiting(each) for each in Work] == [0] * len(Work)
    assert store.ledger.find(DeliveryQuery()) == []
    assert store.articles.is_accepted(A2) is False
    assert store.stories.ids([A1, A2]) == {}


@ON_THE_SERVER
@TOGETHER
def test_every_key_of_the_server_is_gone_but_the_counters(
    store: Store, filled: list[Delivery], server: RealServer, groups: Sequence[list[ArticleId]]
) -> None:
    test_nothing_of_removed_articles_and_deliveries_stays(store, filled, groups)

    with server.client() as client:
        assert {each for each in client.keys("*") if not each.startswith(COUNTED)} - FIXED == set()


@ON_THE_SERVER
def test_a_sweep_removes_entries_of_removed_articles_and_adds_missing_times(store: Store, server: RealServer) -> None:
    store.articles.create(an_article("a1", source="wire"), owner=D1)
    with server.client() as client:
        index = TermIndex(client, Keys())
        gone, present = Cursor(9, ArticleId("a9")), Cursor(milliseconds(START), A1)
        client.zadd(Keys().listing(), {"a9": 9})
        index.edit(Edit(each, frozenset({"keyword:gone"})) for each in (gone, present))
        client.delete("ct:{articles}:changed")

        position = store.articles.sweep(0)
        while position:
            position = store.articles.sweep(position)

        assert list(index.positions("keyword:gone", before=None)) == [present]
        assert len(index.lists.read("keyword:gone", start=b"", limit=2)) == 1
    assert store.articles.unchanged(before=START + DAY, limit=10) == [A1]


@ON_THE_SERVER
def test_a_sweep_adds_articles_of_an_earlier_release_to_the_days_and_removes_what_is_left_there(
    store: Store, server: RealServer
) -> None:
    for number in range(101):  # fewer are searched without the days
        store.articles.create(an_article(f"a{number}", published_at=START - 3 * DAY), owner=D1)
    query = ArticleQuery(published_to=START - 2 * DAY, limit=200)
    with server.client() as client:
        client.delete("ct:{articles}:days", "ct:{articles}:publications")
        before = store.articles.find(query)

        position = store.articles.sweep(0)
        while position:
            position = store.articles.sweep(position)

        assert client.zrange("ct:{articles}:days", 0, -1) == [b"2025-12-29"]
        assert store.articles.find(query) == before
        assert len(before.articles) == 101

        client.zadd(Keys().listing(), {"a404": milliseconds(START)})
        index, pipe = PublicationIndex(client, Keys()), client.pipeline()
        index.add([an_article("a404", published_at=START - 8 * DAY)], pipe)
        pipe.execute()
        assert client.zcard("ct:{articles}:days") == 2
        while position := store.articles.sweep(position):
            pass
        assert client.zrange("ct:{articles}:days", 0, -1) == [b"2025-12-29"]


def test_deliveries_from_before_a_time_are_found_by_the_lowest_id_of_that_time(store: Store) -> None:
    for minute in range(3):
        received_at = START + timedelta(minutes=minute)
        delivery = a_delivery(received_at=received_at).model_copy(update={"id": new_delivery_id(received_at)})
        store.ledger.register(delivery, due_in=timedelta(0), by=BY)

    found = store.ledger.find(DeliveryQuery(before=lowest_id(START + timedelta(minutes=2))))

    assert [each.received_at for each in found] == [START + timedelta(minutes=1), START]
