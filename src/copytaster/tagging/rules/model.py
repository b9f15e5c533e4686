"""The data model of rules: fields, conditions and actions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import regex

from copytaster.model.article import ArticleStatus


class Field(StrEnum):
    """The fields of an article that a condition can search."""

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


DEFAULT_FIELDS = (Field.TITLE, Field.SUMMARY, Field.TEXT)
"""The fields of a condition that names none: what readers see."""


class MatchType(StrEnum):
    """How a condition compares its text with a field."""

    TERM = "term"
    PHRASE = "phrase"
    REGEX = "regex"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class WordSequence:
    """Consecutive whole words, regardless of case. ``text`` is the condition as written in the rule.

    With ``prefix`` the last word may have a longer form (``strike*``); ``distance`` is the number of edits allowed in
    each word.
    """

    text: str
    words: tuple[str, ...]
    fields: tuple[Field, ...]
    prefix: bool = False
    distance: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A literal phrase or a regular expression. ``text`` is the condition as written in the rule."""

    type: MatchType
    text: str
    fields: tuple[Field, ...]
    compiled: regex.Pattern[str] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Matches when every part matches."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches when at least one part matches."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Matches when the part does not match."""

    part: Condition


Condition: TypeAlias = WordSequence | Pattern | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class NamedTopic:
    """A Media Topic by its code and the name that articles show."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Actions:
    """What a rule adds to an article that it matches; ``status`` is withheld, canceled or None."""

    tags: tuple[str, ...] = ()
    topics: tuple[NamedTopic, ...] = ()
    status: ArticleStatus | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. ``sources`` are source names, with ``*`` for any letters; an empty tuple means every source.

    ``version`` is the user's own, or a hash of the rule's content.
    """

    id: str
    version: str
    sources: tuple[str, ...]
    when: Condition
    then: Actions


VERSION_DIGITS = 8
"""Hexadecimal digits of a version: enough to distinguish two versions of a rule, and short enough to read aloud."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a file, in its order; ``origin`` is the file's name."""

    rules: tuple[Rule, ...] = ()
    origin: str = ""

    @property
    def version(self) -> str:
        """A hash of the rules' content, independent of comments and layout; "none" when there are no rules."""
        return content_version(repr(self.rules)) if self.rules else "none"


def content_version(content: str) -> str:
    """Return a short hash of a rule's content."""
    return hashlib.sha256(content.encode()).hexdigest()[:VERSION_DIGITS]
