"""The words and pairs of words of a text that may be its keywords."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from copytaster.model.article import Entity, Span
from copytaster.tagging.entities.names import key
from copytaster.tagging.stages import KeywordRequest
from copytaster.tagging.topics.vocabulary import verb_forms

RARITY = {"common": 0.25, "frequent": 0.5}
"""Rough inverse document frequencies, as a share of that of a word in none of the lists; stop words have none."""

REPEATED = 2
"""Two words that stand together once are chance, and a word that is said once is seldom what a story is about."""

MOST_TERMS = 1_000
"""Distinct terms that are looked at: those of some 3,000 words; a longer text says in its beginning what it is about.
"""

_SHORTEST = 3  # letters: below are abbreviations and scraps of contractions

_LONGEST = 40  # characters: beyond are addresses and encoded data

_TOKEN = re.compile(r"\w+(?:-\w+)*|\S")
_WORD = re.compile(r"[^\W\d_](?:[^\W_]|[\u0900-\u0DFF])*(?:-[^\W_]+)*")
_OWNING = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}](?:s|t|re|ve|ll|d|m)\b")

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """How often each term stands in title and text, and which stand in the title."""

    language: str
    counts: Mapping[Term, int]
    title: frozenset[Term]

    def repeated(self) -> list[Term]:
        """Return the terms that are said more than once, or all single words where none is."""
        repeated = [term for term, count in self.counts.items() if count >= REPEATED]
        return repeated or [term for term in self.counts if len(term) == 1]

    def without_parts(self, terms: Iterable[Term]) -> list[Term]:
        """Leave out words that stand only inside one of the pairs: "rate" beside "interest rate"."""
        kept = list(terms)
        inside: Counter[str] = Counter()
        for term in kept:
            if len(term) > 1:
                for word in set(term):
                    inside[word] = max(inside[word], self.counts[term])
        return [term for term in kept if len(term) > 1 or self.counts[term] > inside[term[0]]]


def candidates(request: KeywordRequest, stop: frozenset[str]) -> Candidates:
    """Return the terms of a passage without stop words and without the words of the names in it.

    Every word is among them, so that the store learns which are common; pairs are where the text repeats them.
    """
    passage = request.passage
    names = _name_words(request.entities, passage.text)
    title = list(_terms(passage.title, names, stop))
    counts = Counter([*title, *_terms(passage.text, names, stop)])
    if passage.language == "en":
        counts = _in_singular(counts)
    told = [term for term, count in counts.items() if len(term) == 1 or count >= REPEATED]
    return Candidates(passage.language, {term: counts[term] for term in told[:MOST_TERMS]}, frozenset(title))


def places_of(term: Term, text: str) -> Iterator[Span]:
    """Yield where a term stands in a text, in whatever case, its last word perhaps in the plural."""
    pattern = r"\s+".join(map(re.escape, term))
    for match in re.finditer(rf"(?<![\w-]){pattern}s?(?![\w-])", text, re.IGNORECASE):
        yield Span(start=match.start(), end=match.end())


def word_rarity() -> dict[str, float]:
    """Return the rarity of common English words, from the lists that come with the package; stop words have 0."""
    lists = tomllib.loads(files("copytaster.tagging.keywords").joinpath("english.toml").read_text(encoding="utf-8"))
    rarity = dict.fromkeys([*lists["stop"].split(), *lists["furniture"].split()], 0.0)
    for kind in ("common", "frequent"):
        for word in lists[kind].split():
            for form in verb_forms(word):
                rarity.setdefault(form, RARITY[kind])
    return rarity


def _terms(text: str, names: frozenset[str], stop: frozenset[str]) -> Iterator[Term]:
    """Yield the words that may be keywords, and the pairs of different ones with nothing in between."""
    before = ""
    for token in _TOKEN.findall(_OWNING.sub(" |", text).lower()):
        word = token if token not in stop and _fits(token, names) else ""
        if word:
            yield (word,)
        if word and before and word != before:
            yield before, word
        before = word


def _fits(token: str, names: frozenset[str]) -> bool:
    word = _SHORTEST <= len(token) <= _LONGEST and _WORD.fullmatch(token) is not None
    return word and names.isdisjoint(key(token).split())


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
