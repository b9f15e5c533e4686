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
from copytaster.parsing.safe_xml import Element, attribute, children, first, name_of, raw_text, text_of
from copytaster.parsing.wire.nitf_body import add_nitf_body
from copytaster.parsing.wire.nitf_head import add_nitf_head

_FRAGMENT_TAGS = frozenset(["body", "div", "section", "article", "p", "h1", "h2", "ul", "ol", "table", "pre", "br"])
"""Elements of an HTML fragment."""


def add_content(builder: DraftBuilder, item: Element) -> None:
    """Add the text of the first content that has any, and the fields that only the content has."""
    content_set = first(item, "contentSet")
    for inline in children(content_set, "inlineXML"):
        add_inline(builder, inline, "inlineXML")
    for data in children(content_set, "inlineData"):
        _add_data(builder, data)


def add_inline(builder: DraftBuilder, holder: Element, where: str) -> None:
    """Add the fields in the NITF, XHTML or other XML inside an element."""
    if (story := next(holder.iter("{*}nitf"), None)) is not None:
        add_nitf_body(builder, story, f"{where}/nitf")
        add_nitf_head(builder, story, f"{where}/nitf/docdata")
    elif (page := next(holder.iter("{*}html"), None)) is not None:
        _add_html(builder, page, f"{where}/html")
    elif any(name_of(each).lower() in _FRAGMENT_TAGS for each in holder):
        _add_html(builder, holder, where)
    else:
        add_text(builder, _unknown_paragraphs(holder), where, 0.6)


def add_html_text(builder: DraftBuilder, text: str, where: str) -> None:
    """Add the fields in HTML that is the character data of an element."""
    try:
        root = document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8", remove_comments=True))
    except (LxmlError, ValueError):  # white space or comments only
        return
    _add_html(builder, root, where)


def _unknown_paragraphs(element: Element) -> list[str]:
    """Return the paragraphs of an unknown vocabulary, or its prose if it has no elements for paragraphs."""
    marked = next(element.iter("{*}p", "{*}para", "{*}paragraph"), None)
    return paragraphs_of(element) if marked is not None else prose_of(element)


def _add_html(builder: DraftBuilder, root: Element, where: str) -> None:
    heading = next(root.iter("{*}h1"), None)
    builder.add("title", text_of(heading), f"{where}/h1", 0.9)
    builder.add("title", text_of(next(root.iter("{*}title"), None)), f"{where}/title", 0.8)
    body = next(root.iter("{*}body"), root)
    paragraphs = paragraphs_of(body)
    repeated = paragraphs[:1] == [text_of(heading)] and len(paragraphs) > 1
    add_text(builder, paragraphs[1:] if repeated else paragraphs, where)
    builder.add_list("images", images_of(body), f"{where}/img")


def _add_data(builder: DraftBuilder, data: Element) -> None:
    kind = attribute(data, "contenttype").partition(";")[0].lower() or "text/plain"
    if not kind.startswith("text/") and "html" not in kind:
        return
    text = raw_text(data)
    if "base64" in attribute(data, "encoding").lower():
        try:
            text = decode(base64.b64decode(text, validate=False)).text
        except (binascii.Error, ValueError):
            return
    if "html" in kind:
        add_html_text(builder, text, "inlineData")
    else:
        add_text(builder, teletype_paragraphs(text), "inlineData")
