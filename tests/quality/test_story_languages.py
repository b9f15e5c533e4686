"""Links between stories of different languages: how many are right, on texts written or made for this project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article
from copytaster.store.ports.stories import StoryId
from copytaster.stories.across_languages import with_links
from copytaster.stories.placing import Placing
from copytaster.stories.reading import read_story
from copytaster.tagging.tagger import load_tagger
from tests.factories import START, an_article, delivery_id
from tests.quality.story_translations import reports

SEEDS = Path(__file__).with_name("story_languages.tsv")

LEAST_PRECISION, LEAST_RECALL = 0.95, 0.8
"""Of the written texts, 33 of 33 links were right, and 32 pairs of stories are of one event."""

GENERATED_EVENTS = 40
"""Pairs of events, each reported in three languages: some 240 articles, placed in two seconds."""

LEAST_GENERATED_PRECISION = 0.95


@dataclass(frozen=True, slots=True)
class Linked:
    """The events and the languages of each story, and the pairs of stories that are linked."""

    events: dict[StoryId, set[str]]
    languages: dict[StoryId, set[str]]
    links: set[frozenset[StoryId]]

    @property
    def right(self) -> int:
        """The links of two stories that have an event in common."""
        return sum(bool(set.intersection(*(self.events[each] for each in link))) for link in self.links)

    @property
    def wanted(self) -> int:
        """The pairs of stories that have an event in common."""
        stories = list(self.events)
        return sum(
            not self.events[one].isdisjoint(self.events[other])
            for place, one in enumerate(stories)
            for other in stories[:place]
        )


def linked(articles: Sequence[Article], events: Sequence[str], languages: Sequence[str]) -> Linked:
    """Place the articles, in the order of their times, and read the links of all stories."""
    clock = ManualClock(START)
    store = memory_store(clock)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
    for number, article in enumerate(articles):
        store.articles.create(article, owner=delivery_id(number))
        clock.advance(seconds=(article.received_at - clock.now()).total_seconds())
        placing.place([article])
    placed = store.stories.ids([each.id for each in articles])
    found = Linked({}, {}, set())
    for article, event, language in zip(articles, events, languages, strict=True):
        found.events.setdefault(placed[article.id], set()).add(event)
        found.languages.setdefault(placed[article.id], set()).add(language)
    for story_id in found.events:
        story = read_story(story_id, store, now=clock.now())
        assert story
        links = with_links(story, store, now=clock.now()).links
        found.links.update(frozenset((story_id, each.story_id)) for each in links)
    return found


@pytest.fixture(scope="module")
def written() -> Linked:
    """Return what was found among the texts that were written for this project, tagged as a worker tags them."""
    rows = sorted((line.split("\t") for line in SEEDS.read_text("utf-8").splitlines()), key=lambda row: float(row[2]))
    articles = [
        an_article(f"a{number:022}", title=title, text=text, received_at=START + timedelta(hours=float(hours)))
        for number, (_, _, hours, title, text) in enumerate(rows)
    ]
    tagged = [
        article.model_copy(update={"language": tagging.language, "entities": tagging.entities})
        for article, tagging in zip(articles, load_tagger().tag(articles), strict=True)
    ]
    return linked(tagged, [row[0] for row in rows], [row[1] for row in rows])


def test_links_lead_to_the_same_event_in_another_language(written: Linked) -> None:
    assert written.right >= LEAST_PRECISION * len(written.links)
    assert written.right >= LEAST_RECALL * written.wanted
    assert written.wanted > 20


def test_no_story_has_articles_in_two_languages(written: Linked) -> None:
    assert all(len(each) == 1 for each in written.languages.values())


def generated(seed: int) -> Linked:
    made = reports(seed, events=GENERATED_EVENTS)
    articles = [
        an_article(
            f"a{number:022}",
            title=each.title,
            text=each.text,
            received_at=START + timedelta(hours=each.hours),
            language=each.language,
            entities=each.entities,
        )
        for number, each in enumerate(made)
    ]
    return linked(articles, [each.event for each in made], [each.language for each in made])


def test_other_events_with_the_same_people_and_places_are_not_linked() -> None:
    found = generated(1)

    assert len(found.links) > GENERATED_EVENTS
    assert found.right >= LEAST_GENERATED_PRECISION * len(found.links)
