"""Removes boilerplate from a page before its article is extracted.

The rules are general, none is for one site. Boxes whose class or id names boilerplate are removed, and paragraphs and
lists that are nothing but links. Quoted posts become quotations, text between line breaks becomes paragraphs, and the
parts of a story in several boxes are joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from lxml.etree import _Element, strip_elements
from lxml.html import HtmlElement

_TAGS_WITHOUT_TEXT = [
    "head",
    "link",
    "meta",
    "img",
    "picture",
    "source",
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "svg",
    "canvas",
    "object",
    "embed",
    "applet",
    "audio",
    "video",
    "map",
    "button",
    "input",
    "select",
    "textarea",
    "option",
    "label",
    "nav",
    "dialog",
    "menu",
    "aside",
    "footer",
]
"""Elements for scripts, media, controls or navigation, which never contain the text of a story."""

_BOILERPLATE = re.compile(
    r"(?:^|[\s_-])(?:tooltips?|popovers?|popups?|rollover|modal|lightbox|newsletters?|notification|disclosure|disclaimer"
    r"|recirc\w*|trending|recommend\w*|related\w*|outbrain|taboola|sponsor(?:ed)?|promo|read-?more\w*"
    r"|most-?(?:read|popular|viewed)|shar(?:e|ing)|social|cookies?|gdpr|breadcrumbs?|latest|sign-?up|subscribe"
    r"|subscription|comments?)(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Whole words in a class or id: invitations, pop-ups, other stories, readers' comments."""

_BOXES = (
    "div",
    "section",
    "aside",
    "ul",
    "ol",
    "p",
    "span",
    "header",
    "footer",
    "figure",
    "table",
    "details",
    "li",
    "center",
)
_MAIN_PARTS = (".//h1", ".//article", ".//main")

LARGEST_SHARE = 0.25
"""Share of the words in the page's paragraphs. A box with more contains the story, whatever its class."""

_LONGEST_LINK_BOX = 300
"""Characters; an anchor that is not closed contains the rest of the story."""

_LINK_SHARE = 0.8
"""Of the characters of a paragraph or list; in prose less than half were measured."""

_WORDS_BESIDE_LINK = 15
"""Characters outside the links of a paragraph that only refers to another page: ``READ MORE:``, ``[VIDEO]``."""

_LIST_ITEMS = 3
"""A shorter list of links may belong to the story: shops, the pages of both sides."""

_EMBED_LABELS = 60
"""Characters that a frame adds to an embedded post: "Follow", the time, the platform's name."""

_INLINE = frozenset([
    "a", "b", "i", "em", "strong", "span", "u", "small", "sub", "sup", "font", "abbr", "cite", "code", "q", "mark",
    "time", "s", "del", "ins", "img", "wbr", "big", "tt", "acronym", "kbd", "var", "samp",
])  # fmt: skip

_LOOSE_TEXT = 80
"""Characters directly in a box; fewer are a label next to the paragraphs."""

_PART_PARAGRAPHS = 2
"""Paragraphs directly in a box that is a part of a story; a teaser has one."""

_PART_LENGTH = 600
"""Characters in these paragraphs; teasers have fewer."""

LINKS_IN_PART = 0.3
"""Largest share of links in a part or a list of a story."""


def remove_boilerplate(tree: HtmlElement) -> None:
    """Remove boilerplate from ``tree`` in place.

    Linear in the page's size: 1 to 2 ms, less than it saves in the extraction that follows.
    """
    strip_elements(tree, *_TAGS_WITHOUT_TEXT, with_tail=False)
    _unwrap_posts(tree)
    _drop_named_boxes(tree)
    _wrap_loose_text(tree)
    _drop_link_blocks(tree)
    _join_parts(tree)


def _drop(elements: Iterable[HtmlElement]) -> None:
    for each in list(elements):
        if each.getparent() is not None:
            each.drop_tree()


def _unwrap_posts(tree: HtmlElement) -> None:
    """Make quoted posts plain quotations; trafilatura takes the frames around them for advertising."""
    for quote in tree.iter("blockquote"):
        if "twitter-tweet" not in (quote.get("class") or ""):
            continue
        quote.attrib.clear()
        most = _length(quote) + _EMBED_LABELS
        for frame in quote.iterancestors("div", "section", "figure", "p", "span"):
            if _length(frame) > most:
                break
            frame.attrib.clear()
            frame.tag = "div"


def _drop_named_boxes(tree: HtmlElement) -> None:
    suspects = _named_boxes(tree)
    most = LARGEST_SHARE * (prose_length(tree) if suspects else 0)
    for box in suspects:
        if not any(box.find(part) is not None for part in _MAIN_PARTS) and prose_length(box) <= most:
            _drop([box])


