"""The choice of the story that an article joins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from copytaster.store.ports.stories import StoryId
from copytaster.stories.comparison import RareWords, compare, hours_apart, specificity
from copytaster.stories.evidence import Evidence
from copytaster.stories.features import ArticleFeatures, heaviest
from copytaster.stories.frequencies import DocumentFrequencies
from copytaster.stories.profile import Profile, Vector, key_hash
from copytaster.stories.scoring import Probabilities, Scoring, load_scoring

MAX_INDEX_TERMS = 12
"""Keys of an article in the inverted index: each costs the server a read and some bytes."""

NAME_FACTOR = 2.0
"""Names are better keys than other words of the same rarity: articles about one event share them more often."""

MAX_NEAREST = 3
"""Stories that a choice names, the one that was chosen among them."""

MAX_SHARED = 5
"""Names, terms and numbers that evidence names, of each: as many as a reader takes in."""

JOINED = 0.7
"""The probability from which an article joins a story."""

JOINED_LATER, LATER_HOURS = 0.85, 12.0
"""The probability that is needed if so many hours lie between both: the next issue of a series (a market report, a
central bank's daily notice) comes on another day, takes of one event mostly on the same."""

MERGED = 0.75
"""The probability from which two stories are merged: a wrong merge is worse than a wrong article."""

CONNECTED = 0.02
"""Stories with a lower probability are not compared for a merge; those that may be of one template are not, either."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open story that shares index terms with an article; ``revision`` is that of its profile."""

    story_id: StoryId
    revision: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class Choice:
    """The story that an article joins, None if it founds one, and the evidence for it.

    ``nearest`` are the stories with the highest scores, the one that it joins first. ``merge`` are the other
    stories that are about the same event as the chosen one.
    """

    story_id: StoryId | None
    evidence: Evidence | None
    nearest: tuple[tuple[StoryId, Evidence], ...]
    merge: tuple[StoryId, ...]


def index_terms(features: ArticleFeatures, frequencies: DocumentFrequencies) -> tuple[str, ...]:
    """Return at most twelve keys under which the article finds stories, and its story is found, the best first."""
    weights = {
        key: weight * frequencies.rarity(key) * (NAME_FACTOR if key in features.names else 1.0)
        for key, weight in features.words.items()
    }
    return tuple(heaviest(weights, MAX_INDEX_TERMS))


def choose(  # noqa: PLR0913  # half of them have a default
    features: ArticleFeatures,
    candidates: Sequence[Candidate],
    frequencies: DocumentFrequencies,
    scoring: Scoring | None = None,
    *,
    profile: Profile | None = None,
    nearest: int = MAX_NEAREST,
) -> Choice:
    """Return the story that the article joins; the order of the candidates does not matter.

    ``profile`` is the article's, if it is known already. ``scoring`` is the packaged one by default. ``nearest`` is the
    most stories that the choice names; it names the chosen one in any case. Cost: some 30 microseconds for each
    candidate, and 20 for each that is named.
    """
    used = scoring or load_scoring()
    article = profile or Profile.of(features, frequencies)
    words = RareWords.of(features, frequencies, article)
    scored = [(_score(words, article, each.profile, used), each) for each in candidates]
    ranked = sorted(scored, key=lambda pair: (-pair[0].score, pair[1].story_id))
    joined = next((each for found, each in ranked if found.score >= _least(article, each.profile)), None)
    ranked.sort(key=lambda pair: pair[1] is not joined)
    named = tuple(
        (each.story_id, _evidence(found.score, features, article, each.profile))
        for found, each in ranked[: max(nearest, joined is not None)]
    )
    if joined is None:
        return Choice(None, None, named, ())
    others = (each for found, each in ranked[1:] if _is_connected(found, article, each.profile))
    merge = _same_event(joined.profile.merged(article), others, used)
    return Choice(joined.story_id, named[0][1], named, merge)


def _least(article: Profile, story: Profile) -> float:
    """Return the probability that the article needs to join the story."""
    return JOINED_LATER if hours_apart(article, story) >= LATER_HOURS else JOINED


def _is_connected(found: Probabilities, article: Profile, story: Profile) -> bool:
    """Return whether the article may connect the story with the one that it joins."""
    return found.event >= CONNECTED and found.specific >= _least(article, story)


def _score(words: RareWords, article: Profile, story: Profile, scoring: Scoring) -> Probabilities:
    found = compare(article, story)
    event = scoring.event.probability(found)
    if event < CONNECTED:  # most candidates: whether what they share is specific makes no difference
        return Probabilities(event, event)
    return scoring.article(found, specificity(words, article, story, found))


def _same_event(story: Profile, others: Iterable[Candidate], scoring: Scoring) -> tuple[StoryId, ...]:
    found = []
    for each in others:
        least = MERGED if each.profile.articles > 1 else JOINED
        if scoring.stories(compare(story, each.profile)) >= least:
            story = story.merged(each.profile)
            found.append(each.story_id)
    return tuple(found)


def _evidence(probability: float, features: ArticleFeatures, article: Profile, story: Profile) -> Evidence:
    words = {key for key in features.words if key not in features.names}
    return Evidence(
        score=round(probability, 3),
        names=_shared(features.names, article.words, story.words, features.shown),
        terms=_shared(words, article.words, story.words, features.shown),
        numbers=_shared(features.numbers, article.numbers, story.numbers, features.shown),
        hours_apart=hours_apart(article, story),
    )


def _shared(keys: Iterable[str], article: Vector, story: Vector, shown: Mapping[str, str]) -> tuple[str, ...]:
    weights = {
        key: article[hashed] * story[hashed] for key in keys if (hashed := key_hash(key)) in article and hashed in story
    }
    return tuple(shown[key] for key in heaviest(weights, MAX_SHARED))
