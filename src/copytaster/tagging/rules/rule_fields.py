"""What rules read: the fields of an article, each cut into words once, however many rules look at it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from copytaster.model.article import Article, Tagging
from copytaster.tagging.rules.edit_distance import within
from copytaster.tagging.rules.model import Field, Words

WORD = regex.compile(r"[^\W_]+")
"""Letters and digits; hyphens and apostrophes part words, so that "rail-strike" is "rail strike"."""

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


def is_unspaced(text: str) -> bool:
    """Say whether a text is in a script that puts no spaces between words."""
    return bool(_UNSPACED.search(text))


class Value:
    """One text of a field, with its words and where they are; cut when a rule first asks."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, wanted: Words) -> Iterator[tuple[int, int]]:
        """Yield where the words stand one after another."""
        for first in self._alike(wanted.words[0], wanted, last=len(wanted.words) == 1):
            for at in self._places[first]:
                if self._goes_on(at, wanted):
                    yield self._tokens[at][1], self._tokens[at + len(wanted.words) - 1][2]

    @cached_property
    def _tokens(self) -> Sequence[tuple[str, int, int]]:
        return [(found[0].casefold(), *found.span()) for found in WORD.finditer(self.text)]

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        places: defaultdict[str, list[int]] = defaultdict(list)
        for number, (word, _, _) in enumerate(self._tokens):
            places[word].append(number)
        return dict(places)

    @cached_property
    def _sorted(self) -> Sequence[str]:
        return sorted(self._places)

    def _alike(self, word: str, wanted: Words, *, last: bool) -> list[str]:
        """Return the different words of the text that may stand for ``word``."""
        if wanted.distance:
            return [each for each in self._places if within(word, each, most=wanted.distance)]
        if not (last and wanted.open_end):
            return [word] if word in self._places else []
        start = bisect_left(self._sorted, word)
        found = []
        for each in self._sorted[start:]:
            if not each.startswith(word):
                break
            found.append(each)
        return found

    def _goes_on(self, at: int, wanted: Words) -> bool:
        following = self._tokens[at + 1 : at + len(wanted.words)]
        if len(following) < len(wanted.words) - 1:
            return False
        pairs = list(zip(wanted.words[1:], (word for word, _, _ in following), strict=True))
        return all(
            _stands_for(word, there, wanted, last=number == len(pairs)) for number, (word, there) in enumerate(pairs, 1)
        )


def _stands_for(word: str, there: str, wanted: Words, *, last: bool) -> bool:
    if wanted.distance:
        return within(word, there, most=wanted.distance)
    return there.startswith(word) if last and wanted.open_end else there == word


@dataclass(frozen=True, slots=True)
class Subject:
    """An article as rules see it: the values of each field. What ``listed`` names has no place in a text."""

    source: str
    values: Mapping[Field, Sequence[Value]]


LISTED = frozenset({Field.SOURCE, Field.LANGUAGE, Field.KEYWORDS, Field.TOPICS, Field.ENTITIES})
"""Fields that are no running text: what matched is told whole, without a place."""


def subject_of(article: Article, tagging: Tagging) -> Subject:
    """Return an article with what was found in it, as rules see it."""
    texts: dict[Field, Sequence[str | None]] = {
        Field.TITLE: [article.title],
        Field.TEXT: [article.text],
        Field.SUMMARY: [article.summary],
        Field.BYLINE: [article.byline],
        Field.DATELINE: [article.dateline],
        Field.SOURCE: [article.source],
        Field.LANGUAGE: [tagging.language],
        Field.KEYWORDS: [*(each.term for each in tagging.keywords), *article.source_keywords],
        Field.TOPICS: [term for topic in tagging.topics for term in (topic.name, topic.code)],
        Field.ENTITIES: [each.name for each in tagging.entities or ()],
    }
    values = {field: [Value(text) for text in found if text] for field, found in texts.items()}
    return Subject(article.source or "", values)
