"""``python -m benchmarks.neardup_train --data DOCS.jsonl[.gz]… [--pairs PAIRS.jsonl] [--halves]``.

Fits the weights of ``copytaster.dedup.verdict`` to labelled documents and prints them. Every pair of documents that the
index would compare is an example; pairs labelled ``related`` are left out. Generated pairs are added: the same text
without its headline or under another one, template twins (other figures, other names), and stories set into the same or
into different page furniture. With ``--halves`` each half of the clusters is scored with weights fitted to the other
half. Takes half a minute.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.neardup_data import Document, Labels, read_documents, read_labels
from benchmarks.neardup_score import Score, scored
from copytaster.dedup.candidates import most_in_common
from copytaster.dedup.comparison import DecodedSignature, compare
from copytaster.dedup.signing import sign
from copytaster.dedup.verdict import features, is_in_digest
from copytaster.dedup.word_hash import word_hash

Numbers = NDArray[np.float64]

PENALTY = 3.0
"""Factor of the squared weights, with each feature scaled to a standard deviation of one; it keeps weights small."""

THRESHOLD = 0.8
"""The default of ``COPYTASTER_NEAR_THRESHOLD``."""

ORIGINAL, GENERATED = 1000.0, 400.0
"""Total weight of the copies among the documents' own pairs, and among the pairs of each generated kind."""

CHANGED_WORDS = 3
"""Texts with fewer changed words are a correction, not another text of the same template."""

GENERATED_KINDS = ("twins", "headlines", "furniture")

SEED = 5

