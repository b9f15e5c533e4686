"""The features of an article by which it is compared with stories: its words, names, numbers and days."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from math import log2

from copytaster.dedup.normalise import composed
from copytaster.model.article import Article, Entity, EntityType
from copytaster.stories.calendar_words import mentioned_days
from copytaster.tagging.entities.names import name_key
from copytaster.tagging.keywords.stop_words import stop_words
from copytaster.tagging.keywords.terms import word_rarity
from copytaster.tagging.keywords.unspaced import UNSPACED, unspaced_terms
from copytaster.tagging.stages import UNDETERMINED

MAX_CHARACTERS = 6_000
"""The part of a text that is read, a thousand words: what follows is background, which alike events share."""

LEAD_CHARACTERS = 400
"""The lead: the first two or three sentences, in which news states who, what and where."""

DATED_TOKENS = 500
"""Words and numbers at the beginning of an article in which days are looked for, some 3,000 characters."""

TITLE_FACTOR, LEAD_FACTOR = 2.0, 1.5
"""Weights of an occurrence in title and lead; one in the rest of the text counts once."""

LEAST_LETTERS = 3
"""Shorter words are abbreviations and parts of contractions; names may be shorter."""

STEM_LETTERS = 7
"""Words are equal if these first letters are: "resigned", "resigns", "resignation". Five and nine cluster no better."""

KEPT_WORDS = 8_192
"""Words whose stems a process remembers, in two megabytes: nine of ten words of a text are among them."""

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+")
_ENDING = re.compile(r"(?<=\w{3})(?:s|es|ed|ing)$")


@dataclass(frozen=True, slots=True)
class ArticleFeatures:
    """The weighted words, numbers and days of an article; ``names`` are those of its words that are part of a name.

    Weights are counts on a logarithmic scale; title and lead count more. ``persons`` are weighted surnames. ``title``
    has the words of the headline. ``shown`` maps the key of each word and number to the form in which the article has
    it. ``at`` is the time of publication, else of receipt.
    """

    at: datetime
    language: str
    words: Mapping[str, float]
    names: frozenset[str]
    numbers: Mapping[str, float]
    days: Mapping[str, float]
    persons: Mapping[str, float]
    title: frozenset[str]
    shown: Mapping[str, str]

    @property
    def keys(self) -> tuple[str, ...]:
        """All words, numbers and days, whose document frequencies are needed to compare the article with stories."""
        return (*self.words, *self.numbers, *self.days)


def features_of(article: Article) -> ArticleFeatures:
    """Return the features of a tagged article; one without entities or with an unknown language has fewer."""
    language = article.language or UNDETERMINED
    entities = article.entities or ()
    names = frozenset(word for each in entities for word in name_key(each.name).split())
    reader = _Reader(language, names)
    title = _TOKEN.findall(composed(article.title))
    text = composed(article.text[:MAX_CHARACTERS])
    lead, body = _TOKEN.findall(text[:LEAD_CHARACTERS]), _TOKEN.findall(text[LEAD_CHARACTERS:])
    days = mentioned_days([*title, *lead, *body][:DATED_TOKENS], language)
    start = 0
    for tokens, factor in ((title, TITLE_FACTOR), (lead, LEAD_FACTOR), (body, 1.0)):
        reader.read(tokens, factor, {place - start for place in days.digits})
        start += len(tokens)
    if language in UNSPACED:
        reader.add_terms(unspaced_terms(f"{article.title}\n{text}", language))
    weights = {key: log2(1 + count) for key, count in reader.counts.items()}
    words = {key: weight for key, weight in weights.items() if not key[0].isdigit()}
    return ArticleFeatures(
        at=article.published_at or article.received_at,
        language=language,
        words=words,
        names=names & words.keys(),
        numbers={key: weight for key, weight in weights.items() if key[0].isdigit()},
        days={key: log2(1 + count) for key, count in Counter(days.keys).items()},
        persons=_persons(entities, name_key(article.title).split()),
        title=frozenset(key for token in title if (key := reader.key(token)) in words),
        shown=reader.shown,
    )


def heaviest(weights: Mapping[str, float], count: int) -> Sequence[str]:
    """Return the keys with the highest weights, the highest first."""
    return sorted(weights, key=lambda key: (-weights[key], key))[:count]


class _Reader:
    """Counts the keys of one article's words and numbers."""

    def __init__(self, language: str, names: frozenset[str]) -> None:
        self.counts: defaultdict[str, float] = defaultdict(float)
        self.shown: dict[str, str] = {}
        self._names = names
        self._language = language

    def read(self, tokens: Sequence[str], factor: float, skipped: AbstractSet[int]) -> None:
        """Count the words of a part of the article with this factor, except those at the ``skipped`` places."""
        for place, token in enumerate(tokens):
            if place not in skipped and (key := self.key(token)):
                self._add(key, token, factor)

    def add_terms(self, terms: Iterable[str]) -> None:
        """Count the terms of a text whose words are not separated by spaces."""
        for each in terms:
            self._add(each, each, 1.0)

    def key(self, token: str) -> str:
        """Return the key of a word or number, an empty string for one that is not compared."""
        if token[0].isdigit():
            number = token.translate(_separators(self._language))
            return number if len(number) > 1 else ""
        word, stem = _word_and_stem(token, self._language)
        return word if word in self._names else stem

    def _add(self, key: str, token: str, factor: float) -> None:
        self.counts[key] += factor
        self.shown.setdefault(key, token)


@lru_cache(maxsize=KEPT_WORDS)
def _word_and_stem(token: str, language: str) -> tuple[str, str]:
    """Return a word as it is compared with names, and its stem; the stem of a word that is not compared is empty."""
    word = name_key(token)
    is_compared = len(word) >= LEAST_LETTERS and word not in _stop_words(language)
    return word, _ENDING.sub("", word)[:STEM_LETTERS] if is_compared else ""


@cache
def _stop_words(language: str) -> frozenset[str]:
    if language != "en":
        return stop_words(language)
    return frozenset(word for word, rarity in word_rarity().items() if not rarity)


@cache
def _separators(language: str) -> Mapping[int, int | None]:
    """Return the change of a number to the way in which English writes it, without separators of thousands."""
    # Imported at first use, as in `calendar_words`.
    from babel import UnknownLocaleError  # noqa: PLC0415
    from babel.numbers import get_decimal_symbol  # noqa: PLC0415

    try:
        has_comma = language != UNDETERMINED and get_decimal_symbol(language) == ","
    except (UnknownLocaleError, ValueError):
        has_comma = False
    return str.maketrans(",", ".", ".") if has_comma else str.maketrans("", "", ",")


def _persons(entities: Iterable[Entity], title: Sequence[str]) -> Mapping[str, float]:
    counts: defaultdict[str, float] = defaultdict(float)
    for each in entities:
        words = name_key(each.name).split()
        if each.type is EntityType.PERSON and words:
            counts[words[-1]] += each.count + (TITLE_FACTOR if words[-1] in title else 0)
    return {surname: log2(1 + count) for surname, count in counts.items()}
