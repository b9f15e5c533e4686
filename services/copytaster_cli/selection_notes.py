"""What a list does not show, for people: why it is empty, and that it was cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeVar

from copytaster.store.ports.articles import ArticleQuery
from copytaster_cli.reader import Reader, Selection
from copytaster_cli.rendering.output import print_note

T = TypeVar("T")

TERMS = ("source", "publisher", "topic", "entity", "keyword", "tag", "language", "format")
"""The conditions of which one alone may match nothing, because it was misspelled."""


def cut(items: Iterable[T], limit: int, *, of: str) -> Iterator[T]:
    """Yield the first items; say afterwards on stderr if there are more. It reads one item more than it yields."""
    yield from islice(remaining := iter(items), limit)
    if next(remaining, None) is not None:
        print_note(f"the first {limit:,} of the {of}; there are more: give a greater --limit")


def explain_if_empty(items: Iterator[T], selection: Selection, reader: Reader) -> Iterator[T]:
    """Return the items; say on stderr if there are none, and which condition no article at all meets."""
    first = next(items, None)
    if first is not None:
        return chain([first], items)
    note_that_none_matches(selection, reader)
    return iter(())


def note_that_none_matches(selection: Selection, reader: Reader) -> None:
    """Say on stderr that no article matches, and which condition no article at all meets."""
    unmet = [f"the {name} {value!r}" for name, value in _terms(selection) if not _any(reader, name, value)]
    print_note("no article matches" + (f": no article has {' or '.join(unmet)}" if unmet else ""))


def _terms(selection: Selection) -> Iterator[tuple[str, str]]:
    for name in TERMS:
        if value := getattr(selection.query, name):
            yield name, value


def _any(reader: Reader, name: str, value: str) -> bool:
    conditions: dict[str, Any] = {name: value}
    alone = Selection(query=ArticleQuery(**conditions))
    return next(reader.articles(alone, most=1), None) is not None
