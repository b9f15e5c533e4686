"""Which IPTC Media Topics a text is about, by weighted evidence terms."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from copytaster.article import Topic
from copytaster.tagging.parts import Finding, Passage, finding
from copytaster.tagging.vocabulary import Evidence, Heading, Vocabulary, words

TITLE_COUNT = 3
"""A term in the title counts like three in the text: editors put there what the story is about."""

LEAST_EVIDENCE = 3.0
"""One strong term, or two plain ones: less is chance."""

LEAST_SHARE = 0.15
"""Of all evidence; keeps the second subject of a story and drops what is only touched."""

MOST_TOPICS = 5
"""A story about more than five of the seventeen fields is about none of them."""

TERMS_IN_WHY = 8
"""Enough to judge the decision; a line, not a page."""

LANGUAGE = "en"
"""The language of the terms."""


class _Scored(NamedTuple):
    score: float
    term: str
    times: int


@dataclass(frozen=True, slots=True)
class TermTopics:
    """Adds up the evidence of a vocabulary's terms: weight times log2(1 + count), so that repeating adds little."""

    vocabulary: Vocabulary

    def topics(self, passage: Passage) -> Finding[tuple[Topic, ...]]:
        """Return the topics with enough evidence, best first, each with its share and its terms; English only."""
        if passage.language != LANGUAGE:
            return finding((), how=f"no terms for language {passage.language}", confidence=0)
        found = rank(self._evidence(passage.title), self._evidence(passage.text))
        confidence = found[0].score if found else 0.0
        return finding(found, how="terms:topics.toml", confidence=confidence)

    def _evidence(self, text: str) -> Counter[Evidence]:
        counts: Counter[Evidence] = Counter()
        for form, count in self._matches(words(text)).items():
            for evidence in self.vocabulary.evidence[form]:
                counts[evidence] += count
        return counts

    def _matches(self, tokens: list[str]) -> Counter[tuple[str, ...]]:
        """Count the terms in one pass; where terms overlap, the one that begins first, then the longest, stands."""
        phrases = self.vocabulary.phrases
        matches: Counter[tuple[str, ...]] = Counter()
        free_from = 0
        for at in [place for place, token in enumerate(tokens) if token in phrases]:
            if at < free_from:
                continue
            for form in phrases[tokens[at]]:
                if len(form) == 1 or tuple(tokens[at : at + len(form)]) == form:
                    matches[form] += 1
                    free_from = at + len(form)
                    break
        return matches


def rank(title: Counter[Evidence], text: Counter[Evidence]) -> tuple[Topic, ...]:
    """Turn counted evidence into topics: those above the floors, best first, with the share of all evidence."""
    found: dict[Heading, list[_Scored]] = defaultdict(list)
    for evidence in title | text:
        score = evidence.weight * log2(1 + TITLE_COUNT * title[evidence] + text[evidence])
        found[evidence.heading].append(_Scored(score, evidence.term, title[evidence] + text[evidence]))
    sums = {heading: sum(each.score for each in scored) for heading, scored in found.items()}
    total = sum(sums.values())
    kept = [heading for heading, score in sums.items() if score >= LEAST_EVIDENCE and score / total >= LEAST_SHARE]
    kept.sort(key=lambda heading: (-sums[heading], heading.code))
    return tuple(
        Topic(code=each.code, name=each.name, score=round(sums[each] / total, 3), why=_why(found[each]))
        for each in kept[:MOST_TOPICS]
    )


def _why(scored: list[_Scored]) -> str:
    best = sorted(scored, key=lambda each: (-each.score, each.term))[:TERMS_IN_WHY]
    return ", ".join(f"{each.term} ×{each.times}" for each in best)  # noqa: RUF001 - a multiplication sign is meant
