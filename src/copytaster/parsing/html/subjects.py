"""Keywords and sections that a page states for its article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from copytaster.model.article import Subject

MAX_KEYWORDS = 30
"""Pages optimised for search engines list hundreds; the first ones are about the article."""

_LONGEST_NAME = 100
"""Characters; a longer value is a sentence."""

_SEPARATORS = re.compile(r"\s*[,;|]\s*")


def keywords_of(values: Sequence[str]) -> tuple[str, ...]:
    """Return the keywords in order, each once regardless of case; a single value is a list with separators."""
    return _distinct(_SEPARATORS.split(values[0]) if len(values) == 1 else values)


def sections_of(values: Sequence[str]) -> tuple[Subject, ...]:
    """Return the article's sections by name; a name with a comma is not split."""
    return tuple(Subject(name=name) for name in _distinct(values))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in (" ".join(each.split()) for each in names):
        if 0 < len(name) <= _LONGEST_NAME:
            first.setdefault(name.casefold(), name)
    return tuple(first.values())[:MAX_KEYWORDS]
