"""Terms that say what a text is about: frequent here, rare elsewhere (Spärck Jones 1972)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, log2

from copytaster.model.article import Keyword
from copytaster.store.ports.term_frequencies import Frequencies, TermFrequencies, Terms
from copytaster.tagging.keywords.terms import Candidates, Term, candidates, places_of, word_rarity
from copytaster.tagging.stages import UNDETERMINED, Finding, KeywordRequest, finding

MOST_KEYWORDS = 10
"""As many as a reader takes in at a glance."""

BUILT_IN = "en"
"""The language of the built-in frequencies."""

RARE = 1.0

UNPARTED = frozenset({"ja", "km", "lo", "my", "th", "zh"})
"""Languages whose words are not parted by spaces."""

PRIOR_ARTICLES = 500
"""The built-in frequencies count like so many articles of the store."""

LEAST_ARTICLES = 30
"""From a language without built-in frequencies: fewer do not tell which of its words are common."""

TRUSTED_ARTICLES = 200
"""From so many articles on, what most of them say is the house's furniture in English too."""

STOP_SHARE = 0.2
"""A word in every fifth article says nothing about any of them: articles, prepositions, and the house's furniture."""

PAIR_FACTOR = 1.5
"""A repeated pair of words ("interest rate") says more than either of its words."""

TITLE_FACTOR = 1.3
"""For terms of the title that the text repeats; more would make a keyword of every clever headline."""

CONFIDENCE = 0.5
"""No measurement stands behind the order."""

_NOTHING_LEARNT = Frequencies(0, ())


@dataclass(frozen=True, slots=True)
class FrequencyKeywords:
    """Ranks one- and two-word terms by log2(1 + count) times rarity.

    ``rarity`` maps common English words to less than 1. ``frequencies`` are those of the store; without them the
    built-in ones stand alone, and other languages have no keywords.
    """

    rarity: Mapping[str, float]
    frequencies: TermFrequencies | None = None

    def learning_from(self, frequencies: TermFrequencies) -> FrequencyKeywords:
        """Return the same with frequencies that it looks up and adds to."""
        return replace(self, frequencies=frequencies)

    def keywords(self, requests: Sequence[KeywordRequest]) -> list[Finding[tuple[Keyword, ...]]]:
        """Return at most ten terms for each, best first, scored from 0 to 1 relative to the best; one round trip.

        They stand at least twice in title and text; a text too short to repeat anything gives its single words. Raises
        ``TransientError`` when the store is away.
        """
        found = [candidates(each, self._stop(each.passage.language)) for each in requests]
        learnt = self._learnt(requests, found)
        return [self._finding(*each) for each in zip(requests, found, learnt, strict=True)]

    def _stop(self, language: str) -> frozenset[str]:
        if language != BUILT_IN:
            return frozenset()
        return frozenset(word for word, rarity in self.rarity.items() if not rarity)

    def _learnt(self, requests: Sequence[KeywordRequest], found: Sequence[Candidates]) -> list[Frequencies]:
        if self.frequencies is None:
            return [_NOTHING_LEARNT] * len(requests)
        return self.frequencies.count(
            [
                Terms(request.version, request.passage.language, tuple(map(" ".join, each.counts)), request.new)
                for request, each in zip(requests, found, strict=True)
            ]
        )

    def _finding(self, request: KeywordRequest, found: Candidates, learnt: Frequencies) -> Finding[tuple[Keyword, ...]]:
        language = request.passage.language
        if language == UNDETERMINED:
            return finding((), how="the language is not determined", confidence=0)
        if language in UNPARTED:
            return finding((), how=f"the words of language {language} are not parted by spaces", confidence=0)
        if language != BUILT_IN and learnt.articles < LEAST_ARTICLES:
            how = f"no word frequencies for language {language}: {learnt.articles} of {LEAST_ARTICLES} articles seen"
            return finding((), how=how, confidence=0)
        seen = dict(zip(found.counts, learnt.counts, strict=False))
        scores = {term: self._score(term, found, learnt, seen) for term in found.repeated()}
        telling = found.without_parts(term for term, score in scores.items() if score > 0)
        best = _best({term: scores[term] for term in telling})
        keywords = tuple(_keyword(request, term, score, (found, learnt, seen)) for term, score in best.items())
        how = f"tf-idf:{learnt.articles} articles" if learnt.articles else "tf-idf:built-in-frequencies"
        return finding(keywords, how=how, confidence=CONFIDENCE if keywords else 0)

    def _score(self, term: Term, found: Candidates, learnt: Frequencies, seen: Mapping[Term, int]) -> float:
        factor = (PAIR_FACTOR if len(term) > 1 else 1.0) * (TITLE_FACTOR if term in found.title else 1.0)
        return log2(1 + found.counts[term]) * self._rarity(term, found.language, learnt.articles, seen) * factor

    def _rarity(self, term: Term, language: str, articles: int, seen: Mapping[Term, int]) -> float:
        """Return the rarity of a term, 0 to 1: 0 where it, or a word of it, is too common to say anything."""
        trusted = articles >= (TRUSTED_ARTICLES if language == BUILT_IN else LEAST_ARTICLES)
        if trusted and any(seen.get(part, 0) > STOP_SHARE * articles for part in (term, *((word,) for word in term))):
            return 0.0
        learnt = log((articles + 1) / max(seen.get(term, 0), 1)) / log(articles + 1) if articles else RARE
        if language != BUILT_IN:
            return learnt
        built_in = sum(self.rarity.get(word, RARE) for word in term) / len(term)
        return (built_in * PRIOR_ARTICLES + learnt * articles) / (PRIOR_ARTICLES + articles)


def load_keywords() -> FrequencyKeywords:
    """Read the word lists that come with the package."""
    return FrequencyKeywords(word_rarity())


def _best(scores: Mapping[Term, float]) -> dict[Term, float]:
    ranked = sorted(scores, key=lambda term: (-scores[term], term))[:MOST_KEYWORDS]
    return {term: round(scores[term] / scores[ranked[0]], 3) for term in ranked}


def _keyword(
    request: KeywordRequest, term: Term, score: float, seen: tuple[Candidates, Frequencies, Mapping[Term, int]]
) -> Keyword:
    found, learnt, counts = seen
    elsewhere = f"in {counts.get(term, 0)} of {learnt.articles} articles" if learnt.articles else "rare in English"
    why = f"{_times(found.counts[term])} here, {elsewhere}{', in the title' if term in found.title else ''}"
    return Keyword(term=" ".join(term), score=score, why=why, spans=tuple(places_of(term, request.passage.text)))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
