"""Extracts the paragraphs of an article: removes boilerplate, runs trafilatura, cuts headings at both ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml.etree import XPath, _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.xml import xmltotxt

from copytaster.parsing.html.boilerplate import LINKS_IN_PART, link_share, prose_length, remove_boilerplate, text_of
from copytaster.parsing.plain.furniture import is_furniture

SHORTEST_BODY = 15
"""Characters without spaces. A news flash has some twenty; the remains of menus and error pages have fewer."""

FLASH = 250
"""Characters; a shorter body may be the remains of menus and forms, so the rest of the page is checked."""

MUCH_LONGER = 1.4
"""Times the first text. In a sample, the longer text was the better one on every page from 1.2 on."""

_BARE_PARAGRAPHS = 2
"""Paragraphs straight in the body; a single one may be a notice above or below a story in another element."""

_BLOCKS = 2
"""Boxes or paragraphs with a list between them."""

_BLOCK = 80
"""Characters in the paragraphs of a box that is a part of a story; a line of a footer has fewer."""

_HAS_STORY_ELEMENT = XPath("boolean(//article | //main | //*[@itemprop='articleBody'])")

_TABLE_RULE = re.compile(r"[|\s:-]*")

_STANDFIRST = re.compile(r"(?:\S+ ){7,}\S*[.!?\u2026][\"'\u201d\u2019\u00bb)]?|\S{20,}[\u3002\uff01\uff1f]")
"""At least eight words with the end of a sentence; headings of sections are shorter or have no full stop."""

_TABLE_TAGS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")

_CONTROLS = ("a", "label", "button", "option", "script", "style", "noscript", "nav", "footer")
"""Elements whose text is not read: links, controls of forms, scripts and menus."""


def read_body(tree: HtmlElement) -> str:
    """Return the article on the page with blank lines between paragraphs; empty without one. Uses up ``tree``.

    Costs 3 to 8 ms a page, nearly all of it in trafilatura.
    """
    _unwrap_layout_tables(tree)
    remove_boilerplate(tree)
    _wrap_bare_story(tree)
    _wrap_story_in_blocks(tree)
    text = _extracted(tree, fast=True)
    return text if len(text) >= FLASH or _has_readable_text(tree) else ""


def readable_length(tree: HtmlElement) -> int:
    """Return the characters on the page outside links, the controls of forms and scripts; linear in its size."""
    return sum(len(text.strip()) for text in _readable_texts(tree))


def read_larger_body(tree: HtmlElement, text: str, *, favor_recall: bool) -> str:
    """Return the text of a slower extraction that keeps more, if it is much longer than ``text``, else ``text``.

    With ``favor_recall`` trafilatura keeps parts that it is not certain of. Without, it compares its result with those
    of readability and jusText more often. Costs 10 to 100 ms.
    """
    larger = _extracted(tree, fast=False, favor_recall=favor_recall)
    return larger if len(larger) >= max(FLASH, MUCH_LONGER * len(text)) else text


def _extracted(tree: HtmlElement, *, fast: bool, favor_recall: bool = False) -> str:
    # With the format "python" trafilatura would also serialise the text, which is done below.
    extracted = bare_extraction(
        tree, fast=fast, favor_recall=favor_recall, include_comments=False, with_metadata=False, output_format="txt"
    )
    body = getattr(extracted, "body", None)
    if body is None:
        return ""
    _cut_ends(body)
    return separate_paragraphs(str(xmltotxt(body, include_formatting=False)))


def separate_paragraphs(text: str) -> str:
    """Return the lines of ``text`` with blank lines between them, without the bars of a table's rules and edges."""
    lines = (line.strip().strip("|").strip() for line in text.split("\n") if not _TABLE_RULE.fullmatch(line))
    return "\n\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _unwrap_layout_tables(tree: HtmlElement) -> None:
    """Replace tables used for layout by boxes; else trafilatura returns their paragraphs as one line of data."""
    for cell in [each for each in tree.iter("td") if len(each.findall("p")) > 1]:
        for element in (cell, *cell.iterancestors(*_TABLE_TAGS)):
            element.tag = "div"


