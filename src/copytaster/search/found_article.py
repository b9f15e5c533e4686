"""An article that the index proposes, compared with the query as the store has it now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from copytaster.model.article import ArticleStatus
from copytaster.model.article_document import ArticleDocument
from copytaster.search.document import shown_terms, words_of_labels
from copytaster.search.highlights import Highlights
from copytaster.search.matching import MAX_HIGHLIGHTS, mentions, occurrences
from copytaster.search.plain_text import is_plain, plain_places
from copytaster.search.query import Field, SearchQuery, TermCondition, WordCondition
from copytaster.search.words import Phrase, Words, placed_words

PLACED = (Field.TITLE, Field.TEXT)
"""The fields whose words have places."""

OF_HIDDEN = (Field.TITLE, Field.AUTHORS)
"""The fields in which an article is found whose text may not be used."""


class FoundArticle:
    """An article with its present status; only what a query asks for is computed."""

    def __init__(self, document: ArticleDocument, status: ArticleStatus) -> None:
        self._document = document
        self._is_hidden = status is not ArticleStatus.USABLE
        self._texts = {Field.TITLE: _SearchedText(document.title), Field.TEXT: _SearchedText(document.text)}
        self._terms: frozenset[str] | None = None

    def highlights(self, query: SearchQuery) -> Highlights | None:
        """Return the places of the query's words in title and text; None if the article does not meet it."""
        found = set[tuple[Field, int, int]]()
        for condition in query.conditions:
            if isinstance(condition, TermCondition):
                if condition.terms.isdisjoint(self._present_terms()) is not condition.negated:
                    return None
            elif condition.negated:
                if self._has(condition):
                    return None
            elif places := self._places(condition):
                found |= places
            elif not self._has(condition):
                return None
        return Highlights(_without_overlaps(found))

    def _fields(self, condition: WordCondition) -> Iterator[Field]:
        shown = OF_HIDDEN if self._is_hidden else tuple(Field)
        return (each for each in shown if condition.field in {None, each})

    def _has(self, condition: WordCondition) -> bool:
        return any(self._has_in(each, condition.phrase) for each in self._fields(condition))

    def _has_in(self, field: Field, phrase: Phrase) -> bool:
        if field in PLACED:
            return bool(self._texts[field].places(phrase))
        return next(occurrences(words_of_labels(self._document, field), phrase), None) is not None

    def _places(self, condition: WordCondition) -> set[tuple[Field, int, int]]:
        found = set[tuple[Field, int, int]]()
        for field in self._fields(condition):
            if field in PLACED:
                found |= {(field, start, end) for start, end in self._texts[field].places(condition.phrase)}
            elif condition.field and field is not Field.AUTHORS:
                found |= {(Field.TEXT, each.start, each.end) for each in mentions(self._document, condition)}
        return found

    def _present_terms(self) -> frozenset[str]:
        if self._terms is None:
            self._terms = shown_terms(self._document, hidden=self._is_hidden)
        return self._terms


class _SearchedText:
    """A text in which phrases are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _plain(self) -> str | None:
        return self._text.lower() if is_plain(self._text) else None

    @cached_property
    def _words(self) -> Words:
        return placed_words(self._text)

    def places(self, phrase: Phrase) -> list[tuple[int, int]]:
        """Return the places of a phrase; a single character is found as the beginning of a pair."""
        if self._plain is not None:
            return plain_places(self._plain, phrase)
        return [self._extent(number, phrase) for number in occurrences(self._words.values, phrase)]

    def _extent(self, number: int, phrase: Phrase) -> tuple[int, int]:
        words, last = self._words, number + len(phrase.words) - 1
        start, end = words.places[number][0], words.places[last][1]
        return start, words.firsts.get(last, end) if phrase.open_ended else end


def _without_overlaps(found: set[tuple[Field, int, int]]) -> list[tuple[Field, int, int]]:
    kept: list[tuple[Field, int, int]] = []
    for field, start, end in sorted(found, key=lambda place: (place[0] is Field.TEXT, place[1], -place[2])):
        if not kept or kept[-1][0] is not field or kept[-1][2] <= start:
            kept.append((field, start, end))
    return kept[:MAX_HIGHLIGHTS]
