"""Finds the dates of a page that states them only to readers, in lines next to the headline.

Dates elsewhere on a page are withheld: on 299 pages six of the ten that htmldate found were wrong.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from lxml.etree import XPath, _Element

from copytaster.parsing.dates import Moment
from copytaster.parsing.html.boilerplate import text_of
from copytaster.parsing.html.metadata_sources import around_story, is_unrelated
from copytaster.parsing.local_dates import read_local_day

LONGEST_LINE = 120
"""Characters of a line with author, date and reading time; a longer one is a sentence about an event."""

_PIECES = 200
"""Texts of elements that are read of a line; a box with more is no line, and may be the whole page."""

_ELEMENTS = 160
"""Elements below the headline in which the date is searched; pictures and buttons before the story have dozens."""

_LINES = 20
"""Lines with a digit among them."""

_CHANGED = re.compile(
    r"updat|modifi|review|edited|revis|aktualisier|geändert|mis à jour|actualiz|aggiorna|atualiz|bijgewerkt|обновл"
    r"|copyright|©|expir|valid",
    re.IGNORECASE,
)
"""Words beside the date of a change, a check or a right, which is not the date of publication."""

UPDATED = re.compile(
    r"updat|modifi|edited|revis|aktualisier|geändert|mis à jour|actualiz|aggiorna|atualiz|bijgewerkt|обновл",
    re.IGNORECASE,
)
"""Words beside the date of a change of the text."""

PUBLISHED = re.compile(r"publi|posted|veröffentlicht|erstellt", re.IGNORECASE)
"""Words in lines that state publication, even if they state a change too; two different days are no day."""

_HEADINGS = ("h1", "h2", "h3")
"""Elements that contain headlines."""

_TITLE_SHARE = 0.5
"""Share of the title's characters in the headline; the rest is the site's name."""

_BELOW = XPath("following::*[self::p or self::div or self::span or self::time or self::li or self::small or self::b"
               " or self::em or self::i or self::strong or self::abbr or self::a or self::td or self::dd or self::h2"
               " or self::h3 or self::h4 or self::h5 or self::h6 or self::address]")  # fmt: skip
_ABOVE = XPath("preceding::*[self::p or self::div or self::span or self::time or self::small or self::li]")

_ADDRESS_DAY = re.compile(r"/((?:19|20)\d\d)([/-]?)(\d\d)\2(\d\d)(?=[/_-]|$)")
"""A whole day, as blog software and newspapers put it into addresses; other numbers are ids, or months alone."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class PrintedDays:
    """The day of publication and that of a change, as far as lines around the headline state them."""

    published: Moment | None = None
    changed: Moment | None = None


def printed_days(tree: _Element, language: str | None, latest: datetime) -> PrintedDays:
    """Return the days that short lines around the headline state, those below it first. Costs about 1 ms."""
    heading = headline(tree)
    if heading is None:
        return PrintedDays()
    around = around_story(tree)
    below = _dated(_elements(_BELOW(heading))[:_ELEMENTS])[:_LINES]
    above = _dated(_elements(_ABOVE(heading))[-_LINES:])
    changed = None
    for node in (*below, *reversed(above)):
        moment = None if is_unrelated(node, around) else read_local_day(text_of(node), language, latest=latest)
        if moment and not _states_change(node):
            return PrintedDays(moment, changed)
        changed = changed or (moment if UPDATED.search(line_around(node)) else None)
    return PrintedDays(changed=changed)


def day_in_address(address: str | None) -> Moment | None:
    """Return the day in the path of an address such as ``/2025/03/04/story``, None without one."""
    for match in _ADDRESS_DAY.finditer(address or ""):
        with suppress(ValueError):  # numbers that are no day
            return Moment(datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=UTC), zoned=False)
    return None


def headline(tree: _Element) -> _Element | None:
    """Return the first heading that the page's title repeats, else the first ``h1`` with a text: some are logos."""
    title = text_of(found) if (found := tree.find("head/title")) is not None else ""
    titled = (each for each in tree.iter(*_HEADINGS) if _is_title(text_of(each), title))
    heading = next(titled, None)
    return heading if heading is not None else next((each for each in tree.iter("h1") if text_of(each)), None)


def _is_title(heading: str, title: str) -> bool:
    return heading != "" and heading in title and len(heading) >= _TITLE_SHARE * len(title)


def _states_change(node: _Element) -> bool:
    """Whether the line, or the one around it, names a change: "Last updated" may be in a box of its own."""
    return any(_CHANGED.search(text) and not PUBLISHED.search(text) for text in (text_of(node), line_around(node)))


def line_around(node: _Element) -> str:
    """Return the line that contains the node, else the node's own."""
    parent = node.getparent()
    pieces = islice(parent.itertext(), _PIECES) if parent is not None else ()
    around = " ".join("".join(map(str, pieces)).split())
    return around if len(around) <= LONGEST_LINE else text_of(node)


def _dated(nodes: list[_Element]) -> list[_Element]:
    """Return the elements with a short text that contains a digit."""
    texts = ((node, text_of(node)) for node in nodes)
    return [node for node, text in texts if len(text) <= LONGEST_LINE and _DIGIT.search(text)]


def _elements(found: object) -> list[_Element]:
    return [node for node in found if isinstance(node, _Element)] if isinstance(found, list) else []
