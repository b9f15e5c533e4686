"""Collects the values that a page states about its article, by source: JSON-LD, meta tags, elements."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterator

from lxml.etree import XPath, _Element

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.html.json_ld import Page, described_article
from copytaster.parsing.html.microdata import is_of_other_item
from copytaster.parsing.plain.opening_lines import BY

SourceValues = dict[str, list[str]]
"""The values of each source (``og:title``), in the order of the page."""

_OWN_ADDRESSES = ("html:canonical", "og:url")
_OWN_HEADINGS = ("html:h1", "og:title", "html:title")
"""Where a page says outside JSON-LD what its own article is."""

_LONGEST_VALUE = 2_000
"""Characters; headlines, names and summaries are shorter. A longer value is a script in the wrong field."""

_ITEMPROPS = frozenset({"headline", "author", "datepublished", "datecreated", "datemodified"})

_DUBLIN_CORE = re.compile(r"\b(dc|dcterms):")
"""Pages use both ``dc.title`` and ``dc:title``."""

_ANNOTATED = XPath(
    "//*[@itemprop or @rel or contains(@class, 'yline') or contains(@class, 'BYLINE')][not(self::meta or self::link)]"
)
_AUTHOR_CLASSES = (
    "*[contains(@class, 'utor') or contains(@class, 'uthor') or contains(@class, 'AUTHOR') or contains(@class, 'uteur')"
    " or contains(@class, 'erfasser') or contains(@class, 'edakteur') or contains(@class, 'ournalist')]"
)
_AUTHORS_BELOW_HEADING = XPath(f"(//h1)[1]/following::{_AUTHOR_CLASSES}")
_AUTHORS = XPath(f"//{_AUTHOR_CLASSES}")
_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:by)?-?(?:authors?|authorname|auteurs?|autor(?:es?|en|in)?|verfasser|redakteur(?:in)?|journalist)"
    r"(?:[_-]+(?:names?|links?))?(?=$|[\s_])|(?:^|\s)by-?author(?=$|\s)",
    re.IGNORECASE,
)

_LINES_BELOW_HEADING = XPath(
    "(//h1)[1]/following::*[self::p or self::div or self::span or self::li or self::a or self::address or self::small]"
)
_BYLINE_START = re.compile(rf"{BY}\b:? .*[^.!?]\Z", re.IGNORECASE | re.DOTALL)
"""Lines that end as a sentence does are no bylines."""

_AUTHOR_ADDRESS = re.compile(
    r"/(?:authors?|autor(?:es|en)?|auteurs?|contributors?|people|profiles?)/[^/?#]+/?$", re.IGNORECASE
)
_ELEMENTS = 120
"""Elements below the headline; later lines with a name belong to other stories."""

_LONGEST_LINE = 120
"""Characters of a line with names, roles and date; a longer one is a sentence."""

_WRITTEN_BY = frozenset({"written by", "verfasst von", "geschrieben von", "escrito por", "écrit par", "scritto da"})
"""Labels of the author in the pairs of label and value that blog software writes for cards of links."""

_UNRELATED = re.compile(
    r"(?:^|[\s_-])(?:comments?\w*|related\w*|recommend\w*|popular|trending|recirc\w*|nav|menu)(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Boxes of readers' comments, other stories or navigation, which contain names and dates too."""

_PARAGRAPH = 80
"""Characters of the shortest paragraph that shows that the element around it contains a story."""


def collect_values(tree: _Element, sources: Container[str]) -> tuple[SourceValues, tuple[Image, ...]]:
    """Return the values of ``sources`` on a page, cleaned and not empty, and the pictures that JSON-LD describes.

    Sources are ``json-ld:PROPERTY``, ``og:NAME``, ``meta:NAME`` in lower case, and ``html:PLACE``. The pictures'
    addresses are not resolved.
    """
    values: SourceValues = {}
    for source, value in _values(tree):
        if source in sources and (text := tidy(value)):
            values.setdefault(source, []).append(text)
    scripts = [node.text or "" for node in tree.iter("script") if "ld+json" in (node.get("type") or "").lower()]
    addresses, headings = (
        tuple(value for source in own for value in values.get(source, ())) for own in (_OWN_ADDRESSES, _OWN_HEADINGS)
    )
    described = described_article(scripts, Page(addresses, headings))
    for source, texts in described.values.items():
        # The body keeps its paragraphs; other values are one line.
        cleaned = [clean(text) if source == "json-ld:articleBody" else tidy(text) for text in texts]
        values[source] = [text for text in cleaned if text]
    return values, described.images


def tidy(value: str) -> str:
    """Return a value on one line, without entities that were escaped twice, cut at ``_LONGEST_VALUE`` characters."""
    return " ".join(clean(html.unescape(value)).split())[:_LONGEST_VALUE]


