"""A rebuild recalls where articles had been placed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.placements import MemoryPlacements, PlacedGroup, Placement
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.stories import Assignment, StoryId, Wanted
from copytaster.store.store import Store
from copytaster.stories.decided import Decided
from copytaster.stories.placing import Placing
from tests.factories import START, an_article, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore

DAY = timedelta(days=1)
A1, A2, A3 = (ArticleId(f"a{number}") for number in (1, 2, 3))


@pytest.fixture
def store(make_store: MakeStore, clock: ManualClock) -> Store:
    return make_store(clock)


def record(placements: MemoryPlacements, seconds: float, article: str, story: str, *merged: str) -> None:
    placed = Placement(article_id=ArticleId(article), story_id=story, evidence={"score": 0.9}, merged=merged)
    placements.record(PlacedGroup(at=START + timedelta(seconds=seconds), placements=(placed,)))


def assignments(store: Store) -> list[str | None]:
    found = store.stories.situations([Wanted(each, ()) for each in (A1, A2, A3)])
    return [each.assigned.story_id if each.assigned else None for each in found]


def test_the_last_placement_of_an_article_counts(store: Store) -> None:
    placements = MemoryPlacements()
    record(placements, 2, "a2", "s2")
    record(placements, 1, "a2", "s1")
    record(placements, DAY.total_seconds(), "a3", "s1")

    recall_placements(placements, store.stories, Decided(), since=None)

    assert assignments(store) == [None, "s2", "s1"]


def test_only_days_since_a_time_are_read(store: Store) -> None:
    placements = MemoryPlacements()
    record(placements, 1, "a2", "s1")
    record(placements, DAY.total_seconds(), "a3", "s1")

    recall_placements(placements, store.stories, Decided(), since=START + DAY)

    assert assignments(store) == [None, None, "s1"]


def test_a_merge_counts_only_with_the_placement_that_made_it(store: Store) -> None:
    placements = MemoryPlacements()
    record(placements, 1, "a1", "s7")
    record(placements, 2, "a2", "s1", "s7")
    record(placements, 3, "a3", "s1", "s8")
    record(placements, 4, "a3", "s3")  # the story had changed, so the merge was not made

    recall_placements(placements, store.stories, Decided(), since=None)
    store.stories.assign([Assignment(A3, StoryId("s8"))])

    assert assignments(store) == ["s1", "s1", "s8"]


def test_an_article_that_is_in_a_story_stays_there(store: Store, clock: ManualClock) -> None:
    placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
    placing.place([an_article(A1)])
    placements = MemoryPlacements()
    record(placements, 1, "a1", "s9")

    recall_placements(placements, store.stories, Decided(), since=None)
    placing.place([an_article(A1)])

    assert store.stories.ids([A1]) == {A1: "s1"}


def test_the_words_of_the_evidence_are_found_again(store: Store, clock: ManualClock) -> None:
    def take(number: int) -> str:
        return " ".join([*prose(1, count=40), *prose(10 + number, count=10)])

    articles = [an_article(f"a{number}", text=take(number), language="en", topics=(), entities=()) for number in (1, 2)]
    placements = MemoryPlacements()
    before = Placing(store=store, placements=placements, clock=clock)
    for each in articles:
        before.place([each])
    known = store.stories.entry(StoryId("s1"), A2)

    recorded = placements.read("2026/01/01")[-1].placements[0]

    assert known
    assert b"terms" in known.evidence
    assert recorded.evidence
    assert set(recorded.evidence) <= {"score", "hours_apart"}
