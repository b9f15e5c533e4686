"""Trains the topic model on texts without labels: what the terms are sure of teaches what they are not sure of.

Self-training as in Yarowsky (1995), one round: texts in which the terms of one top stand out are its examples, and a
multinomial logistic regression (stochastic gradient descent with the steps of Duchi et al. 2011) learns from all their
words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copytaster.errors import CopytasterError
from copytaster.model.article import Document
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics
from copytaster.tagging.topics.evidence import Gathered, gather
from copytaster.tagging.topics.topic_model import BUCKETS, SHARPNESS, Features, TopicModel, features, softmax

SURE = 2.7
"""An example's first top has so many times the evidence of its second: two in three of labelled articles, .98 right."""

SMOOTHING = 0.5
"""Added to each evidence before the two are compared: one weak term against none is no certainty."""

LEAST_EVIDENCE = 6.0
"""Two strong terms; a brief with one is no example."""

LEAST_EXAMPLES = 20
"""A top with fewer is left to the terms: the model would not know it from noise."""

LEAST_TEXTS = 100
"""Examples without which there is nothing to learn."""

MOST_EXAMPLES = 50_000
"""More take minutes and some 200 MB, and teach little that is new."""

ROUNDS, BATCH, STEP, PENALTY = 10, 128, 0.1, 1e-3
"""Ten passes over the examples. The penalty on squared weights matters little between 1e-4 and 1e-2."""

EVEN = 4.0
"""Texts spread over so many tops are trusted fully, those about one only not at all: who has read nothing but the
money pages takes everything for business. Of 1,756 market reports alone the model would have cost .24 of top-1."""

SEED = 17
"""The same texts make the same model."""


class TrainingError(CopytasterError):
    """There is too little to learn from; the message says what was found."""


class TrainingReport(Document):
    """What a model was trained with: texts read, texts in its language, examples, and examples of each top by name.

    ``trust`` is what its word is worth beside the terms, from 0 to 1.
    """

    texts: int
    readable: int
    examples: int
    examples_by_top: dict[str, int]
    trust: float
    left_to_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Example:
    top: str
    features: Features


Floats = NDArray[np.float32]


@dataclass(slots=True)
class _Collected:
    """What reading the texts leaves: the examples, and in how many texts each bucket occurs."""

    examples: list[_Example]
    texts: int
    readable: int
    frequency: NDArray[np.int64]


def train(passages: Iterable[Passage], topics: MediaTopics, *, language: str) -> tuple[TopicModel, TrainingReport]:
    """Return a model for texts in ``language``, with a report. No labels are read, not even those of a source.

    Raises ``TrainingError`` when there are too few examples, or all of one top. Takes a second a thousand texts.
    """
    found = _collect(passages, topics, language)
    counts = Counter(each.top for each in found.examples)
    tops = tuple(sorted(top for top, count in counts.items() if count >= LEAST_EXAMPLES))
    examples = [each for each in found.examples if each.top in tops]
    names = {code: topics.taxonomy.headings[code].name for code in topics.taxonomy.tops}
    if len(tops) < 2 or len(examples) < LEAST_TEXTS:  # noqa: PLR2004  # a choice needs two
        raise TrainingError(
            f"{len(examples)} of {found.texts} texts are plainly about one topic, in {len(tops)} topics with at least"
            f" {LEAST_EXAMPLES} of them; a model needs {LEAST_TEXTS} texts and two topics. Give it more texts in"
            f" language {language}."
        )
    report = TrainingReport(
        texts=found.texts,
        readable=found.readable,
        examples=len(examples),
        examples_by_top={names[top]: counts[top] for top in tops},
        trust=_trust([counts[top] for top in tops]),
        left_to_terms=tuple(names[top] for top in topics.taxonomy.tops if top not in tops),
    )
    rarity = np.log((found.readable + 1) / (found.frequency + 1)).astype(np.float32)
    weights = _fitted(examples, tops, rarity)
    scale = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-9)) / np.float32(127)
    about = f"{report.examples} examples of {report.readable} texts; {topics.vocabularies[language].version}"
    small = np.round(weights / scale).astype(np.int8)
    coarse = rarity.astype(np.float16).astype(np.float32)
    return TopicModel(language, tops, coarse, small, scale, report.trust, about).sealed(), report


