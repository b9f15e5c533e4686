"""Keywords: terms that are frequent in a text and rare in other articles (tf-idf, Spärck Jones 1972)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, log2

from copytaster.model.article import Keyword
from copytaster.store.ports.term_frequencies import Frequencies, TermFrequencies, Terms
from copytaster.tagging.keywords.stop_words import stop_words
from copytaster.tagging.keywords.terms import Candidates, Term, candidates, term_spans, word_rarity
from copytaster.tagging.keywords.unspaced import UNSPACED
from copytaster.tagging.stages import UNDETERMINED, Finding, KeywordRequest, finding

MAX_KEYWORDS = 10
"""The most that a reader grasps at a glance."""

BUILT_IN_LANGUAGE = "en"
"""The language of the packaged word frequencies."""

RARE = 1.0
"""The rarity of a word that is in no list."""

UNSPLIT_LANGUAGES = frozenset({"km", "lo", "my", "th"})
"""Languages whose words are not separated by spaces, and for which no terms are found."""

PRIOR_ARTICLES = 500
"""The weight of the packaged frequencies, as a number of articles in the store."""

LEAST_ARTICLES = 30
"""Articles needed in a language without stop words: fewer do not show which of its words are common."""

TRUSTED_ARTICLES = 200
"""From this many English articles on, a word in most of them counts as boilerplate."""

STOP_SHARE = 0.2
"""A word in every fifth article characterises none of them: articles, prepositions, and boilerplate."""

PAIR_FACTOR = 1.5
"""A repeated pair of words ("interest rate") is more specific than either of its words."""

TITLE_FACTOR = 1.3
"""For terms of the title. A larger factor would make keywords of the words of playful headlines."""

CONFIDENCE = 0.5
"""A nominal value: the ranking has not been measured."""

_NO_FREQUENCIES = Frequencies(0, ())


@dataclass(frozen=True, slots=True)
class FrequencyKeywords:
    """Ranks one- and two-word terms by log2(1 + count) times rarity.

    ``rarity`` maps common English words to values below 1. ``frequencies`` are those of the store. Without them only
    the packaged ones are used, and in other languages the stop words.
    """

    rarity: Mapping[str, float]
    frequencies: TermFrequencies | None = None

    def with_frequencies(self, frequencies: TermFrequencies) -> FrequencyKeywords:
        """Return a copy that reads and updates ``frequencies``."""
        return replace(self, frequencies=frequencies)

    def keywords(self, requests: Sequence[KeywordRequest]) -> list[Finding[tuple[Keyword, ...]]]:
        """Return at most ten keywords for each request, best first, scored from 0 to 1 relative to the best.

        A keyword occurs at least twice in title and text; a text without repeated terms gives single words. Costs one
        round trip to the store. Raises ``TransientError`` when the store is unreachable.
        """
        stop = {language: self._stop_words(language) for language in {each.passage.language for each in requests}}
        all_candidates = [candidates(request, stop[request.passage.language]) for request in requests]
        all_stored = self._stored_frequencies(requests, all_candidates)
        return [
            self._finding(request, terms, stored)
            for request, terms, stored in zip(requests, all_candidates, all_stored, strict=True)
        ]

    def _stop_words(self, language: str) -> frozenset[str]:
        if language != BUILT_IN_LANGUAGE:
            return stop_words(language)
        return frozenset(word for word, rarity in self.rarity.items() if not rarity)

    def _stored_frequencies(
        self, requests: Sequence[KeywordRequest], all_candidates: Sequence[Candidates]
    ) -> list[Frequencies]:
        if self.frequencies is None:
            return [_NO_FREQUENCIES] * len(requests)
        return self.frequencies.count(
            [
                Terms(request.version, request.passage.language, tuple(map(" ".join, terms.counts)), request.new)
                for request, terms in zip(requests, all_candidates, strict=True)
            ]
        )

    def _finding(self, request: KeywordRequest, terms: Candidates, stored: Frequencies) -> Finding[tuple[Keyword, ...]]:
        language = request.passage.language
        if language == UNDETERMINED:
            return finding((), how="the language is not determined", confidence=0)
        if language in UNSPLIT_LANGUAGES:
            return finding((), how=f"the words of language {language} are not separated by spaces", confidence=0)
        has_list = language == BUILT_IN_LANGUAGE or language in UNSPACED or bool(stop_words(language))
        if not has_list and stored.articles < LEAST_ARTICLES:
            how = f"no word frequencies for language {language}: {stored.articles} of {LEAST_ARTICLES} articles seen"
            return finding((), how=how, confidence=0)
        document_counts = dict(zip(terms.counts, stored.counts, strict=False))
        statistics = _Statistics(terms, stored.articles, document_counts)
        scores = {term: self._score(term, statistics) for term in terms.repeated()}
        relevant = terms.without_parts(term for term, score in scores.items() if score > 0)
        best = _best({term: scores[term] for term in relevant})
        keywords = tuple(_keyword(request, term, score, statistics) for term, score in best.items())
        built_in = "built-in-frequencies" if language == BUILT_IN_LANGUAGE else "stop-words"
        how = f"tf-idf:{stored.articles} articles" if stored.articles else f"tf-idf:{built_in}"
        return finding(keywords, how=how, confidence=CONFIDENCE if keywords else 0)

    def _score(self, term: Term, statistics: _Statistics) -> float:
        terms = statistics.terms
        factor = (PAIR_FACTOR if len(term) > 1 else 1.0) * (TITLE_FACTOR if term in terms.title else 1.0)
        return log2(1 + terms.counts[term]) * self._rarity(term, statistics) * factor

    def _rarity(self, term: Term, statistics: _Statistics) -> float:
        """Return a term's rarity from 0 to 1; 0 when the term or one of its words is too common."""
        language, articles, counts = statistics.terms.language, statistics.articles, statistics.document_counts
        trusted = articles >= (TRUSTED_ARTICLES if language == BUILT_IN_LANGUAGE else LEAST_ARTICLES)
        parts = (term, *((word,) for word in term))
        if trusted and any(counts.get(part, 0) > STOP_SHARE * articles for part in parts):
            return 0.0
        stored = log((articles + 1) / max(counts.get(term, 0), 1)) / log(articles + 1) if articles else RARE
        if language != BUILT_IN_LANGUAGE:
            prior = max(LEAST_ARTICLES - articles, 0)  # few articles do not show how rare a word is
            return (RARE * prior + stored * articles) / (prior + articles)
        built_in = sum(self.rarity.get(word, RARE) for word in term) / len(term)
        return (built_in * PRIOR_ARTICLES + stored * articles) / (PRIOR_ARTICLES + articles)


