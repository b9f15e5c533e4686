"""Where articles are placed after a loss of the server's data: as recorded, unless a person has decided otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.placements import MemoryPlacements, PlacedGroup, Placement
from copytaster.model.article import ArticleId
from copytaster.model.story_decision import StoryDecision, StoryDecisionKind, Undoing
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.stories import Assignment, PinnedHeadline, StoryId, Wanted, founded_story
from copytaster.stories.decided import Decided
from copytaster.stories.evidence import Evidence
from tests.factories import START

if TYPE_CHECKING:
    from copytaster.clock import ManualClock
    from copytaster.store.store import Store
    from tests.conftest import MakeStore


def name(number: int) -> ArticleId:
    return ArticleId(f"a{number:020x}")


def story(number: int) -> StoryId:
    return founded_story(name(number))


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def placed(number: int, into: int, *merged: int) -> PlacedGroup:
    """Return the record of an article that was placed in the hour of its number, and merged stories."""
    names = tuple(story(each) for each in merged)
    placement = Placement(article_id=name(number), story_id=story(into), merged=names)
    return PlacedGroup(at=hour(number), placements=(placement,))


def decided(kind: StoryDecisionKind, at: int, of: int, *articles: int, into: int | None = None) -> StoryDecision:
    return StoryDecision(
        id=f"{kind}-{at}",
        kind=kind,
        at=hour(at),
        by="Anna",
        story_id=story(of),
        into=story(into) if into is not None else None,
        articles=tuple(name(each) for each in articles),
        headline="Ferry burns" if kind is StoryDecisionKind.HEADLINE else None,
    )


@pytest.fixture
def store(make_store: MakeStore, clock: ManualClock) -> Store:
    return make_store(clock)


def recalled(store: Store, groups: list[PlacedGroup], *decisions: StoryDecision) -> list[Assignment | None]:
    """Recall the placements, and return what the articles 1 to 4 are assigned to."""
    placements = MemoryPlacements()
    for each in groups:
        placements.record(each)
    recall_placements(placements, store.stories, Decided.of(decisions), since=None)
    wanted = [Wanted(name(number), ()) for number in range(1, 5)]
    return [each.assigned for each in store.stories.situations(wanted)]


ONE_STORY = [placed(1, 1), placed(2, 1), placed(3, 1)]


def test_without_decisions_articles_are_assigned_as_recorded(store: Store) -> None:
    found = recalled(store, ONE_STORY)

    assert found == [*(Assignment(name(each), story(1)) for each in (1, 2, 3)), None]


def test_an_article_that_a_person_moved_is_assigned_to_where_it_was_moved(store: Store) -> None:
    found = recalled(store, ONE_STORY, decided(StoryDecisionKind.SPLIT, 5, 1, 2, 3, into=2))

    assert [each and each.story_id for each in found] == [story(1), story(2), story(2), None]
    assert [each and each.apart for each in found] == [(story(2),), (story(1),), (story(1),), None]
    assert found[1]
    assert Evidence.model_validate_json(found[1].evidence).by == "Anna"


def test_an_undone_decision_is_left_out(store: Store) -> None:
    undone = decided(StoryDecisionKind.SPLIT, 5, 1, 2, into=2).model_copy(
        update={"undone": Undoing(at=hour(7), by="Ben")}
    )

    found = recalled(store, [*ONE_STORY, placed(4, 2)], undone)

    # The fourth joined the story that was split off, and went back with it.
    assert [each and each.story_id for each in found] == [story(1)] * 4
    assert [each and each.apart for each in found] == [()] * 4


def test_the_headline_of_a_person_comes_with_each_article_of_its_story(store: Store) -> None:
    found = recalled(store, [placed(1, 1), placed(2, 2)], decided(StoryDecisionKind.HEADLINE, 5, 1))

    assert [each and each.headline for each in found] == [PinnedHeadline("Ferry burns", "Anna"), None, None, None]


def test_a_moved_article_without_a_recorded_placement_is_assigned_too(store: Store) -> None:
    found = recalled(store, [], decided(StoryDecisionKind.MOVE, 5, 1, 3, into=2))

    assert found[2]
    assert (found[2].story_id, found[:2]) == (story(2), [None, None])


def test_a_story_that_was_merged_automatically_and_split_off_since_leads_to_itself(store: Store) -> None:
    groups = [placed(1, 1), placed(2, 2), placed(3, 1, 2)]

    found = recalled(store, groups, decided(StoryDecisionKind.SPLIT, 5, 1, 2, into=2))

    assert [each and each.story_id for each in found] == [story(1), story(2), story(1), None]


def test_a_story_that_was_split_off_and_merged_automatically_since_leads_to_the_other(store: Store) -> None:
    groups = [placed(1, 1), placed(2, 1), placed(3, 3), placed(6, 3, 2)]

    found = recalled(store, groups, decided(StoryDecisionKind.SPLIT, 5, 1, 2, into=2))

    assert [each and each.story_id for each in found] == [story(1), story(3), story(3), None]