_FIGURE = re.compile(r"\d")
_NAME = re.compile(r"(?<=[a-z,;0-9] )[A-Z][A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Example:
    """A pair with the features that the verifier uses; ``half`` is 0, 1, or 2 for a pair across the halves."""

    features: tuple[float, ...]
    same: bool
    half: int
    kind: str
    ids: tuple[str, str]
    digest: bool


def half_of(one: str, other: str) -> int:
    """Return the half that both clusters belong to, 2 if they are in different halves."""
    halves = {word_hash(each) >> 63 for each in (one, other)}
    return halves.pop() if len(halves) == 1 else 2


def pairs_of(documents: list[Document], labels: Labels, kind: str) -> list[Example]:
    """Return an example for each pair that the index would compare."""
    postings: defaultdict[int, list[int]] = defaultdict(list)
    views: list[DecodedSignature] = []
    found = []
    for number, document in enumerate(documents):
        signature = sign(document.title, document.text)
        views.append(DecodedSignature(signature))
        for earlier in most_in_common([postings[each] for each in signature.postings]):
            other = documents[earlier]
            if labels.get(frozenset((document.id, other.id))) != "related":
                found += example(views[earlier], views[number], other, document, kind)
        for each in signature.postings:
            postings[each].append(number)
    return found


def example(
    one: DecodedSignature, other: DecodedSignature, first: Document, second: Document, kind: str
) -> list[Example]:
    """Return the pair as an example, an empty list if it would not be compared."""
    comparison = compare(one, other)
    if comparison is None:
        return []
    same = first.cluster == second.cluster
    half = half_of(first.cluster, second.cluster)
    return [Example(features(comparison), same, half, kind, (first.id, second.id), is_in_digest(comparison))]


def generated_pairs(documents: list[Document], chance: random.Random) -> list[Example]:
    """Return examples of kinds that the documents lack, generated from them."""
    found: list[Example] = []
    words = [name for each in documents for name in _NAME.findall(each.text)]
    pages = [each for each in documents if len(each.text) > 6000]
    for first, second in zip(documents[::2], documents[1::2], strict=False):
        other = twin(first, words, chance)
        if _words_changed(first.text, other.text) >= CHANGED_WORDS:
            found += _pair(first, other, "twins")
            found += _pair(replace(first, title=""), replace(other, title=""), "twins")
        found += _headlines(first, second, chance)
        if pages:
            found += _furniture(first, second, chance.choice(pages), chance.choice(pages), chance)
    return found


def twin(document: Document, words: list[str], chance: random.Random) -> Document:
    """Return another text of the same template: other figures, other names, or both."""
    figures, names = chance.choice([(True, 0.0), (True, 0.5), (True, 1.0), (False, 1.0)])
    text = _FIGURE.sub(lambda _: chance.choice("0123456789"), document.text) if figures else document.text
    names_kept = chance.choice([0.5, 0.8, 1.0])
    given: dict[str, str] = {}

    def other_name(found: re.Match[str]) -> str:
        name = found.group()
        return given.setdefault(name, chance.choice(words) if words and chance.random() < names else name)

    title = " ".join(word for word in document.title.split() if chance.random() < names_kept)
    return replace(document, title=title, text=_NAME.sub(other_name, text), cluster=f"{document.cluster}~")


def _words_changed(one: str, other: str) -> int:
    return sum(word != changed for word, changed in zip(one.split(), other.split(), strict=False))


def _headlines(first: Document, second: Document, chance: random.Random) -> list[Example]:
    """Return pairs of one text with and without a headline, and with two different headlines."""
    edited = replace(first, text=_slightly_edited(first.text, chance))
    bare = replace(first, title="")
    return [*_pair(bare, edited, "headlines"), *_pair(first, replace(edited, title=second.title), "headlines")]


def _slightly_edited(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    return " ".join(word for word in words if chance.random() > 0.02)


def _furniture(
    first: Document, second: Document, page: Document, other: Document, chance: random.Random
) -> list[Example]:
    """Return pairs of two stories on one page, and of one story on a page, on another page, and alone."""
    size = int(min(len(first.text), len(page.text) / 2, len(other.text) / 2) * chance.choice([0.3, 0.7, 1.5, 2.5]))
    before = chance.choice([0.0, 0.5, 1.0])
    on_page = [_set_into(each, page, size, before) for each in (first, second)]
    found = [*_pair(on_page[0], on_page[1], "furniture"), *_pair(first, on_page[0], "furniture")]
    if page is not other:
        found += _pair(on_page[0], _set_into(first, other, size, chance.random()), "furniture")
    return found


def _set_into(story: Document, page: Document, size: int, before: float) -> Document:
    """Return the story with ``size`` characters of a page around it, the share ``before`` of them in front."""
    head, tail = int(size * before), int(size * (1 - before))
    text = f"{page.text[:head]}\n\n{story.text}\n\n{page.text[len(page.text) - tail :]}"
    return replace(story, text=text, title=f"{story.title} | {page.title or page.text[:40]}" if story.title else "")


def _pair(first: Document, second: Document, kind: str) -> list[Example]:
    return example(
        DecodedSignature(sign(first.title, first.text)),
        DecodedSignature(sign(second.title, second.text)),
        first,
        second,
        kind,
    )


def fit(examples: list[Example]) -> tuple[float, Numbers]:
    """Return bias and weights by Newton's method; copies and other pairs of a kind have the same total weight."""
    values = np.array([each.features for each in examples])
    same = np.array([each.same for each in examples], float)
    groups = [(each.kind, each.same) for each in examples]
    share = {
        group: (GENERATED if group[0] in GENERATED_KINDS else ORIGINAL) / groups.count(group) for group in set(groups)
    }
    weigh = np.array([share[group] for group in groups])
    centre, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
    inputs = np.hstack([np.ones((len(values), 1)), (values - centre) / scale])
    penalty = np.diag([0.0] + [PENALTY] * values.shape[1])
    fitted = np.zeros(inputs.shape[1])
    for _ in range(50):
        guess = 1 / (1 + np.exp(-np.clip(inputs @ fitted, -50, 50)))
        slope = inputs.T @ (weigh * (guess - same)) + penalty @ fitted
        curve = (inputs * (weigh * guess * (1 - guess))[:, None]).T @ inputs + penalty
        step = np.linalg.solve(curve + 1e-9 * np.eye(len(fitted)), slope)
        fitted -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = fitted[1:] / scale
    return float(fitted[0] - weights @ centre), weights


def check(documents: dict[str, list[Document]], labels: Labels, examples: list[Example]) -> None:
    """Print the score of each half with weights that were fitted to the other half."""
    for half in (0, 1):
        bias, weights = fit([each for each in examples if each.half == 1 - half])
        for kind, given in documents.items():
            chosen = [each for each in given if half_of(each.cluster, each.cluster) == half]
            tested = [each for each in examples if each.half == half and each.kind == kind]
            _print_score(f"half {half} of {kind}", scored(chosen, _ties(tested, bias, weights), labels))
        _print_generated([each for each in examples if each.half == half], bias, weights)


def _ties(examples: list[Example], bias: float, weights: Numbers) -> list[tuple[str, str]]:
    confidences = [_confidence(each, bias, weights) for each in examples]
    return [
        each.ids for each, value in zip(examples, confidences, strict=True) if value >= THRESHOLD and not each.digest
    ]


def _confidence(each: Example, bias: float, weights: Numbers) -> float:
    return float(1 / (1 + np.exp(-np.clip(bias + weights @ np.array(each.features), -50, 50))))


def _print_score(name: str, score: Score) -> None:
    low = {edit: round(value, 3) for edit, value in score.recall_by_edit.items() if value < 0.97}
    print(f"{name:<40} P {score.precision:.3f} R {score.recall:.3f} F1 {score.f1:.3f} {low or ''}")


def _print_generated(examples: list[Example], bias: float, weights: Numbers) -> None:
    for kind, same in product(GENERATED_KINDS, (True, False)):
        chosen = [each for each in examples if (each.kind, each.same) == (kind, same)]
        if chosen:
            share = len(_ties(chosen, bias, weights)) / len(chosen)
            print(f"    {kind:<10} {'same' if same else 'different':<10} called the same: {share:.3f} of {len(chosen)}")


def main(arguments: list[str]) -> int:
    """Print the weights."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neardup_train", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--halves", action="store_true", help="score each half with weights fitted to the other")
    options = parser.parse_args(arguments)
    labels = read_labels(options.pairs)
    documents = {str(path): read_documents(path) for path in options.data}
    examples = [each for name, given in documents.items() for each in pairs_of(given, labels, name)]
    chance = random.Random(SEED)
    for given in documents.values():
        examples += generated_pairs(given, chance)
    if options.halves:
        check(documents, labels, examples)
    bias, weights = fit(examples)
    for kind, given in documents.items():
        _print_score(
            kind, scored(given, _ties([each for each in examples if each.kind == kind], bias, weights), labels)
        )
    _print_generated(examples, bias, weights)
    print(f"BIAS = {bias:.4f}\n\nWEIGHTS = ({', '.join(f'{each:.4f}' for each in weights)})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
