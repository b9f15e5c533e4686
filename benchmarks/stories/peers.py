"""What others do: no stories at all, online tf-idf centroids, and similar titles as in NewsBlur."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from benchmarks.stories.articles import Labelled
from benchmarks.stories.score import Score, scored

THRESHOLDS = tuple(round(0.02 * step, 2) for step in range(2, 31))
"""Each peer runs with the best of these thresholds for this very data, which nobody would know in advance."""

_WORD = re.compile(r"\w+")

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Peer:
    """The best score of a peer, and the threshold that gave it; None if it has none."""

    score: Score
    threshold: float | None


def run_peers(articles: Sequence[Labelled]) -> dict[str, Peer]:
    """Return the score of each peer. Takes some ten seconds for 500 articles."""
    events = [each.event for each in articles]
    return {
        "each alone": Peer(scored(events, range(len(events))), None),
        "tf-idf centroids": _best(events, _centroids(articles)),
        "titles (Jaccard)": _best(events, _titles(articles)),
    }


def _best(events: Sequence[str], stories: Callable[[float], list[int]]) -> Peer:
    found = (Peer(scored(events, stories(each)), each) for each in THRESHOLDS)
    return max(found, key=lambda each: each.score.b_cubed_f1)


def _centroids(articles: Sequence[Labelled]) -> Callable[[float], list[int]]:
    """Return a function that puts each article into the story with the nearest centroid, if that is near enough."""
    vectors = list(_vectors(articles))

    def stories(threshold: float) -> list[int]:
        centroids: list[Counter[str]] = []
        squares: list[float] = []
        found = []
        for vector in vectors:
            products = [_product(vector, each) / sqrt(square) for each, square in zip(centroids, squares, strict=True)]
            story = max(range(len(products)), key=products.__getitem__, default=-1)
            if story < 0 or products[story] < threshold:
                story = len(centroids)
                centroids.append(Counter())
                squares.append(0.0)
            for word, weight in vector.items():
                squares[story] += weight * (2 * centroids[story][word] + weight)
                centroids[story][word] += weight  # type: ignore[assignment]  # Counter adds floats as well
            found.append(story)
        return found

    return stories


def _vectors(articles: Sequence[Labelled]) -> Iterator[Vector]:
    """Yield unit vectors with frequencies from all articles, also those that come later, which favours the peer."""
    counts = [Counter(_WORD.findall(f"{each.article.title} {each.article.text}".lower())) for each in articles]
    documents = Counter(word for each in counts for word in each)
    for each in counts:
        vector = {
            word: (1 + log(number)) * (1 + log((1 + len(counts)) / (1 + documents[word])))
            for word, number in each.items()
        }
        length = sqrt(sum(weight * weight for weight in vector.values()))
        yield {word: weight / length for word, weight in vector.items()}


def _product(vector: Vector, centroid: Vector) -> float:
    return sum(weight * centroid[word] for word, weight in vector.items() if word in centroid)


def _titles(articles: Sequence[Labelled]) -> Callable[[float], list[int]]:
    """Return a function that puts each article into the story with the most similar title."""
    titles = [frozenset(_WORD.findall(each.article.title.lower())) for each in articles]

    def stories(threshold: float) -> list[int]:
        found: list[int] = []
        for place, title in enumerate(titles):
            alike = ((len(title & titles[each]) / max(len(title | titles[each]), 1), each) for each in range(place))
            similarity, nearest = max(alike, default=(0.0, place))
            found.append(found[nearest] if similarity >= threshold else place)
        return found

    return stories
