"""The article that a page describes in JSON-LD with the words of schema.org."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

_ARTICLE = re.compile(r"(?:https?://schema\.org/|schema:)?(?:\w*Article|\w*Posting|Report)")
"""Types of schema.org that are articles: NewsArticle and its kin, BlogPosting, LiveBlogPosting, Report."""

_NOT_ARTICLES = frozenset({"JobPosting"})

_MOST_NODES = 5_000
"""A page's graph has some dozens of nodes; more is an attack or a catalogue."""

_DIRECT = ("headline", "name", "description", "datePublished", "dateModified", "inLanguage", "articleBody")
"""Properties whose value is text."""


def article_evidence(scripts: Sequence[str]) -> dict[str, list[str]]:
    """Return what the first article in the scripts says, as ``json-ld:PROPERTY`` to its values; empty without one.

    News articles come before other kinds. A script that is not JSON is passed over.
    """
    nodes = [node for script in scripts for node in _nodes(_load(script))]
    articles = sorted((node for node in nodes if _is_article(node)), key=lambda node: not _is_news(node))
    if not articles:
        return {}
    article, by_id = articles[0], {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    found = {name: _texts(article.get(name)) for name in _DIRECT}
    found["author"] = [name for entry in _listed(article.get("author")) for name in _names(entry, by_id)]
    found["publisher"] = [name for entry in _listed(article.get("publisher")) for name in _names(entry, by_id)]
    found["url"] = [*_texts(article.get("url")), *_addresses(article.get("mainEntityOfPage"))]
    return {f"json-ld:{name}": values for name, values in found.items() if values}


def _load(script: str) -> object:
    try:
        return json.loads(_unwrapped(script), strict=False)
    except (ValueError, RecursionError):  # broken or nested past reason: the page has other rivals
        return None


def _unwrapped(script: str) -> str:
    """Return the JSON between what templates put around it for old browsers: comment marks, CDATA, a semicolon."""
    bare = script.replace("<![CDATA[", "").replace("]]>", "")
    start = min((at for at in (bare.find("{"), bare.find("[")) if at >= 0), default=0)
    return bare[start : max(bare.rfind("}"), bare.rfind("]")) + 1]


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a document, from the outside in, at most ``_MOST_NODES``."""
    waiting, seen = deque([value]), 0
    while waiting and seen < _MOST_NODES:
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
    """Return the strings of a value or list of values, with entities that were escaped twice undone."""
    found = [entry.get("@value") if isinstance(entry, dict) else entry for entry in _listed(value)]
    return [html.unescape(entry).strip() for entry in found if isinstance(entry, str) and entry.strip()]


def _names(entry: object, by_id: dict[str, dict[str, Any]]) -> list[str]:
    if not isinstance(entry, dict):
        return _texts(entry)
    return _texts(entry.get("name")) or _texts(by_id.get(str(entry.get("@id")), {}).get("name"))


def _addresses(value: object) -> list[str]:
    return [text for entry in _listed(value) for text in _texts(entry.get("@id") if isinstance(entry, dict) else entry)]
