"""Stories of everyday news: a week's story, alike events, and texts of one template, written for this project."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.stories.articles import Labelled
from benchmarks.stories.placed import stories_of
from copytaster.model.article import Article
from copytaster.tagging.tagger import load_tagger
from tests.factories import START, an_article

SEEDS = Path(__file__).with_name("story_seeds.tsv")


@pytest.fixture(scope="module")
def stories() -> dict[str, list[str]]:
    """Return the stories of the seeds of each event, in the order of publication."""
    rows = [line.split("\t") for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    rows.sort(key=lambda row: float(row[1]))
    articles = [_article(number, *row[1:]) for number, row in enumerate(rows)]
    tagged = [
        article.model_copy(update={"language": tagging.language, "entities": tagging.entities})
        for article, tagging in zip(articles, load_tagger().tag(articles), strict=True)
    ]
    labelled = [Labelled(each, each.id, row[0], row[0]) for each, row in zip(tagged, rows, strict=True)]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each, story in zip(labelled, stories_of(labelled), strict=True):
        found[each.event].append(story)
    return found


def _article(number: int, hours: str, title: str, text: str) -> Article:
    at = START + timedelta(hours=float(hours))
    return an_article(f"a{number:022}", title=title, text=text, published_at=at, received_at=at, language="en")


def test_a_story_of_a_week_with_a_correction_is_one(stories: dict[str, list[str]]) -> None:
    assert len({*stories["strike"]}) == 1


def test_a_second_earthquake_in_the_same_province_is_another_story(stories: dict[str, list[str]]) -> None:
    assert len({*stories["quake-1"]}) == 1
    assert {*stories["quake-1"]}.isdisjoint(stories["quake-2"])


def test_two_cases_of_one_person_are_two_stories(stories: dict[str, list[str]]) -> None:
    assert len({*stories["case-fraud"]}) == 1
    assert len({*stories["case-speeding"]}) == 1
    assert {*stories["case-fraud"]}.isdisjoint(stories["case-speeding"])


def test_each_match_of_a_club_is_a_story(stories: dict[str, list[str]]) -> None:
    matches = [{*stories[f"match-{number}"]} for number in (1, 2, 3)]

    assert len(set.union(*matches)) == sum(map(len, matches))
    assert [len(each) for each in matches] == [1, 1, 1]


@pytest.mark.parametrize("template", ["market", "weather", "results", "obituary"])
def test_texts_of_one_template_are_in_stories_of_their_own(template: str, stories: dict[str, list[str]]) -> None:
    found = [story for event, own in stories.items() if event.startswith(template) for story in own]

    assert len(found) == len({*found}) > 1


def test_a_round_up_connects_no_stories(stories: dict[str, list[str]]) -> None:
    events = ("strike", "quake-1", "case-fraud", "match-1", "market-1")
    found = [{*stories[each]} for each in events]

    assert len(set.union(*found)) == sum(map(len, found))
