"""The scorer of Zyte's article-extraction-benchmark, reimplemented from its description: word 4-grams, page by page.

Precision and recall are means over pages, F1 is computed from these means. A page without found words does not count
for precision, as in the original.

``word_f1`` is the measure of the Web Content Extraction Benchmark: the F1 of single words of one page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

_WORD = re.compile(r"\w+")

_GRAM = 4
"""Words in a row: the benchmark's own choice."""


@dataclass(frozen=True, slots=True)
class PageScore:
    """Shares of one page, None if the divisor is zero."""

    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """Shares over all pages, 0 to 1."""

    precision: float
    recall: float
    f1: float


def score_page(true: str, found: str) -> PageScore:
    """Compare the text found on a page with the true text."""
    true_grams, found_grams = _grams(true), _grams(found)
    shared = (true_grams & found_grams).total()
    return PageScore(
        precision=shared / found_grams.total() if found_grams else None,
        recall=shared / true_grams.total() if true_grams else None,
    )


def word_f1(true: str, found: str) -> float:
    """Return the F1 of the single words found on a page, 0 if none was found."""
    true_words, found_words = (Counter(_WORD.findall(text.casefold())) for text in (true, found))
    return 2 * (true_words & found_words).total() / ((true_words.total() + found_words.total()) or 1)


def word_recall(true: str, found: str) -> float:
    """Return the share of a page's true words that were found."""
    true_words, found_words = (Counter(_WORD.findall(text.casefold())) for text in (true, found))
    return (true_words & found_words).total() / (true_words.total() or 1)


def score_all(pages: Iterable[PageScore]) -> Score:
    """Return the means over pages and their F1; all 0 if nothing was found."""
    scores = list(pages)
    precision = mean([page.precision for page in scores if page.precision is not None] or [0.0])
    recall = mean([page.recall for page in scores if page.recall is not None] or [0.0])
    return Score(precision, recall, 2 * precision * recall / ((precision + recall) or 1))


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    rows = range(max(1, len(words) - _GRAM + 1)) if words else range(0)
    return Counter(tuple(words[at : at + _GRAM]) for at in rows)
