"""Placing by any articles in any order."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from copytaster.model.article import Article
from copytaster.store.ports.stories import StoryId
from copytaster.stories.choice import MAX_INDEX_TERMS, Candidate, choose, index_terms
from copytaster.stories.features import features_of
from copytaster.stories.frequencies import DocumentFrequencies
from copytaster.stories.profile import Profile
from tests.factories import START, an_article

KNOWN = DocumentFrequencies(500, {"harbour": 20, "ferry": 3})

WORDS = ("harbour", "ferry", "212", "1,5", "March", "3", "2026", "Monday", "police", "Tarnsby", "関西電力")

TEXT = st.one_of(st.text(min_size=1, max_size=200), st.lists(st.sampled_from(WORDS)).map(" ".join)).filter(str.strip)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    return an_article(
        title=draw(TEXT),
        text=draw(TEXT),
        language=draw(st.sampled_from(["en", "de", "ja", "zh", "und", None])),
        published_at=START + timedelta(hours=draw(st.integers(-1_000_000, 1_000_000))),
    )


@given(articles(), st.lists(articles(), max_size=4), st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_the_candidates(
    article: Article, others: list[Article], chance: Random
) -> None:
    stories = [
        Candidate(StoryId(f"s{number}"), 1, Profile.of(features_of(each), KNOWN)) for number, each in enumerate(others)
    ]
    mixed = chance.sample(stories, len(stories))

    assert choose(features_of(article), mixed, KNOWN) == choose(features_of(article), stories, KNOWN)


@given(articles(), articles())
def test_profiles_are_small_and_keep_what_is_compared(one: Article, other: Article) -> None:
    profile = Profile.of(features_of(one), KNOWN)
    both = profile.merged(Profile.of(features_of(other), KNOWN))

    assert len(profile.to_bytes()) <= 500
    assert both.articles == 2
    for each in (profile, both):
        read = Profile.from_bytes(each.to_bytes())
        assert read.names == each.names
        assert read.to_bytes() == Profile.from_bytes(read.to_bytes()).to_bytes()


@given(articles())
def test_index_terms_are_words_of_the_article_and_the_same_at_each_call(article: Article) -> None:
    terms = index_terms(features_of(article), KNOWN)

    assert len(terms) <= MAX_INDEX_TERMS
    assert {*terms} <= features_of(article).words.keys()
    assert terms == index_terms(features_of(article), KNOWN)