@dataclass(frozen=True, slots=True)
class _Statistics:
    """A passage's candidate terms, with the number of stored articles and how many of them have each term."""

    terms: Candidates
    articles: int
    document_counts: Mapping[Term, int]


def load_keywords() -> FrequencyKeywords:
    """Load the packaged word lists."""
    return FrequencyKeywords(word_rarity())


def _best(scores: Mapping[Term, float]) -> dict[Term, float]:
    ranked = sorted(scores, key=lambda term: (-scores[term], term))[:MAX_KEYWORDS]
    return {term: round(scores[term] / scores[ranked[0]], 3) for term in ranked}


def _keyword(request: KeywordRequest, term: Term, score: float, statistics: _Statistics) -> Keyword:
    terms, articles = statistics.terms, statistics.articles
    without_articles = "rare in English" if terms.language == BUILT_IN_LANGUAGE else "not a stop word"
    elsewhere = f"in {statistics.document_counts.get(term, 0)} of {articles} articles" if articles else without_articles
    why = f"{_times(terms.counts[term])} here, {elsewhere}{', in the title' if term in terms.title else ''}"
    spans = term_spans(term, request.passage.text, spaced=terms.language not in UNSPACED)
    return Keyword(term=" ".join(term), score=score, why=why, spans=tuple(spans))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
