"""The fields of an article as rules search them; each text is split into words once for all rules."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from copytaster.model.article import Article, Tagging
from copytaster.tagging.composed import ComposedText
from copytaster.tagging.rules.edit_distance import within_distance
from copytaster.tagging.rules.model import Field, WordSequence

_UNSPACED_LETTERS = r"\p{Han}\p{Hiragana}\p{Katakana}\u30FC\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""U+30FC lengthens a vowel in Hiragana and Katakana, and therefore belongs to no script."""

IN_WORD = rf"[^\W{_UNSPACED_LETTERS}]"
"""A letter, digit or underscore of a word that spaces divide from others."""

WORD = regex.compile(rf"[^\W_{_UNSPACED_LETTERS}]+|[{_UNSPACED_LETTERS}]+")
"""Letters and digits; hyphens and apostrophes separate words, so that "rail-strike" equals "rail strike".

So do letters of scripts without spaces: in a Japanese sentence, no space surrounds "NATO".
"""

_UNSPACED = regex.compile(rf"[{_UNSPACED_LETTERS}]")


def folded(text: str) -> str:
    """Return a text as it is compared regardless of case.

    Case folding makes an i and a combining dot of the Turkish İ; here it is the i that Turkish writes.
    """
    return text.replace("İ", "i").casefold()


def is_unspaced(text: str) -> bool:
    """Return whether a text is in a script that puts no spaces between words."""
    return bool(_UNSPACED.search(text))


class FieldText(ComposedText):
    """One text of a field. It is split into words at the first search."""

    def find(self, condition: WordSequence) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each place where the condition's words follow one another."""
        for first in self._words_matching(condition.words[0], condition, last=len(condition.words) == 1):
            for index in self._indexes[first]:
                if self._rest_matches(index, condition):
                    yield self._tokens[index][1], self._tokens[index + len(condition.words) - 1][2]

    @cached_property
    def _tokens(self) -> Sequence[tuple[str, int, int]]:
        return [(folded(found[0]), *found.span()) for found in WORD.finditer(self.text)]

    @cached_property
    def _indexes(self) -> Mapping[str, list[int]]:
        indexes: defaultdict[str, list[int]] = defaultdict(list)
        for index, (word, _, _) in enumerate(self._tokens):
            indexes[word].append(index)
        return dict(indexes)

    @cached_property
    def _sorted_words(self) -> Sequence[str]:
        return sorted(self._indexes)

    def _words_matching(self, word: str, condition: WordSequence, *, last: bool) -> list[str]:
        """Return the distinct words of the text that match ``word`` of the condition."""
        if condition.distance:
            return [each for each in self._indexes if within_distance(word, each, limit=condition.distance)]
        if not (last and condition.prefix):
            return [word] if word in self._indexes else []
        start = bisect_left(self._sorted_words, word)
        matching = []
        for candidate in self._sorted_words[start:]:
            if not candidate.startswith(word):
                break
            matching.append(candidate)
        return matching

    def _rest_matches(self, index: int, condition: WordSequence) -> bool:
        following = self._tokens[index + 1 : index + len(condition.words)]
        if len(following) < len(condition.words) - 1:
            return False
        pairs = list(zip(condition.words[1:], (word for word, _, _ in following), strict=True))
        return all(
            _word_matches(word, token, condition, last=number == len(pairs))
            for number, (word, token) in enumerate(pairs, 1)
        )


def _word_matches(word: str, token: str, condition: WordSequence, *, last: bool) -> bool:
    if condition.distance:
        return within_distance(word, token, limit=condition.distance)
    return token.startswith(word) if last and condition.prefix else token == word


@dataclass(frozen=True, slots=True)
class ArticleFields:
    """The names of an article's source and publisher, and the texts of each of its fields."""

    sources: tuple[str, ...]
    texts: Mapping[Field, Sequence[FieldText]]


VALUE_FIELDS = frozenset({Field.SOURCE, Field.LANGUAGE, Field.KEYWORDS, Field.TOPICS, Field.ENTITIES})
"""Fields that hold short values instead of running text: a match in them is reported without a position."""


def article_fields(article: Article, tagging: Tagging) -> ArticleFields:
    """Return the searchable fields of an article and its labels."""
    sources = tuple(filter(None, [article.source, article.publisher]))
    contents: dict[Field, Sequence[str | None]] = {
        Field.TITLE: [article.title],
        Field.TEXT: [article.text],
        Field.SUMMARY: [article.summary],
        Field.BYLINE: [article.byline],
        Field.DATELINE: [article.dateline],
        Field.SOURCE: sources,
        Field.LANGUAGE: [tagging.language],
        Field.KEYWORDS: [*(keyword.term for keyword in tagging.keywords), *article.source_keywords],
        Field.TOPICS: [term for topic in tagging.topics for term in (topic.name, topic.code)],
        Field.ENTITIES: [entity.name for entity in tagging.entities or ()],
    }
    texts = {field: [FieldText(text) for text in content if text] for field, content in contents.items()}
    return ArticleFields(sources, texts)
