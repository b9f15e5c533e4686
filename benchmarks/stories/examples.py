"""Examples from which the weights of stories are learned: what articles and stories of known events share."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from benchmarks.stories.articles import Labelled
from benchmarks.stories.placed import Compared, Index, compared
from copytaster.store.ports.stories import StoryId
from copytaster.stories.comparison import RareWords, compare, specificity
from copytaster.stories.profile import Profile

BROKEN = (0.05, 0.15, 0.3)
"""In each order of the articles, this share of them founds a part of its story: a worker sees stories in parts, too."""

BROKEN_FOR_MERGES = (0.3, 0.5, 0.2)

FEWEST_KEYS = 2
"""Parts of stories that share fewer index keys would not meet."""

TWIN_WEIGHT, LABELLED_WEIGHT, RELATED_WEIGHT, EVENT_WEIGHT = 0.1, 6.0, 2.0, 0.3
"""Weights of examples: thousands of twins of one template say the same, a pair that a person read says more."""

USUAL_DAYS = 1.0
"""The articles have no times: reports of one event are taken to follow each other within a day, some after four."""

SAME_TEXT = 0.7
"""The cosine from which two articles are versions of one text."""

COMMON_SHARE = 0.005
"""Words in this share of the wire's headlines are its templates: "4TH QTR NET"."""

FEWEST_COMMON, TEMPLATE_SHARE = 2, 0.6
"""Headlines of one template share at least two common words, and this share of them."""


