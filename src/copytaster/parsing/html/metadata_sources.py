"""Everything on a page that tells something about its article, by where it stands: JSON-LD, meta tags, elements."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterator

from lxml.etree import XPath, _Element

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.html.json_ld import described_article

Evidence = dict[str, list[str]]
"""Where something is told (``og:title``), to what is told there, in the order of the page."""

_LONGEST_VALUE = 2_000
"""Characters; headlines, names and summaries are shorter, scripts that slipped into a field are not."""

_ITEMPROPS = frozenset({"headline", "author", "datepublished", "datemodified"})

_DUBLIN_CORE = re.compile(r"\b(dc|dcterms):")
"""Pages write both ``dc.title`` and ``dc:title``."""

_MARKED = XPath(
    "//*[@itemprop or @rel or contains(@class, 'yline') or contains(@class, 'BYLINE')][not(self::meta or self::link)]"
)
_NAMED_FOR_AUTHORS = (
    "*[contains(@class, 'utor') or contains(@class, 'uthor') or contains(@class, 'AUTHOR') or contains(@class, 'uteur')"
    " or contains(@class, 'erfasser') or contains(@class, 'edakteur') or contains(@class, 'ournalist')]"
)
_AUTHORS_BELOW_HEADING = XPath(f"(//h1)[1]/following::{_NAMED_FOR_AUTHORS}")
_AUTHORS = XPath(f"//{_NAMED_FOR_AUTHORS}")
_AUTHORS_CLASS = re.compile(
    r"(?:^|[\s_-])(?:by)?-?(?:authors?|authorname|auteurs?|autor(?:es?|en|in)?|verfasser|redakteur(?:in)?|journalist)"
    r"(?:[_-]+(?:names?|links?))?(?=$|[\s_])|(?:^|\s)by-?author(?=$|\s)",
    re.IGNORECASE,
)

_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?\w*|related\w*|recommend\w*|popular|trending|recirc\w*|nav|menu)(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Around it are readers, other stories or the house, who have names and dates too."""


def gather(tree: _Element, wanted: Container[str]) -> tuple[Evidence, tuple[Image, ...]]:
    """Return what the page tells at the ``wanted`` places, without control codes, entities, line breaks, empty values.

    Names: ``json-ld:PROPERTY``, ``og:NAME``, ``meta:NAME`` in small letters, ``html:PLACE``. Beside them the pictures
    that JSON-LD describes, addresses as they stand there.
    """
    evidence: Evidence = {}
    for where, told in _told(tree):
        if where in wanted and (text := tidy(told)):
            evidence.setdefault(where, []).append(text)
    scripts = [node.text or "" for node in tree.iter("script") if "ld+json" in (node.get("type") or "").lower()]
    described = described_article(scripts)
    for where, values in described.evidence.items():
        # The body keeps its paragraphs; all else is one line.
        kept = [clean(value) if where == "json-ld:articleBody" else tidy(value) for value in values]
        evidence[where] = [value for value in kept if value]
    return evidence, described.images


def tidy(told: str) -> str:
    """Return a value on one line, without entities that were escaped twice, cut at ``_LONGEST_VALUE`` characters."""
    return " ".join(clean(html.unescape(told)).split())[:_LONGEST_VALUE]


def _told(tree: _Element) -> Iterator[tuple[str, str]]:
    yield from _meta(tree)
    yield from _elements(tree)
    yield from _marked(tree)
    if language := tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang"):
        yield "html:lang", language


def _meta(tree: _Element) -> Iterator[tuple[str, str]]:
    nodes = [(node, node.get("content") or "") for node in tree.iter("meta")]
    # RDFa before plain names: where a page has both, the property is the one that was meant for machines.
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        for node, content in nodes:
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


def _marked(tree: _Element) -> Iterator[tuple[str, str]]:
    """Yield microdata, links to authors and bylines, where they do not belong to readers or other stories."""
    for node in _nodes(_MARKED(tree)):
        names = {f"itemprop-{name}" for name in _ITEMPROPS.intersection((node.get("itemprop") or "").lower().split())}
        if "author" in (node.get("rel") or "").lower().split():
            names.add("rel-author")
        if "byline" in (node.get("class") or "").lower():
            names.add("byline")
        if names and not is_elsewhere(node):
            for name in names:
                told = (node.get("content") or node.get("datetime")) if name.startswith("itemprop") else None
                yield f"html:{name}", told or _text(node)


def printed_authors(tree: _Element) -> list[str]:
    """Return what stands in elements that are named for authors, those below the headline first; costs up to 1 ms."""
    # Above the headline and beside it are other stories, with authors of their own.
    nodes = [*_nodes(_AUTHORS_BELOW_HEADING(tree))] or [*_nodes(_AUTHORS(tree))]
    named = (node for node in nodes if _AUTHORS_CLASS.search(node.get("class") or "") and not is_elsewhere(node))
    return [text for node in named if (text := tidy(_text(node)))]


def is_elsewhere(node: _Element) -> bool:
    """Whether ``node`` stands among readers' comments, other stories or in a box beside the article."""
    # The names on html and body say of what kind the page is and what may be on it.
    around = list(node.iterancestors())[:-2]
    tags = [outer.tag for outer in around]
    beside = "aside" in tags and "article" not in tags
    return beside or any(_ELSEWHERE.search(f"{outer.get('id')} {outer.get('class')}") for outer in around)


def _nodes(found: object) -> Iterator[_Element]:
    return (node for node in found if isinstance(node, _Element)) if isinstance(found, list) else iter(())


def _text(node: _Element) -> str:
    return " ".join(" ".join(str(piece) for piece in node.itertext()).split())