def _collect(passages: Iterable[Passage], topics: MediaTopics, language: str) -> _Collected:
    found = _Collected([], 0, 0, np.zeros(BUCKETS, np.int64))
    vocabulary = topics.vocabularies.get(language)
    if vocabulary is None:
        raise TrainingError(f"there are no terms for language {language}: only {', '.join(topics.vocabularies)}")
    for passage in passages:
        found.texts += 1
        if passage.language != language:
            continue
        found.readable += 1
        gathered = gather(passage, vocabulary)
        seen = features(gathered.title, gathered.text)
        found.frequency[np.unique(seen.buckets)] += 1
        if top := _plainly(gathered, topics.taxonomy.tops):
            found.examples.append(_Example(top, Features(seen.buckets, seen.values, ())))
        if len(found.examples) == MOST_EXAMPLES:
            break
    return found


def _plainly(gathered: Gathered, tops: Iterable[str]) -> str | None:
    """Return the top that a text is plainly about, by its terms."""
    (first, best), (second, _) = sorted(((gathered.weight(code), code) for code in tops), reverse=True)[:2]
    sure = first >= LEAST_EVIDENCE and first + SMOOTHING >= SURE * (second + SMOOTHING)
    return best if sure else None


def _trust(counts: list[int]) -> float:
    """Return 0 for texts about one top and 1 from ``EVEN`` tops on, by the perplexity of their shares."""
    shares = np.array(counts) / sum(counts)
    spread = float(np.exp(-(shares * np.log(shares)).sum()))
    return round(min(1.0, (spread - 1) / (EVEN - 1)), 3)


def _fitted(examples: list[_Example], tops: tuple[str, ...], rarity: Floats) -> Floats:
    """Return weights by bucket and top. All examples of a top together weigh as much as those of another."""
    labels = np.array([tops.index(each.top) for each in examples])
    counts = np.bincount(labels, minlength=len(tops))
    weight = (len(labels) / (len(tops) * counts))[labels].astype(np.float32)
    weights = np.zeros((BUCKETS, len(tops)), np.float32)
    squares = np.full_like(weights, 1e-4)
    order = np.random.default_rng(SEED)
    for _ in range(ROUNDS):
        for batch in _batches(order.permutation(len(examples))):
            rows, buckets, values = _flat([examples[at].features for at in batch], rarity)
            scores = SHARPNESS * _summed(rows, weights[buckets] * values[:, None], len(batch))
            error = softmax(scores)
            error[np.arange(len(batch)), labels[batch]] -= 1
            error *= weight[batch, None]
            unique, inverse = np.unique(buckets, return_inverse=True)
            slope = _summed(inverse, error[rows] * values[:, None], len(unique)) * np.float32(SHARPNESS / len(batch))
            slope += np.float32(PENALTY) * weights[unique]
            squares[unique] += slope * slope
            weights[unique] -= np.float32(STEP) * slope / np.sqrt(squares[unique])
    return weights


def _batches(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def _flat(found: list[Features], rarity: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return the texts' words in one row: the number of the text, the bucket, and the value at unit length."""
    rows = np.repeat(np.arange(len(found)), [len(each.buckets) for each in found])
    buckets = np.concatenate([each.buckets for each in found])
    values = np.concatenate([each.values for each in found]) * rarity[buckets]
    lengths = np.sqrt(np.bincount(rows, values * values, minlength=len(found)))
    return rows, buckets, (values / np.maximum(lengths[rows], 1e-9)).astype(np.float32)


def _summed(groups: NDArray[np.int64], parts: Floats, count: int) -> Floats:
    """Return the sum of the rows of ``parts`` in each group."""
    columns = [np.bincount(groups, column, minlength=count) for column in parts.T]
    return np.stack(columns, axis=1).astype(np.float32)
