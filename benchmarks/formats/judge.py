"""Verdicts of checkers, and the comparison of texts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.formats.manifest import Expectation, Row
from benchmarks.formats.reading import Outcome
from benchmarks.visible import without_invisible


@dataclass(frozen=True, slots=True)
class Met:
    """An expectation that was checked."""

    kind: str
    met: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """Expectations that do not concern fields of an article, and the reason."""

    why: str
    count: int = 1


Verdict: TypeAlias = Met | Outside
Judge: TypeAlias = Callable[[Row, Outcome], Iterable[Verdict]]
"""Returns the verdicts on a file of one format."""

Check: TypeAlias = Callable[[Outcome, Expectation], bool | Outside]
"""Returns whether an expectation of one kind is met."""


def folded(text: str | None) -> str:
    """Return the visible characters of ``text`` without white space."""
    return "".join(without_invisible(text or "").split())


def words_of(markup: str) -> str:
    """Return the visible text of markup without white space, computed independently of the product's code."""
    bare = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->", "", markup)
    return folded(html.unescape(re.sub(r"<[a-zA-Z/!?][^>]*>", "", bare)))


def same_words(ours: str | None, expected: str) -> bool:
    """Whether ``ours`` equals the expected text, taken as markup or as plain text."""
    return folded(ours) in {words_of(expected), folded(expected), folded(html.unescape(expected))}
