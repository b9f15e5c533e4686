"""Markup in the character data of an element: pages, fragments and whole NITF documents, escaped or in CDATA."""

from __future__ import annotations

import re

from lxml import etree
from lxml.etree import LxmlError
from lxml.html import HTMLParser, document_fromstring

from copytaster.errors import RefusedError
from copytaster.parsing.html.inline_markup import teletype_paragraphs
from copytaster.parsing.safe_xml import Element, read_inner_xml

_NITF = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)?<(?:[\w-]+:)?nitf[\s>]", re.IGNORECASE
)
_BLOCKS = r"p|div|h[1-6]|ul|ol|li|table|blockquote|article|section|body|html|pre"
_OPENED = re.compile(rf"<({_BLOCKS})\b[^<>]*>", re.IGNORECASE)
_CLOSED = re.compile(rf"</({_BLOCKS})\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INLINE = re.compile(
    r"<(?P<name>b|i|u|em|strong|a|span|sub|sup|small)(?:\s[^<>]*)?>(?P<text>[^<>]*)</(?P=name)\s*>", re.IGNORECASE
)


def markup_in(text: str, *, declared: bool = False) -> Element | None:
    """Return the page, fragment or NITF document in the text of an element; None for plain text.

    With ``declared``, the text is a page even without the tag of a block.
    """
    if _NITF.match(text):
        try:
            holder = etree.Element("holder")
            holder.append(read_inner_xml(text, "the escaped document"))
        except RefusedError:
            pass  # read as a page below, as leniently as browsers do
        else:
            return holder
    if not declared and not text.lstrip().startswith("<") and not _has_blocks(text):
        return None
    try:
        return document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8", remove_comments=True))
    except (LxmlError, ValueError):  # white space or comments only
        return None


def _has_blocks(text: str) -> bool:
    """Say whether blocks of a page open and close in a text, or lines break; one that mentions a tag has no end tag."""
    closed = {name.lower() for name in _CLOSED.findall(text)}
    return bool(_BREAK.search(text)) or any(name.lower() in closed for name in _OPENED.findall(text))


def plain_paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of plain text, without the tags of emphasis and links in it."""
    return teletype_paragraphs(_INLINE.sub(lambda found: found["text"], text))
