"""A plugin's parser whose results are checked: an error in them is the plugin's, and names the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import SupportsFloat

from pydantic import TypeAdapter, ValidationError

from copytaster.parsing.parser import BadItem, Draft, Group, Item, Member, Original, Parser, Searching


class CheckedParser:
    """Implements ``Parser`` by the parser of a plugin. Raises ``ValueError`` if a result is not what the port says."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        named: object = parser.format
        if not isinstance(named, str) or not named:
            raise ValueError(f"its format is {named!r}, not a text")
        self.format = named

    def score(self, original: Original) -> float:
        """Return the parser's score; see ``Parser.score``."""
        score: object = self._parser.score(original)
        if not isinstance(score, SupportsFloat) or not 0 <= (number := float(score)) <= 1:
            raise ValueError(f"its parser's score is {score!r}, not a number from 0 to 1")
        return number

    def parse(self, original: Original) -> Iterator[Item | Searching]:
        """Yield the parser's items; see ``Parser.parse``."""
        for item in self._parser.parse(original):
            if isinstance(item, Group):
                yield _checked_group(item)
            else:
                yield item if isinstance(item, Searching) else _checked(item)


def _checked_group(group: Group) -> Group:
    def read() -> Iterable[Draft | BadItem]:
        for item in group.read():
            checked = _checked(item)
            if isinstance(checked, Member):
                raise ValueError("its parser returned a Member in a Group")  # noqa: TRY004
            yield checked

    return replace(group, read=read)


def _checked(item: Draft | Member | BadItem) -> Draft | Member | BadItem:
    if isinstance(item, Draft):
        return _checked_draft(item)
    if not isinstance(item, Member | BadItem):
        raise ValueError(f"its parser returned {item!r:.80}, not a Draft, Member, Group or BadItem")  # noqa: TRY004
    return item


def _checked_draft(draft: Draft) -> Draft:
    """Return the draft with the types that its fields declare: a tuple in place of a list."""
    values = {each.name: getattr(draft, each.name) for each in fields(draft)}
    try:
        checked = _validator().validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"the {place} of its parser's draft: {first['msg']}") from error
    for name in values:
        if fault := _fault(name, getattr(checked, name)):
            raise ValueError(f"the {name} of its parser's draft {fault}")
    return checked


def _fault(name: str, value: object) -> str | None:
    """Return what is wrong with the value of a field, of the right type, as the rest of a sentence."""
    if isinstance(value, datetime) and value.utcoffset() is None:
        return "has no offset from UTC"
    if isinstance(value, str) and any("\ud800" <= each <= "\udfff" for each in value):
        return "has bytes that were not decoded"
    return "is empty" if name in {"title", "text"} and not str(value).strip() else None


@cache
def _validator() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)
