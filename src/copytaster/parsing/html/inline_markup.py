"""Reads paragraphs and pictures from parsed markup inside other formats: XHTML, NITF bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copytaster.model.article import Image
from copytaster.parsing.html.drawn_marks import CLOSING, OPENING, has_marks
from copytaster.parsing.safe_xml import Element, attribute, children, name_of, raw_text, text_of, unescaped

_BLOCKS = frozenset([
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2", "li", "dt", "dd", "div", "section", "article",
    "blockquote", "bq", "block", "body", "body.content", "body.end", "ul", "ol", "dl", "table", "thead", "tbody",
    "tfoot", "tr", "caption", "nitf-table", "fn", "pre", "hr", "address", "footer", "main", "paragraph",
    "para",
])  # fmt: skip
_SKIPPED = frozenset([
    "script", "style", "head", "title", "media", "figure", "img", "picture", "audio", "video", "iframe", "object",
    "note", "byline", "dateline", "distributor", "copyrite", "abstract", "hedline", "body.head", "datasource",
    "nitf-table-metadata", "col", "colgroup", "rp", "rt", "header",
])  # fmt: skip
"""Elements without text of the story, and elements that are read as fields."""

_CELLS = frozenset(["td", "th"])
_BREAK = "\v"
"""Marks a forced line break; text without control codes does not contain it."""

_SENTENCE_END = re.compile(r"[.!?…:;。\uff01\uff1f][\"'”\u2019»)\]]*$")

_WIDEST_LINE = 90
"""Characters; lines wrapped for paper or a screen are not longer."""

_FULL_LINE = 40
"""Characters; a shorter line of a teletype text was ended by its author, not by the width of the paper."""


def paragraphs_of(element: Element) -> list[str]:
    """Return the element's paragraphs in order, with single spaces, without empty ones.

    A forced line break ends a paragraph after a complete sentence or before another break; else it only wraps a line.
    Text with fixed lines in one element is split at its indents and blank lines. The header of an article (headline,
    date, subjects) counts only if there is no other text.
    """
    collector = _ParagraphCollector()
    collector.add(element)
    collector.end_paragraph()
    if not collector.paragraphs:
        for header in element.iter("{*}header"):
            collector.add_content(header)
            collector.end_paragraph()
    return collector.paragraphs


def teletype_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of text with fixed lines, separated by blank lines, indents and short lines."""
    found: list[str] = []
    continues = False
    for line in text.split("\n"):
        content = " ".join(line.split())
        if content and continues and not line.startswith(("\t", "  ")):
            found[-1] = f"{found[-1]} {content}"
        elif content:
            found.append(content)
        continues = len(content) >= _FULL_LINE
    return found


def prose_of(element: Element) -> list[str]:
    """Return the prose in XML of an unknown kind: texts of three or more words, in document order."""
    if element.text and element.text.strip():
        text = text_of(element)
        return [text] if len(text.split()) > 2 else []  # noqa: PLR2004 - names and codes have one or two
    return [each for child in element for each in prose_of(child)]


def images_of(element: Element) -> tuple[Image, ...]:
    """Return the pictures in the markup with captions: ``figure`` and ``img`` of HTML, ``media`` of NITF."""
    return tuple(image for image in _images(element) if image.url or image.caption)


def _images(element: Element) -> Iterator[Image]:
    for found in element.iter("{*}figure", "{*}img", "{*}media"):
        match name_of(found):
            case "media":
                yield from _nitf_media(found)
            case "figure":
                image = next(found.iter("{*}img"), None)
                caption = text_of(next(found.iter("{*}figcaption"), None)) or attribute(image, "alt")
                yield Image(url=attribute(image, "src") or None, caption=caption or None)
            case _ if next(found.iterancestors("{*}figure"), None) is None:
                yield Image(url=attribute(found, "src") or None, caption=attribute(found, "alt") or None)


def _nitf_media(media: Element) -> Iterator[Image]:
    if attribute(media, "media-type") not in {"image", "photo", "graphic", ""}:
        return
    reference = next(children(media, "media-reference"), None)
    captions = (text_of(each) for each in children(media, "media-caption"))
    producer = text_of(next(children(media, "media-producer"), None))
    yield Image(
        url=attribute(reference, "source") or None,
        caption=" ".join(filter(None, captions)) or None,
        credit=producer or None,
    )


def _has_fixed_lines(text: str) -> bool:
    """Whether the lines are as on a typewriter: some at the margin, with indents or blank lines between them.

    In a document that is indented for readability, every line after the first is indented, or none is.
    """
    lines = text.strip("\n").split("\n")[1:]
    at_margin = sum(1 for line in lines if line[:1].strip())
    # A last line of spaces is the indent of the end tag.
    separated = any(not line.strip() or line.startswith(("  ", "\t")) for line in lines[:-1])
    return at_margin > 1 and separated and _BREAK not in text


class _ParagraphCollector:
    """Collects the text of elements as paragraphs."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self._pieces: list[str] = []

    def add(self, element: Element) -> None:
        """Add an element's text, without its tail."""
        name = name_of(element).lower()
        if name in _SKIPPED or not name:
            return
        block = name in _BLOCKS
        if block:
            self.end_paragraph()
        if name == "pre":
            self.paragraphs += teletype_paragraphs(raw_text(element))
            return
        if name == "frac":
            self._add_fraction(element)
            return
        marks = (OPENING, CLOSING) if name == "q" and not has_marks(raw_text(element)) else ("", "")
        self._pieces.append(marks[0])
        self.add_content(element)
        self._pieces.append(marks[1])
        if block:
            self.end_paragraph()
        elif name in _CELLS:
            self._pieces.append(" ")
        elif name == "br":
            self._pieces.append(_BREAK)

    def end_paragraph(self) -> None:
        """End the current paragraph."""
        text = unescaped("".join(self._pieces))
        self._pieces.clear()
        if _has_fixed_lines(text):
            self.paragraphs += teletype_paragraphs(text)
            return
        lines = [" ".join(line.split()) for line in text.split(_BREAK)]
        complete = [not line or bool(_SENTENCE_END.search(line)) for line in lines]
        # Among full lines that break within sentences, a line that ends with a sentence does so by chance.
        wrapped = all(_FULL_LINE <= len(line) <= _WIDEST_LINE for line in lines[:-1]) and not all(complete[:-1])
        continues = False
        for line, is_complete in zip(lines, complete, strict=True):
            if line and continues:
                self.paragraphs[-1] = f"{self.paragraphs[-1]} {line}"
            elif line:
                self.paragraphs.append(line)
            continues = bool(line) and (wrapped or not is_complete)

    def _add_fraction(self, fraction: Element) -> None:
        """Add a fraction of NITF, whose bar is optional in the markup, apart from the digits in front of it."""
        apart = " " if next(filter(None, reversed(self._pieces)), "")[-1:].isdigit() else ""
        numbers = (text_of(next(children(fraction, f"frac-{part}"), None)) for part in ("num", "den"))
        self._pieces.append(apart + "/".join(numbers))

    def add_content(self, element: Element) -> None:
        """Add an element's text, also that of an element that is skipped by its name."""
        if element.text:
            self._pieces.append(element.text)
        for child in element:
            self.add(child)
            if child.tail:
                self._pieces.append(child.tail)
