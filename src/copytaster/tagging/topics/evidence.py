"""Collects the evidence for topics in a passage: the terms of a vocabulary, their weights and their positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from copytaster.model.article import Span
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.vocabulary import WEIGHTS, Form, Vocabulary, word_starts

TITLE_COUNT = 3
"""A term in the title counts like three in the text: editors put the subject of the story there."""

LEAST_TERMS = 2
"""Different terms that a topic needs."""

RECURRENT = 3
"""Occurrences of a single strong term, in title and text. Twice is a title and the sentence that repeats it."""

RECURRENT_WEIGHT = 4.5
"""Weight of a plain term and a weak one that recur: as much as three plain terms that occur once."""

MAX_SPANS = 30
"""Positions that are kept for one topic. A long report has more, and thirty are enough to show."""


class Match(NamedTuple):
    """A term found in a list of words, beginning at the index ``at``."""

    at: int
    form: Form


WeightedTerm = tuple[float, str, int]
"""A term's weight for a topic, the term, and its count. A plain tuple, because a passage has hundreds."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words of a passage, and the weighted terms for each topic, by the topic's code.

    ``strong`` has the codes of topics with at least one strong term; ``plain`` counts the plain terms of each topic.
    """

    passage: Passage
    title: Sequence[str]
    text: Sequence[str]
    matches: Sequence[Match]
    terms: Mapping[str, Sequence[WeightedTerm]]
    strong: frozenset[str]
    plain: Mapping[str, int]

    def weight(self, code: str) -> float:
        """Return the total weight of the evidence for a topic."""
        return sum(weight for weight, _, _ in self.terms.get(code, ()))

    def has_witnesses(self, code: str) -> bool:
        """Return whether several terms indicate a topic: two that are not weak, a strong one and another, or three.

        One term alone is often meant otherwise (a stop at the church, a court as a street's name, a match to light),
        unless it is strong and recurs.
        """
        terms = self.terms.get(code, ())
        if code in self.strong:
            return len(terms) >= LEAST_TERMS or any(count >= RECURRENT for *_, count in terms)
        if len(terms) == LEAST_TERMS:
            return self.plain.get(code, 0) == LEAST_TERMS or self.weight(code) >= RECURRENT_WEIGHT
        return len(terms) > LEAST_TERMS


def collect_evidence(passage: Passage, vocabulary: Vocabulary) -> Evidence:
    """Find the terms of a passage. A term counts its weight times log2(1 + count), so that repetition adds little."""
    reading = vocabulary.reading
    title, text = reading.tokens(passage.title), reading.tokens(passage.text)
    matches = _matches(reading.keys(text), vocabulary)
    in_text, in_title = _counts(matches), _counts(_matches(reading.keys(title), vocabulary))
    counts = in_text | {number: in_text.get(number, 0) + count for number, count in in_title.items()}
    terms: dict[str, list[WeightedTerm]] = defaultdict(list)
    strong = set()
    plain: dict[str, int] = defaultdict(int)
    for number, count in counts.items():
        code, term, weight = vocabulary.indications[number]
        score = weight * log2(1 + count + (TITLE_COUNT - 1) * in_title.get(number, 0))
        terms[code].append((score, term, count))
        if weight >= WEIGHTS["strong"]:
            strong.add(code)
        elif weight >= WEIGHTS["plain"]:
            plain[code] += 1
    return Evidence(passage, title, text, matches, terms, frozenset(strong), plain)


def spans_by_topic(
    evidence: Evidence, vocabulary: Vocabulary, terms_by_topic: Mapping[str, frozenset[str]]
) -> dict[str, tuple[Span, ...]]:
    """Return the positions in the text of each topic's given terms, in order, at most ``MAX_SPANS`` per topic."""
    found: dict[str, list[Match]] = {code: [] for code in terms_by_topic}
    for match in evidence.matches:
        for number in match.form.indications:
            code, term, _ = vocabulary.indications[number]
            if code in found and term in terms_by_topic[code] and len(found[code]) < MAX_SPANS:
                found[code].append(match)
    starts = list(word_starts(evidence.passage.text, evidence.text))
    spans: dict[int, Span] = {}
    for match in {each.at: each for matches in found.values() for each in matches}.values():
        last = match.at + len(match.form.words) - 1
        spans[match.at] = Span(start=starts[match.at], end=starts[last] + len(evidence.text[last]))
    return {code: tuple(spans[match.at] for match in matches) for code, matches in found.items()}


def _matches(tokens: Sequence[str], vocabulary: Vocabulary) -> list[Match]:
    """Find the terms in one pass. Of overlapping terms the one that begins first is used, then the longest."""
    single, phrases = vocabulary.single, vocabulary.phrases
    matches: list[Match] = []
    free_from = 0
    # Most words begin no term. Selecting the others first is twice as fast as testing each word in the loop.
    for at in [index for index, token in enumerate(tokens) if token in single or token in phrases]:
        if at < free_from:
            continue
        token = tokens[at]
        form = single.get(token)
        if token in phrases and at + 1 < len(tokens) and (longer := phrases[token].get(tokens[at + 1])):
            form = next((phrase for phrase in longer if _begins_at(phrase.words, tokens, at)), form)
        if form is not None:
            matches.append(Match(at, form))
            free_from = at + len(form.words)
    return matches


def _begins_at(phrase: tuple[str, ...], tokens: Sequence[str], at: int) -> bool:
    return tuple(tokens[at : at + len(phrase)]) == phrase


def _counts(matches: Iterable[Match]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for _, form in matches:
        for number in form.indications:
            counts[number] = counts.get(number, 0) + 1
    return counts
