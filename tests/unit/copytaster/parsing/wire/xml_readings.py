"""Reads an XML wire item by all built-in parsers, as it would arrive."""

from __future__ import annotations

from datetime import UTC, datetime

from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def readings(text: str) -> list[Reading]:
    return list(ParsingReader(default_parsers()).read(Original(content=text.encode(), name="item.xml", now=NOW)))


def drafts(text: str) -> list[Draft]:
    return [each.item for each in readings(text) if isinstance(each.item, Draft)]


def draft(text: str) -> Draft:
    (only,) = drafts(text)
    return only