def _wrap_bare_story(tree: HtmlElement) -> None:
    """Put the content of a body that consists of paragraphs into an ``article``.

    Without an element around the story, trafilatura collects paragraphs one by one and loses the lists among them.
    """
    body = tree.find("body")
    paragraphs = [] if body is None else body.findall("p")
    if body is None or len(paragraphs) < _BARE_PARAGRAPHS or _HAS_STORY_ELEMENT(tree):
        return
    if 2 * sum(map(_length, paragraphs)) < sum(map(_length, tree.iter("p"))):
        return
    article = HtmlElement()
    article.tag, article.text, body.text = "article", body.text, None
    article.extend(list(body))
    body.append(article)


def _wrap_story_in_blocks(tree: HtmlElement) -> None:
    """Put a story in several boxes, with lists between them, into an ``article``; see ``_wrap_bare_story``."""
    lists = [each for each in tree.iter("ul", "ol") if link_share(each) <= LINKS_IN_PART]
    if not lists or _HAS_STORY_ELEMENT(tree):
        return
    around = (ancestor for each in lists for ancestor in islice(each.iterancestors(), 2))
    least = prose_length(tree) / 2
    for parent in dict.fromkeys(around):
        children = list(parent)
        blocks = [at for at, child in enumerate(children) if prose_length(child) >= _BLOCK]
        boxed = sum(prose_length(children[at]) for at in blocks if children[at].tag != "p")
        bare = sum(prose_length(children[at]) for at in blocks if children[at].tag == "p")
        # Of bare paragraphs among tables in one box, trafilatura finds the box with its tables.
        has_data = any(child.tag in {"table", "dl"} for child in children)
        if len(blocks) < _BLOCKS or boxed + bare < least or (boxed < bare and has_data):
            continue
        first, last = blocks[0], blocks[-1]
        if any(_is_or_has_only(child, lists) for child in children[first:last]):
            article = HtmlElement()
            article.tag = "article"
            parent.insert(first, article)
            article.extend(children[first : last + 1])
            return


def _is_or_has_only(element: _Element, lists: Sequence[_Element]) -> bool:
    inner = element[0] if len(element) == 1 and not (element.text or "").strip() else element
    return any(each is element or each is inner for each in lists)


def _length(element: _Element) -> int:
    return sum(len(str(text)) for text in element.itertext())


def _cut_ends(body: _Element) -> None:
    """Cut headings above the first paragraph, except a standfirst, and headings and furniture below the last."""
    parts = list(body)
    while parts and _has_no_tail(parts[0]) and parts[0].tag == "head" and not _is_standfirst(parts[0]):
        body.remove(parts.pop(0))
    while len(parts) > 1 and _has_no_tail(parts[-1]) and _is_heading_or_furniture(parts[-1]):
        body.remove(parts.pop())


def _is_standfirst(heading: _Element) -> bool:
    """Say whether a heading is a sentence that sums the story up below its headline."""
    return heading.get("rend") != "h1" and _STANDFIRST.fullmatch(text_of(heading)) is not None


def _has_no_tail(part: _Element) -> bool:
    return not (part.tail or "").strip()


def _is_heading_or_furniture(part: _Element) -> bool:
    text = text_of(part)
    return part.tag == "head" or not text or is_furniture(text)


def _has_readable_text(tree: HtmlElement) -> bool:
    """Whether there is text outside links and the controls of forms; a login page has hardly any."""
    return len("".join("".join(_readable_texts(tree)).split())) >= SHORTEST_BODY


def _readable_texts(tree: HtmlElement) -> Iterator[str]:
    """Yield the texts of the body outside ``_CONTROLS``, in any order."""
    # A walk, since an XPath expression that tests the ancestors of each text took a third of the time of a page.
    elements = [body for body in tree.iter("body") if next(body.iterancestors("body", *_CONTROLS), None) is None]
    while elements:
        element = elements.pop()
        yield element.text or ""
        for child in element:
            yield child.tail or ""
            if child.tag not in _CONTROLS:
                elements.append(child)
