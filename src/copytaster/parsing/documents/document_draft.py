"""What documents and mails have in common: which paragraph is the headline, and what else stands in the text itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from copytaster.parsing.draft_builder import Fields, one_line
from copytaster.parsing.original import Original
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.plain.opening_lines import names_in, read_opening
from copytaster.parsing.plain.parser import LONGEST_TITLE

_HEADLINE_AMONG = 5
"""Paragraphs: above a headline stand a house's name, an embargo line, a place and a date."""

DAMAGED = 0.5
"""What confidence in a text is multiplied with where characters or parts of it were lost."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph on one line; ``heading`` says that its style or size makes it a headline."""

    text: str
    heading: bool = False


def tell_title(fields: Fields, told: str, paragraphs: Sequence[Paragraph], family: str) -> list[str]:
    """Set the title and return the other paragraphs; ``told`` is what the file's properties say, or empty.

    Properties are often those of the file that somebody began with, so they win only where the text has the same
    words at its top; else a heading there does, then the properties, then a first line that is short enough.
    """
    told, top = one_line(told), paragraphs[:_HEADLINE_AMONG]
    at = next((at for at, each in enumerate(top) if told and each.text.casefold() == told.casefold()), None)
    if at is not None:
        fields.put("title", top[at].text, f"{family}:properties/title", 0.95)
        return _without(paragraphs, at, 1)
    shown = next((at for at, each in enumerate(top) if each.heading and len(each.text) <= LONGEST_TITLE), None)
    if shown is not None:
        lines = list(takewhile(lambda each: each.heading, top[shown:]))
        whole = " ".join(each.text for each in lines)
        count = len(lines) if len(whole) <= LONGEST_TITLE else 1
        fields.put("title", whole if count > 1 else top[shown].text, f"{family}:heading", 0.85)
        return _without(paragraphs, shown, count)
    fields.put("title", told, f"{family}:properties/title", 0.6)
    if not told and len(paragraphs) > 1 and len(paragraphs[0].text) <= LONGEST_TITLE:
        fields.put("title", paragraphs[0].text, f"{family}:first-line", 0.6)
        return _without(paragraphs, 0, 1)
    return [each.text for each in paragraphs]


def _without(paragraphs: Sequence[Paragraph], at: int, count: int) -> list[str]:
    return [each.text for each in (*paragraphs[:at], *paragraphs[at + count :])]


def tell_text(fields: Fields, paragraphs: Sequence[str], original: Original, *, origin: str, sure: float = 0.9) -> None:
    """Set the text without house furniture, and byline, dateline and date where they stand in it."""
    trimmed = cut_furniture("\n\n".join(filter(None, paragraphs)))
    opening = read_opening(trimmed.text.split("\n\n"), now=original.now)
    text = "\n\n".join(opening.paragraphs)
    fields.put("text", text, origin, sure * DAMAGED if "\ufffd" in text else sure)
    if byline := opening.byline or trimmed.reporter_line():
        fields.put("byline", byline, "text:byline", 0.8)
        fields.put("authors", names_in(byline), "text:byline", 0.8)
    fields.put("dateline", opening.dateline, "text:dateline", 0.9)
    fields.put_moment("published_at", opening.published, opening.published_from, 0.8)


def tell_people(fields: Fields, printed: str, origin: str, sure: float) -> None:
    """Set the authors that properties name, as far as they are names of people and nothing has named any yet."""
    fields.put("authors", names_in(f"by {one_line(printed)}"), origin, sure)


def tell_keywords(fields: Fields, printed: str | Sequence[str], origin: str, sure: float) -> None:
    """Set the keywords: a list, or a line with commas or semicolons."""
    pieces = printed.replace(";", ",").split(",") if isinstance(printed, str) else printed
    fields.put("keywords", tuple(dict.fromkeys(filter(None, map(one_line, pieces)))), origin, sure)
