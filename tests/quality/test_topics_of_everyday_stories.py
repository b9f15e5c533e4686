"""Minimum precision of the first topic on short texts about many subjects, with words that mislead."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics, load_topics

STORIES = Path(__file__).with_name("topic_stories.tsv")

MOST_WRONG = 1 / 20
"""Share of all texts: a short text without a topic is better than one with a wrong topic."""

MOST_MISSED = 0.15
"""Share of the texts with a topic that have none: each has one or two words for it."""


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


def stories() -> list[tuple[str, str, str]]:
    lines = [line for line in STORIES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [(expected, title, text) for expected, title, text in (line.split("|") for line in lines)]


def first_top(topics: MediaTopics, title: str, text: str) -> str | None:
    found = topics.topics(Passage(title, text, "en")).value
    return next((each.name for each in found if each.code in topics.taxonomy.tops), None)


def test_few_first_topics_are_wrong_and_few_are_missed(topics: MediaTopics) -> None:
    found = [(title, expected, first_top(topics, title, text)) for expected, title, text in stories()]

    wrong = [each for each in found if each[2] and not any(each[2].startswith(name) for name in each[1].split())]
    missed = [each for each in found if each[1] != "-" and each[2] is None]
    about_something = [each for each in found if each[1] != "-"]

    assert len(found) >= 60
    assert len(wrong) <= MOST_WRONG * len(found), wrong
    assert len(missed) <= MOST_MISSED * len(about_something), missed


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "The 14 bus no longer stops at the church",
            "Passengers of the bus must walk from the church to the post office.",
        ),
        ("Match struck in the dark", "He struck a match and looked at the map."),
        ("Court Road dug up again", "Court Road is closed from Tuesday."),
    ],
)
def test_one_word_with_another_meaning_assigns_no_topic(topics: MediaTopics, title: str, text: str) -> None:
    assert first_top(topics, title, text) is None
