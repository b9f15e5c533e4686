"""Texts of one template about other subjects or other days are not one story; none of them was used for training."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from benchmarks.stories.articles import Labelled
from benchmarks.stories.placed import stories_of
from copytaster.tagging.tagger import load_tagger
from tests.factories import START, an_article
from tests.quality.story_twins import TEMPLATES, Twin, twins

TEXTS = 25
"""Of each template."""

MOST_PAIRS = 0.001
"""The share of all pairs that are in one story; three seeds had 2 to 3 of 11,175."""

MOST_TOGETHER = 3


@pytest.fixture(scope="module", params=[1, 2])
def placed(request: pytest.FixtureRequest) -> list[tuple[Twin, str]]:
    """Return the texts with their stories."""
    made = twins(request.param, start=START, each=TEXTS)
    articles = [
        an_article(
            f"a{number:022}",
            title=each.title,
            text=each.text,
            published_at=each.at,
            received_at=each.at,
            language="en",
        )
        for number, each in enumerate(made)
    ]
    tagged = [
        article.model_copy(update={"language": tagging.language, "entities": tagging.entities})
        for article, tagging in zip(articles, load_tagger().tag(articles), strict=True)
    ]
    stories = stories_of([Labelled(each, each.id, each.id, each.id) for each in tagged])
    return list(zip(made, stories, strict=True))


def test_texts_of_one_template_are_not_one_story(placed: list[tuple[Twin, str]]) -> None:
    together = [(one, other) for (one, story), (other, same) in combinations(placed, 2) if story == same]
    sizes = Counter(story for _, story in placed)

    assert len(placed) == TEXTS * len(TEMPLATES)
    assert len(together) <= MOST_PAIRS * len(placed) * (len(placed) - 1) / 2
    assert max(sizes.values()) <= MOST_TOGETHER
