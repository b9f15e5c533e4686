"""A query as the index gets it: conditions that an article meets, each of words or of a term."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copytaster.search.words import Phrase


class Field(StrEnum):
    """A part of an article whose words are in the index; a condition without a field searches all of them."""

    TITLE = "title"
    TEXT = "text"
    NAMES = "names"
    KEYWORDS = "keywords"
    AUTHORS = "authors"


class Exact(StrEnum):
    """A property of an article whose whole value is in the index, as a term."""

    SOURCE = "source"
    PUBLISHER = "publisher"
    TOPIC = "topic"
    TAG = "tag"
    LANGUAGE = "language"
    FORMAT = "format"
    PUBLISHED = "published"


class Order(StrEnum):
    """The order of results."""

    NEWEST = "newest"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class WordCondition:
    """The article has these words in ``field``, or in any field if it is None; or it has them not, if ``negated``."""

    phrase: Phrase
    field: Field | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TermCondition:
    """The article has one of these terms (see ``SearchDocument``), or none of them if ``negated``."""

    terms: frozenset[str]
    negated: bool = False


Condition = WordCondition | TermCondition


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Conditions that must all be met; at least one of them is not negated."""

    conditions: tuple[Condition, ...]

    @property
    def is_impossible(self) -> bool:
        """Whether no article meets it, because it requires one of no terms: a period that ends before it begins."""
        return any(isinstance(each, TermCondition) and not each.terms and not each.negated for each in self.conditions)

    def of_words(self) -> list[WordCondition]:
        """Return the conditions by whose words an article is found."""
        return [each for each in self.conditions if isinstance(each, WordCondition) and not each.negated]
