"""Stories, source statistics and acceptance, through the pipeline, with memory and with a server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.acceptance import Acceptance, NotACopyError, UnknownArticleError
from copytaster.articles.views import show_articles
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.work import FIRST_DUE, Work
from copytaster.pipeline.tag import tag
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.source_statistics import SourceCounts
from copytaster.store.ports.stories import StoryId, founded_story
from copytaster.stories.decided import Decided
from copytaster.stories.features import ArticleFeatures, features_of
from copytaster.stories.placing import Placing
from copytaster.stories.reading import read_story
from tests.factories import START, Desk, a_desk, an_article, an_item, delivery_id, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> Desk:
    return a_desk(make_store(clock), clock)


@pytest.fixture
def acceptance(desk: Desk) -> Acceptance:
    return Acceptance(
        store=desk.store,
        decisions=MemoryDecisions(),
        placements=desk.deps.placing.placements,
        clock=desk.clock,
    )


def edited(words: list[str]) -> list[str]:
    return [*words[:-3], "three", "other", "words"]


def take(desk: Desk, words: list[str], **fields: Any) -> Delivery:
    desk.clock.advance(seconds=10)
    path = f"{fields.pop('source', 'wire')}/story.json"
    delivery = desk.deliver(json.dumps([an_item(words, **fields)]).encode(), path=path)
    desk.ingest(delivery)
    tag_due(desk)
    return desk.settled(delivery)


def tag_due(desk: Desk) -> None:
    due = desk.store.ledger.take_overdue(Work.TAG, overdue_by=-FIRST_DUE, postpone_by=timedelta(9), limit=9)
    tag(due, deps=desk.deps)


def story_of(desk: Desk, record: Delivery) -> StoryId:
    return desk.store.stories.ids(record.article_ids)[record.article_ids[0]]


def test_an_article_without_relations_is_a_story_by_itself(desk: Desk) -> None:
    record = take(desk, prose(1), source="Kestrel")

    story = read_story(founded_story(record.article_ids[0]), desk.store, now=desk.clock.now())

    assert story
    assert story.id == story_of(desk, record)
    assert [(each.article_id, each.relation) for each in story.members] == [(record.article_ids[0], None)]
    assert (story.sources, story.first_seen, story.last_seen) == (("Kestrel",), record.received_at, record.received_at)


def test_a_copy_is_in_the_story_of_its_original(desk: Desk) -> None:
    first = take(desk, prose(1), source="Kestrel")
    copy = take(desk, edited(prose(1)), source="Quay")

    story = read_story(story_of(desk, copy), desk.store, now=desk.clock.now())

    assert copy.disposition is Disposition.DUPLICATE
    assert story
    assert story.id == founded_story(first.article_ids[0])
    assert [each.relation and each.relation.kind for each in story.members] == [None, RelationKind.NEAR]
    assert story.sources == ("Kestrel", "Quay")
    assert (story.first_seen, story.last_seen) == (first.received_at, copy.received_at)


def test_a_copy_of_a_copy_is_in_the_story_also_if_all_arrive_before_the_first_is_tagged(desk: Desk) -> None:
    first, other = prose(1), prose(2)
    second = other[:22] + first[22:]
    third = second[:-22] + other[-22:]
    arrived = [
        desk.deliver(json.dumps([an_item(words)]).encode(), path="wire/a.json") for words in (first, second, third)
    ]
    for each in arrived:
        desk.ingest(each)
    tag_due(desk)

    names = [desk.settled(each).article_ids[0] for each in arrived]
    relations = [each.relation for each in desk.store.articles.get_many(names)]
    story = read_story(founded_story(names[0]), desk.store, now=desk.clock.now())
    assert [each and each.of for each in relations] == [None, names[0], names[1]]
    assert story
    assert {each.article_id for each in story.members} == {*names}
    assert (story.articles, story.copies) == (1, 2)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_copy_of_a_copy_is_in_the_story_whichever_is_placed_first(
    make_store: MakeStore, clock: ManualClock, order: tuple[int, ...]
) -> None:
    store = make_store(clock)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
    names = [ArticleId(f"a{number:020x}") for number in range(4)]
    relations = {each: Relation(kind=RelationKind.NEAR, of=names[each - 1], score=0.9) for each in (2, 3)}
    articles = {each: an_article(names[each], relation=relations.get(each)) for each in order}
    for number, article in articles.items():
        store.articles.create(article, owner=delivery_id(number))
    for number, article in articles.items():
        if number in relations:
            placing.place_copy(article, relations[number])
        else:
            placing.place([article])

    assert store.stories.ids(names[1:]) == dict.fromkeys(names[1:], founded_story(names[1]))


def test_a_later_delivery_of_the_same_bytes_is_no_member(desk: Desk) -> None:
    record = take(desk, prose(1))
    take(desk, prose(1))

    story = read_story(story_of(desk, record), desk.store, now=desk.clock.now())

    assert story
    assert (len(story.members), story.last_seen) == (1, record.received_at)


def test_an_unknown_story_is_none(desk: Desk) -> None:
    take(desk, prose(1))

    assert read_story(StoryId("s404"), desk.store, now=desk.clock.now()) is None
    assert read_story(StoryId("a404"), desk.store, now=desk.clock.now()) is None


def test_a_redelivery_leaves_stories_and_counts_as_they_are(desk: Desk) -> None:
    take(desk, prose(1), source="Kestrel")
    copy = take(desk, edited(prose(1)), source="Quay")
    before = read_story(story_of(desk, copy), desk.store, now=desk.clock.now()), desk.store.source_statistics.counts()

    desk.ingest(copy.id)

    assert (
        read_story(story_of(desk, copy), desk.store, now=desk.clock.now()),
        desk.store.source_statistics.counts(),
    ) == before


def test_the_first_source_is_counted_with_its_lead(desk: Desk) -> None:
    take(desk, prose(1), source="Kestrel")
    take(desk, edited(prose(1)), source="Quay")
    take(desk, prose(2), source="Quay")

    assert desk.store.source_statistics.counts() == [
        SourceCounts(source="Quay", first=1, duplicates=1, median_lead_seconds=None),
        SourceCounts(source="Kestrel", first=1, duplicates=0, median_lead_seconds=10),
    ]


def test_the_same_file_in_another_folder_is_a_copy_of_that_folder(desk: Desk) -> None:
    desk.ingest(desk.deliver(b'[{"title": "A title", "text": "A text"}]', path="kestrel/a.json"))
    desk.clock.advance(seconds=7)

    desk.ingest(desk.deliver(b'[{"title": "A title", "text": "A text"}]', path="quay/a.json"))

    assert desk.store.source_statistics.counts() == [
        SourceCounts(source="kestrel", first=1, duplicates=0, median_lead_seconds=7),
        SourceCounts(source="quay", first=0, duplicates=1, median_lead_seconds=None),
    ]


def test_an_accepted_copy_becomes_an_article_that_is_listed_and_tagged(desk: Desk, acceptance: Acceptance) -> None:
    first, copy = take(desk, prose(1)), take(desk, edited(prose(1)))
    article_id = copy.article_ids[0]

    accepted = acceptance.accept(article_id, by="ann")
    tag_due(desk)

    original, article = desk.store.articles.get(first.article_ids[0]), desk.store.articles.get(article_id)
    assert accepted.relation is None
    assert article
    assert article.tagged
    assert original
    assert original.duplicates == ()
    assert {each.id for each in desk.store.articles.find(ArticleQuery()).articles} == {original.id, article_id}
    assert desk.record(copy.id).timeline[-1].what == f"{article_id} was accepted as a separate article"


def test_an_accepted_copy_stays_in_the_story_as_related(desk: Desk, acceptance: Acceptance) -> None:
    take(desk, prose(1))
    copy = take(desk, edited(prose(1)))

    acceptance.accept(copy.article_ids[0], by="ann")

    story = read_story(story_of(desk, copy), desk.store, now=desk.clock.now())
    assert story
    assert [each.relation and each.relation.kind for each in story.members] == [None, RelationKind.RELATED]


@pytest.mark.parametrize("together", [False, True])
def test_a_copy_that_is_accepted_before_its_original_is_tagged_is_an_article_of_a_story(
    desk: Desk, acceptance: Acceptance, *, together: bool
) -> None:
    arrived = [desk.deliver(json.dumps([an_item(each)]).encode()) for each in (prose(1), edited(prose(1)))]
    for each in arrived:
        desk.ingest(each)
    names = [desk.settled(each).article_ids[0] for each in arrived]
    acceptance.accept(names[1], by="ann")
    for group in [names] if together else [[each] for each in names]:
        tag(group, deps=desk.deps)

    story = read_story(founded_story(names[0]), desk.store, now=desk.clock.now())
    assert story
    assert (story.articles, story.copies) == (2, 0)
    assert [each.relation for each in story.members] == [None, None]


def test_accepting_again_changes_nothing(desk: Desk, acceptance: Acceptance) -> None:
    take(desk, prose(1))
    copy = take(desk, edited(prose(1)))

    accepted = [acceptance.accept(copy.article_ids[0], by="ann") for _ in range(2)]

    kinds = [each.kind for each in desk.store.events.read(after=None, limit=100)]
    assert accepted[0] == accepted[1]
    assert kinds.count(EventKind.ARTICLE_ACCEPTED) == 1
    assert len(acceptance.decisions.all()) == 1


def test_only_a_copy_can_be_accepted(desk: Desk, acceptance: Acceptance) -> None:
    record = take(desk, prose(1))

    with pytest.raises(NotACopyError, match="is not a copy"):
        acceptance.accept(record.article_ids[0], by="ann")
    with pytest.raises(UnknownArticleError, match="there is no article a404"):
        acceptance.accept(ArticleId("a404"), by="ann")
    assert acceptance.decisions.all() == []


def test_a_further_version_of_an_accepted_copy_is_tagged_and_not_a_copy(desk: Desk, acceptance: Acceptance) -> None:
    take(desk, prose(1))
    copy = take(desk, edited(prose(1)), guid="urn:x:1", guid_version=1)
    acceptance.accept(copy.article_ids[0], by="ann")

    newer = take(desk, [*edited(prose(1)), "more"], guid="urn:x:1", guid_version=2)

    article = desk.store.articles.get(newer.article_ids[0])
    assert newer.disposition is Disposition.NEW_VERSION
    assert article
    assert (article.version, article.relation) == (2, None)


def test_a_rebuilt_store_restores_acceptances(desk: Desk, acceptance: Acceptance, make_store: MakeStore) -> None:
    first, copy = take(desk, prose(1)), take(desk, edited(prose(1)))
    acceptance.accept(copy.article_ids[0], by="ann")
    story = story_of(desk, copy)
    store = make_store(desk.clock)
    placing = replace(desk.deps.placing, store=store)
    rebuilt = Desk(replace(desk.deps, store=store, placing=placing))

    for each in acceptance.decisions.all():
        rebuilt.store.articles.accept(each.article_id)
    recall_placements(acceptance.placements, rebuilt.store.stories, Decided(), since=None)
    for record in (first, copy):
        rebuilt.store.ledger.register(record, due_in=timedelta(0), by="replay")
        rebuilt.ingest(record.id)
    tag_due(rebuilt)

    assert rebuilt.settled(copy.id).disposition is Disposition.STORED
    assert rebuilt.store.articles.count() == 2
    assert story_of(rebuilt, copy) == story


def test_articles_are_shown_with_their_story(desk: Desk) -> None:
    first, copy = take(desk, prose(1)), take(desk, edited(prose(1)))
    articles = desk.store.articles.get_many([*copy.article_ids, *first.article_ids])

    shown = show_articles(articles, desk.store, now=START)

    assert [each.story_id for each in shown] == [founded_story(first.article_ids[0])] * 2


def test_a_fault_over_one_text_stops_neither_the_article_nor_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_over_one(article: Article) -> ArticleFeatures:
        if "poison" in article.text:
            raise ZeroDivisionError
        return features_of(article)

    monkeypatch.setattr("copytaster.stories.compared.features_of", fail_over_one)
    deliveries = [desk.deliver_items(an_item([*prose(number), word])) for number, word in enumerate(("a", "poison"))]
    desk.ingest(*deliveries)

    tag_due(desk)

    ids = [desk.settled(each).article_ids[0] for each in deliveries]
    stories = desk.store.stories.ids(ids)
    records = desk.store.stories.records(list(stories.values()))
    assert stories == {each: founded_story(each) for each in ids}
    assert [records[stories[each]].closed for each in ids] == [False, True]
    assert all(each.tagged for each in desk.store.articles.get_many(ids))
    assert desk.store.ledger.waiting(Work.TAG) == 0
