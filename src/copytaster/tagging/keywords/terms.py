"""Candidate keywords: the words of a text and its repeated pairs of words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from copytaster.model.article import Entity, Span
from copytaster.tagging.entities.names import name_key
from copytaster.tagging.keywords.unspaced import UNSPACED, unspaced_terms
from copytaster.tagging.stages import KeywordRequest, Passage
from copytaster.tagging.topics.vocabulary import lowered, verb_forms

RARITY = {"common": 0.25, "frequent": 0.5}
"""Rough inverse document frequencies, relative to a word that is in no list; stop words have 0."""

REPEATED = 2
"""A pair of words that occurs once is a coincidence, and a word that occurs once is rarely the subject of a story."""

MAX_TERMS = 1_000
"""Distinct terms that are evaluated: those of some 3,000 words. A longer text states its subject in its beginning."""

_LEAST_LETTERS = 3  # shorter ones are abbreviations and parts of contractions

_MAX_LETTERS = 40  # longer ones are addresses and encoded data

_KEPT_WORDS = 8_192  # nine of ten words of a text are among them; they take two megabytes

_MARKS = "".join(each for each in map(chr, range(0x300, 0x1_0000)) if unicodedata.category(each)[0] == "M")
"""Vowel signs of Hindi, Bengali or Tamil and points of Arabic or Hebrew: parts of words, but not for Python."""

_CYRILLIC = "\u0400-\u04ff"
_JOINT = rf"(?:-|(?<=[{_CYRILLIC}])['\N{{RIGHT SINGLE QUOTATION MARK}}](?=[{_CYRILLIC}]))"
"""What joins parts to one word: a hyphen, and in Ukrainian and Belarusian an apostrophe, which is a letter there."""

_TOKEN = re.compile(rf"\w[\w{_MARKS}]*(?:{_JOINT}\w[\w{_MARKS}]*)*|\S")
_WORD = re.compile(rf"[^\W\d_](?:[^\W_]|[{_MARKS}])*(?:{_JOINT}[^\W_](?:[^\W_]|[{_MARKS}])*)*")
_IN_WORD = re.compile(rf"[\w{_MARKS}-]")
_SPACE = re.compile(r"\s+")
_CONTRACTION = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}](?:s|t|re|ve|ll|d|m)\b")

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The count of each term in title and text, and the terms of the title."""

    language: str
    counts: Mapping[Term, int]
    title: frozenset[Term]

    def repeated(self) -> list[Term]:
        """Return the terms that occur more than once, or all single words when no term does."""
        repeated = [term for term, count in self.counts.items() if count >= REPEATED]
        return repeated or [term for term in self.counts if len(term) == 1]

    def without_parts(self, terms: Iterable[Term]) -> list[Term]:
        """Return the terms without words that occur only inside one of the pairs ("rate" in "interest rate")."""
        all_terms = list(terms)
        inside: Counter[str] = Counter()
        for term in all_terms:
            if len(term) > 1:
                for word in set(term):
                    inside[word] = max(inside[word], self.counts[term])
        return [term for term in all_terms if len(term) > 1 or self.counts[term] > inside[term[0]]]


def candidates(request: KeywordRequest, stop: frozenset[str]) -> Candidates:
    """Return the terms of a passage, without stop words and without the words of names.

    All words are included, so that the store learns which are common; pairs are included when they are repeated.
    """
    passage = request.passage
    names = _name_words(request.entities, passage.text)
    if passage.language in UNSPACED:
        return _unspaced_candidates(passage, stop)
    title = list(_terms(passage.title, names, stop))
    counts: Mapping[Term, int] = Counter([*title, *_terms(passage.text, names, stop)])
    if passage.language == "en":
        counts = _merge_plurals(counts)
    terms = [term for term, count in counts.items() if len(term) == 1 or count >= REPEATED]
    return Candidates(passage.language, {term: counts[term] for term in terms[:MAX_TERMS]}, frozenset(title))


