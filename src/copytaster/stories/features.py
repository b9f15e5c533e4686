"""The features of an article by which it is compared with stories: its words, names and numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log2

from copytaster.dedup.normalise import composed
from copytaster.model.article import Article, Entity
from copytaster.tagging.entities.names import name_key
from copytaster.tagging.keywords.stop_words import stop_words
from copytaster.tagging.keywords.terms import word_rarity
from copytaster.tagging.keywords.unspaced import UNSPACED, unspaced_terms

MAX_CHARACTERS = 6_000
"""The part of a text that is read, a thousand words: what follows is background, which alike events share."""

LEAD_CHARACTERS = 400
"""The lead: the first two or three sentences, in which news states who, what and where."""

TITLE_FACTOR, LEAD_FACTOR = 2.0, 1.5
"""Weights of an occurrence in title and lead; one in the rest of the text counts once."""

LEAST_LETTERS = 3
"""Shorter words are abbreviations and parts of contractions; names may be shorter."""

STEM_LETTERS = 7
"""Words of a language with spaces are equal if their first letters are: "resigned", "resigns", "resignation"."""

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+")
_ENDING = re.compile(r"(?<=\w{3})(?:'s|s|es|ed|ing)$")


@dataclass(frozen=True, slots=True)
class ArticleFeatures:
    """The weighted words of an article: its ``names`` are also among its ``words``, ``numbers`` are not.

    Weights are counts on a logarithmic scale; title and lead count more. ``shown`` maps the key of each word, name and
    number to the form in which the article has it. ``at`` is the time of publication, else of receipt.
    """

    at: datetime
    language: str
    words: Mapping[str, float]
    names: Mapping[str, float]
    numbers: Mapping[str, float]
    title: frozenset[str]
    shown: Mapping[str, str]

    @property
    def keys(self) -> tuple[str, ...]:
        """All words and numbers, whose document frequencies are needed to compare the article with stories."""
        return (*self.words, *self.numbers)


def features_of(article: Article) -> ArticleFeatures:
    """Return the features of a tagged article; one without entities or with an unknown language has fewer."""
    language = article.language or "und"
    names = frozenset(_name_words(article.entities or ()))
    shown: dict[str, str] = {}
    counts: defaultdict[str, float] = defaultdict(float)
    text = article.text[:MAX_CHARACTERS]
    title = list(_keys(article.title, language, names, shown))
    for key in title:
        counts[key] += TITLE_FACTOR
    for key in _keys(text[:LEAD_CHARACTERS], language, names, shown):
        counts[key] += LEAD_FACTOR
    for key in _keys(text[LEAD_CHARACTERS:], language, names, shown):
        counts[key] += 1
    weights = {key: log2(1 + count) for key, count in counts.items()}
    return ArticleFeatures(
        at=article.published_at or article.received_at,
        language=language,
        words={key: weight for key, weight in weights.items() if not key[0].isdigit()},
        names={key: weight for key, weight in weights.items() if key in names},
        numbers={key: weight for key, weight in weights.items() if key[0].isdigit()},
        title=frozenset(title),
        shown=shown,
    )


def _name_words(entities: Iterable[Entity]) -> Iterator[str]:
    for entity in entities:
        yield from name_key(entity.name).split()


def _keys(text: str, language: str, names: frozenset[str], shown: dict[str, str]) -> Iterator[str]:
    if language in UNSPACED:
        for term in unspaced_terms(text, language):
            shown.setdefault(term, term)
            yield term
    stop = _stop_words(language)
    for token in _TOKEN.findall(composed(text)):
        key = _key(token, names, stop)
        if key:
            shown.setdefault(key, token)
            yield key


def _key(token: str, names: frozenset[str], stop: frozenset[str]) -> str:
    """Return the key of a word, an empty string for a word that is not compared."""
    if token[0].isdigit():
        number = token.replace(",", "")
        return number if len(number) > 1 else ""
    word = name_key(token)
    if word in names:
        return word
    if len(word) < LEAST_LETTERS or word in stop:
        return ""
    return _ENDING.sub("", word)[:STEM_LETTERS]


def _stop_words(language: str) -> frozenset[str]:
    return _ENGLISH_STOP_WORDS if language == "en" else stop_words(language)


_ENGLISH_STOP_WORDS = frozenset(word for word, rarity in word_rarity().items() if not rarity)


def top(weights: Mapping[str, float], count: int) -> Sequence[str]:
    """Return the keys with the highest weights, the highest first."""
    return sorted(weights, key=lambda key: (-weights[key], key))[:count]
