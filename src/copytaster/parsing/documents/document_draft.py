"""Adds the title, authors and keywords of a document or mail to a draft, from its properties and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from copytaster.parsing.draft_builder import LONGEST_TITLE, DraftBuilder, one_line
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.organisations import is_organisation
from copytaster.parsing.release_terms.opening import add_heading, apply_release_terms

_HEADLINE_AMONG = 5
"""Number of paragraphs: a headline may follow an organisation's name, an embargo line, a place and a date."""

_SET_BY_PROGRAMS = re.compile(
    r".*\.(?:do[ct][xm]?|indd|qxp|qxd|pdf|rtf|od[tsp]|pages|pub|txt|pp[ts][xm]?|xls[xm]?|tex|dvi|html?|wp[ds]|e?ps|tmp)"
    r"|microsoft (?:office )?(?:word|powerpoint|excel|publisher|outlook|visio|works)\b.* - .*"
    r"|(?:documento? )?(?:untitled|unbenannt(?:es)?|ohne titel|sans titre|sin título|senza titolo|sem título|naamloos)"
    r"(?:[ _-]*(?:document|dokument|\d+))*"
    r"|(?:pr[eéä]sentation|presentación|presentazione|documento?|dokument|slide|folie|diapositiv[ae]|layout)[ _-]*\d*"
    r"|powerpoint[ -]pr[eä]sentation|présentation powerpoint|present\w+ (?:standard )?d[ei] powerpoint"
    r"|(?=[\w-]*\d{4})[A-Z0-9_-]+",
    re.IGNORECASE,
)
"""Titles that programs set in the properties: names of files, and of files that nobody has named."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph on one line; ``heading`` is true if its style or size marks it as a headline."""

    text: str
    heading: bool = False


def add_title(fields: DraftBuilder, property_title: str, paragraphs: Sequence[Paragraph], family: str) -> list[str]:
    """Add the title and return the other paragraphs; ``property_title`` is the file's title property.

    A document often has the properties of an older file from which it was made. Therefore the sources of the title
    have this order: a property that is repeated in the first paragraphs, a heading among them, the property alone, a
    first line that is short enough. Release terms are applied, and are neither title nor paragraph.
    """
    terms = apply_release_terms(fields, [each.text for each in paragraphs], f"{family}:text")
    changed = (replace(each, text=terms.get(at, each.text)) for at, each in enumerate(paragraphs))
    paragraphs = [each for each in changed if each.text]
    property_title, top = _named(property_title), paragraphs[:_HEADLINE_AMONG]
    folded = property_title.casefold()
    repeated = next((at for at, each in enumerate(top) if folded and each.text.casefold() == folded), None)
    if repeated is not None:
        add_heading(fields, top[repeated].text, f"{family}:properties/title", 0.95)
        return _without(paragraphs, repeated, 1)
    heading = next((at for at, each in enumerate(top) if each.heading and len(each.text) <= LONGEST_TITLE), None)
    if heading is not None:
        lines = list(takewhile(lambda each: each.heading, top[heading:]))
        whole = " ".join(each.text for each in lines)
        count = len(lines) if len(whole) <= LONGEST_TITLE else 1
        add_heading(fields, whole if count > 1 else top[heading].text, f"{family}:heading", 0.85)
        return _without(paragraphs, heading, count)
    add_heading(fields, property_title, f"{family}:properties/title", 0.6)
    if not property_title and len(paragraphs) > 1 and len(paragraphs[0].text) <= LONGEST_TITLE:
        add_heading(fields, paragraphs[0].text, f"{family}:first-line", 0.6)
        return _without(paragraphs, 0, 1)
    return [each.text for each in paragraphs]


def _named(property_title: str) -> str:
    """Return the title on one line; empty if a program has set it."""
    title = one_line(property_title)
    return "" if _SET_BY_PROGRAMS.fullmatch(title) else title


def _without(paragraphs: Sequence[Paragraph], at: int, count: int) -> list[str]:
    return [each.text for each in (*paragraphs[:at], *paragraphs[at + count :])]


def add_authors(fields: DraftBuilder, printed: str, source: str, confidence: float) -> None:
    """Add the people named in a property as authors; names of organisations are left out."""
    people = tuple(name for name in names_in(f"by {one_line(printed)}") if not is_organisation(name))
    fields.add("authors", people, source, confidence)


def add_keywords(fields: DraftBuilder, printed: str | Sequence[str], source: str, confidence: float) -> None:
    """Add keywords, given as a list or as one line with commas or semicolons."""
    pieces = printed.replace(";", ",").split(",") if isinstance(printed, str) else printed
    fields.add("keywords", tuple(dict.fromkeys(filter(None, map(one_line, pieces)))), source, confidence)
