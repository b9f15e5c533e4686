"""The recount of stories: a record fits the members of its story afterwards, and none is left without members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.store.ports.stories import Lead, Placed, StoryChange, StoryEntry, StoryId, StoryRecord
from copytaster.store.store import Store
from copytaster.stories.members import remove_members
from copytaster.stories.reading import list_stories, read_story
from copytaster.stories.records import with_article
from copytaster.stories.recount import MEMBERS_AT_ONCE, PASS_EVERY, StoryRecount
from tests.factories import START, an_article, complete_data_of, delivery_id, put_into_one_story

MOST_STEPS = 50
"""A pass over the few keys of a test takes fewer, on each server."""


@pytest.fixture
def recount(store: Store, clock: ManualClock) -> StoryRecount:
    complete_data_of(store, clock)
    return StoryRecount(store=store, clock=clock)


def stored(store: Store, number: int, *, copy_of: Article | None = None) -> Article:
    relation = copy_of and Relation(kind=RelationKind.NEAR, of=copy_of.id, score=0.9)
    at = START + timedelta(minutes=number)
    article = an_article(f"a{number:020x}", received_at=at, relation=relation)
    store.articles.create(article, owner=delivery_id(number))
    return article


def a_story(store: Store, *, copies: int = 0) -> tuple[StoryId, list[Article]]:
    """Store a story of two articles and copies of the first, and return it with its members."""
    founder, other = stored(store, 1), stored(store, 2)
    members = [founder, other, *(stored(store, 3 + each, copy_of=founder) for each in range(copies))]
    return put_into_one_story(store, *members), members


def record_of(store: Store, story: StoryId) -> StoryRecord:
    return store.stories.records([story])[story]


def record_wrongly(store: Store, story: StoryId, **numbers: Any) -> None:
    """Write wrong numbers into the record of a story, as a defect did."""
    assert store.stories.commit([StoryChange(records=(replace(record_of(store, story), **numbers),))]) == [True]


def whole_pass(recount: StoryRecount) -> int:
    """Take steps until a pass has ended, and return how many stories were corrected; the next pass is not due yet."""
    return sum(recount.step() for _ in range(MOST_STEPS))


def join(store: Store, story: StoryId, article: Article) -> None:
    record = with_article(record_of(store, story), article, article.received_at)
    placed = Placed(story, StoryEntry(article.id, article.received_at))
    assert store.stories.commit([StoryChange(records=(record,), placed=(placed,))]) == [True]


def ids(articles: Sequence[Article]) -> list[ArticleId]:
    return [each.id for each in articles]


@pytest.mark.parametrize("numbers", [{"articles": 7}, {"articles": 1}, {"articles": 1, "copies": 1}, {"copies": 9}])
def test_wrong_numbers_are_corrected(store: Store, recount: StoryRecount, numbers: dict[str, int]) -> None:
    story, members = a_story(store)
    record_wrongly(store, story, **numbers)

    assert whole_pass(recount) == 1

    record = record_of(store, story)
    assert (record.articles, record.copies) == (2, 0)
    assert [each.article_id for each in store.stories.entries(story, limit=10).entries] == ids(members)


def test_copies_are_counted_as_copies(store: Store, recount: StoryRecount) -> None:
    story, _ = a_story(store, copies=3)
    record_wrongly(store, story, articles=5, copies=0)

    whole_pass(recount)

    record = record_of(store, story)
    assert (record.articles, record.copies) == (2, 3)


def test_a_story_whose_record_fits_stays_as_it_is(store: Store, recount: StoryRecount) -> None:
    story, _ = a_story(store, copies=1)
    single = put_into_one_story(store, stored(store, 20))
    before = [record_of(store, each) for each in (story, single)]

    assert whole_pass(recount) == 0

    assert [record_of(store, each) for each in (story, single)] == before


def test_a_story_without_members_is_removed(store: Store, recount: StoryRecount, clock: ManualClock) -> None:
    story, members = a_story(store)
    record_wrongly(store, story, articles=3)
    remove_members(ids(members), store)
    assert record_of(store, story).members == 1

    assert whole_pass(recount) == 1

    assert store.stories.records([story]) == {}
    assert list_stories(store, now=clock.now(), single=True).stories == ()


def test_a_story_without_members_can_be_read_before_it_is_removed(store: Store, clock: ManualClock) -> None:
    story, members = a_story(store)
    record_wrongly(store, story, articles=3)
    remove_members(ids(members), store)

    found = read_story(story, store, now=clock.now())

    assert found is not None
    assert found.members == ()


def test_a_story_that_lost_more_members_than_it_counted_keeps_those_that_are_left(
    store: Store, recount: StoryRecount
) -> None:
    story, members = a_story(store, copies=1)
    record_wrongly(store, story, articles=1)
    whole_pass(recount)

    remove_members(ids(members[:2]), store)

    assert store.stories.ids(ids(members)) == {members[2].id: story}
    assert record_of(store, story).members == 1


def test_the_founder_of_a_story_with_a_wrong_number_stays_its_member(store: Store, recount: StoryRecount) -> None:
    article = stored(store, 1)
    story = put_into_one_story(store, article)
    record_wrongly(store, story, articles=4)

    assert whole_pass(recount) == 1

    assert record_of(store, story).members == 1
    assert [each.article_id for each in store.stories.entries(story, limit=10).entries] == [article.id]
    remove_members([article.id], store)
    assert store.stories.records([story]) == {}


def test_a_member_that_was_placed_while_it_was_removed_leaves_the_story(store: Store, recount: StoryRecount) -> None:
    story, members = a_story(store)
    store.articles.remove_many([members[1].id], before=None)
    store.articles.end_removals([members[1].id], before=None)

    assert whole_pass(recount) == 1

    assert store.stories.ids(ids(members)) == {members[0].id: story}
    assert record_of(store, story).articles == 1


def test_a_lead_that_is_no_member_no_longer_represents_the_story(store: Store, recount: StoryRecount) -> None:
    story, members = a_story(store)
    record = record_of(store, story)
    absent = Lead(ArticleId(f"a{99:020x}"), 900)
    store.stories.commit([StoryChange(records=(replace(record, leads=(absent, *record.leads)),))])

    assert whole_pass(recount) == 1

    assert {each.article_id for each in record_of(store, story).leads} == set(ids(members))


def test_all_stories_are_corrected_once_by_several_runners(
    store: Store, recount: StoryRecount, clock: ManualClock
) -> None:
    stories = [put_into_one_story(store, stored(store, number)) for number in range(1, 151)]
    for each in stories:
        record_wrongly(store, each, articles=2)

    other = StoryRecount(store=store, clock=clock)
    corrected = sum(each.step() for _ in range(MOST_STEPS) for each in (recount, other))

    assert corrected == len(stories)
    assert {each.members for each in store.stories.records(stories).values()} == {1}


def test_a_pass_follows_the_one_before_after_an_interval(
    store: Store, recount: StoryRecount, clock: ManualClock
) -> None:
    story, _ = a_story(store)
    assert whole_pass(recount) == 0
    record_wrongly(store, story, articles=9)

    assert recount.step() == 0

    clock.advance(seconds=PASS_EVERY.total_seconds())
    assert whole_pass(recount) == 1


def test_nothing_is_examined_while_the_data_may_be_incomplete(store: Store, clock: ManualClock) -> None:
    story, _ = a_story(store)
    record_wrongly(store, story, articles=9)

    assert whole_pass(StoryRecount(store=store, clock=clock)) == 0

    assert record_of(store, story).articles == 9


def test_an_article_that_is_placed_during_a_step_is_counted(store: Store, clock: ManualClock) -> None:
    complete_data_of(store, clock)
    story, _ = a_story(store)
    record_wrongly(store, story, articles=8)
    third = stored(store, 3)

    def read_and_place(position: int) -> tuple[int, list[tuple[StoryRecord, int]]]:
        found = store.stories.walk(position)
        if not store.stories.ids([third.id]):
            join(store, story, third)
        return found

    stories = Mock(wraps=store.stories)
    stories.walk.side_effect = read_and_place
    recount = StoryRecount(store=replace(store, stories=stories), clock=clock)

    assert whole_pass(recount) == 0
    assert record_of(store, story).articles == 9

    clock.advance(seconds=PASS_EVERY.total_seconds())
    assert whole_pass(recount) == 1
    assert record_of(store, story).articles == 3


def test_a_step_reads_a_bounded_number_of_members(store: Store, clock: ManualClock) -> None:
    complete_data_of(store, clock)
    stories = [put_into_one_story(store, stored(store, number)) for number in (1, 2, 3)]
    large = [(record_of(store, each), MEMBERS_AT_ONCE) for each in stories]
    several = Mock(wraps=store.stories)
    several.walk.side_effect = [(0, large)]
    recount = StoryRecount(store=replace(store, stories=several), clock=clock)

    read = []
    for _ in stories:
        recount.step()
        read.append(several.entries.call_count)

    assert read == [1, 2, 3]
