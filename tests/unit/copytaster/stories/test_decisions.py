"""What people decide about stories, over both stores, and that a rebuilt store has the same stories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.model.story_decision import StoryDecision
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.stories import Assignment, StoryChange, StoryId, StoryRecord, founded_story
from copytaster.store.store import Store
from copytaster.stories import transfer
from copytaster.stories.decided import Decided
from copytaster.stories.decisions import StoryConflictError, StoryDesk, UnknownStoryError
from copytaster.stories.evidence import Evidence
from copytaster.stories.placing import Placing
from tests.factories import an_article, delivery_id

if TYPE_CHECKING:
    from tests.conftest import MakeStore

Stories = dict[StoryId, set[ArticleId]]


def name(number: int) -> ArticleId:
    return ArticleId(f"a{number:020x}")


def story(number: int) -> StoryId:
    return founded_story(name(number))


@dataclass(slots=True)
class Newsroom:
    """Articles in stories, and a person who decides about them."""

    store: Store
    clock: ManualClock
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    placements: MemoryPlacements = field(default_factory=MemoryPlacements)

    @property
    def desk(self) -> StoryDesk:
        """The person's desk, an hour later."""
        self.clock.advance(seconds=3600)
        return StoryDesk(store=self.store, decisions=self.decisions, clock=self.clock)

    @property
    def placing(self) -> Placing:
        return Placing(store=self.store, placements=self.placements, clock=self.clock)

    def arrive(self, number: int, into: int, **fields: object) -> ArticleId:
        """Store an article, and place it into the story of the article with this number."""
        self.clock.advance(seconds=60)
        given = {"topics": (), "title": f"Report {number}", "received_at": self.clock.now()} | fields
        article = an_article(name(number), text=f"Something happened at place{number}.", **given)
        self.store.articles.create(article, owner=delivery_id(number))
        self.store.stories.assign([Assignment(article.id, story(into))])
        self.placing.place([article])
        return article.id

    def copy(self, number: int, of: int) -> ArticleId:
        """Store a copy of an article, which is placed with it."""
        self.clock.advance(seconds=60)
        relation = Relation(kind=RelationKind.NEAR, of=name(of), score=0.9)
        article = an_article(name(number), relation=relation, received_at=self.clock.now(), source="Quay")
        self.store.articles.create(article, owner=delivery_id(number))
        self.placing.place_copy(article, relation)
        return article.id

    def record(self, number: int) -> StoryRecord:
        return self.store.stories.records([story(number)])[story(number)]

    def stories(self, numbers: Iterable[int] = range(1, 20)) -> Stories:
        found: Stories = {}
        for article_id, story_id in self.store.stories.ids([name(each) for each in numbers]).items():
            found.setdefault(story_id, set()).add(article_id)
        return found

    def evidence(self, number: int, of: int) -> Evidence | None:
        entry = self.store.stories.entry(story(of), name(number))
        assert entry
        return Evidence.model_validate_json(entry.evidence) if entry.evidence else None


@pytest.fixture
def newsroom(make_store: MakeStore, clock: ManualClock) -> Newsroom:
    """Give two stories: 1 with the articles 1, 2, 3 and 4, a copy of 3, and 5 with the articles 5 and 6."""
    room = Newsroom(make_store(clock), clock)
    for number, into in ((1, 1), (2, 1), (3, 1), (5, 5), (6, 5)):
        room.arrive(number, into, source=f"wire {number}", word_count=number)
    room.copy(4, of=3)
    return room


BEFORE: Stories = {story(1): {name(1), name(2), name(3), name(4)}, story(5): {name(5), name(6)}}


def test_a_merged_story_passes_its_articles_and_its_id_to_the_other_one(newsroom: Newsroom) -> None:
    made = newsroom.desk.merge(story(5), story(1), by="Anna", reason="one quake")

    record = newsroom.record(5)
    assert newsroom.stories() == {story(1): {name(each) for each in range(1, 7)}}
    assert (record.id, record.articles, record.copies) == (story(1), 5, 1)
    assert {"wire 1", "wire 5", "Quay"} <= set(record.sources)
    assert record.leads[0].article_id == name(6)
    assert (made.by, made.reason, made.articles) == ("Anna", "one quake", (name(5), name(6)))
    assert newsroom.desk.about(story(1)) == newsroom.desk.about(story(5)) == [made]