def _named_boxes(tree: HtmlElement) -> list[HtmlElement]:
    """Return the boxes and short links whose class or id names boilerplate."""
    # A page repeats few names many times.
    is_boilerplate: dict[str, bool] = {"": False}
    found = []
    for each in tree.iter(*_BOXES, "a"):
        names = f"{each.get('class', '')} {each.get('id', '')}".strip()
        if names not in is_boilerplate:
            is_boilerplate[names] = _BOILERPLATE.search(names) is not None
        if is_boilerplate[names] and (each.tag != "a" or _length(each) <= _LONGEST_LINK_BOX):
            found.append(each)
    return found


def _drop_link_blocks(tree: HtmlElement) -> None:
    """Drop paragraphs and lists that consist of links to other stories."""
    _drop(paragraph for paragraph in tree.iter("p") if _is_link_paragraph(paragraph))
    _drop(
        each
        for each in tree.iter("ul", "ol")
        if len(each.findall("li")) >= _LIST_ITEMS and link_share(each) >= _LINK_SHARE
    )


def _is_link_paragraph(paragraph: _Element) -> bool:
    if paragraph.find(".//a") is None:
        return False
    text = text_of(paragraph)
    linked = sum(len(text_of(link)) for link in paragraph.iter("a"))
    # An address printed in full is a source, not an invitation.
    return linked >= max(1, _LINK_SHARE * len(text), len(text) - _WORDS_BESIDE_LINK) and not text.startswith(
        ("http", "www.")
    )


def _wrap_loose_text(tree: HtmlElement) -> None:
    for box in list(tree.iter("div", "td", "section", "article", "center")):
        if len(box) and _loose_length(box) >= _LOOSE_TEXT and any(child.tag not in _INLINE for child in box):
            _wrap(box)


def _loose_length(box: _Element) -> int:
    return sum(len((piece or "").strip()) for piece in (box.text, *(child.tail for child in box)))


def _wrap(box: _Element) -> None:
    """Make paragraphs of the text and inline elements directly in a box; a line break ends a paragraph."""
    parts = [(None, box.text), *((child, child.tail) for child in box)]
    box.text = None
    paragraph: _Element | None = None
    for child, after in parts:
        if child is not None:
            child.tail = None
            paragraph = _append(box, child, paragraph)
        if after and (paragraph is not None or after.strip()):
            paragraph = _added_paragraph(box) if paragraph is None else paragraph
            _append_text(paragraph, after)


def _append(box: _Element, child: _Element, paragraph: _Element | None) -> _Element | None:
    """Append ``child`` to ``box`` and return the paragraph to which following inline content belongs, if any."""
    if child.tag not in _INLINE:
        box.append(child)
        return None
    paragraph = _added_paragraph(box) if paragraph is None else paragraph
    paragraph.append(child)
    return paragraph


def _added_paragraph(box: _Element) -> _Element:
    paragraph = box.makeelement("p")
    box.append(paragraph)
    return paragraph


def _append_text(paragraph: _Element, text: str) -> None:
    if len(paragraph):
        paragraph[-1].tail = f"{paragraph[-1].tail or ''}{text}"
    else:
        paragraph.text = f"{paragraph.text or ''}{text}"


def _join_parts(tree: HtmlElement) -> None:
    """Move the later parts of a story in several boxes of one class, and lists before them, into the first of them."""
    first: dict[tuple[str, int, _Element | None], HtmlElement] = {}
    for box in list(tree.iter("div", "section")):
        if (name := box.get("class")) and box.getparent() is not None and _is_part(box):
            depth = sum(1 for _ in box.iterancestors())
            target = first.setdefault((name, depth, next(box.iterancestors("article", "main"), None)), box)
            if target is not box:
                target.extend([*_lists_before(box), box])


def _lists_before(box: _Element) -> list[_Element]:
    """Return the lists directly before a part of a story, in their order, if they are not mainly links."""
    lists = takewhile(lambda each: each.tag in {"ul", "ol"}, box.itersiblings(preceding=True))
    return [each for each in lists if link_share(each) <= LINKS_IN_PART][::-1]


def _is_part(box: _Element) -> bool:
    paragraphs = [_length(each) for each in box.findall("p")]
    length = sum(paragraphs)
    return (
        len(paragraphs) >= _PART_PARAGRAPHS
        and length >= _PART_LENGTH
        and sum(map(_length, box.iter("a"))) <= LINKS_IN_PART * length
    )


def prose_length(element: _Element) -> int:
    """Return the characters in the paragraphs of an element, which may be one itself."""
    return sum(map(_length, element.iter("p")))


def link_share(element: _Element) -> float:
    """Return the share of an element's characters that are in links."""
    return sum(map(_length, element.iter("a"))) / max(1, _length(element))


def _length(element: _Element) -> int:
    return len("".join(map(str, element.itertext())).strip())


def text_of(element: _Element) -> str:
    """Return all text in an element on one line."""
    return " ".join("".join(map(str, element.itertext())).split())
