"""The content of a newsItem: inline XHTML, NITF or other XML, or plain and encoded text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.inline_markup import images_of, paragraphs_of, prose_of
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.release_terms.opening import add_heading
from copytaster.parsing.safe_xml import Element, attribute, children, first, name_of, raw_text, text_of
from copytaster.parsing.wire.escaped_markup import markup_in, plain_paragraphs_of
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


def add_inline(builder: DraftBuilder, holder: Element, where: str, paragraphs: Sequence[str] | None = None) -> None:
    """Add the fields in the NITF, XHTML or other XML inside an element.

    ``paragraphs`` are the whole text, if it has other parts besides this one; by default it is this element's text.
    """
    text = inline_paragraphs(holder) if paragraphs is None else paragraphs
    if (story := next(holder.iter("{*}nitf"), None)) is not None:
        add_nitf_body(builder, story, f"{where}/nitf", text)
        add_nitf_head(builder, story, f"{where}/nitf/docdata")
    elif (page := _page_in(holder)) is not None:
        where = where if page is holder else f"{where}/html"
        add_heading(builder, text_of(next(page.iter("{*}h1"), None)), f"{where}/h1", 0.9)
        add_heading(builder, text_of(next(page.iter("{*}title"), None)), f"{where}/title", 0.8)
        add_text(builder, text, where)
        builder.add_list("images", images_of(_body_of(page)), f"{where}/img")
    else:
        add_text(builder, text, where, 0.6)


def inline_paragraphs(holder: Element) -> list[str]:
    """Return the text of the NITF, XHTML or other XML inside an element, without a headline at its beginning."""
    if (story := next(holder.iter("{*}nitf"), None)) is not None:
        content = first(story, "body/body.content")
        return [] if content is None else paragraphs_of(content)
    page = _page_in(holder)
    if page is None:
        # An unknown vocabulary: its prose, if it has no elements for paragraphs.
        marked = next(holder.iter("{*}p", "{*}para", "{*}paragraph"), None)
        return paragraphs_of(holder) if marked is not None else prose_of(holder)
    paragraphs = paragraphs_of(_body_of(page))
    heading = text_of(next(page.iter("{*}h1"), None))
    return paragraphs[1:] if paragraphs[:1] == [heading] and len(paragraphs) > 1 else paragraphs


def _page_in(holder: Element) -> Element | None:
    """Return the page inside an element, or the element itself if it contains a fragment of one."""
    page = next(holder.iter("{*}html"), None)
    if page is not None:
        return page
    return holder if any(name_of(each).lower() in _FRAGMENT_TAGS for each in holder) else None


def _body_of(page: Element) -> Element:
    return next(page.iter("{*}body"), page)


def _add_data(builder: DraftBuilder, data: Element) -> None:
    kind = attribute(data, "contenttype").partition(";")[0].lower() or "text/plain"
    if not kind.startswith("text/") and "html" not in kind and "xml" not in kind:
        return
    text = raw_text(data)
    if "base64" in attribute(data, "encoding").lower():
        try:
            text = decode(base64.b64decode(text, validate=False)).text
        except (binascii.Error, ValueError):
            return
    markup = markup_in(text, declared="html" in kind or "xml" in kind)
    if markup is None:
        add_text(builder, plain_paragraphs_of(text), "inlineData")
    else:
        add_inline(builder, markup, "inlineData")
