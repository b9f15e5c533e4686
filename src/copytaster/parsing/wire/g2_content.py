"""The content of a newsItem: inline XHTML, NITF or other XML, or plain and encoded text."""

from __future__ import annotations

import base64
import binascii

from lxml.etree import LxmlError
from lxml.html import HTMLParser, document_fromstring

from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.inline_markup import images_of, paragraphs_of, prose_of, teletype_paragraphs
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.safe_xml import Element, attribute, children, first, name_of, text_in, words_of
from copytaster.parsing.wire.nitf_body import read_nitf_body
from copytaster.parsing.wire.nitf_head import read_nitf_head

_LOOSE_MARKUP = frozenset(["body", "div", "section", "article", "p", "h1", "h2", "ul", "ol", "table", "pre", "br"])
"""Elements of HTML that stand without a page around them."""


def read_content(builder: DraftBuilder, item: Element) -> None:
    """Set text, and what only the content tells, from the first content that has words."""
    content_set = first(item, "contentSet")
    for inline in children(content_set, "inlineXML"):
        read_inline(builder, inline, "inlineXML")
    for data in children(content_set, "inlineData"):
        _read_data(builder, data)


def read_inline(builder: DraftBuilder, holder: Element, where: str) -> None:
    """Set fields from the NITF, XHTML or other XML that an element holds."""
    if (story := next(holder.iter("{*}nitf"), None)) is not None:
        read_nitf_body(builder, story, f"{where}/nitf")
        read_nitf_head(builder, story, f"{where}/nitf/docdata")
    elif (page := next(holder.iter("{*}html"), None)) is not None:
        _read_html(builder, page, f"{where}/html")
    elif any(name_of(each).lower() in _LOOSE_MARKUP for each in holder):
        _read_html(builder, holder, where)
    else:
        add_text(builder, _loose(holder), where, 0.6)


def read_html_text(builder: DraftBuilder, text: str, where: str) -> None:
    """Set fields from HTML that stands as characters in an element."""
    try:
        root = document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8", remove_comments=True))
    except (LxmlError, ValueError):  # nothing but white space or comments
        return
    _read_html(builder, root, where)


def _loose(element: Element) -> list[str]:
    """Return the paragraphs of an unknown dialect, or what reads like prose where it has none."""
    marked = next(element.iter("{*}p", "{*}para", "{*}paragraph"), None)
    return paragraphs_of(element) if marked is not None else prose_of(element)


def _read_html(builder: DraftBuilder, root: Element, where: str) -> None:
    heading = next(root.iter("{*}h1"), None)
    builder.add("title", words_of(heading), f"{where}/h1", 0.9)
    builder.add("title", words_of(next(root.iter("{*}title"), None)), f"{where}/title", 0.8)
    body = next(root.iter("{*}body"), root)
    paragraphs = paragraphs_of(body)
    repeated = paragraphs[:1] == [words_of(heading)] and len(paragraphs) > 1
    add_text(builder, paragraphs[1:] if repeated else paragraphs, where)
    builder.add_list("images", images_of(body), f"{where}/img")


def _read_data(builder: DraftBuilder, data: Element) -> None:
    kind = attribute(data, "contenttype").partition(";")[0].lower() or "text/plain"
    if not kind.startswith("text/") and "html" not in kind:
        return
    text = text_in(data)
    if "base64" in attribute(data, "encoding").lower():
        try:
            text = decode(base64.b64decode(text, validate=False)).text
        except (binascii.Error, ValueError):
            return
    if "html" in kind:
        read_html_text(builder, text, "inlineData")
    else:
        add_text(builder, teletype_paragraphs(text), "inlineData")
