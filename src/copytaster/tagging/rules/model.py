"""What a rule is: where it looks, what must be there, and what follows from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import regex

from copytaster.model.article import ArticleStatus


class Field(StrEnum):
    """The parts of an article that a rule can look at."""

    TITLE = "title"
    TEXT = "text"
    SUMMARY = "summary"
    BYLINE = "byline"
    DATELINE = "dateline"
    SOURCE = "source"
    LANGUAGE = "language"
    KEYWORDS = "keywords"
    TOPICS = "topics"
    ENTITIES = "entities"


USUAL_FIELDS = (Field.TITLE, Field.SUMMARY, Field.TEXT)
"""Where a rule looks that does not say where: at what readers read."""


class Kind(StrEnum):
    """How a condition compares."""

    TERM = "term"
    PHRASE = "phrase"
    REGEX = "regex"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Words:
    """Whole words one after another, whatever their case; with a ``distance``, each with so many slips of the pen.

    Where ``open_end`` is set the last word may go on (``strike*``).
    """

    spelled: str
    words: tuple[str, ...]
    fields: tuple[Field, ...]
    open_end: bool = False
    distance: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase as it is spelled, or a regular expression."""

    kind: Kind
    spelled: str
    fields: tuple[Field, ...]
    compiled: regex.Pattern[str] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold."""

    part: Condition


Condition: TypeAlias = Words | Pattern | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class NamedTopic:
    """A Media Topic by its code and the name that articles show."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule does to an article that it matches; ``status`` is withheld or canceled, or None."""

    tags: tuple[str, ...] = ()
    topics: tuple[NamedTopic, ...] = ()
    status: ArticleStatus | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; ``sources`` are names with ``*`` for any letters, and none means every source.

    ``version`` is the user's own number, or the hash of what the rule says.
    """

    id: str
    version: str
    sources: tuple[str, ...]
    when: Condition
    then: Then


VERSION_LETTERS = 8
"""Of a hash: two versions of one rule are told apart, and a person can read it out."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a file, in its order; ``origin`` is the file's name."""

    rules: tuple[Rule, ...] = ()
    origin: str = ""

    @property
    def version(self) -> str:
        """A hash of what the rules say: comments and layout do not count. "none" without a rule."""
        return version_of(repr(self.rules)) if self.rules else "none"


def version_of(said: str) -> str:
    """Return a short hash of what was said."""
    return hashlib.sha256(said.encode()).hexdigest()[:VERSION_LETTERS]
