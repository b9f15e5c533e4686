"""What a checker says, and the words it compares."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.formats.manifest import Expectation, Row
from benchmarks.formats.reading import Outcome


@dataclass(frozen=True, slots=True)
class Met:
    """An expectation that was checked."""

    kind: str
    met: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """Expectations that do not concern what an article keeps, and why."""

    why: str
    count: int = 1


Verdict: TypeAlias = Met | Outside
Judge: TypeAlias = Callable[[Row, Outcome], Iterable[Verdict]]
"""Says what a file of one format meets."""

Check: TypeAlias = Callable[[Outcome, Expectation], bool | Outside]
"""Says whether one kind of expectation is met."""


def folded(text: str | None) -> str:
    """Return the characters of ``text`` without white space."""
    return "".join((text or "").split())


def words_of(markup: str) -> str:
    """Return what a reader sees of markup, without white space; for comparing, by other code than the product's."""
    bare = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->", "", markup)
    return folded(html.unescape(re.sub(r"<[a-zA-Z/!?][^>]*>", "", bare)))


def same_words(ours: str | None, expected: str) -> bool:
    """Whether ours are the words that are expected, as markup or as plain text."""
    return folded(ours) in {words_of(expected), folded(expected), folded(html.unescape(expected))}
