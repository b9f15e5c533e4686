"""Checker of own samples, whose manifest states values of an article's fields: ``articles.title``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from benchmarks.formats.judge import Met, Verdict
from benchmarks.formats.manifest import Row
from benchmarks.formats.reading import Outcome
from copytaster.parsing.parser import Draft

_COUNT = "articles"
"""Kind of the expectation of the number of articles in a file."""


def judge_articles(row: Row, outcome: Outcome) -> Iterator[Verdict]:
    """Compare each stated field; a missing article meets none of its expectations."""
    for expectation in row.expected:
        if expectation.kind == _COUNT:
            yield Met(_COUNT, len(outcome.drafts) == expectation.value)
            continue
        draft = outcome.at(expectation.index)
        name = expectation.kind.removeprefix(f"{_COUNT}.")
        yield Met(expectation.kind, draft is not None and _matches(draft, name, expectation.value))


def _matches(draft: Draft, name: str, expected: Any) -> bool:
    """Whether a field has the expected value.

    A text is a list of paragraphs. There may be more subjects and places than the expected ones, because broader terms
    are added, and further lines in a note.
    """
    value = getattr(draft, name)
    if name in _PARTIAL:
        return bool(set(expected) <= _PARTIAL[name](value))
    return bool(_COMPARABLE.get(name, _same)(value) == expected)


def _same(value: Any) -> Any:
    return value


def _iso(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


_COMPARABLE: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: value.split("\n\n"),
    "published_at": _iso,
    "modified_at": _iso,
    "embargoed_until": _iso,
    "images": lambda value: [[image.url, image.caption] for image in value],
    "authors": list,
    "keywords": list,
}
"""Conversions of fields to the form of the manifest."""

_PARTIAL: dict[str, Callable[[Any], set[str | None]]] = {
    "subjects": lambda value: {subject.code for subject in value},
    "located": set,
    "note": lambda value: set(re.findall(r"[^\n]+", value or "")) | set(re.findall(r"\w+", value or "")),
}
"""Fields that may have more than the expected entries; an expected part of a note is a line or a word."""
