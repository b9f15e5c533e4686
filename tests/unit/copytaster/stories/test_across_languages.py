"""Links of a story to stories in other languages about the same event."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleStatus, Entity, EntityType
from copytaster.store.ports.stories import StoryChange, StoryId, founded_story
from copytaster.store.store import Store
from copytaster.stories.across_languages import with_links
from copytaster.stories.placing import Placing
from copytaster.stories.reading import read_story
from copytaster.stories.story import LinkKind, StoryLink
from tests.factories import START, an_article, delivery_id

ENGLISH = (
    "en",
    "Ferry with 212 aboard runs aground off Tarnsby",
    "The ship ran onto rocks in fog on Monday, 5.9 miles from the harbour. Captain Ines Calloway said nobody was hurt.",
)
GERMAN = (
    "de",
    "Fähre mit 212 Menschen läuft vor Tarnsby auf Grund",
    "Das Schiff fuhr am Montag im Nebel 5,9 Meilen vor dem Hafen auf Felsen. Niemand ist verletzt, so Ines Calloway.",
)
OTHER = ("de", "Frost schadet Obst im Velmtal", "Die Bauern erwarten am Montag die Hälfte, sagte Otto Brandt.")


class Desk:
    """Places articles, and reads the links of stories."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store, self.clock = store, clock
        self._placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
        self._placed = 0

    def place(self, text: tuple[str, str, str], *, hours: float = 0, **fields: Any) -> StoryId:
        language, title, body = text
        people = tuple(name for name in ("Ines Calloway", "Otto Brandt") if name in body)
        names = tuple(Entity(name=each, type=EntityType.PERSON, count=1, spans=()) for each in people)
        place = (Entity(name="Tarnsby", type=EntityType.PLACE, count=1, spans=()),) if "Tarnsby" in title else ()
        article = an_article(
            f"a{self._placed:022}",
            title=title,
            text=body,
            language=language,
            entities=(*names, *place),
            received_at=START + timedelta(hours=hours),
            **fields,
        )
        self._create(article)
        return founded_story(article.id)

    def _create(self, article: Article) -> None:
        self.store.articles.create(article, owner=delivery_id(self._placed))
        self._placing.place([article])
        self._placed += 1

    def links(self, story_id: StoryId) -> tuple[StoryLink, ...]:
        story = read_story(story_id, self.store, now=self.clock.now())
        assert story
        return with_links(story, self.store, now=self.clock.now()).links


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(memory_store(clock), clock)


def test_a_story_is_linked_with_that_of_the_same_event_in_another_language(desk: Desk) -> None:
    english, german = desk.place(ENGLISH), desk.place(GERMAN, hours=2)
    desk.place(OTHER)

    (link,) = desk.links(english)
    (back,) = desk.links(german)

    assert (link.kind, link.story_id, link.language, link.headline) == (LinkKind.SAME_EVENT, german, "de", GERMAN[1])
    assert link.score >= 0.97
    assert (back.story_id, back.language, back.score) == (english, "en", link.score)


@pytest.mark.parametrize("fields", [{"hours": 49}, {"status": ArticleStatus.WITHHELD}], ids=["days later", "withheld"])
def test_a_story_of_other_days_or_without_an_article_to_show_is_not_linked(desk: Desk, fields: dict[str, Any]) -> None:
    english, german = desk.place(ENGLISH), desk.place(GERMAN, **fields)

    assert desk.links(english) == desk.links(german) == ()


def test_a_story_in_the_same_or_an_unknown_language_is_not_linked(desk: Desk) -> None:
    german = desk.place(GERMAN)
    desk.place(("und", *GERMAN[1:]))

    assert desk.links(german) == ()


def test_stories_that_a_person_has_separated_are_not_linked(desk: Desk) -> None:
    english, german = desk.place(ENGLISH), desk.place(GERMAN)
    record = desk.store.stories.records([english])[english]
    assert desk.store.stories.commit([StoryChange(records=(replace(record, apart=(german,)),))]) == [True]

    assert desk.links(english) == desk.links(german) == ()