@dataclass(frozen=True, slots=True)
class Example:
    """Values of a comparison, whether both are one event, the topics of both, and how much the example counts."""

    values: Mapping[str, float]
    same: bool
    topics: frozenset[str]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples for each of the three regressions."""

    event: list[Example]
    merge: list[Example]
    specific: list[Example]

    def without(self, topics: frozenset[str]) -> Examples:
        """Return the examples that have nothing to do with these topics."""
        return Examples(*([each for each in kind if each.topics.isdisjoint(topics)] for kind in self.kinds))

    @property
    def kinds(self) -> tuple[list[Example], list[Example], list[Example]]:
        """All examples, by kind."""
        return self.event, self.merge, self.specific


def examples_of_events(articles: Sequence[Labelled]) -> Examples:
    """Return the examples of articles with known events, in several orders."""
    found = Examples([], [], [])
    for number, (broken, broken_for_merges) in enumerate(zip(BROKEN, BROKEN_FOR_MERGES, strict=True)):
        chance = random.Random(number)
        order = chance.sample(articles, len(articles)) if number else articles
        known = list(compared(order))
        for values, shared, same, topics in _meetings(known, chance, broken):
            found.event.append(Example(values, same, topics))
            if same:
                found.specific.append(Example(shared, same, topics, EVENT_WEIGHT))
        found.merge.extend(_parts(known, chance, broken_for_merges))
    return found


Meeting = tuple[dict[str, float], dict[str, float], bool, frozenset[str]]


def _meetings(articles: Iterable[Compared], chance: random.Random, broken: float) -> Iterator[Meeting]:
    """Yield what each article shares with each of its candidates, which are the true stories, partly in parts.

    The articles have no times: each is taken to appear later than the story.
    """
    profiles: dict[StoryId, Profile] = {}
    labels: dict[StoryId, Labelled] = {}
    parts: defaultdict[str, list[StoryId]] = defaultdict(list)
    index = Index()
    for each in articles:
        own = each.labelled
        for story in index.candidates(each.keys):
            other = labels[story]
            article = _later(each.profile, profiles[story], chance)
            shared = _shared(each, article, profiles[story])
            yield *shared, own.event == other.event, frozenset((own.topic, other.topic))
        if parts[own.event] and chance.random() > broken:
            story = chance.choice(parts[own.event])
            profiles[story] = profiles[story].merged(each.profile)
        else:
            story = StoryId(own.id)
            parts[own.event].append(story)
            profiles[story], labels[story] = each.profile, own
        index.add(each.keys, story)


def _shared(article: Compared, profile: Profile, story: Profile) -> tuple[dict[str, float], dict[str, float]]:
    found, words = compare(profile, story), RareWords.of(article.features, article.frequencies, profile)
    return asdict(found), asdict(specificity(words, profile, story, found))


def _later(article: Profile, story: Profile, chance: random.Random) -> Profile:
    """Return the article as if it had appeared after the story; nearly the same texts appear at the same time."""
    days = chance.expovariate(1 / USUAL_DAYS) * max(0.0, 1 - compare(article, story).words / SAME_TEXT)
    at = story.last + timedelta(days=days)
    return replace(article, first=at, last=at)


def _parts(articles: Sequence[Compared], chance: random.Random, broken: float) -> Iterator[Example]:
    """Yield pairs of parts of stories."""
    parts: defaultdict[str, list[list[Compared]]] = defaultdict(list)
    for each in articles:
        own = parts[each.labelled.event]
        if own and chance.random() > broken:
            chance.choice(own).append(each)
        else:
            own.append([each])
    known = [part for own in parts.values() for part in own]
    profiles = [_profile(part) for part in known]
    keys = [{key for each in part for key in each.keys} for part in known]
    for place, part in enumerate(known):
        for before in range(place):
            several = len(part) + len(known[before]) > 2  # two single articles never merge
            if several and len(keys[place] & keys[before]) >= FEWEST_KEYS:
                one, other = part[0].labelled, known[before][0].labelled
                values = asdict(compare(profiles[place], profiles[before]))
                yield Example(values, one.event == other.event, frozenset((one.topic, other.topic)))


def _profile(part: Sequence[Compared]) -> Profile:
    profile = part[0].profile
    for each in part[1:]:
        profile = profile.merged(each.profile)
    return profile


def examples_of_templates(articles: Sequence[Labelled], pairs: Sequence[Mapping[str, str]]) -> list[Example]:
    """Return examples of a wire service's stream: events, pairs labelled ``different``, and twins of one template."""
    different = {frozenset((each["a"], each["b"])) for each in pairs if each["label"] == "different"}
    templates = _templates(articles)
    profiles: dict[str, Profile] = {}
    members: defaultdict[str, list[str]] = defaultdict(list)
    index, found = Index(), []
    for each in compared(articles):
        own = each.labelled
        for story in index.candidates(each.keys):
            topics = frozenset((own.event, str(story)))
            if story == own.event:
                weight = RELATED_WEIGHT
            elif any(frozenset((own.id, member)) in different for member in members[story]):
                weight = LABELLED_WEIGHT
            elif _are_twins(templates[own.id], templates[members[story][0]]):
                weight = TWIN_WEIGHT
            else:
                continue
            found.append(Example(_shared(each, each.profile, profiles[story])[1], story == own.event, topics, weight))
        known = profiles.get(own.event)
        profiles[own.event] = known.merged(each.profile) if known else each.profile
        members[own.event].append(own.id)
        index.add(each.keys, StoryId(own.event))
    return found


def _templates(articles: Sequence[Labelled]) -> dict[str, frozenset[str]]:
    """Return the common words of each headline."""
    words = {each.id: {*each.article.title.casefold().split()} for each in articles}
    counts = Counter(word for each in words.values() for word in each)
    least = COMMON_SHARE * len(articles)
    return {name: frozenset(word for word in each if counts[word] >= least) for name, each in words.items()}


def _are_twins(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two headlines are of one template: they share most of their common words."""
    return len(one & other) >= max(FEWEST_COMMON, TEMPLATE_SHARE * min(len(one), len(other)))


def with_related(articles: Sequence[Labelled], pairs: Sequence[Mapping[str, str]]) -> list[Labelled]:
    """Return the articles with one event for those that a pair labelled ``same`` or ``related`` connects."""
    events = {each.id: each.event for each in articles}
    for pair in pairs:
        if pair["label"] != "different":
            former, present = events[pair["b"]], events[pair["a"]]
            events = {name: present if event == former else event for name, event in events.items()}
    return [replace(each, event=events[each.id], topic=events[each.id]) for each in articles]