def _unspaced_candidates(passage: Passage, stop: frozenset[str]) -> Candidates:
    found = unspaced_terms(f"{passage.title}\n{passage.text}", passage.language)
    counts = Counter((term,) for term in found if term not in stop)
    terms = [term for term, _ in counts.most_common(MAX_TERMS)]
    in_title = frozenset(term for term in terms if term[0] in passage.title)
    return Candidates(passage.language, {term: counts[term] for term in terms}, in_title)


def term_spans(term: Term, text: str, *, spaced: bool = True) -> Iterator[Span]:
    """Yield the positions of a term in a text, regardless of case, including its plural in -s.

    A regular expression for each term would be compiled for most of them, which takes longer than everything here.
    """
    searched = lowered(text) if spaced else text
    start = searched.find(term[0])
    while start >= 0:
        end = _end_of_term(term, searched, start) if spaced else start + len(term[0])
        if end:
            yield Span(start=start, end=end)
        start = searched.find(term[0], end or start + 1)


def _end_of_term(term: Term, text: str, start: int) -> int:
    """Return where the term ends whose first word was found; 0 if these are parts of words, or others follow."""
    if start and _IN_WORD.match(text, start - 1):
        return 0
    end = start + len(term[0])
    for word in term[1:]:
        gap = _SPACE.match(text, end)
        if gap is None or not text.startswith(word, gap.end()):
            return 0
        end = gap.end() + len(word)
    end += text.startswith("s", end)
    return 0 if _IN_WORD.match(text, end) else end


def word_rarity() -> dict[str, float]:
    """Return the rarity of common English words, from the packaged lists; stop words have 0."""
    lists = tomllib.loads(files("copytaster.tagging.keywords").joinpath("english.toml").read_text(encoding="utf-8"))
    rarity = dict.fromkeys([*lists["stop"].split(), *lists["boilerplate"].split()], 0.0)
    for kind in ("common", "frequent"):
        for word in lists[kind].split():
            for form in verb_forms(word):
                rarity.setdefault(form, RARITY[kind])
    return rarity


def _terms(text: str, names: frozenset[str], stop: frozenset[str]) -> Iterator[Term]:
    """Yield the words that may be keywords, and the pairs of different words that follow each other directly."""
    tokens, previous = _TOKEN.findall(lowered(_CONTRACTION.sub(" |", text))), ""
    accepted = {token for token in frozenset(tokens).difference(stop) if _may_be_keyword(token, names)}
    for token in tokens:
        if token not in accepted:
            previous = ""
            continue
        yield (token,)
        if previous and token != previous:
            yield previous, token
        previous = token


def _may_be_keyword(token: str, names: frozenset[str]) -> bool:
    parts = _name_parts(token)
    return parts is not None and names.isdisjoint(parts)


@lru_cache(maxsize=_KEPT_WORDS)
def _name_parts(token: str) -> tuple[str, ...] | None:
    """Return the parts of a word as they are compared with those of names; None if it is not a word."""
    is_word = _LEAST_LETTERS <= len(token) <= _MAX_LETTERS and _WORD.fullmatch(token) is not None
    return tuple(name_key(token).split()) if is_word else None


def _name_words(entities: Sequence[Entity], text: str) -> frozenset[str]:
    """Return the words of the names, and the parts that an apostrophe divides ("brien" of "O'Brien")."""
    mentioned = [text[span.start : span.end] for entity in entities for span in entity.spans]
    names = {*mentioned, *(each.name for each in entities)}
    forms = {form for name in names for form in (name, *_TOKEN.findall(name))}
    return frozenset(word for form in forms for word in name_key(form).split())


def _merge_plurals(counts: Mapping[Term, int]) -> dict[Term, int]:
    """Merge the counts of a plural and its singular when the text has both."""
    merged: dict[Term, int] = {}
    for term, count in counts.items():
        counted = term
        if term[-1].endswith("s") and (singular := (*term[:-1], term[-1].removesuffix("s"))) in counts:
            counted = singular
        merged[counted] = merged.get(counted, 0) + count
    return merged
