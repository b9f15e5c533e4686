"""Links between stories of different languages: how many are right, on a small set written for this project."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.store.ports.stories import StoryId
from copytaster.stories.across_languages import with_links
from copytaster.stories.placing import Placing
from copytaster.stories.reading import read_story
from copytaster.tagging.tagger import load_tagger
from tests.factories import START, an_article, delivery_id

SEEDS = Path(__file__).with_name("story_languages.tsv")

LEAST_PRECISION, LEAST_RECALL = 0.95, 0.8

Event = tuple[str, str]


@pytest.fixture(scope="module")
def found() -> tuple[dict[StoryId, set[Event]], set[frozenset[StoryId]]]:
    """Return the events and languages of each story, and the pairs of stories that are linked."""
    rows = sorted((line.split("\t") for line in SEEDS.read_text("utf-8").splitlines()), key=lambda row: float(row[2]))
    clock, events, links = ManualClock(START), dict[StoryId, set[Event]](), set[frozenset[StoryId]]()
    store = memory_store(clock)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
    articles = [
        an_article(f"a{number:022}", title=title, text=text, received_at=START + timedelta(hours=float(hours)))
        for number, (_, _, hours, title, text) in enumerate(rows)
    ]
    taggings = load_tagger().tag(articles)
    for number, (article, tagging) in enumerate(zip(articles, taggings, strict=True)):
        tagged = article.model_copy(update={"language": tagging.language, "entities": tagging.entities})
        store.articles.create(tagged, owner=delivery_id(number))
        clock.advance(seconds=(article.received_at - clock.now()).total_seconds())
        placing.place([tagged])
    for article_id, story_id in store.stories.ids([each.id for each in articles]).items():
        event, language, *_ = rows[int(article_id[1:])]
        events.setdefault(story_id, set()).add((event, language))
    for story_id in events:
        story = read_story(story_id, store, now=clock.now())
        assert story
        links |= {frozenset((story_id, each.story_id)) for each in with_links(story, store, now=clock.now()).links}
    return events, links


def test_links_lead_to_the_same_event_in_another_language(
    found: tuple[dict[StoryId, set[Event]], set[frozenset[StoryId]]],
) -> None:
    events, links = found
    names = {story: {event for event, _ in members} for story, members in events.items()}
    stories = list(events)
    wanted = {
        frozenset((one, other))
        for place, one in enumerate(stories)
        for other in stories[:place]
        if names[one] == names[other]
    }
    right = len(links & wanted)

    assert right >= LEAST_PRECISION * len(links)
    assert right >= LEAST_RECALL * len(wanted)
    assert len(wanted) > 20


def test_stories_of_two_events_are_not_merged_across_languages(
    found: tuple[dict[StoryId, set[Event]], set[frozenset[StoryId]]],
) -> None:
    assert all(len({event for event, _ in members}) == 1 for members in found[0].values())
