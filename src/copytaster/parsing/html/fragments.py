"""Markup inside something else (a feed's entry, a field of a JSON object) as paragraphs and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.etree import ParserError, XMLSyntaxError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.plain.furniture import cut_furniture

_SILENT = frozenset([
    "audio", "button", "canvas", "figcaption", "form", "head", "input", "link", "map", "meta", "noscript",
    "script", "select", "style", "svg", "template", "textarea", "title", "video",
])  # fmt: skip
"""Elements whose content is no text of the article; a caption goes to its picture."""

_INLINE = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del", "dfn", "em",
    "embed", "font", "i", "iframe", "img", "ins", "kbd", "label", "mark", "nobr", "o:p", "object", "q", "rp",
    "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "wbr", "annotation", "math", "mfrac", "mi", "mn", "mo", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle",
    "msub", "msubsup", "msup", "mtext", "semantics",
])  # fmt: skip
"""Elements that do not part paragraphs; every other one does, unknown ones too. What a frame or an object holds is
shown where its source is not."""

_PART, _LINE = "\x00", "\x01"
"""Where a paragraph and a line end, while a text is gathered: codes that cleaned text does not contain."""

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}>?")
"""Pictures carried inside the tag, or attributes by the thousand, over which libxml2 takes minutes."""

_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_NO_TAG = re.compile(r"<(?=!(?!--|doctype\b[^<>]*>))", re.IGNORECASE)
"""An angle bracket that opens neither a tag nor a comment, which HTML would take the rest of the text for."""

_HOUSE_LINE = re.compile(
    r"The post .{1,400} (?:appeared first|first appeared) on .{1,200}|(?:Continue reading|Keep reading)\b.{0,200}"
)
"""What blog software adds to each entry of its feeds."""

_TINY = frozenset(["0", "1", "0px", "1px"])


@dataclass(frozen=True, slots=True)
class Fragment:
    """Paragraphs parted by one blank line, and the pictures among them with their captions."""

    text: str
    images: tuple[Image, ...] = ()


def read_fragment(markup: str, base: str = "") -> Fragment:
    """Return what a reader sees of ``markup``; addresses of pictures are resolved against ``base``.

    Never raises; linear in the size. Scripts, styles, forms, drawings and tracking pixels are left out.
    """
    tree = _tree(clean(markup))
    if tree is None:
        return Fragment("")
    return Fragment(_without_house_lines(_parted("".join(_pieces(tree)))), tuple(_images(tree, base)))


def plain_paragraphs(text: str) -> str:
    """Return plain text with one blank line between paragraphs: parted at blank lines, else at each line end."""
    lines = clean(text).strip().split("\n")
    blank = any(not line.strip() for line in lines)
    return _parted((_LINE if blank else _PART).join(line.strip() for line in lines))


def _tree(markup: str) -> HtmlElement | None:
    # As bytes, for lxml refuses text that comes with an encoding declaration.
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    markup = _NO_TAG.sub("&lt;", _CDATA.sub("", _LONG_TAG.sub("", markup)))
    try:
        return document_fromstring(f"<div>{markup}</div>".encode(), parser=parser)
    except (ParserError, XMLSyntaxError):
        return None


def _pieces(tree: HtmlElement) -> Iterator[str]:
    """Yield the text in reading order, with marks where paragraphs and lines end; no recursion, for trees are deep."""
    open_until: list[tuple[HtmlElement, bool]] = [(tree, False)]
    while open_until:
        element, closing = open_until.pop()
        parts = _PART if element.tag not in _INLINE and element.tag != "br" else ""
        if closing:
            yield parts + _flat(element.tail)
        elif element.tag in _SILENT:
            yield _flat(element.tail)
        else:
            yield (_LINE if element.tag == "br" else parts) + _flat(element.text)
            open_until.append((element, True))
            open_until.extend((child, False) for child in reversed(element))


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def _parted(text: str) -> str:
    """Join lines and part paragraphs; an empty line is a paragraph's end, and each line's where there is no other."""
    parted = re.sub(rf"(?:{_LINE}\s*){{2,}}", _PART, text)
    blocks = [" ".join(block.replace(_LINE, " ").split()) for block in parted.split(_PART)]
    kept = list(filter(None, blocks))
    if len(kept) == 1 and _LINE in parted.strip(f"{_LINE}{_PART} "):
        kept = list(filter(None, (" ".join(line.split()) for line in re.split(f"[{_LINE}{_PART}]", parted))))
    return "\n\n".join(kept)


def _without_house_lines(text: str) -> str:
    kept = [each for each in text.split("\n\n") if not _HOUSE_LINE.fullmatch(each)]
    return cut_furniture("\n\n".join(kept)).text


def _images(tree: HtmlElement, base: str) -> Iterator[Image]:
    for element in tree.iter("img"):
        url = address(element.get("src"), base)
        if url and not _TINY.intersection([element.get("width"), element.get("height")]):
            yield Image(url=url, caption=_caption(element))


def _caption(image: HtmlElement) -> str | None:
    figure = next(image.iterancestors("figure"), None)
    told = next(figure.iter("figcaption"), None) if figure is not None else None
    caption = " ".join(told.itertext()) if told is not None else image.get("alt") or ""
    return " ".join(caption.split()) or None


def address(told: str | None, base: str = "") -> str | None:
    """Return the absolute http(s) address that ``told`` is, seen from ``base``; None where it is none."""
    try:
        joined = urljoin(base, (told or "").strip())
    except ValueError:  # brackets that are no IPv6 address
        return None
    # A letter beyond ASCII is fine, white space means that this is prose.
    return joined if re.match(r"https?://[^\s/]+\S*\Z", joined, re.IGNORECASE) else None
