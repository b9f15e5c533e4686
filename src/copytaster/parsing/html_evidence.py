"""Everything on a page that tells something about its article, by where it stands: JSON-LD, meta tags, elements."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml.etree import XPath, _Element

from copytaster.parsing.charset import clean
from copytaster.parsing.json_ld import article_evidence

Evidence = dict[str, list[str]]
"""Where something is told (``og:title``), to what is told there, in the order of the page."""

_LONGEST_VALUE = 2_000
"""Characters; headlines, names and summaries are shorter, scripts that slipped into a field are not."""

_ITEMPROPS = frozenset({"headline", "author", "datepublished", "datemodified"})

_DUBLIN_CORE = re.compile(r"\b(dc|dcterms):")
"""Pages write both ``dc.title`` and ``dc:title``."""

_BYLINE = XPath("//*[contains(translate(@class, 'BYLINE', 'byline'), 'byline')]")


def gather(tree: _Element) -> Evidence:
    """Return what the page tells, cleaned of control codes, entities and line breaks; empty values are left out.

    Names: ``json-ld:PROPERTY``, ``og:NAME``, ``meta:NAME`` in small letters, ``html:PLACE``. One walk over the tree.
    """
    evidence: Evidence = {}
    for where, told in _told(tree):
        if text := tidy(told):
            evidence.setdefault(where, []).append(text)
    scripts = [node.text or "" for node in tree.iter("script") if "ld+json" in (node.get("type") or "").lower()]
    for where, values in article_evidence(scripts).items():
        # The body keeps its paragraphs; all else is one line.
        kept = [clean(value) if where == "json-ld:articleBody" else tidy(value) for value in values]
        evidence[where] = [value for value in kept if value]
    return evidence


def tidy(told: str) -> str:
    """Return a value on one line, without entities that were escaped twice, cut at ``_LONGEST_VALUE`` characters."""
    return " ".join(clean(html.unescape(told)).split())[:_LONGEST_VALUE]


def _told(tree: _Element) -> Iterator[tuple[str, str]]:
    yield from _meta(tree)
    yield from _elements(tree)
    yield from _microdata(tree)
    if language := tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang"):
        yield "html:lang", language


def _meta(tree: _Element) -> Iterator[tuple[str, str]]:
    for node in tree.iter("meta"):
        content = node.get("content") or ""
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in _DUBLIN_CORE.sub(r"\1.", (node.get(attribute) or "").lower()).split():
                yield (name if name.startswith("og:") else f"meta:{name}"), content


def _elements(tree: _Element) -> Iterator[tuple[str, str]]:
    for where, tag in (("html:title", "head/title"), ("html:h1", ".//h1")):
        for node in tree.findall(tag):
            yield where, _text(node)
    for node in tree.iter("link"):
        if "canonical" in (node.get("rel") or "").lower().split():
            yield "html:canonical", node.get("href") or ""
    for node in tree.iter("base"):
        yield "html:base", node.get("href") or ""
    for node in tree.iter("time"):
        yield "html:time", node.get("datetime") or _text(node)


def _microdata(tree: _Element) -> Iterator[tuple[str, str]]:
    for node in tree.iter("a", "span", "div", "p", "h1", "h2", "time", "address", "li"):
        for name in (node.get("itemprop") or "").lower().split():
            if name in _ITEMPROPS and not _in_comments(node):
                yield f"html:itemprop-{name}", node.get("content") or node.get("datetime") or _text(node)
        if "author" in (node.get("rel") or "").lower().split() and not _in_comments(node):
            yield "html:rel-author", _text(node)
    for node in _nodes(_BYLINE(tree)):
        if not _in_comments(node):
            yield "html:byline", _text(node)


def _in_comments(node: _Element) -> bool:
    """Whether readers wrote it: they have names and dates too."""
    around = (f"{outer.get('id')} {outer.get('class')}" for outer in node.iterancestors())
    return any("comment" in told.lower() for told in around)


def _nodes(found: object) -> Iterator[_Element]:
    return (node for node in found if isinstance(node, _Element)) if isinstance(found, list) else iter(())


def _text(node: _Element) -> str:
    return " ".join("".join(str(piece) for piece in node.itertext()).split())
