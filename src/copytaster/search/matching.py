"""Whether a document meets a query, where, and how well: the definitions that every index follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from copytaster.model.article import Span
from copytaster.model.article_document import ArticleDocument
from copytaster.search.document import SearchDocument
from copytaster.search.query import Field, SearchQuery, TermCondition, WordCondition
from copytaster.search.words import Phrase, words_of

WEIGHTS = {Field.TITLE: 4, Field.TEXT: 1, Field.NAMES: 2, Field.KEYWORDS: 2, Field.AUTHORS: 1}
"""What an occurrence counts: a word of the headline is what the article is about, and names and keywords are chosen."""

SATURATION = 1.2
"""The constant k1 of BM25: how soon further occurrences of a word count less."""

LENGTH_SHARE = 0.75
"""The constant b of BM25: how much a long text is discounted."""

TYPICAL_WORDS = 400
"""Length of a news text that is neither discounted nor favoured."""

SCALE = 1_000_000
"""Scores are whole numbers, so that a cursor compares them exactly."""

MAX_HIGHLIGHTS = 100
"""Most places of an article that are returned: more than a person looks at, 4 KB of JSON."""


def matches(document: SearchDocument, query: SearchQuery) -> bool:
    """Return whether the document meets every condition."""
    return all(_meets(document, each) is not each.negated for each in query.conditions)


def score(text_words: int, counts: Sequence[Mapping[Field, int]]) -> int:
    """Return how well a document meets a query; ``counts`` are the occurrences of each condition's words by field.

    It is BM25 without the rarity of the words, which changes while articles arrive; all words of a query must occur.
    """
    discount = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * text_words / TYPICAL_WORDS)
    weighted = [sum(WEIGHTS[field] * count for field, count in each.items()) for each in counts]
    return int(SCALE * sum(each * (SATURATION + 1) / (each + discount) for each in weighted))


def document_score(document: SearchDocument, query: SearchQuery) -> int:
    """Return the score of a document that meets the query."""
    counts = [
        {field: sum(1 for _ in occurrences(words, each.phrase)) for field, words in _searched(document, each)}
        for each in query.of_words()
    ]
    return score(len(document.words.get(Field.TEXT, ())), counts)


def occurrences(words: Sequence[str], phrase: Phrase) -> Iterator[int]:
    """Yield the numbers of the words at which the phrase begins."""
    *before, last = phrase.words
    agrees: Callable[[str], bool] = (lambda word: word.startswith(last)) if phrase.open_ended else last.__eq__
    if not before:
        places = (
            (number for number, word in enumerate(words) if agrees(word)) if phrase.open_ended else _all(words, last)
        )
        yield from places
        return
    for number in _all(words, before[0]):
        end = number + len(before)
        if end < len(words) and agrees(words[end]) and list(words[number:end]) == before:
            yield number


def _all(words: Sequence[str], value: str) -> Iterator[int]:
    """Yield the numbers of the words that are ``value``."""
    number = -1
    with suppress(ValueError):
        while True:
            number = words.index(value, number + 1)
            yield number


def _meets(document: SearchDocument, condition: WordCondition | TermCondition) -> bool:
    match condition:
        case TermCondition():
            return not condition.terms.isdisjoint(document.terms)
        case WordCondition():
            found = (occurrences(words, condition.phrase) for _, words in _searched(document, condition))
            return any(next(each, None) is not None for each in found)


def _searched(document: SearchDocument, condition: WordCondition) -> Iterator[tuple[Field, Sequence[str]]]:
    return ((field, words) for field, words in document.words.items() if condition.field in {None, field})


def mentions(article: ArticleDocument, condition: WordCondition) -> Iterator[Span]:
    """Yield the places of the names or keywords that meet the condition."""
    named = [(each.name, each.spans) for each in article.entities or ()]
    if condition.field is Field.KEYWORDS:
        named = [(each.term, each.spans) for each in article.keywords or ()]
    for name, spans in named:
        if next(occurrences(words_of(name), condition.phrase), None) is not None:
            yield from spans