def test_articles_are_split_off_with_their_copies_as_a_story_of_their_own(newsroom: Newsroom) -> None:
    made = newsroom.desk.split(story(1), [name(3)], by="Anna")

    origin, new = newsroom.record(1), newsroom.record(3)
    assert made.into == story(3)
    assert newsroom.stories()[story(3)] == {name(3), name(4)}
    assert (origin.articles, origin.copies, origin.sources) == (2, 0, ("wire 1", "wire 2"))
    assert (new.articles, new.copies, new.sources) == (1, 1, ("wire 3", "Quay"))
    assert new.profile
    assert new.keys
    assert (origin.apart, new.apart) == ((story(3),), (story(1),))
    assert newsroom.evidence(3, of=3) == Evidence(score=1, by="Anna")


def test_a_copy_of_a_copy_goes_where_its_original_goes(newsroom: Newsroom) -> None:
    newsroom.copy(7, of=4)
    newsroom.desk.split(story(1), [name(3)], by="Anna")

    assert newsroom.stories()[story(3)] == {name(3), name(4), name(7)}
    assert newsroom.stories()[story(1)] == {name(1), name(2)}


def test_an_article_is_moved_with_its_copies(newsroom: Newsroom) -> None:
    newsroom.desk.move(story(1), name(3), story(5), by="Anna")

    assert newsroom.stories() == {story(1): {name(1), name(2)}, story(5): {name(each) for each in (3, 4, 5, 6)}}
    assert newsroom.record(5).apart == (story(1),)
    moved = newsroom.evidence(4, of=5)
    assert moved
    assert moved.by == "Anna"
    assert moved.relation


def test_a_copy_that_arrives_later_follows_its_moved_original(newsroom: Newsroom) -> None:
    newsroom.desk.move(story(1), name(3), story(5), by="Anna")

    newsroom.copy(7, of=3)

    assert name(7) in newsroom.stories()[story(5)]


def test_a_headline_stays_whatever_articles_follow(newsroom: Newsroom) -> None:
    newsroom.desk.pin_headline(story(1), "Ferry burns", by="Anna")
    newsroom.arrive(7, into=1, word_count=900)

    headline = newsroom.record(1).headline
    assert headline
    assert (headline.text, headline.by) == ("Ferry burns", "Anna")


@pytest.mark.parametrize("kind", ["merge", "split", "move", "headline"])
def test_a_repeated_decision_changes_nothing(newsroom: Newsroom, kind: str) -> None:
    first = decide(newsroom.desk, kind)
    after, revision = newsroom.stories(), newsroom.record(1).revision

    second = decide(newsroom.desk, kind)

    assert second == first
    assert newsroom.stories() == after
    assert newsroom.record(1).revision == revision
    assert newsroom.decisions.about_stories() == [first]


@pytest.mark.parametrize("kind", ["merge", "split", "move", "headline"])
def test_an_undone_decision_is_as_if_it_had_never_been_made(newsroom: Newsroom, kind: str) -> None:
    before = newsroom.record(1), newsroom.record(5)
    evidence = {each: newsroom.evidence(each, of=1) for each in (1, 3, 4)}
    made = decide(newsroom.desk, kind)

    undone = newsroom.desk.undo(story(1), made.id, by="Ben")
    again = newsroom.desk.undo(story(1), made.id, by="Carla")

    assert undone.undone
    assert (undone.undone.by, again) == ("Ben", undone)
    assert newsroom.stories() == BEFORE
    for now, then in zip((newsroom.record(1), newsroom.record(5)), before, strict=True):
        assert (now.id, now.articles, now.copies, now.headline) == (then.id, then.articles, then.copies, None)
        assert (set(now.sources), now.apart, set(now.keys)) == (set(then.sources), (), set(then.keys))
    assert {each: newsroom.evidence(each, of=1) for each in (1, 3, 4)} == evidence


def decide(desk: StoryDesk, kind: str) -> StoryDecision:
    match kind:
        case "merge":
            return desk.merge(story(5), story(1), by="Anna")
        case "split":
            return desk.split(story(1), [name(3)], by="Anna")
        case "move":
            return desk.move(story(1), name(3), story(5), by="Anna")
        case _:
            return desk.pin_headline(story(1), "Ferry burns", by="Anna")


