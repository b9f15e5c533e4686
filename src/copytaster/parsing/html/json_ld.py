"""Reads the article that a page describes in JSON-LD with the vocabulary of schema.org."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.html.headings import folded, similar, words

_ARTICLE = re.compile(r"(?:https?://schema\.org/|schema:)?(?:\w*Article|\w*Posting|Report)")
"""Types of schema.org that are articles: NewsArticle and similar types, BlogPosting, LiveBlogPosting, Report."""

_PAGE = re.compile(r"(?:https?://schema\.org/|schema:)?(?:WebPage|ItemPage|AboutPage|FAQPage|MedicalWebPage|QAPage)")
_PAGE_PROPERTIES = ("datePublished", "dateModified")

_NOT_ARTICLES = frozenset({"JobPosting"})

_ELSEWHERE = -1
"""The likeness of an article that is not the page's own."""

_BEGINNING = re.compile(r"[{\[]")

_COMMA_AT_END = re.compile(r"""("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])""", re.DOTALL)
"""Matches strings as well, which may contain such a comma; group 1 is the string."""

_LENIENT = json.JSONDecoder(strict=False)

_MAX_NODES = 5_000
"""A page's graph has some dozens of nodes; a larger one is an attack or a catalogue."""

_TEXT_PROPERTIES = (
    "headline", "name", "description", "datePublished", "dateModified", "inLanguage", "articleBody", "articleSection",
)  # fmt: skip
"""Properties whose value is text."""

_SCALAR_PROPERTIES = ("isAccessibleForFree", "wordCount")
"""Properties whose value is a boolean or a number, which some pages write as text."""


@dataclass(frozen=True, slots=True)
class Described:
    """The values of each property of an article, by ``json-ld:PROPERTY``, and its pictures."""

    values: dict[str, list[str]] = field(default_factory=dict)
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself outside JSON-LD: its own addresses, and its title and headings."""

    addresses: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


def described_article(scripts: Sequence[str], page: Page) -> Described:
    """Return the page's own article among those in the scripts; empty without one.

    It is the one with the page's address, else with its headline; else the first one, a news article if there is one.
    Scripts that are not JSON are ignored.
    """
    nodes = [node for script in scripts for node in _nodes(_load(script))]
    articles = sorted((node for node in nodes if _is_article(node)), key=lambda node: not _is_news(node))
    own = _Own.of(page)
    likeness = [(_likeness(node, own), node) for node in articles]
    best, article = max(likeness, key=lambda pair: pair[0], default=(_ELSEWHERE, {}))
    if best == _ELSEWHERE:
        return Described(_page_dates(nodes))
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    images = tuple(_images(article.get("image"), by_id))
    return Described(_page_dates(nodes) | _values(article, by_id), images)


@dataclass(frozen=True, slots=True)
class _Own:
    """What the articles of a page are compared with; computed once, for a page may describe thousands."""

    base: str
    addresses: frozenset[str]
    headings: tuple[tuple[str, frozenset[str]], ...]

    @classmethod
    def of(cls, page: Page) -> _Own:
        base = next(iter(page.addresses), "")
        addresses = frozenset(_address(each, base) for each in page.addresses)
        return cls(base, addresses, tuple((folded(each), words(each)) for each in page.headings))


def _likeness(article: dict[str, Any], own: _Own) -> int:
    """Return how certainly an article is the page's own.

    ``_ELSEWHERE`` for one at another address with another headline: pages also describe related stories, the entries
    of their lists, and the next story below.
    """
    stated = [*_texts(article.get("url")), *_addresses(article.get("mainEntityOfPage"))]
    ids = [urldefrag(each).url for each in _texts(article.get("@id"))]
    at_page = not own.addresses.isdisjoint(_address(each, own.base) for each in (*stated, *ids))
    headline = next(iter(_texts(article.get("headline")) or _texts(article.get("name"))), "")
    shown, said = folded(headline), words(headline)
    has_headline = bool(shown) and any(shown in letters for letters, _ in own.headings)
    is_alike = any(similar(said, each) for _, each in own.headings)
    if own.addresses and stated and headline and own.headings and not (at_page or has_headline or is_alike):
        return _ELSEWHERE
    return 4 * at_page + 2 * has_headline + is_alike


def _address(address: str, base: str) -> str:
    """Return an address in a form in which those of one page are equal."""
    with suppress(ValueError):  # brackets without an IPv6 address
        address = urljoin(base, address)
    return re.sub(r"^https?://(?:www\.)?", "", address, flags=re.IGNORECASE).rstrip("/")


def _page_dates(nodes: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the dates of the page that contains the article; some pages state them nowhere else."""
    pages = [node for node in nodes if any(_PAGE.fullmatch(kind) for kind in _types(node))]
    found = {f"page-{name}": _texts(page.get(name)) for page in reversed(pages) for name in _PAGE_PROPERTIES}
    return {f"json-ld:{name}": values for name, values in found.items() if values}


