"""What a page itself says that it is about: keywords and sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from copytaster.model.article import Subject

MOST_KEYWORDS = 30
"""Pages written for search engines list hundreds; the first ones are about the article."""

_LONGEST = 100
"""Characters; what is longer is a sentence."""

_BARS = re.compile(r"\s*[,;|]\s*")


def keywords_of(told: Sequence[str]) -> tuple[str, ...]:
    """Return the keywords, each once whatever its case, in order; one value alone is a list parted by commas."""
    return _distinct(_BARS.split(told[0]) if len(told) == 1 else told)


def sections_of(told: Sequence[str]) -> tuple[Subject, ...]:
    """Return the sections that the article stands in, by name; a name with a comma in it stays whole."""
    return tuple(Subject(name=name) for name in _distinct(told))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in (" ".join(each.split()) for each in names):
        if 0 < len(name) <= _LONGEST:
            first.setdefault(name.casefold(), name)
    return tuple(first.values())[:MOST_KEYWORDS]