def test_a_merged_story_that_was_undone_leaves_what_joined_meanwhile(newsroom: Newsroom) -> None:
    made = newsroom.desk.merge(story(5), story(1), by="Anna")
    newsroom.arrive(7, into=5)

    newsroom.desk.undo(story(1), None, by="Anna")

    assert newsroom.stories() == {**BEFORE, story(1): BEFORE[story(1)] | {name(7)}}
    assert newsroom.desk.about(story(5))[0].id == made.id


def test_what_joined_a_story_that_was_split_off_returns_with_it(newsroom: Newsroom) -> None:
    newsroom.desk.split(story(1), [name(3)], by="Anna")
    newsroom.arrive(7, into=3)

    newsroom.desk.undo(story(3), None, by="Anna")

    assert newsroom.stories()[story(1)] == BEFORE[story(1)] | {name(7)}
    assert newsroom.record(3).id == story(1)


def test_a_story_of_one_article_is_merged_and_founded_again(newsroom: Newsroom) -> None:
    newsroom.arrive(9, into=9)
    before = newsroom.record(9)
    newsroom.desk.merge(story(9), story(5), by="Anna")
    merged = newsroom.stories()[story(5)]

    newsroom.desk.undo(story(9), None, by="Anna")

    after = newsroom.record(9)
    assert name(9) in merged
    assert newsroom.stories() == {**BEFORE, story(9): {name(9)}}
    assert (after.id, after.articles, after.leads, after.keys) == (before.id, 1, before.leads, before.keys)
    assert [each.article_id for each in newsroom.store.stories.entries(story(9), limit=5).entries] == [name(9)]


def test_what_is_left_of_a_large_story_is_described_by_its_latest_articles(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7, 12):
        newsroom.arrive(number, into=1, source=f"wire {number}", word_count=100 - number)
    monkeypatch.setattr(transfer, "MAX_READ", 2)
    before, reads, get_many = newsroom.record(1), list[int](), newsroom.store.articles.get_many

    def counted(ids: Sequence[ArticleId]) -> list[Article]:
        reads.append(len(ids))
        return get_many(ids)

    monkeypatch.setattr(newsroom.store.articles, "get_many", counted)

    newsroom.desk.split(story(1), [name(3)], by="Anna")

    record = newsroom.record(1)
    assert sum(reads) == 4  # two that leave, and two that stay
    assert (record.articles, record.copies, record.first_seen) == (7, 0, before.first_seen)
    assert [each.article_id for each in record.leads] == [name(each) for each in (7, 8, 9, 10)]
    assert {"wire 1", "wire 11"} <= {*record.sources}
    assert record.profile


def test_a_merged_story_can_be_split_off_again_under_its_own_id(newsroom: Newsroom) -> None:
    newsroom.desk.merge(story(5), story(1), by="Anna")

    made = newsroom.desk.split(story(1), [name(6), name(5)], by="Ben")

    assert made.into == story(5)
    assert newsroom.stories() == BEFORE
    with pytest.raises(StoryConflictError, match="undo split-story-"):
        newsroom.desk.undo(story(1), newsroom.desk.about(story(5))[0].id, by="Anna")


def test_two_people_who_decide_at_once_are_told(newsroom: Newsroom) -> None:
    newsroom.desk.merge(story(5), story(1), by="Anna")

    with pytest.raises(StoryConflictError, match=f"{story(5)} was merged into {story(1)}"):
        newsroom.desk.pin_headline(story(5), "Ferry burns", by="Ben")
    newsroom.desk.undo(story(1), None, by="Anna")
    newsroom.desk.move(story(1), name(2), story(5), by="Anna")
    with pytest.raises(StoryConflictError, match=f"{name(2)} is not in the story {story(1)}, but in {story(5)}"):
        newsroom.desk.split(story(1), [name(2)], by="Ben")


