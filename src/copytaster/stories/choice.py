"""The choice of the story that an article joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copytaster.store.ports.stories import StoryId
from copytaster.stories.evidence import Evidence
from copytaster.stories.features import ArticleFeatures, top
from copytaster.stories.frequencies import DocumentFrequencies
from copytaster.stories.profile import Profile, Vector, key_hash
from copytaster.stories.scoring import hours_apart, score

MAX_INDEX_TERMS = 12
"""Keys of an article in the inverted index: each costs the server a read and some bytes."""

MAX_NEAREST = 3
"""Stories that a choice names, the one that was chosen among them."""

MAX_SHARED = 5
"""Names, terms and numbers that evidence names, of each: as many as a reader takes in."""

JOINED = 0.5
"""An article joins a story if that is more likely than not."""

MERGED = 0.9
"""Two stories that an article fits are merged if they are as near as this: a wrong merge is worse than a missed one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open story that shares index terms with an article; ``revision`` is that of its profile."""

    story_id: StoryId
    revision: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class Choice:
    """The story that an article joins, None if it founds one, and the evidence for it.

    ``nearest`` are the stories with the highest scores, whether the article joins one or not. ``merge`` are the other
    stories that are about the same event as the chosen one.
    """

    story_id: StoryId | None
    evidence: Evidence | None
    nearest: tuple[tuple[StoryId, Evidence], ...]
    merge: tuple[StoryId, ...]


def index_terms(features: ArticleFeatures, frequencies: DocumentFrequencies) -> tuple[str, ...]:
    """Return at most twelve keys under which the article finds stories, and its story is found, the best first."""
    weights = {
        key: weight * frequencies.rarity(key) * (2 if key in features.names else 1)
        for key, weight in features.words.items()
    }
    return tuple(top(weights, MAX_INDEX_TERMS))


def choose(features: ArticleFeatures, candidates: Sequence[Candidate], frequencies: DocumentFrequencies) -> Choice:
    """Return the story that the article joins; the order of the candidates does not matter.

    Cost: some 20 microseconds for each candidate.
    """
    article = Profile.of(features, frequencies)
    scored = [(score(article, each.profile), each) for each in candidates]
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].story_id))
    joined = [candidate for probability, candidate in ranked if probability >= JOINED]
    nearest = tuple(
        (each.story_id, _evidence(probability, features, article, each.profile))
        for probability, each in ranked[:MAX_NEAREST]
    )
    if not joined:
        return Choice(None, None, nearest, ())
    chosen, *others = joined
    merge = tuple(each.story_id for each in others if score(chosen.profile, each.profile) >= MERGED)
    return Choice(chosen.story_id, nearest[0][1], nearest, merge)


def _evidence(probability: float, features: ArticleFeatures, article: Profile, story: Profile) -> Evidence:
    names = _shared(features.names, article.names, story.names, features.shown)
    words = {key: weight for key, weight in features.words.items() if key not in features.names}
    return Evidence(
        score=round(probability, 3),
        names=names,
        terms=_shared(words, article.words, story.words, features.shown),
        numbers=_shared(features.numbers, article.numbers, story.numbers, features.shown),
        hours_apart=hours_apart(article, story),
    )


def _shared(keys: Mapping[str, float], article: Vector, story: Vector, shown: Mapping[str, str]) -> tuple[str, ...]:
    weights = {
        key: article[hashed] * story[hashed] for key in keys if (hashed := key_hash(key)) in article and hashed in story
    }
    return tuple(shown[key] for key in top(weights, MAX_SHARED))
