"""What two profiles have in common, and whether that is more than texts of one template have in common."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import log, log1p, sqrt

from copytaster.stories.calendar_words import MARK
from copytaster.stories.features import ArticleFeatures
from copytaster.stories.frequencies import DocumentFrequencies
from copytaster.stories.profile import Profile, Vector, key_hash

RAREST = 5
"""The rarest shared words that count: one can be a coincidence."""

HEADLINE_WORDS = 2
"""The rarest words of a headline, which state what distinguishes the article from others of its template."""

ALIKE = 0.4
"""Only texts whose words are as similar as this can be twins of one template."""

USUAL_TWINS = 0.1
"""Nine of ten pairs of reports of one event are no more alike than this with other numbers."""

SECONDS_AN_HOUR, HOURS_A_DAY = 3600, 24

_YEARS = frozenset(key_hash(f"{MARK}y{year}") for year in range(1900, 2100))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The similarity of two profiles, which does not depend on their order.

    ``words``, ``names``, ``terms`` (words that are no names), ``numbers``, ``days`` and ``persons`` are cosines (0 to
    1), 0 if one profile has none; ``both_days`` and ``both_persons`` are 1 if both have some. ``mean_words`` is the
    mean cosine of an article of one with an article of the other. ``years_differ`` is 1 if both mention years and none
    in common. ``main_person`` is the larger weight that the main person of one has in the other, relative to that one's
    main person; ``other_persons`` is 1 if neither mentions the other's main person. ``smaller`` and ``larger`` are the
    logarithms of the numbers of articles.
    """

    words: float
    names: float
    terms: float
    numbers: float
    days: float
    persons: float
    both_days: float
    both_persons: float
    mean_words: float
    years_differ: float
    main_person: float
    other_persons: float
    smaller: float
    larger: float


@dataclass(frozen=True, slots=True)
class Specificity:
    """How specific to one event is what an article shares with a story; texts of one template share common words.

    ``rarity`` is the mean rarity of the shared words by their weight, ``rarest`` that of the rarest ones (0 to 1).
    ``headline_missing`` is the share of the headline in its rarest words that the story lacks. ``twins`` grows with
    the similarity of the words if the numbers differ; ``both_numbers`` is 1 if both have numbers. ``days_apart`` is the
    logarithm of the days between both. ``other_figures`` is the share of numbers in the article, if the story lacks
    them: reports that consist of figures report one event only if these agree. ``other_person`` is 1 if the headline
    names a person whom the story does not mention, and the article does not mention the story's main person.
    """

    rarity: float
    rarest: float
    headline_missing: float
    twins: float
    both_numbers: float
    days_apart: float
    other_figures: float
    other_person: float


def compare(one: Profile, other: Profile) -> Comparison:
    """Return the similarity of two profiles. Cost: some 20 microseconds."""
    if len(one.words) > len(other.words):
        one, other = other, one
    product, product_of_names, theirs = 0.0, 0.0, other.words
    for key, weight in one.words.items():
        if key in theirs:
            product += weight * theirs[key]
            if key in one.names and key in other.names:
                product_of_names += weight * theirs[key]
    squares = (_square(one.words), _square(other.words))
    squares_of_names = (_part(one.words, one.names), _part(other.words, other.names))
    squares_of_terms = [whole - part for whole, part in zip(squares, squares_of_names, strict=True)]
    main_person, other_persons = _main_persons(one.persons, other.persons)
    years, other_years = one.days.keys() & _YEARS, other.days.keys() & _YEARS
    return Comparison(
        words=_ratio(product, *squares),
        names=_ratio(product_of_names, *squares_of_names),
        terms=_ratio(product - product_of_names, *squares_of_terms),
        numbers=cosine(one.numbers, other.numbers),
        days=cosine(one.days, other.days),
        persons=cosine(one.persons, other.persons),
        both_days=float(bool(one.days and other.days)),
        both_persons=float(bool(one.persons and other.persons)),
        mean_words=product / (one.articles * other.articles),
        years_differ=float(bool(years and other_years and years.isdisjoint(other_years))),
        main_person=main_person,
        other_persons=other_persons,
        smaller=log(min(one.articles, other.articles)),
        larger=log(max(one.articles, other.articles)),
    )


def specificity(
    features: ArticleFeatures, frequencies: DocumentFrequencies, article: Profile, story: Profile, found: Comparison
) -> Specificity:
    """Return how specific the common words of an article and a story are; ``found`` is the comparison of both."""
    shared: list[tuple[float, float]] = []
    for key in features.words:
        hashed = key_hash(key)
        if hashed in article.words and hashed in story.words:
            shared.append((frequencies.rarity(key), article.words[hashed] * story.words[hashed]))
    whole = sum(weight for _, weight in shared)
    rarest = sorted((rarity for rarity, _ in shared), reverse=True)[:RAREST]
    both_numbers = float(bool(article.numbers and story.numbers))
    days, figures = hours_apart(article, story) / HOURS_A_DAY, len(article.numbers)
    return Specificity(
        rarity=sum(rarity * weight for rarity, weight in shared) / whole if whole else 0.0,
        rarest=sum(rarest) / RAREST,
        headline_missing=_headline_missing(features, frequencies, story),
        twins=max(0.0, (found.words - ALIKE) * (1 - found.numbers) * both_numbers - USUAL_TWINS),
        both_numbers=both_numbers,
        days_apart=log1p(days),
        other_figures=figures / max(figures + len(article.words), 1) * (1 - found.numbers) * both_numbers,
        other_person=_other_person(features, article, story),
    )


def hours_apart(one: Profile, other: Profile) -> float:
    """Return the hours between the nearest articles of both; 0 if their times overlap."""
    gap = max((one.first - other.last).total_seconds(), (other.first - one.last).total_seconds(), 0.0)
    return round(gap / SECONDS_AN_HOUR, 2)


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of two vectors, 0 if one is empty."""
    if len(one) > len(other):
        one, other = other, one
    product = sum(weight * other[key] for key, weight in one.items() if key in other)
    return _ratio(product, _square(one), _square(other)) if product else 0.0


def _headline_missing(features: ArticleFeatures, frequencies: DocumentFrequencies, story: Profile) -> float:
    rarities = {key: frequencies.rarity(key) for key in features.title}
    whole = sqrt(sum(rarity * rarity for rarity in rarities.values()))
    missing = sorted((rarity for key, rarity in rarities.items() if key_hash(key) not in story.words), reverse=True)
    return sum(rarity * rarity for rarity in missing[:HEADLINE_WORDS]) / whole if whole else 0.0


def _other_person(features: ArticleFeatures, article: Profile, story: Profile) -> float:
    named = [key_hash(surname) for surname in features.persons if surname in features.title]
    if not named or not story.persons or any(each in story.words for each in named):
        return 0.0
    main = max(story.persons, key=lambda key: (story.persons[key], key))
    return float(main not in article.words)


def _main_persons(one: Vector, other: Vector) -> tuple[float, float]:
    if not one or not other:
        return 0.0, 0.0
    mine, theirs = (max(each, key=lambda key: (each[key], key)) for each in (one, other))
    shares = (other.get(mine, 0.0) / other[theirs], one.get(theirs, 0.0) / one[mine])
    return max(shares), float(not any(shares))


def _square(vector: Vector) -> float:
    return sum(weight * weight for weight in vector.values())


def _part(vector: Vector, keys: AbstractSet[int]) -> float:
    return sum(vector[key] ** 2 for key in keys)


def _ratio(product: float, square: float, other_square: float) -> float:
    return min(product / sqrt(square * other_square), 1.0) if product > 0 and square > 0 and other_square > 0 else 0.0
