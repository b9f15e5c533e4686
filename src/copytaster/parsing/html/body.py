"""Extracts the paragraphs of an article: removes boilerplate, runs trafilatura, cuts headings at both ends."""

from __future__ import annotations

import re

from lxml.etree import _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.xml import xmltotxt

from copytaster.parsing.html.boilerplate import remove_boilerplate
from copytaster.parsing.plain.furniture import is_furniture

SHORTEST_BODY = 15
"""Characters without spaces. A news flash has some twenty; the remains of menus and error pages have fewer."""

FLASH = 250
"""Characters; a shorter body may be the remains of menus and forms, so the rest of the page is checked."""

_TABLE_RULE = re.compile(r"[|\s:-]*")

_TABLE_TAGS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")

_TEXT_OUTSIDE_CONTROLS = (
    "//body//text()[not(ancestor::*[self::a or self::label or self::button or self::option"
    " or self::script or self::style])]"
)


def read_body(tree: HtmlElement) -> str:
    """Return the article on the page with blank lines between paragraphs; empty without one. Uses up ``tree``.

    Costs 3 to 8 ms a page, nearly all of it in trafilatura.
    """
    _unwrap_layout_tables(tree)
    remove_boilerplate(tree)
    # With the format "python" trafilatura would also serialise the text, which is done below.
    extracted = bare_extraction(tree, fast=True, include_comments=False, with_metadata=False, output_format="txt")
    body = getattr(extracted, "body", None)
    if body is None:
        return ""
    _cut_ends(body)
    text = separate_paragraphs(str(xmltotxt(body, include_formatting=False)))
    return text if len(text) >= FLASH or _has_readable_text(tree) else ""


def separate_paragraphs(text: str) -> str:
    """Return the lines of ``text`` with blank lines between them, without the bars of a table's rules and edges."""
    lines = (line.strip().strip("|").strip() for line in text.split("\n") if not _TABLE_RULE.fullmatch(line))
    return "\n\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _unwrap_layout_tables(tree: HtmlElement) -> None:
    """Replace tables used for layout by boxes; else trafilatura returns their paragraphs as one line of data."""
    for cell in [each for each in tree.iter("td") if len(each.findall("p")) > 1]:
        for element in (cell, *cell.iterancestors(*_TABLE_TAGS)):
            element.tag = "div"


def _cut_ends(body: _Element) -> None:
    """Cut headings above the first paragraph, and headings and furniture below the last."""
    parts = list(body)
    while parts and _has_no_tail(parts[0]) and parts[0].tag == "head":
        body.remove(parts.pop(0))
    while len(parts) > 1 and _has_no_tail(parts[-1]) and _is_heading_or_furniture(parts[-1]):
        body.remove(parts.pop())


def _has_no_tail(part: _Element) -> bool:
    return not (part.tail or "").strip()


def _is_heading_or_furniture(part: _Element) -> bool:
    text = " ".join("".join(map(str, part.itertext())).split())
    return part.tag == "head" or not text or is_furniture(text)


def _has_readable_text(tree: HtmlElement) -> bool:
    """Whether there is text outside links and the controls of forms; a login page has hardly any."""
    return len("".join("".join(tree.xpath(_TEXT_OUTSIDE_CONTROLS)).split())) >= SHORTEST_BODY
