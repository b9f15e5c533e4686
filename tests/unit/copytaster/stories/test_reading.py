"""Stories are read without a word of what may not be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, ArticleStatus, Entity, EntityType, Topic
from copytaster.store.ports.stories import (
    PinnedHeadline,
    Placed,
    StoryChange,
    StoryEntry,
    StoryId,
    StoryRecord,
    founded_story,
)
from copytaster.store.store import Store
from copytaster.stories.evidence import Evidence
from copytaster.stories.members import remove_members
from copytaster.stories.reading import list_stories, read_story, state_of
from copytaster.stories.recording import evidence_bytes
from copytaster.stories.records import MAX_LEADS, new_record, with_article, with_copy
from copytaster.stories.story import Story, StoryState
from tests.factories import START, an_article, delivery_id

if TYPE_CHECKING:
    from tests.conftest import MakeStore

HOUR = timedelta(hours=1)
EVIDENCE = Evidence(score=0.9, names=("Tarnsby",), terms=("ferry",), numbers=("212",), hours_apart=1)
FIRST = "A ferry ran aground off Tarnsby on Monday. All 212 passengers were brought ashore by lifeboats."
SECOND = "All 212 passengers were brought ashore by lifeboats. The captain was questioned by the police on Tuesday."
NEWS = ("The captain was questioned by the police on Tuesday.",)


@pytest.fixture
def store(make_store: MakeStore, clock: ManualClock) -> Store:
    return make_store(clock)


def tell(store: Store, *articles: Article) -> StoryId:
    """Store articles and put them into the story of the first one, each with evidence."""
    record = new_record(founded_story(articles[0].id), articles[0].received_at)
    placed = []
    for number, each in enumerate(articles):
        store.articles.create(each, owner=delivery_id(number + 1))
        record = with_article(record, each, each.received_at)
        evidence = evidence_bytes(EVIDENCE) if number else b""
        placed.append(Placed(record.id, StoryEntry(each.id, each.received_at, evidence=evidence)))
    assert store.stories.commit([StoryChange(records=(record,), placed=tuple(placed))]) == [True]
    return record.id


def a_report(number: int, **fields: Any) -> Article:
    given: dict[str, Any] = {
        "title": f"Report {number}",
        "text": FIRST,
        "source": f"source {number}",
        "received_at": START + number * HOUR,
        "word_count": 100 + number,
        "entities": (Entity(name=f"Person {number}", type=EntityType.PERSON, count=1, spans=()),),
        "topics": (Topic(code="04000000", name="economy", score=0.9, why="test"),),
    }
    return an_article(f"a{number:020x}", **given | fields)


def read(store: Store, story_id: StoryId, *, at: datetime = START + 3 * HOUR) -> Story:
    story = read_story(story_id, store, now=at)
    assert story
    return story


def test_the_most_complete_article_leads(store: Store) -> None:
    story_id = tell(store, a_report(1), a_report(2, text=SECOND), a_report(3, word_count=50))

    story = read(store, story_id)

    assert (story.headline, story.headline_by, story.lead_article_id) == ("Report 2", None, a_report(2).id)
    assert story.sources == ("source 1", "source 2", "source 3")
    assert (story.articles, story.copies) == (3, 0)
    assert set(story.names) == {"Person 1", "Person 2", "Person 3"}
    assert [each.name for each in story.topics] == ["economy"]
    assert [each.article_id for each in story.members] == [a_report(number).id for number in (1, 2, 3)]


def test_what_is_new_in_an_article_are_the_sentences_that_no_earlier_one_has(store: Store) -> None:
    story_id = tell(store, a_report(1), a_report(2, text=SECOND), a_report(3))

    new = [each.new for each in read(store, story_id).members]

    assert [len(each) for each in new] == [2, 1, 0]
    assert new[1] == NEWS


@pytest.mark.parametrize("status", [ArticleStatus.WITHHELD, ArticleStatus.CANCELED])
def test_an_article_that_may_not_be_used_shows_no_words(store: Store, status: ArticleStatus) -> None:
    story_id = tell(store, a_report(1), a_report(2, text=SECOND, status=status))

    story = read(store, story_id)
    (listed,) = list_stories(store, now=START + 3 * HOUR).stories

    hidden = story.members[1]
    assert (story.headline, story.names) == ("Report 1", ("Person 1",))
    assert (listed.headline, listed.names) == ("Report 1", ("Person 1",))
    assert (hidden.title, hidden.new) == (None, ())
    assert hidden.evidence == EVIDENCE.model_copy(update={"names": (), "terms": (), "numbers": ()})
    assert "captain" not in story.model_dump_json()


def test_sentences_of_a_withheld_article_are_new_in_the_next_one(store: Store) -> None:
    story_id = tell(
        store, a_report(1), a_report(2, text=SECOND, status=ArticleStatus.WITHHELD), a_report(3, text=SECOND)
    )

    assert read(store, story_id).members[2].new == NEWS


def test_an_article_leads_when_its_embargo_is_over(store: Store) -> None:
    embargo = {"status": ArticleStatus.WITHHELD, "embargoed_until": START + 5 * HOUR}
    story_id = tell(store, a_report(1), a_report(2, **embargo))

    before, after = (read(store, story_id, at=START + hours * HOUR) for hours in (4, 5))

    assert (before.headline, after.headline) == ("Report 1", "Report 2")
    assert [each.title for each in after.members] == ["Report 1", "Report 2"]


def test_a_story_without_an_article_that_may_be_used_has_no_headline(store: Store) -> None:
    story_id = tell(store, a_report(1, status=ArticleStatus.CANCELED), a_report(2, status=ArticleStatus.WITHHELD))
    record = store.stories.records([story_id])[story_id]
    pinned = replace(record, headline=PinnedHeadline("Ferry aground", "mira"))
    store.stories.commit([StoryChange(records=(pinned,))])

    story = read(store, story_id)
    (listed,) = list_stories(store, now=START + 3 * HOUR).stories

    assert (story.headline, story.headline_by, story.lead_article_id, story.names) == (None, None, None, ())
    assert (listed.headline, listed.names) == (None, ())


def remove(store: Store, article: Article) -> None:
    remove_members([article.id], store)
    store.articles.remove_many([article.id], before=None)


def cancel(store: Store, article: Article) -> None:
    killed = article.model_copy(update={"status": ArticleStatus.CANCELED, "version": 2})
    store.articles.add_version(killed, owner=delivery_id(99))


@pytest.mark.parametrize("lose", [remove, cancel])
def test_a_story_that_lost_its_most_complete_articles_is_shown_by_the_next_one(
    store: Store, lose: Callable[[Store, Article], None]
) -> None:
    reports = [a_report(number, word_count=200 - number) for number in range(1, 9)]
    story_id = tell(store, *reports)
    for each in reports[:MAX_LEADS]:
        lose(store, each)
    now = START + 20 * HOUR

    (listed,) = list_stories(store, now=now).stories
    pages = [
        read_story(story_id, store, now=now, newest_first=newest_first, limit=limit)
        for newest_first in (False, True)
        for limit in (1, 50)
    ]

    for shown in (listed, *pages):
        assert shown
        assert (shown.headline, shown.lead_article_id) == ("Report 5", reports[4].id)
        assert shown.names == ("Person 5", "Person 6", "Person 7", "Person 8")


def test_the_names_of_a_story_are_the_same_on_each_of_its_pages(store: Store) -> None:
    reports = [a_report(number, word_count=200 - number) for number in range(1, 9)]
    story_id = tell(store, *reports)
    cancel(store, reports[0])

    found = {
        read.names for limit in (1, 50) if (read := read_story(story_id, store, now=START + 9 * HOUR, limit=limit))
    }

    assert found == {("Person 2", "Person 3", "Person 4")}


def test_a_story_whose_article_was_withdrawn_is_shown_by_a_copy_that_was_not(store: Store) -> None:
    story_id = tell(store, a_report(1, status=ArticleStatus.CANCELED))
    store.articles.create(a_report(2), owner=delivery_id(2))
    record = with_copy(store.stories.records([story_id])[story_id], "source 2", START + 2 * HOUR)
    copy = Placed(story_id, StoryEntry(a_report(2).id, START + 2 * HOUR, is_copy=True))
    store.stories.commit([StoryChange(records=(record,), placed=(copy,))])

    story = read(store, story_id)
    (listed,) = list_stories(store, now=START + 3 * HOUR).stories

    assert (story.headline, listed.headline) == ("Report 2", "Report 2")


def test_a_persons_headline_replaces_that_of_the_lead(store: Store) -> None:
    story_id = tell(store, a_report(1), a_report(2))
    record = store.stories.records([story_id])[story_id]
    store.stories.commit([StoryChange(records=(replace(record, headline=PinnedHeadline("Ferry aground", "mira")),))])

    story = read(store, story_id)

    assert (story.headline, story.headline_by, story.lead_article_id) == ("Ferry aground", "mira", a_report(2).id)


def a_record(*hours: float, closed: bool = False) -> StoryRecord:
    """Return the record of a story with articles at these hours."""
    record = new_record(StoryId("s1"), START + min(hours) * HOUR)
    for number, each in enumerate(hours):
        record = with_article(record, an_article(f"a{number}"), START + each * HOUR)
    return replace(record, closed=closed)


@pytest.mark.parametrize(
    ("record", "hour", "state"),
    [
        (a_record(0), 6, StoryState.DEVELOPING),
        (a_record(0), 6.1, StoryState.QUIET),
        (a_record(0, 1, 2), 8, StoryState.DEVELOPING),
        (a_record(0, 1, 2), 8.1, StoryState.QUIET),
        (a_record(0, 12, 24), 47, StoryState.DEVELOPING),
        (a_record(0, 12, 24), 48.1, StoryState.QUIET),
        (a_record(0, 100), 130, StoryState.DEVELOPING),
        (a_record(0, 100), 137, StoryState.QUIET),
        (a_record(0, closed=True), 1, StoryState.CLOSED),
    ],
)
def test_a_story_is_developing_for_six_hours_or_twice_its_rhythm(
    record: StoryRecord, hour: float, state: StoryState
) -> None:
    assert state_of(record, START + hour * HOUR) is state


@pytest.mark.parametrize(
    ("hours", "at", "velocity"),
    [([0, 1, 2], 2, 0.5), ([0, 1, 2], 9, 0.0), ([0.1 * number for number in range(40)], 4, 10.0)],
)
def test_the_velocity_is_the_number_of_articles_an_hour_lately(
    store: Store, hours: list[float], at: float, velocity: float
) -> None:
    articles = [a_report(number, received_at=START + each * HOUR) for number, each in enumerate(hours)]
    story_id = tell(store, *articles)

    assert read(store, story_id, at=START + at * HOUR).velocity == pytest.approx(velocity, rel=0.2)


def test_a_member_that_was_removed_a_moment_ago_is_left_out(store: Store) -> None:
    story_id = tell(store, a_report(1), a_report(2))
    store.articles.remove_many([ArticleId(a_report(2).id)], before=None)

    assert [each.article_id for each in read(store, story_id).members] == [a_report(1).id]
