"""Terms that say what a text is about: frequent here, rare elsewhere (Spärck Jones 1972)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import log2

from copytaster.article import Entity, Keyword
from copytaster.tagging.names import key
from copytaster.tagging.parts import Finding, Passage, finding
from copytaster.tagging.vocabulary import verb_forms

MOST_KEYWORDS = 10
"""As many as a reader takes in at a glance."""

LANGUAGE = "en"
"""The language of the built-in frequencies."""

RARITY = {"common": 0.25, "frequent": 0.5}
"""Rough inverse document frequencies, as a share of that of a word in none of the lists; stop words have none."""

RARE = 1.0

PAIR_FACTOR = 1.5
"""A repeated pair of words ("interest rate") says more than either of its words."""

REPEATED = 2
"""Two words that stand together once are chance, and a word that is said once is seldom what a story is about."""

TITLE_FACTOR = 1.3
"""For terms of the title that the text repeats; more would make a keyword of every clever headline."""

CONFIDENCE = 0.5
"""The frequencies are estimates, not learnt from the store; no measurement stands behind the order."""

_SHORTEST = 3  # letters: below are abbreviations and scraps of contractions

_LONGEST = 40  # characters: beyond are addresses and encoded data

_TOKEN = re.compile(r"\w+(?:-\w+)*|\S")
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:-[^\W_]+)*")
_OWNING = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}](?:s|t|re|ve|ll|d|m)\b")

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrequencyKeywords:
    """Ranks one- and two-word terms by log2(1 + count) times rarity; ``rarity`` maps common words to less than 1."""

    rarity: Mapping[str, float]

    def keywords(self, passage: Passage, entities: Sequence[Entity]) -> Finding[tuple[Keyword, ...]]:
        """Return at most ten terms, best first, scored from 0 to 1 relative to the best; English only.

        They stand at least twice in title and text; a text too short to repeat anything gives its single words.
        """
        if passage.language != LANGUAGE:
            return finding((), how=f"no word frequencies for language {passage.language}", confidence=0)
        names = _name_words(entities, passage.text)
        title = frozenset(self._terms(passage.title, names))
        counts = _repeated(
            _in_singular(Counter([*self._terms(passage.title, names), *self._terms(passage.text, names)]))
        )
        scores = {term: self._score(term, counts[term], in_title=term in title) for term in _without_parts(counts)}
        found = _best(scores)
        return finding(found, how="tf-idf:built-in-frequencies", confidence=CONFIDENCE if found else 0)

    def _terms(self, text: str, names: frozenset[str]) -> Iterator[Term]:
        """Yield the words that may be keywords, and the pairs of different ones with nothing in between."""
        before = ""
        for token in _TOKEN.findall(_OWNING.sub(" |", text).lower()):
            word = token if self._fits(token, names) else ""
            if word:
                yield (word,)
            if word and before and word != before:
                yield before, word
            before = word

    def _fits(self, token: str, names: frozenset[str]) -> bool:
        word = _SHORTEST <= len(token) <= _LONGEST and _WORD.fullmatch(token) is not None
        return word and self.rarity.get(token, RARE) > 0 and names.isdisjoint(key(token).split())

    def _score(self, term: Term, count: int, *, in_title: bool) -> float:
        rarity = sum(self.rarity.get(word, RARE) for word in term) / len(term)
        factor = (PAIR_FACTOR if len(term) > 1 else 1.0) * (TITLE_FACTOR if in_title else 1.0)
        return log2(1 + count) * rarity * factor


def load_keywords() -> FrequencyKeywords:
    """Read the word lists that come with the package."""
    lists = tomllib.loads(files("copytaster.tagging").joinpath("english.toml").read_text(encoding="utf-8"))
    rarity = dict.fromkeys(lists["stop"].split(), 0.0)
    for kind in ("common", "frequent"):
        for word in lists[kind].split():
            for form in verb_forms(word):
                rarity.setdefault(form, RARITY[kind])
    return FrequencyKeywords(rarity)


def _best(scores: Mapping[Term, float]) -> tuple[Keyword, ...]:
    ranked = sorted(scores, key=lambda term: (-scores[term], term))[:MOST_KEYWORDS]
    return tuple(Keyword(term=" ".join(term), score=round(scores[term] / scores[ranked[0]], 3)) for term in ranked)


def _name_words(entities: Sequence[Entity], text: str) -> frozenset[str]:
    mentioned = [text[span.start : span.end] for entity in entities for span in entity.spans]
    return frozenset(word for name in (*mentioned, *(each.name for each in entities)) for word in key(name).split())


def _in_singular(counts: Counter[Term]) -> Counter[Term]:
    """Count a plural with its singular where the text has both."""
    merged: Counter[Term] = Counter()
    for (*head, last), count in counts.items():
        singular = (*head, last.removesuffix("s"))
        merged[singular if singular in counts else (*head, last)] += count
    return merged


def _repeated(counts: Counter[Term]) -> Counter[Term]:
    repeated = Counter({term: count for term, count in counts.items() if count >= REPEATED})
    return repeated or Counter({term: count for term, count in counts.items() if len(term) == 1})


def _without_parts(counts: Mapping[Term, int]) -> list[Term]:
    """Leave out words that stand only inside a pair: "rate" beside "interest rate"."""
    inside: Counter[str] = Counter()
    for term, count in counts.items():
        if len(term) > 1:
            for word in set(term):
                inside[word] = max(inside[word], count)
    return [term for term, count in counts.items() if len(term) > 1 or count > inside[term[0]]]