def _values(article: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    found = {name: _texts(article.get(name)) for name in _TEXT_PROPERTIES}
    found |= {name: _scalars(article.get(name)) for name in _SCALAR_PROPERTIES}
    found["keywords"] = [name for entry in _listed(article.get("keywords")) for name in _names(entry, by_id)]
    parts = [part for part in _listed(article.get("hasPart")) if isinstance(part, dict) and part.get("cssSelector")]
    found["hasPart"] = [text for part in parts for text in _scalars(part.get("isAccessibleForFree"))]
    found["author"] = [name for entry in _listed(article.get("author")) for name in _names(entry, by_id)]
    found["publisher"] = [name for entry in _listed(article.get("publisher")) for name in _names(entry, by_id)]
    found["url"] = [*_texts(article.get("url")), *_addresses(article.get("mainEntityOfPage"))]
    return {f"json-ld:{name}": values for name, values in found.items() if values}


def _load(script: str) -> object:
    """Return the document of a script, or a list of those that can be read; the page has other sources."""
    # Some templates escape the quotes, which browsers do not resolve within scripts.
    for text in (script, html.unescape(script)) if "&quot;" in script else (script,):
        with suppress(ValueError, RecursionError):
            return json.loads(_unwrapped(text), strict=False)
    # Templates that write lists in a loop leave a comma behind the last entry.
    return list(_documents(_COMMA_AT_END.sub(r"\1", _unwrapped(script))))


def _documents(text: str) -> Iterator[object]:
    """Yield the documents of a script, one after another, up to one that is broken or nested too deep."""
    end = 0
    with suppress(ValueError, RecursionError):
        while start := _BEGINNING.search(text, end):
            document, end = _LENIENT.raw_decode(text, start.start())
            yield document


def _unwrapped(script: str) -> str:
    """Return the JSON without the comment marks, CDATA and semicolons that templates add for old browsers."""
    bare = script.replace("<![CDATA[", "").replace("]]>", "")
    start = min((at for at in (bare.find("{"), bare.find("[")) if at >= 0), default=0)
    return bare[start : max(bare.rfind("}"), bare.rfind("]")) + 1]


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """Yield the objects of a document, outer ones first, at most ``_MAX_NODES``."""
    waiting, seen = deque([value]), 0
    while waiting and seen < _MAX_NODES:
        node = waiting.popleft()
        seen += 1
        if isinstance(node, dict):
            yield node
            waiting.extend(child for child in node.values() if isinstance(child, dict | list))
        elif isinstance(node, list):
            waiting.extend(node)


def _types(node: dict[str, Any]) -> list[str]:
    return [kind for kind in _listed(node.get("@type")) if isinstance(kind, str)]


def _is_article(node: dict[str, Any]) -> bool:
    return any(_ARTICLE.fullmatch(kind) and kind not in _NOT_ARTICLES for kind in _types(node))


def _is_news(node: dict[str, Any]) -> bool:
    return any(kind.endswith("NewsArticle") for kind in _types(node)) and "headline" in node


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: object) -> list[str]:
    """Return the strings of a value or list of values, without entities that were escaped twice."""
    found = [entry.get("@value") if isinstance(entry, dict) else entry for entry in _listed(value)]
    return [html.unescape(entry).strip() for entry in found if isinstance(entry, str) and entry.strip()]


def _names(entry: object, by_id: dict[str, dict[str, Any]]) -> list[str]:
    if not isinstance(entry, dict):
        return _texts(entry)
    return _texts(entry.get("name")) or _texts(by_id.get(str(entry.get("@id")), {}).get("name"))


def _addresses(value: object) -> list[str]:
    return [text for entry in _listed(value) for text in _texts(entry.get("@id") if isinstance(entry, dict) else entry)]


def _scalars(value: object) -> list[str]:
    """Return booleans, numbers and texts as strings in lower case (``false``, ``812``)."""
    return [str(entry).strip().lower() for entry in _listed(value) if isinstance(entry, str | int | float)]


def _images(value: object, by_id: dict[str, dict[str, Any]]) -> Iterator[Image]:
    for entry in _listed(value):
        image = entry if isinstance(entry, dict) else {"url": entry}
        node = by_id.get(str(image.get("@id")), {}) | image
        urls = [*_texts(node.get("url")), *_texts(node.get("contentUrl"))]
        creators = (name for creator in _listed(node.get("creator")) for name in _names(creator, {}))
        credit = [*_texts(node.get("creditText")), *creators]
        if urls:
            yield Image(url=urls[0], caption=_line(_texts(node.get("caption"))), credit=_line(credit))


def _line(texts: list[str]) -> str | None:
    return next(filter(None, (" ".join(clean(text).split()) for text in texts)), None)