def _values(tree: _Element) -> Iterator[tuple[str, str]]:
    yield from _meta(tree)
    yield from _labelled_authors(tree)
    yield from _elements(tree)
    yield from _annotated_elements(tree)
    if language := tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang"):
        yield "html:lang", language


def _meta(tree: _Element) -> Iterator[tuple[str, str]]:
    nodes = [(node, node.get("content") or "") for node in tree.iter("meta")]
    # RDFa before plain names: if a page has both, the property is the one intended for machines.
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        for node, content in nodes:
            if attribute == "itemprop" and is_of_other_item(node):
                continue
            for name in _DUBLIN_CORE.sub(r"\1.", (node.get(attribute) or "").lower()).split():
                yield (name if name.startswith("og:") else f"meta:{name}"), content


def _labelled_authors(tree: _Element) -> Iterator[tuple[str, str]]:
    named = {(node.get("name") or "").lower(): node.get("content") or "" for node in tree.iter("meta")}
    for number in ("1", "2"):
        if named.get(f"twitter:label{number}", "").strip().lower() in _WRITTEN_BY:
            yield "meta:twitter:written-by", named.get(f"twitter:data{number}", "")


def _elements(tree: _Element) -> Iterator[tuple[str, str]]:
    for source, tag in (("html:title", "head/title"), ("html:h1", ".//h1")):
        for node in tree.findall(tag):
            yield source, _text(node)
    for node in tree.iter("link"):
        if "canonical" in (node.get("rel") or "").lower().split():
            yield "html:canonical", node.get("href") or ""
    for node in tree.iter("base"):
        yield "html:base", node.get("href") or ""


def _annotated_elements(tree: _Element) -> Iterator[tuple[str, str]]:
    """Yield microdata, links to authors, and bylines, without those of readers and other stories."""
    around = around_story(tree)
    for node in _nodes(_ANNOTATED(tree)):
        properties = _ITEMPROPS.intersection((node.get("itemprop") or "").lower().split())
        names = set[str]()
        if properties and not is_of_other_item(node):
            names |= {f"itemprop-{name}" for name in properties}
        if "author" in (node.get("rel") or "").lower().split():
            names.add("rel-author")
        if "byline" in (node.get("class") or "").lower():
            names.add("byline")
        if names and not is_unrelated(node, around):
            for name in names:
                value = (node.get("content") or node.get("datetime")) if name.startswith("itemprop") else None
                yield f"html:{name}", value or _text(node)
            if "byline" in names and len(node):
                # Name and role in elements of their own, without a comma between them.
                yield "html:byline", " | ".join(filter(None, (" ".join(str(each).split()) for each in node.itertext())))


def author_elements(tree: _Element) -> list[str]:
    """Return the text of elements whose class means author: those below the headline, else all. Costs up to 1 ms."""
    # Elements above the headline belong to other stories.
    nodes = [*_nodes(_AUTHORS_BELOW_HEADING(tree))] or [*_nodes(_AUTHORS(tree))]
    around = around_story(tree)
    named = (node for node in nodes if _AUTHOR_CLASS.search(node.get("class") or "") and not is_unrelated(node, around))
    return [text for node in named if (text := tidy(_text(node)))]


def author_lines(tree: _Element) -> list[str]:
    """Return the short lines below the headline that begin with "By", else the links to pages of authors there."""
    nodes = [node for node in [*_nodes(_LINES_BELOW_HEADING(tree))][:_ELEMENTS] if len(_text(node)) <= _LONGEST_LINE]
    lines = [node for node in nodes if _BYLINE_START.match(_text(node))]
    links = [node for node in nodes if _AUTHOR_ADDRESS.search(node.get("href") or "")]
    around = around_story(tree)
    return [tidy(_text(node)) for node in (*lines, *links) if not is_unrelated(node, around)]


def around_story(tree: _Element) -> frozenset[_Element]:
    """Return the elements that contain headline and story: whatever their classes say, they are no boxes beside it."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return frozenset()
    return frozenset(
        each
        for each in heading.iterancestors()
        if any(len(_text(paragraph)) >= _PARAGRAPH for paragraph in each.iter("p"))
    )


def is_unrelated(node: _Element, around: Container[_Element] = ()) -> bool:
    """Say whether ``node`` is, or is in, readers' comments, in another story or in a box next to the article.

    ``around`` are the elements around the story (see ``around_story``).
    """
    # The classes of html and body describe the whole page.
    boxes = [each for each in [node, *node.iterancestors()][:-2] if each not in around]
    tags = [each.tag for each in boxes]
    is_aside = "aside" in tags and "article" not in tags
    return is_aside or any(_UNRELATED.search(f"{each.get('id')} {each.get('class')}") for each in boxes)


def _nodes(found: object) -> Iterator[_Element]:
    return (node for node in found if isinstance(node, _Element)) if isinstance(found, list) else iter(())


def _text(node: _Element) -> str:
    return " ".join(" ".join(str(piece) for piece in node.itertext()).split())
