"""Reads HTML fragments inside other formats (entries of feeds, fields of JSON) as paragraphs and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.etree import ParserError, XMLSyntaxError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.html.character_references import with_existing_characters
from copytaster.parsing.html.drawn_marks import write_marks
from copytaster.parsing.plain.furniture import cut_furniture

_SKIPPED = frozenset([
    "audio", "button", "canvas", "figcaption", "form", "head", "input", "link", "map", "meta", "noscript",
    "script", "select", "style", "svg", "template", "textarea", "title", "video",
])  # fmt: skip
"""Elements without text of the article. A caption belongs to its picture."""

_INLINE = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del", "dfn", "em",
    "embed", "font", "i", "iframe", "img", "ins", "kbd", "label", "mark", "nobr", "o:p", "object", "q", "rp",
    "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "wbr", "annotation", "math", "mfrac", "mi", "mn", "mo", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle",
    "msub", "msubsup", "msup", "mtext", "semantics",
])  # fmt: skip
"""Elements within a paragraph; all others, including unknown ones, separate paragraphs. The content of a frame or an
object is shown if its source is not."""

_PARAGRAPH_END, _LINE_END = "\x00", "\x01"
"""Marks in the text while it is collected; cleaned text does not contain these characters."""

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}>?")
"""A tag with an embedded picture or with thousands of attributes, on which libxml2 spends minutes."""

_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_LONE_BRACKET = re.compile(r"<(?=!(?!--|doctype\b[^<>]*>))", re.IGNORECASE)
"""An angle bracket that starts neither a comment nor a document type; HTML parsers hide the text after it."""

_BLOG_LINE = re.compile(
    r"The post .{1,400} (?:appeared first|first appeared) on .{1,200}|(?:Continue reading|Keep reading)\b.{0,200}"
)
"""Lines that blog software adds to each entry of its feeds."""

_PIXEL_SIZES = frozenset(["0", "1", "0px", "1px"])


@dataclass(frozen=True, slots=True)
class Fragment:
    """Paragraphs separated by one blank line, and the pictures among them with their captions."""

    text: str
    images: tuple[Image, ...] = ()


def read_fragment(markup: str, base: str = "") -> Fragment:
    """Return the visible content of ``markup``, without forms and tracking pixels.

    Addresses of pictures are resolved against ``base``. Never raises; linear in the size.
    """
    tree = _tree(with_existing_characters(clean(markup)))
    if tree is None:
        return Fragment("")
    write_marks(tree)
    return Fragment(_without_blog_lines(_joined("".join(_pieces(tree)))), tuple(_images(tree, base)))


def plain_paragraphs(text: str) -> str:
    """Return plain text with one blank line between paragraphs, which end at blank lines, else at each line end."""
    lines = clean(text).strip().split("\n")
    blank = any(not line.strip() for line in lines)
    return _joined((_LINE_END if blank else _PARAGRAPH_END).join(line.strip() for line in lines))


def _tree(markup: str) -> HtmlElement | None:
    # As bytes, because lxml refuses strings with an encoding declaration.
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    markup = _LONE_BRACKET.sub("&lt;", _CDATA.sub("", _LONG_TAG.sub("", markup)))
    try:
        return document_fromstring(f"<div>{markup}</div>".encode(), parser=parser)
    except (ParserError, XMLSyntaxError):
        return None


def _pieces(tree: HtmlElement) -> Iterator[str]:
    """Yield the text in reading order with marks at the ends of paragraphs and lines, without recursion."""
    stack: list[tuple[HtmlElement, bool]] = [(tree, False)]
    while stack:
        element, closing = stack.pop()
        mark = _PARAGRAPH_END if element.tag not in _INLINE and element.tag != "br" else ""
        if closing:
            yield mark + _flat(element.tail)
        elif element.tag in _SKIPPED:
            yield _flat(element.tail)
        else:
            yield (_LINE_END if element.tag == "br" else mark) + _flat(element.text)
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def _joined(text: str) -> str:
    """Return marked text as paragraphs: an empty line ends one, and every line does if there is no other end."""
    marked = re.sub(rf"(?:{_LINE_END}\s*){{2,}}", _PARAGRAPH_END, text)
    paragraphs = _split(marked.replace(_LINE_END, " "), _PARAGRAPH_END)
    if len(paragraphs) == 1 and _LINE_END in marked.strip(f"{_LINE_END}{_PARAGRAPH_END} "):
        paragraphs = _split(marked.replace(_LINE_END, _PARAGRAPH_END), _PARAGRAPH_END)
    return "\n\n".join(paragraphs)


def _split(text: str, mark: str) -> list[str]:
    return list(filter(None, (" ".join(piece.split()) for piece in text.split(mark))))


def _without_blog_lines(text: str) -> str:
    paragraphs = [each for each in text.split("\n\n") if not _BLOG_LINE.fullmatch(each)]
    return cut_furniture("\n\n".join(paragraphs)).text


def _images(tree: HtmlElement, base: str) -> Iterator[Image]:
    for element in tree.iter("img"):
        url = address(element.get("src"), base)
        if url and not _PIXEL_SIZES.intersection([element.get("width"), element.get("height")]):
            yield Image(url=url, caption=_caption(element))


def _caption(image: HtmlElement) -> str | None:
    figure = next(image.iterancestors("figure"), None)
    figcaption = next(figure.iter("figcaption"), None) if figure is not None else None
    caption = " ".join(figcaption.itertext()) if figcaption is not None else image.get("alt") or ""
    return " ".join(caption.split()) or None


def address(value: str | None, base: str = "") -> str | None:
    """Return ``value`` as an absolute http(s) address, resolved against ``base``; None if it is not an address.

    One without a scheme (``//cdn.example/1.jpg``) has that of ``base``, else https.
    """
    try:
        url = urljoin(base, with_scheme((value or "").strip(), base))
    except ValueError:  # brackets without an IPv6 address
        return None
    # Letters beyond ASCII are allowed; a text with white space is prose.
    return url if re.match(r"https?://[^\s/]+\S*\Z", url, re.IGNORECASE) else None


def with_scheme(value: str, base: str) -> str:
    """Return an address without a scheme (``//cdn.example/1.jpg``) with https if there is no page that gives one."""
    return f"https:{value}" if value.startswith("//") and not base else value
