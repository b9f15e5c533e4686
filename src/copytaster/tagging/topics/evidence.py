"""What a passage says for topics: the terms of a vocabulary in it, weighed, and where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from copytaster.model.article import Span
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.vocabulary import WEIGHTS, Form, Vocabulary, word_starts, words

TITLE_COUNT = 3
"""A term in the title counts like three in the text: editors put there what the story is about."""

MOST_SPANS = 30
"""Places of one topic's terms that are kept: more are a long report's, and shown as well by the first thirty."""


class Match(NamedTuple):
    """That the words from number ``at`` on are a term."""

    at: int
    form: Form


Weighed = tuple[float, str, int]
"""One term's part in the evidence for a topic, the term, and how often it was said. Plain, for there are hundreds."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The words of a passage and all evidence in them: for each topic's code its terms, weighed.

    ``strong`` has the codes of the topics that one strong term at least speaks for.
    """

    passage: Passage
    title: Sequence[str]
    text: Sequence[str]
    matches: Sequence[Match]
    terms: Mapping[str, Sequence[Weighed]]
    strong: frozenset[str]

    def weight(self, code: str) -> float:
        """Return the sum of the evidence for a topic."""
        return sum(score for score, _, _ in self.terms.get(code, ()))


def gather(passage: Passage, vocabulary: Vocabulary) -> Gathered:
    """Find the terms: each weighs its weight times log2(1 + count), so that repeating adds little."""
    title, text = words(passage.title), words(passage.text)
    matches = _matches(text, vocabulary)
    counts, in_title = _counted(matches), _counted(_matches(title, vocabulary))
    times = counts | {number: counts.get(number, 0) + count for number, count in in_title.items()}
    terms: dict[str, list[Weighed]] = defaultdict(list)
    strong = set()
    for number, said in times.items():
        code, term, weight = vocabulary.evidence[number]
        score = weight * log2(1 + said + (TITLE_COUNT - 1) * in_title.get(number, 0))
        terms[code].append((score, term, said))
        if weight >= WEIGHTS["strong"]:
            strong.add(code)
    return Gathered(passage, title, text, matches, terms, frozenset(strong))


def spans_by_topic(
    gathered: Gathered, vocabulary: Vocabulary, shown: Mapping[str, frozenset[str]]
) -> dict[str, tuple[Span, ...]]:
    """Return for each topic where in the text those of its terms stand that are ``shown``: in order, not too many."""
    found: dict[str, list[Match]] = {code: [] for code in shown}
    for match in gathered.matches:
        for number in match.form.evidence:
            code, term, _ = vocabulary.evidence[number]
            if code in found and term in shown[code] and len(found[code]) < MOST_SPANS:
                found[code].append(match)
    starts = list(word_starts(gathered.passage.text, gathered.text))
    spans: dict[int, Span] = {}
    for match in {each.at: each for matches in found.values() for each in matches}.values():
        last = match.at + len(match.form.words) - 1
        spans[match.at] = Span(start=starts[match.at], end=starts[last] + len(gathered.text[last]))
    return {code: tuple(spans[each.at] for each in matches) for code, matches in found.items()}


def _matches(tokens: Sequence[str], vocabulary: Vocabulary) -> list[Match]:
    """Find the terms in one pass; where terms overlap, the one that begins first, then the longest, stands."""
    single, phrases = vocabulary.single, vocabulary.phrases
    matches: list[Match] = []
    free_from = 0
    # Apart, as most words begin no term: twice as fast as one loop.
    for at in [place for place, token in enumerate(tokens) if token in single or token in phrases]:
        if at < free_from:
            continue
        token = tokens[at]
        form = single.get(token)
        if token in phrases and at + 1 < len(tokens) and (longer := phrases[token].get(tokens[at + 1])):
            form = next((each for each in longer if _stands(each.words, tokens, at)), form)
        if form is not None:
            matches.append(Match(at, form))
            free_from = at + len(form.words)
    return matches


def _stands(wanted: tuple[str, ...], tokens: Sequence[str], at: int) -> bool:
    return tuple(tokens[at : at + len(wanted)]) == wanted


def _counted(matches: Iterable[Match]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for _, form in matches:
        for number in form.evidence:
            counts[number] = counts.get(number, 0) + 1
    return counts
