"""Places articles into stories as a worker does, and, for training, one after another with given weights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.stories.articles import GROUP, NO_TIME, Labelled
from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.store.memory.term_frequencies import MemoryTermFrequencies
from copytaster.store.ports.stories import StoryId, founded_story
from copytaster.stories.choice import Candidate, choose, index_terms
from copytaster.stories.features import ArticleFeatures, features_of
from copytaster.stories.frequencies import DocumentFrequencies, counted_terms
from copytaster.stories.placing import Placing
from copytaster.stories.profile import Profile
from copytaster.stories.scoring import Scoring

MAX_STORIES_OF_KEY, MAX_CANDIDATES = 16, 12
"""Bounds of the index, as in the store."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An article with its features, and the frequencies of its words when it arrived."""

    labelled: Labelled
    features: ArticleFeatures
    frequencies: DocumentFrequencies
    keys: tuple[str, ...]

    @property
    def profile(self) -> Profile:
        """The profile of a story of this article alone."""
        return Profile.of(self.features, self.frequencies)


def compared(articles: Iterable[Labelled]) -> Iterator[Compared]:
    """Yield the articles in order; each is counted before it is compared."""
    frequencies = MemoryTermFrequencies()
    for each in articles:
        features = features_of(each.article)
        terms = counted_terms(features, each.article.id)
        known = DocumentFrequencies.of(terms, frequencies.count([terms])[0])
        yield Compared(each, features, known, index_terms(features, known))


class Index:
    """The stories under each key, those that changed last."""

    def __init__(self) -> None:
        self._stories: defaultdict[str, dict[StoryId, None]] = defaultdict(dict)

    def add(self, keys: Iterable[str], story: StoryId) -> None:
        """Enter a story under the keys of an article of it."""
        for key in keys:
            stories = self._stories[key]
            stories.pop(story, None)
            stories[story] = None
            if len(stories) > MAX_STORIES_OF_KEY:
                del stories[next(iter(stories))]

    def replace(self, story: StoryId, by: StoryId) -> None:
        """Enter a merged story under the id of the other."""
        for stories in self._stories.values():
            if story in stories:
                del stories[story]
                stories[by] = None

    def candidates(self, keys: Iterable[str]) -> list[StoryId]:
        """Return the stories that share most keys, the best first."""
        shared = Counter(story for key in keys for story in self._stories[key])
        return [story for story, _ in shared.most_common(MAX_CANDIDATES)]


def place(articles: Iterable[Compared], scoring: Scoring) -> list[StoryId]:
    """Return the story of each article, in order, if they are placed with other weights than the packaged ones."""
    profiles: dict[StoryId, bytes] = {}
    merged: dict[StoryId, StoryId] = {}
    index, placed = Index(), []
    for each in articles:
        candidates = [Candidate(story, 0, Profile.from_bytes(profiles[story])) for story in index.candidates(each.keys)]
        choice = choose(each.features, candidates, each.frequencies, scoring, profile=each.profile)
        story = choice.story_id or founded_story(each.labelled.article.id)
        profile = each.profile
        if choice.story_id:
            profile = Profile.from_bytes(profiles[story]).merged(profile)
        for other in choice.merge:
            profile = profile.merged(Profile.from_bytes(profiles.pop(other)))
            merged[other] = story
            index.replace(other, story)
        profiles[story] = profile.to_bytes()
        index.add(each.keys, story)
        placed.append(story)
    return [_present(each, merged) for each in placed]


def stories_of(articles: Sequence[Labelled]) -> list[StoryId]:
    """Return the story of each article when they arrive in this order, placed as a worker places them."""
    clock = ManualClock(NO_TIME)
    store = memory_store(clock)
    placing = Placing(store=store, placements=MemoryPlacements(), clock=clock)
    for start in range(0, len(articles), GROUP):
        placing.place([each.article for each in articles[start : start + GROUP]])
    placed = store.stories.ids([each.article.id for each in articles])
    return [placed[each.article.id] for each in articles]


def _present(story: StoryId, merged: dict[StoryId, StoryId]) -> StoryId:
    while story in merged:
        story = merged[story]
    return story
