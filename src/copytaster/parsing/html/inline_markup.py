"""Paragraphs and pictures of the markup that stands inside other formats: XHTML, HTML fragments, NITF bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from copytaster.model.article import Image
from copytaster.parsing.safe_xml import Element, attribute, children, name_of, text_in, words_of

_BLOCKS = frozenset([
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2", "li", "dt", "dd", "div", "section", "article",
    "blockquote", "bq", "block", "body", "body.content", "body.end", "ul", "ol", "dl", "table", "thead", "tbody",
    "tfoot", "tr", "caption", "nitf-table", "fn", "pre", "hr", "address", "header", "footer", "main", "paragraph",
    "para",
])  # fmt: skip
_PASSED_OVER = frozenset([
    "script", "style", "head", "title", "media", "figure", "img", "picture", "audio", "video", "iframe", "object",
    "note", "byline", "dateline", "distributor", "copyrite", "abstract", "hedline", "body.head", "datasource",
    "nitf-table-metadata", "col", "colgroup", "rp", "rt",
])  # fmt: skip
"""What is no text of the story, or is read as a field of its own."""

_CELLS = frozenset(["td", "th"])
_BREAK = "\v"
"""Stands for a forced line break: no text has it once its control codes are gone."""

_FINISHED = re.compile(r"[.!?…:;。\uff01\uff1f][\"'”\u2019»)\]]*$")

_PAPER = 90
"""Characters; no line that was wrapped for paper or a screen is longer."""

_TWICE_ESCAPED = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|quot|apos|amp|nbsp);")
"""References that are left when a document has been read were escaped once too often; ``&lt;`` might be meant."""

_WRAPPED = 40
"""Characters; a teletype line shorter than this was ended by its author, not by the width of the paper."""


def paragraphs_of(element: Element) -> list[str]:
    """Return the element's paragraphs in order, with single spaces, without those that are empty.

    A forced break ends a paragraph after a finished sentence or before another break; else a line was only wrapped.
    Text that was typed with indents or blank lines into one element keeps these paragraphs.
    """
    flow = _Flow()
    flow.read(element)
    flow.end()
    return flow.paragraphs


def teletype_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of text with fixed lines: parted by blank lines, by indents, and by short lines."""
    found: list[str] = []
    joins = False
    for line in text.split("\n"):
        words = " ".join(line.split())
        if words and joins and not line.startswith(("\t", "  ")):
            found[-1] = f"{found[-1]} {words}"
        elif words:
            found.append(words)
        joins = len(words) >= _WRAPPED
    return found


def unescaped(text: str) -> str:
    """Return ``text`` with references that were escaped twice resolved."""
    return _TWICE_ESCAPED.sub(lambda found: unescape(found.group()), text) if "&" in text else text


def prose_of(element: Element) -> list[str]:
    """Return what reads like prose in XML of an unknown kind: texts of three words and more, outermost first."""
    if element.text and element.text.strip():
        words = words_of(element)
        return [words] if len(words.split()) > 2 else []  # noqa: PLR2004 - names and codes have one or two
    return [each for child in element for each in prose_of(child)]


def images_of(element: Element) -> tuple[Image, ...]:
    """Return the pictures that the markup shows, with captions: HTML's ``figure`` and ``img``, NITF's ``media``."""
    return tuple(image for image in _images(element) if image.url or image.caption)


def _images(element: Element) -> Iterator[Image]:
    for found in element.iter("{*}figure", "{*}img", "{*}media"):
        match name_of(found):
            case "media":
                yield from _nitf_media(found)
            case "figure":
                image = next(found.iter("{*}img"), None)
                caption = words_of(next(found.iter("{*}figcaption"), None)) or attribute(image, "alt")
                yield Image(url=attribute(image, "src") or None, caption=caption or None)
            case _ if next(found.iterancestors("{*}figure"), None) is None:
                yield Image(url=attribute(found, "src") or None, caption=attribute(found, "alt") or None)


def _nitf_media(media: Element) -> Iterator[Image]:
    if attribute(media, "media-type") not in {"image", "photo", "graphic", ""}:
        return
    reference = next(children(media, "media-reference"), None)
    captions = (words_of(each) for each in children(media, "media-caption"))
    producer = words_of(next(children(media, "media-producer"), None))
    yield Image(
        url=attribute(reference, "source") or None,
        caption=" ".join(filter(None, captions)) or None,
        credit=producer or None,
    )


def _is_typed(text: str) -> bool:
    """Whether the lines stand as on a typewriter: some at the margin, and indents or blank lines between them.

    In a document that was only laid out for reading every line after the first is indented, or none is.
    """
    lines = text.strip("\n").split("\n")[1:]
    at_margin = sum(1 for line in lines if line[:1].strip())
    # A last line of spaces is the indent of the end tag.
    apart = any(not line.strip() or line.startswith(("  ", "\t")) for line in lines[:-1])
    return at_margin > 1 and apart and _BREAK not in text


class _Flow:
    """Takes text as it comes and cuts it into paragraphs."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self._pieces: list[str] = []

    def read(self, element: Element) -> None:
        """Take an element's text; what follows it is its parent's business."""
        name = name_of(element).lower()
        if name in _PASSED_OVER or not name:
            return
        block = name in _BLOCKS
        if block:
            self.end()
        if name == "pre":
            self.paragraphs += teletype_paragraphs(text_in(element))
            return
        self._take(element)
        if block:
            self.end()
        elif name in _CELLS:
            self._pieces.append(" ")
        elif name == "br":
            self._pieces.append(_BREAK)

    def end(self) -> None:
        """End the paragraph."""
        text = unescaped("".join(self._pieces))
        self._pieces.clear()
        if _is_typed(text):
            self.paragraphs += teletype_paragraphs(text)
            return
        lines = [" ".join(line.split()) for line in text.split(_BREAK)]
        ends = [not line or bool(_FINISHED.search(line)) for line in lines]
        # Among full lines that break off within sentences, one that ends with a sentence does so by chance.
        wrapped = all(_WRAPPED <= len(line) <= _PAPER for line in lines[:-1]) and not all(ends[:-1])
        joins = False
        for line, ended in zip(lines, ends, strict=True):
            if line and joins:
                self.paragraphs[-1] = f"{self.paragraphs[-1]} {line}"
            elif line:
                self.paragraphs.append(line)
            joins = bool(line) and (wrapped or not ended)

    def _take(self, element: Element) -> None:
        if element.text:
            self._pieces.append(element.text)
        for child in element:
            self.read(child)
            if child.tail:
                self._pieces.append(child.tail)
