"""Finds the times in the ``time`` elements of a page that date its story: of publication, and of a change.

Pages also mark the times of readers' comments and other stories, of events in a sentence, and the hour of the visit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from lxml.etree import _Element

from copytaster.parsing.html.boilerplate import text_of
from copytaster.parsing.html.metadata_sources import around_story, is_unrelated, tidy
from copytaster.parsing.html.page_dates import LONGEST_LINE, PUBLISHED, UPDATED, headline, line_around

_STORY = ("article", "main")
_SITE = ("header", "nav", "footer")
"""Elements around a story, and elements beside it; a story has a header of its own too."""

_INLINE = frozenset(["a", "abbr", "b", "em", "font", "i", "small", "span", "strong", "u"])
_LINES = frozenset(["p", "li", "dd", "blockquote", "figcaption", "caption", "h1", "h2", "h3", "h4"])
"""Elements within a line, and elements of one line or paragraph; others are boxes and cells around them."""

_PIECES = 40
"""Texts of elements that are read of a line."""

_MOST = 50
"""Times that are examined below the headline, and above it; archives of readers' comments have thousands."""

_SENTENCE = re.compile(r"(?:\S+ ){7,}\S*[.!?\u2026][\"'\u201d\u2019\u00bb)]?")
"""At least eight words and a full stop; a line with author, date and reading time has none."""


@dataclass(frozen=True, slots=True)
class MarkedTimes:
    """The printed times of publication and of changes, the likeliest first."""

    published: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def marked_times(tree: _Element) -> MarkedTimes:
    """Return the times of the story, those below the headline first."""
    heading = headline(tree)
    below, above = list[_Element](), list[_Element]()
    found = above if heading is not None else below
    for node in tree.iter("time", "h1", "h2", "h3"):
        if node is heading:
            found = below
        elif node.tag == "time":
            found.append(node)
    around, times = around_story(tree), MarkedTimes()
    for node in (*below[:_MOST], *above[:_MOST]):
        printed = tidy(node.get("datetime") or text_of(node))
        if printed and not (_is_beside(node, around) or _is_of_site(node, heading) or _is_in_prose(node)):
            (times.changed if _is_change(node) else times.published).append(printed)
    return times


def _is_beside(node: _Element, around: frozenset[_Element]) -> bool:
    """Whether a time is in a box beside the story; of a box for the story's own data, its parts have no links."""
    if is_unrelated(node, around | {*node.iterancestors("aside")}):
        return True
    lines = islice(node.iterancestors(), 2)
    return is_unrelated(node, around) and any(each.tag == "a" or each.find(".//a") is not None for each in lines)


def _is_of_site(node: _Element, heading: _Element | None) -> bool:
    """Whether a time is in the header or footer of the site, such as the present hour; stories have their own."""
    box = next(node.iterancestors(*_SITE), None)
    if box is None or next(node.iterancestors(*_STORY), None) is not None:
        return False
    return heading is None or box not in heading.iterancestors()


def _is_in_prose(node: _Element) -> bool:
    """Whether a time is in a sentence of a paragraph, or of text directly in a box or cell."""
    part, block = node, node.getparent()
    while block is not None and block.tag in _INLINE:
        part, block = block, block.getparent()
    if block is None:
        return False
    if block.tag in _LINES:
        line = "".join(map(str, islice(block.itertext(), _PIECES)))
    else:
        before = part.getprevious()
        line = f"{(block.text if before is None else before.tail) or ''} {text_of(part)} {part.tail or ''}"
    line = " ".join(line.split())
    return len(line) > LONGEST_LINE or (_SENTENCE.fullmatch(line) is not None and not PUBLISHED.match(line))


def _is_change(node: _Element) -> bool:
    """Whether a time is that of a change, by its class or text, by the words in front of it, else by its line."""
    names = f"{node.get('class') or ''} {node.get('itemprop') or ''}"
    for said in (names, text_of(node), _label(node), line_around(node)):
        if PUBLISHED.search(said) or UPDATED.search(said):
            return not PUBLISHED.search(said)
    return False


def _label(node: _Element) -> str:
    """Return the words directly in front of an element in its line."""
    before = node.getprevious()
    if before is not None:
        return f"{text_of(before) if before.tag != 'time' else ''} {before.tail or ''}"
    parent = node.getparent()
    return (parent.text or "") if parent is not None else ""
