"""Profiles of stories, and their comparison."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.model.article import Article, Entity, EntityType
from copytaster.stories.comparison import Comparison, RareWords, Specificity, compare, hours_apart, specificity
from copytaster.stories.features import features_of
from copytaster.stories.frequencies import DocumentFrequencies
from copytaster.stories.profile import Profile
from copytaster.stories.scoring import load_scoring
from tests.factories import START, an_article, prose

NOTHING_COUNTED = DocumentFrequencies()


def profile(article: Article) -> Profile:
    return Profile.of(features_of(article), NOTHING_COUNTED)


def article(seed: int, *, hours: float = 0, count: int = 2_000) -> Article:
    words = prose(seed, count=count)
    names = tuple(
        Entity(name=each.title(), type=EntityType.PERSON, count=1, spans=()) for each in words[: min(40, count)]
    )
    figures = " ".join(str(seed * 1_000 + each) for each in range(40))
    return an_article(
        title=" ".join(words[:8]),
        text=f"{figures} {' '.join(words)}",
        entities=names,
        language="en",
        published_at=START + timedelta(hours=hours),
    )


def test_the_profile_of_a_long_article_has_at_most_400_bytes() -> None:
    assert len(profile(article(1)).to_bytes()) <= 400


def test_the_profile_of_a_story_is_bounded_however_many_articles_it_has() -> None:
    story = profile(article(0))
    for seed in range(1, 40):
        story = story.merged(profile(article(seed)))

    assert story.articles == 40
    assert len(story.to_bytes()) <= 1_200


def test_a_profile_is_read_as_it_was_written() -> None:
    written = profile(article(1)).merged(profile(article(2, hours=30)))
    read = Profile.from_bytes(written.to_bytes())

    assert (read.articles, read.first, read.last, read.names) == (2, written.first, written.last, written.names)
    assert compare(read, written).words == pytest.approx(1, abs=0.001)
    assert Profile.from_bytes(read.to_bytes()).to_bytes() == read.to_bytes()


def test_a_profile_that_is_read_again_is_as_before_whatever_it_was_merged_with() -> None:
    stored = profile(article(1)).to_bytes()
    read = Profile.from_bytes(stored)
    compared = compare(read, profile(article(2)))
    both = read.merged(profile(article(2)))

    assert both.to_bytes() != stored
    assert Profile.from_bytes(stored).to_bytes() == stored
    assert compare(Profile.from_bytes(stored), profile(article(2))) == compared


def test_a_profile_of_an_earlier_release_is_read_as_one_of_this_release() -> None:
    stored = profile(article(1)).to_bytes()
    head, entries = b"\x01" + stored[1:33], [stored[at : at + 4] for at in range(33, len(stored), 4)]
    earlier = head + b"".join(each[:3] + b"\xee" + each[3:] for each in entries)

    assert len(entries) > 60
    assert Profile.from_bytes(earlier) == Profile.from_bytes(stored)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 99"):
        Profile.from_bytes(bytes([99]) + profile(article(1)).to_bytes()[1:])


def test_a_profile_is_equal_to_itself_and_differs_from_others() -> None:
    itself = compare(profile(article(1)), profile(article(1)))
    other = compare(profile(article(1)), profile(article(2)))

    assert [itself.words, itself.names, itself.numbers, itself.persons] == pytest.approx([1, 1, 1, 1])
    assert (other.words, other.numbers, other.other_persons) == (0, 0, 1)


def test_the_order_of_two_profiles_does_not_matter() -> None:
    one, other = profile(article(1)), profile(article(1)).merged(profile(article(2, count=50)))

    assert compare(one, other) == compare(other, one)
    assert one.merged(other).words.keys() == other.merged(one).words.keys()


def test_an_article_without_words_resembles_nothing() -> None:
    empty = profile(an_article(title="!", text="?"))

    assert compare(empty, profile(article(1))).words == 0
    assert Profile.from_bytes(empty.to_bytes()) == empty


def test_hours_are_those_between_the_nearest_articles() -> None:
    story = profile(article(1)).merged(profile(article(2, hours=10)))

    assert hours_apart(story, profile(article(3, hours=34))) == 24
    assert hours_apart(profile(article(3, hours=5)), story) == 0


def test_twins_with_other_figures_are_less_specific_than_a_rewrite() -> None:
    def report(figures: str) -> Article:
        words = "shares closed lower in heavy trading as investors sold banks and bought mining companies"
        return an_article(title="Shares close lower", text=f"{words} {figures}", language="en")

    first, twin = report("1204 3377 81.5"), report("1977 4410 96.2")
    story = profile(first)
    scores = []
    for each in (first, twin):
        own = profile(each)
        words = RareWords.of(features_of(each), NOTHING_COUNTED, own)
        scores.append(specificity(words, own, story, compare(own, story)))

    assert scores[1].twins > scores[0].twins == 0
    assert scores[1].other_figures > scores[0].other_figures == 0


def test_the_packaged_weights_are_those_of_the_values_that_are_compared() -> None:
    scoring = load_scoring()

    assert {*scoring.event.weights, *scoring.merge.weights} <= {*Comparison.__slots__}
    assert {*scoring.specific.weights} <= {*Specificity.__slots__}


def test_scores_are_probabilities_however_large_the_values_are() -> None:
    scoring = load_scoring()
    huge = Comparison(*[1e9] * len(Comparison.__slots__))
    none = Comparison(*[-1e9] * len(Comparison.__slots__))

    assert 0 <= scoring.stories(none) <= 1
    assert 0 <= scoring.stories(huge) <= 1
