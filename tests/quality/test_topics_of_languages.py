"""Minimum precision of the first topic in languages without terms, whose topics are found by the IPTC's labels."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics, load_topics
from copytaster.tagging.topics.labels import ENDINGS

STORIES = Path(__file__).with_name("topic_stories_of_languages.tsv")

MOST_WRONG = 1 / 20
"""Share of all texts: labels are a floor, and no topic is better than a wrong one."""

MOST_MISSED = 1 / 5
"""Share of the texts with a topic that have none: labels are names of topics, which texts need not contain."""


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


def stories() -> list[tuple[str, str, str, str]]:
    lines = [line for line in STORIES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [
        (language, expected, title, text) for language, expected, title, text in (line.split("|") for line in lines)
    ]


def test_few_first_topics_are_wrong_and_few_are_missed(topics: MediaTopics) -> None:
    found = []
    for language, expected, title, text in stories():
        listed = topics.topics(Passage(title, text, language)).value
        found.append((title, expected, listed[0].name if listed else None))

    wrong = [each for each in found if each[2] and not any(each[2].startswith(name) for name in each[1].split())]
    missed = [each for each in found if each[1] != "-" and each[2] is None]
    about_something = [each for each in found if each[1] != "-"]

    assert set(Counter(language for language, *_ in stories())) == set(ENDINGS)
    assert len(found) >= 50
    assert len(wrong) <= MOST_WRONG * len(found), wrong
    assert len(missed) <= MOST_MISSED * len(about_something), missed
