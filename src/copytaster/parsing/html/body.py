"""A page's body as paragraphs: swept, extracted by trafilatura, without headings that head nothing."""

from __future__ import annotations

import re

from lxml.etree import _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.xml import xmltotxt

from copytaster.parsing.html.boilerplate import sweep
from copytaster.parsing.plain.furniture import is_furniture

SHORTEST_BODY = 15
"""Characters without spaces: a news flash has some twenty, what menus and error pages leave over has fewer."""

FLASH = 250
"""Characters; a body shorter than this may be all that is left of menus and forms, so it is looked at twice."""

_TABLE_RULE = re.compile(r"[|\s:-]*")

_TABLE_TAGS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")

_OWN_WORDS = (
    "//body//text()[not(ancestor::*[self::a or self::label or self::button or self::option"
    " or self::script or self::style])]"
)


def read_body(tree: HtmlElement) -> str:
    """Return the article on the page, paragraphs parted by blank lines; empty where there is none. Uses ``tree`` up.

    Costs 3 to 8 ms a page, nearly all of it in trafilatura.
    """
    _free_layout(tree)
    sweep(tree)
    # With the format "python" it would write the text out, headings and all, a second time.
    found = bare_extraction(tree, fast=True, include_comments=False, with_metadata=False, output_format="txt")
    body = getattr(found, "body", None)
    if body is None:
        return ""
    _cut_ends(body)
    text = paragraphs(str(xmltotxt(body, include_formatting=False)))
    return text if len(text) >= FLASH or _has_words_of_its_own(tree) else ""


def paragraphs(text: str) -> str:
    """Part the lines by blank ones, without the bars that stand for a table's rules and edges."""
    lines = (line.strip().strip("|").strip() for line in text.split("\n") if not _TABLE_RULE.fullmatch(line))
    return "\n\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _free_layout(tree: HtmlElement) -> None:
    """Make boxes of tables that place paragraphs on the page, which else come out as one line of data."""
    for cell in [each for each in tree.iter("td") if len(each.findall("p")) > 1]:
        for part in (cell, *cell.iterancestors(*_TABLE_TAGS)):
            part.tag = "div"


def _cut_ends(body: _Element) -> None:
    """Cut headings and decks above the first paragraph, headings and furniture below the last."""
    parts = list(body)
    while parts and _stands_alone(parts[0]) and parts[0].tag == "head":
        body.remove(parts.pop(0))
    while len(parts) > 1 and _stands_alone(parts[-1]) and _ends_nothing(parts[-1]):
        body.remove(parts.pop())


def _stands_alone(part: _Element) -> bool:
    return not (part.tail or "").strip()


def _ends_nothing(part: _Element) -> bool:
    text = " ".join("".join(map(str, part.itertext())).split())
    return part.tag == "head" or not text or is_furniture(text)


def _has_words_of_its_own(tree: HtmlElement) -> bool:
    """Whether there is more to read than links and the controls of forms: a page to log in has hardly more."""
    return len("".join("".join(tree.xpath(_OWN_WORDS)).split())) >= SHORTEST_BODY
