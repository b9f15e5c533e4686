"""Trains the topic model on texts without labels: texts with clear terms are its examples.

Self-training as in Yarowsky (1995), one round: texts in which the terms of one top-level topic clearly prevail are
its examples. A multinomial logistic regression (stochastic gradient descent with the step sizes of Duchi et al. 2011)
learns from all words of the examples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copytaster.errors import CopytasterError
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics
from copytaster.tagging.topics.evidence import Evidence, collect_evidence
from copytaster.tagging.topics.topic_model import BUCKETS, SCORE_FACTOR, Features, TopicModel, features, softmax
from copytaster.training.report import TrainingReport

LEAST_RATIO = 2.7
"""An example has at least this many times as much evidence for its first topic as for its second. Two in three labelled
articles meet this, and 98 % of them have the right topic."""

SMOOTHING = 0.5
"""Added to the evidence for both topics before they are compared: one weak term against none is not clear."""

LEAST_EVIDENCE = 6.0
"""Two strong terms; a short report with one is not an example."""

LEAST_EXAMPLES = 20
"""A topic with fewer is assigned by terms only, because the model could not distinguish it from noise."""

LEAST_TEXTS = 100
"""The minimum number of examples for training."""

MAX_EXAMPLES = 50_000
"""More take minutes and some 200 MB, and improve the model little."""

ROUNDS, BATCH, STEP, PENALTY = 10, 128, 0.1, 1e-3
"""Ten passes over the examples. Values of the L2 penalty between 1e-4 and 1e-2 give similar results."""

FULL_TRUST_TOPS = 4.0
"""A model of texts spread over this many topics is fully trusted. One of texts about a single topic is not trusted,
since it would assign that topic to everything: fully trusted, a model of 1,756 market reports costs .24 of top-1
accuracy."""

SEED = 17
"""Fixed, so that the same texts give the same model."""


class TrainingError(CopytasterError):
    """There are too few examples to train a model; the message states how many were found."""


@dataclass(frozen=True, slots=True)
class _Example:
    top: str
    features: Features


Floats = NDArray[np.float32]


@dataclass(slots=True)
class _Collected:
    """The examples found in the texts, and the number of texts in which each bucket occurs."""

    examples: list[_Example]
    texts: int
    readable: int
    frequency: NDArray[np.int64]


def train(passages: Iterable[Passage], topics: MediaTopics, *, language: str) -> tuple[TopicModel, TrainingReport]:
    """Return a model for texts in ``language``, and a report. No labels are read, not even those of a source.

    Raises ``TrainingError`` when there are too few examples, or all are of one topic. Takes a second per thousand
    texts.
    """
    collected = _collect(passages, topics, language)
    counts = Counter(each.top for each in collected.examples)
    tops = tuple(sorted(top for top, count in counts.items() if count >= LEAST_EXAMPLES))
    examples = [each for each in collected.examples if each.top in tops]
    names = {code: topics.taxonomy.headings[code].name for code in topics.taxonomy.tops}
    if len(tops) < 2 or len(examples) < LEAST_TEXTS:  # noqa: PLR2004  # a classifier needs two classes
        raise TrainingError(
            f"{len(examples)} of {collected.texts} texts are clearly about one topic, in {len(tops)} topics with at"
            f" least {LEAST_EXAMPLES} texts; a model needs {LEAST_TEXTS} texts and two topics. Add more texts in"
            f" language {language}."
        )
    report = TrainingReport(
        texts=collected.texts,
        readable=collected.readable,
        examples=len(examples),
        examples_by_top={names[top]: counts[top] for top in tops},
        trust=_trust([counts[top] for top in tops]),
        left_to_terms=tuple(names[top] for top in topics.taxonomy.tops if top not in tops),
    )
    rarity = np.log((collected.readable + 1) / (collected.frequency + 1)).astype(np.float32)
    weights = _fitted(examples, tops, rarity)
    scale = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-9)) / np.float32(127)
    about = f"{report.examples} examples of {report.readable} texts; {topics.vocabularies[language].version}"
    quantised = np.round(weights / scale).astype(np.int8)
    rounded_rarity = rarity.astype(np.float16).astype(np.float32)
    return TopicModel(language, tops, rounded_rarity, quantised, scale, report.trust, about).with_digest(), report


def _collect(passages: Iterable[Passage], topics: MediaTopics, language: str) -> _Collected:
    collected = _Collected([], 0, 0, np.zeros(BUCKETS, np.int64))
    vocabulary = topics.vocabularies.get(language)
    if vocabulary is None:
        raise TrainingError(f"there are no terms for language {language}: only {', '.join(topics.vocabularies)}")
    for passage in passages:
        collected.texts += 1
        if passage.language != language:
            continue
        collected.readable += 1
        evidence = collect_evidence(passage, vocabulary)
        found = features(evidence.title, evidence.text)
        collected.frequency[np.unique(found.buckets)] += 1
        if top := _clear_top(evidence, topics.taxonomy.tops):
            collected.examples.append(_Example(top, Features(found.buckets, found.values, ())))
        if len(collected.examples) == MAX_EXAMPLES:
            break
    return collected


def _clear_top(evidence: Evidence, tops: Iterable[str]) -> str | None:
    """Return the topic whose evidence clearly exceeds that of all others, or None."""
    (first, best), (second, _) = sorted(((evidence.weight(code), code) for code in tops), reverse=True)[:2]
    is_clear = first >= LEAST_EVIDENCE and first + SMOOTHING >= LEAST_RATIO * (second + SMOOTHING)
    return best if is_clear else None


def _trust(counts: list[int]) -> float:
    """Return 0 for texts about one topic, 1 from ``FULL_TRUST_TOPS`` topics on, by the perplexity of their shares."""
    shares = np.array(counts) / sum(counts)
    spread = float(np.exp(-(shares * np.log(shares)).sum()))
    return round(min(1.0, (spread - 1) / (FULL_TRUST_TOPS - 1)), 3)


def _fitted(examples: list[_Example], tops: tuple[str, ...], rarity: Floats) -> Floats:
    """Return weights by bucket and top. The examples of each top have the same total weight."""
    labels = np.array([tops.index(each.top) for each in examples])
    counts = np.bincount(labels, minlength=len(tops))
    weight = (len(labels) / (len(tops) * counts))[labels].astype(np.float32)
    weights = np.zeros((BUCKETS, len(tops)), np.float32)
    squares = np.full_like(weights, 1e-4)
    generator = np.random.default_rng(SEED)
    for _ in range(ROUNDS):
        for batch in _batches(generator.permutation(len(examples))):
            rows, buckets, values = _flattened([examples[index].features for index in batch], rarity)
            scores = SCORE_FACTOR * _group_sums(rows, weights[buckets] * values[:, None], len(batch))
            error = softmax(scores)
            error[np.arange(len(batch)), labels[batch]] -= 1
            error *= weight[batch, None]
            unique, inverse = np.unique(buckets, return_inverse=True)
            sums = _group_sums(inverse, error[rows] * values[:, None], len(unique))
            gradient = sums * np.float32(SCORE_FACTOR / len(batch))
            gradient += np.float32(PENALTY) * weights[unique]
            squares[unique] += gradient * gradient
            weights[unique] -= np.float32(STEP) * gradient / np.sqrt(squares[unique])
    return weights


def _batches(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def _flattened(texts: list[Features], rarity: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return the words of all texts as arrays: the text's index, the bucket, and the value scaled to unit length."""
    rows = np.repeat(np.arange(len(texts)), [len(each.buckets) for each in texts])
    buckets = np.concatenate([each.buckets for each in texts])
    values = np.concatenate([each.values for each in texts]) * rarity[buckets]
    lengths = np.sqrt(np.bincount(rows, values * values, minlength=len(texts)))
    return rows, buckets, (values / np.maximum(lengths[rows], 1e-9)).astype(np.float32)


def _group_sums(groups: NDArray[np.int64], parts: Floats, count: int) -> Floats:
    """Return the sums of the rows of ``parts`` by group."""
    columns = [np.bincount(groups, column, minlength=count) for column in parts.T]
    return np.stack(columns, axis=1).astype(np.float32)