def test_a_decision_that_makes_no_sense_is_refused_and_leaves_no_record(newsroom: Newsroom) -> None:
    desk = newsroom.desk

    with pytest.raises(StoryConflictError, match="into itself"):
        desk.merge(story(1), story(1), by="Anna")
    with pytest.raises(StoryConflictError, match="the same story"):
        desk.move(story(1), name(2), story(1), by="Anna")
    with pytest.raises(StoryConflictError, match="these are all articles"):
        desk.split(story(5), [name(5), name(6)], by="Anna")
    with pytest.raises(StoryConflictError, match="move the articles there, or split off the other ones"):
        desk.split(story(5), [name(5)], by="Anna")
    with pytest.raises(UnknownStoryError, match="there is no story s404"):
        desk.merge(story(1), StoryId("s404"), by="Anna")
    with pytest.raises(UnknownStoryError, match="no decision in force"):
        desk.undo(story(1), None, by="Anna")
    with pytest.raises(UnknownStoryError, match=r"there is no story \.\."):
        desk.pin_headline(StoryId(".."), "Ferry burns", by="Anna")

    assert newsroom.decisions.about_stories() == []
    assert newsroom.stories() == BEFORE


def test_an_article_that_joins_at_that_moment_is_merged_too(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = newsroom.store.stories
    commit, calls = stories.commit, list[StoryChange]()

    def joined_before(changes: list[StoryChange]) -> list[bool]:
        calls.extend(changes)
        if len(calls) == 1:
            monkeypatch.setattr(stories, "commit", commit)
            newsroom.arrive(7, into=5)
            monkeypatch.setattr(stories, "commit", joined_before)
        return commit(changes)

    monkeypatch.setattr(stories, "commit", joined_before)

    made = newsroom.desk.merge(story(5), story(1), by="Anna")

    assert len(calls) == 2
    assert name(7) in made.articles
    assert newsroom.decisions.about_stories() == [made]
    assert newsroom.stories() == {story(1): {name(each) for each in range(1, 8)}}


def test_a_decision_that_never_fits_is_taken_back(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroom.store.stories, "commit", lambda _: [False])

    with pytest.raises(StoryConflictError, match="try again in a moment"):
        newsroom.desk.merge(story(5), story(1), by="Anna")

    (left,) = newsroom.decisions.about_stories()
    assert left.undone


def test_a_decision_whose_process_died_before_the_store_changed_is_completed(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: object) -> list[bool]:
        raise KeyboardInterrupt

    desk = newsroom.desk
    with monkeypatch.context() as dying:
        dying.setattr(newsroom.store.stories, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            desk.merge(story(5), story(1), by="Anna")

    made = newsroom.desk.merge(story(5), story(1), by="Anna")

    assert newsroom.decisions.about_stories() == [made]
    assert list(newsroom.stories()) == [story(1)]


def rebuilt(newsroom: Newsroom, make_store: MakeStore) -> Stories:
    """Return the stories of an emptied store into which all articles are placed again, in another order."""
    articles = newsroom.store.articles.get_many([name(each) for each in range(1, 20)])
    room = Newsroom(make_store(newsroom.clock), newsroom.clock)
    decided = Decided.of(newsroom.decisions.about_stories())
    recall_placements(newsroom.placements, room.store.stories, decided, since=None)
    for article in reversed(articles):
        room.store.articles.create(article, owner=delivery_id(1))
        if not article.relation:
            room.placing.place([article])
    for article in articles:
        if article.relation and article.id not in room.store.stories.ids([article.id]):
            room.placing.place_copy(article, article.relation)
    return room.stories()


@pytest.mark.parametrize("undone", [False, True])
@pytest.mark.parametrize("kind", ["merge", "split", "move", "headline"])
def test_a_rebuilt_store_has_the_same_stories(
    newsroom: Newsroom, make_store: MakeStore, kind: str, undone: bool
) -> None:
    made = decide(newsroom.desk, kind)
    newsroom.arrive(7, into=5)
    newsroom.arrive(8, into=3 if kind == "split" else 1)
    if undone:
        newsroom.desk.undo(story(1), made.id, by="Ben")
    before = newsroom.stories()

    assert rebuilt(newsroom, make_store) == before


def test_a_rebuilt_story_has_its_headline_and_stays_apart(newsroom: Newsroom, make_store: MakeStore) -> None:
    newsroom.desk.pin_headline(story(1), "Ferry burns", by="Anna")
    newsroom.desk.split(story(1), [name(3)], by="Anna")
    before = newsroom.record(1)

    rebuilt(newsroom, make_store)

    after = newsroom.record(1)
    assert before.headline
    assert (after.headline, after.apart) == (before.headline, before.apart)
