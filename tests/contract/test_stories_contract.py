from __future__ import annotations

from datetime import timedelta

from copytaster.model.article import ArticleId, Relation, RelationKind
from copytaster.store.ports.stories import Member, StoryEntry, StoryId
from copytaster.store.store import Store
from tests.factories import START


def member(number: int, *, hour: int | None = None, certain: bool = True) -> Member:
    hours = number if hour is None else hour
    return Member(ArticleId(f"a{number}"), START + timedelta(hours=hours), certain=certain)


def near(of: int) -> Relation:
    return Relation(kind=RelationKind.NEAR, of=ArticleId(f"a{of}"), score=0.9)


def names(store: Store, *numbers: int) -> list[str]:
    found = store.stories.ids([ArticleId(f"a{number}") for number in numbers])
    return [found[ArticleId(f"a{number}")] for number in numbers]


def test_an_article_without_ties_is_a_story_by_itself(store: Store) -> None:
    story = store.stories.tie(member(1), [], None)

    assert story == "s1"
    assert names(store, 1, 2) == ["s1", "s2"]
    assert store.stories.members(StoryId("s1")) == [StoryEntry(ArticleId("a1"), None)]
    assert store.stories.ids([]) == {}


def test_tied_articles_are_in_the_story_of_the_first(store: Store) -> None:
    story = store.stories.tie(member(2), [member(1)], near(1))

    assert story == "s1"
    assert names(store, 1, 2) == ["s1", "s1"]
    assert store.stories.members(story) == [StoryEntry(ArticleId("a1"), None), StoryEntry(ArticleId("a2"), near(1))]


def test_two_tied_stories_become_the_story_of_the_first_founder(store: Store) -> None:
    store.stories.tie(member(2), [member(1)], near(1))
    store.stories.tie(member(4), [member(3)], near(3))

    story = store.stories.tie(member(5), [member(3), member(2)], near(2))

    assert story == "s1"
    assert names(store, 1, 2, 3, 4, 5) == ["s1"] * 5
    assert [each.article_id for each in store.stories.members(StoryId("s1"))] == ["a1", "a2", "a3", "a4", "a5"]


def test_a_former_id_refers_to_the_merged_story(store: Store) -> None:
    store.stories.tie(member(4), [member(3)], near(3))
    store.stories.tie(member(2), [member(1)], near(1))
    store.stories.tie(member(5), [member(3), member(2)], near(2))

    assert store.stories.resolve(StoryId("s3")) == "s1"
    assert store.stories.members(StoryId("s3")) == store.stories.members(StoryId("s1"))
    assert store.stories.resolve(StoryId("s9")) == "s9"


def test_tying_again_changes_nothing(store: Store) -> None:
    store.stories.tie(member(2), [member(1)], near(1))
    before = store.stories.members(StoryId("s1"))

    again = store.stories.tie(member(2), [member(1)], near(1))

    assert again == "s1"
    assert store.stories.members(StoryId("s1")) == before


def test_a_certain_time_replaces_an_estimate(store: Store) -> None:
    store.stories.tie(member(2), [member(1, hour=9, certain=False)], near(1))
    guessed = names(store, 1, 2)

    story = store.stories.tie(member(1), [], None)

    assert guessed == ["s2", "s2"]
    assert story == "s1"
    assert names(store, 1, 2) == ["s1", "s1"]
    assert store.stories.resolve(StoryId("s2")) == "s1"


def test_an_estimate_does_not_replace_a_certain_time(store: Store) -> None:
    store.stories.tie(member(2), [member(1)], near(1))

    store.stories.tie(member(3), [member(1, hour=9, certain=False)], near(1))

    assert names(store, 1, 2, 3) == ["s1"] * 3


def test_of_two_received_at_the_same_time_the_lower_id_is_the_founder(store: Store) -> None:
    store.stories.tie(member(3, hour=1), [member(2, hour=1)], near(2))

    assert names(store, 2, 3) == ["s2", "s2"]
