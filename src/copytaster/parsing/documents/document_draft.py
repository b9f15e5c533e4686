"""What documents and mails have in common: which paragraph is the headline, and what else stands in the text itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from copytaster.parsing.draft_builder import LONGEST_TITLE, DraftBuilder, one_line
from copytaster.parsing.plain.opening_lines import names_in

_HEADLINE_AMONG = 5
"""Paragraphs: above a headline stand a house's name, an embargo line, a place and a date."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph on one line; ``heading`` says that its style or size makes it a headline."""

    text: str
    heading: bool = False


def tell_title(fields: DraftBuilder, told: str, paragraphs: Sequence[Paragraph], family: str) -> list[str]:
    """Set the title and return the other paragraphs; ``told`` is what the file's properties say, or empty.

    Properties are often those of the file that somebody began with, so they win only where the text has the same
    words at its top; else a heading there does, then the properties, then a first line that is short enough.
    """
    told, top = one_line(told), paragraphs[:_HEADLINE_AMONG]
    at = next((at for at, each in enumerate(top) if told and each.text.casefold() == told.casefold()), None)
    if at is not None:
        fields.add("title", top[at].text, f"{family}:properties/title", 0.95)
        return _without(paragraphs, at, 1)
    shown = next((at for at, each in enumerate(top) if each.heading and len(each.text) <= LONGEST_TITLE), None)
    if shown is not None:
        lines = list(takewhile(lambda each: each.heading, top[shown:]))
        whole = " ".join(each.text for each in lines)
        count = len(lines) if len(whole) <= LONGEST_TITLE else 1
        fields.add("title", whole if count > 1 else top[shown].text, f"{family}:heading", 0.85)
        return _without(paragraphs, shown, count)
    fields.add("title", told, f"{family}:properties/title", 0.6)
    if not told and len(paragraphs) > 1 and len(paragraphs[0].text) <= LONGEST_TITLE:
        fields.add("title", paragraphs[0].text, f"{family}:first-line", 0.6)
        return _without(paragraphs, 0, 1)
    return [each.text for each in paragraphs]


def _without(paragraphs: Sequence[Paragraph], at: int, count: int) -> list[str]:
    return [each.text for each in (*paragraphs[:at], *paragraphs[at + count :])]


def tell_people(fields: DraftBuilder, printed: str, origin: str, sure: float) -> None:
    """Set the authors that properties name, as far as they are names of people and nothing has named any yet."""
    fields.add("authors", names_in(f"by {one_line(printed)}"), origin, sure)


def tell_keywords(fields: DraftBuilder, printed: str | Sequence[str], origin: str, sure: float) -> None:
    """Set the keywords: a list, or a line with commas or semicolons."""
    pieces = printed.replace(";", ",").split(",") if isinstance(printed, str) else printed
    fields.add("keywords", tuple(dict.fromkeys(filter(None, map(one_line, pieces)))), origin, sure)
