"""Atom feeds (RFC 4287) of the newest articles, for people's readers."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from copytaster.export.addresses import uri_of
from copytaster.export.identifiers import MEDIA_TOPICS, TAG, article_uri, is_media_topic
from copytaster.model.article import Article, ArticleStatus

MEDIA_TYPE = "application/atom+xml"

NAMESPACE = "http://www.w3.org/2005/Atom"

NO_ENTRIES = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a feed without entries: a feed must have one, and it may not change while the feed does not."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow in any form."""


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """Where a feed is found: its own address, the query that distinguishes it from others, and that of articles."""

    own: str
    query: str
    articles: str


def atom_feed(articles: Sequence[Article], address: FeedAddress, *, title: str) -> bytes:
    """Return the feed of those of the articles that may be used; their status must be the present one.

    An entry has the whole text; without a title or an author in the article, those of its publisher or source.
    """
    shown = [each for each in articles if each.status is ArticleStatus.USABLE]
    feed = ET.Element("feed", xmlns=NAMESPACE)
    _add(feed, "id", f"{TAG}feed:{address.query}")
    _add(feed, "title", title)
    _add(feed, "updated", _time(max((each.effective_at for each in shown), default=NO_ENTRIES)))
    _add(_add(feed, "author"), "name", "Copytaster")
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=address.own)
    for each in shown:
        _add_entry(feed, each, address)
    document: bytes = ET.tostring(feed, xml_declaration=True, encoding="utf-8")
    return document


def _add_entry(feed: ET.Element, article: Article, address: FeedAddress) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", article_uri(article.id))
    _add(entry, "title", article.title)
    _add(entry, "updated", _time(article.effective_at))
    if article.published_at:
        _add(entry, "published", _time(article.published_at))
    _add(entry, "link", rel="alternate", href=_link(article) or f"{address.articles}/{article.id}")
    for name in article.authors or filter(None, [article.publisher or article.source]):
        _add(_add(entry, "author"), "name", name)
    for topic in article.topics or ():
        vocabulary = {"scheme": MEDIA_TOPICS} if is_media_topic(topic.code) else {}
        _add(entry, "category", term=topic.code, **vocabulary, label=topic.name)
    if article.summary:
        _add(entry, "summary", article.summary)
    _add(entry, "content", _as_html(article.text), type="html")
    if article.language and article.language != "und":
        entry.set("xml:lang", article.language)


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    cleaned = {key: _clean(value) for key, value in attributes.items()}
    element = ET.SubElement(parent, name, cleaned)
    element.text = None if text is None else _clean(text)
    return element


def _link(article: Article) -> str | None:
    """Return the article's address if a reader may safely follow it."""
    uri = uri_of(article.url)
    return uri if uri and uri.startswith(("http://", "https://")) else None


def _as_html(text: str) -> str:
    paragraphs = (each.strip() for each in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{html.escape(each, quote=False)}</p>" for each in paragraphs if each)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("�", text)


def _time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
