"""From an entry as feedparser gives it to a draft's fields."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copytaster.model.article import Image, Subject
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.draft_builder import Fields, one_line, published
from copytaster.parsing.feeds.media import caption_of, pictures
from copytaster.parsing.html.fragments import Fragment, address, plain_paragraphs, read_fragment
from copytaster.parsing.html.metadata import author_names
from copytaster.parsing.original import Original
from copytaster.parsing.wire.subjects import subjects_of

_PLAIN = frozenset(["", "text/plain"])
_NO_WORDS = ("image/", "audio/", "video/", "application/pdf")

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_IN_BRACKETS = re.compile(r"\([^()]*@[^()]*\)|<[^<>]*@[^<>]*>")


@dataclass(frozen=True, slots=True)
class Feed:
    """What holds for every entry: the feed's own title, address, language and authors, and its family of formats."""

    family: str
    title: str
    link: str
    language: str
    authors: tuple[str, ...]
    now: datetime

    @classmethod
    def of(cls, found: Mapping[str, Any], original: Original) -> Feed:
        """Return what feedparser found about the feed itself."""
        told = dict(found["feed"])
        version = str(found.get("version") or "feed")
        family = next((name for name in ("atom", "cdf") if version.startswith(name)), "rss")
        return cls(
            family=family,
            title=_heading(told, family),
            link=address(str(told.get("link") or ""), original.hints.url or "") or original.hints.url or "",
            language=str(told.get("language") or ""),
            # RFC 4287, 4.2.1: an entry without an author has the feed's; in RSS that is the webmaster.
            authors=_names(told) if family == "atom" else (),
            now=original.now,
        )


def read_entry(entry: Mapping[str, Any], feed: Feed) -> Fields:
    """Return an entry's fields; content is preferred over the summary."""
    fields = Fields()
    at = f"{feed.family}:"
    fields.put("title", _heading(entry, feed.family), at + "title", 0.95)
    pictured = _read_texts(fields, entry, feed)
    fields.put("url", _link(entry, feed), at + "link", 0.95)
    fields.put(
        "guid", clean(str(entry.get("id") or "")).strip(), at + ("id" if feed.family == "atom" else "guid"), 0.95
    )
    _read_people(fields, entry, feed)
    _read_dates(fields, entry, feed)
    language = str(entry.get("language") or _content_language(entry) or "")
    fields.put("language", _subtag(language), at + "entry/language", 0.8)
    # A feed's language is often the default of the software that wrote it.
    fields.put("language", _subtag(feed.language), at + "language", 0.7)
    fields.put("keywords", tuple(dict.fromkeys(_terms(entry))), at + "category", 0.9)
    fields.put("subjects", tuple(_subjects(entry)), at + "category", 0.9)
    fields.put("images", (*pictures(entry), *pictured), at + "media", 0.8)
    fields.put("source", _heading(entry.get("source") or {}, feed.family), at + "source/title", 0.8)
    fields.put("source", feed.title, at + "title-of-feed", 0.7)
    return fields


def _read_texts(fields: Fields, entry: Mapping[str, Any], feed: Feed) -> tuple[Image, ...]:
    told = entry.get("content") or ()
    contents = [_words(each, feed) for each in told if _is_text(each)]
    # Without a summary of its own an entry has a copy of its content there, without its type.
    copied = entry.get("summary") in [each.get("value") for each in told]
    summary = Fragment("") if copied else _words(entry.get("summary_detail") or {"value": entry.get("summary")}, feed)
    body = max(contents, key=lambda each: len(each.text), default=Fragment(""))
    fields.put("text", body.text, f"{feed.family}:content", 0.9)
    if summary.text != body.text:
        # Most feeds put a teaser here, many the whole article: nothing tells them apart.
        name = "description" if feed.family == "rss" else "summary"
        fields.put("summary", one_line(summary.text) if body.text else summary.text, f"{feed.family}:{name}", 0.7)
    # Feeds of films and pictures have no other text.
    fields.put("summary", caption_of(entry), f"{feed.family}:media:description", 0.6)
    return tuple({each.url: each for each in (*body.images, *summary.images)}.values())


def _is_text(content: Mapping[str, Any]) -> bool:
    return not str(content.get("type") or "").startswith(_NO_WORDS)


def _words(detail: Mapping[str, Any], feed: Feed) -> Fragment:
    value = str(detail.get("value") or "")
    if str(detail.get("type") or "") not in _PLAIN:
        return read_fragment(value, str(detail.get("base") or feed.link))
    return Fragment(plain_paragraphs(value))


def _heading(told: Mapping[str, Any], family: str) -> str:
    """Return a title on one line. RSS escapes titles as it likes, once or twice, and does not say so."""
    detail = told.get("title_detail") or {}
    value = str(detail.get("value") or told.get("title") or "")
    if str(detail.get("type") or "") not in _PLAIN:
        return one_line(read_fragment(value).text)
    return one_line(clean(value if family == "atom" else html.unescape(value)))


def _link(entry: Mapping[str, Any], feed: Feed) -> str | None:
    """Return the entry's own address: not a counting service's, nor the feed's front page, which is no article's."""
    told = entry.get("feedburner_origlink") or entry.get("link")
    found = address(str(told or ""), feed.link)
    return None if found == feed.link else found


def _read_people(fields: Fields, entry: Mapping[str, Any], feed: Feed) -> None:
    fields.put("authors", _names(entry), f"{feed.family}:author", 0.9)
    fields.put("byline", one_line(clean(str(entry.get("author") or ""))), f"{feed.family}:author", 0.8)
    fields.put("authors", feed.authors, f"{feed.family}:author-of-feed", 0.5)


def _names(told: Mapping[str, Any]) -> tuple[str, ...]:
    people = [dict(each) for each in told.get("authors") or ()]
    return author_names(_IN_BRACKETS.sub("", clean(str(each.get("name") or ""))) for each in people)


def _read_dates(fields: Fields, entry: Mapping[str, Any], feed: Feed) -> None:
    for told, sure in (("published", 0.95), ("created", 0.8), ("updated", 0.6)):
        fields.put_moment(
            "published_at", published(str(entry.get(told) or ""), feed.now), f"{feed.family}:{told}", sure
        )
    fields.put_moment(
        "modified_at", published(str(entry.get("updated") or ""), feed.now), f"{feed.family}:updated", 0.9
    )


def _content_language(entry: Mapping[str, Any]) -> str | None:
    details = [*(entry.get("content") or ()), entry.get("summary_detail") or {}, entry.get("title_detail") or {}]
    return next((str(each["language"]) for each in details if each.get("language")), None)


def _subtag(language: str) -> str | None:
    match = _LANGUAGE.fullmatch(language.strip())
    return match.group(1).lower() if match else None


def _terms(entry: Mapping[str, Any]) -> Iterator[str]:
    for each in entry.get("tags") or ():
        if word := one_line(clean(str(each.get("label") or each.get("term") or ""))):
            yield word


def _subjects(entry: Mapping[str, Any]) -> Iterator[Subject]:
    """Yield the categories that come from a vocabulary, IPTC's under its usual prefixes."""
    for each in entry.get("tags") or ():
        scheme, term = str(each.get("scheme") or ""), one_line(clean(str(each.get("term") or "")))
        if scheme and term:
            of_iptc = scheme.startswith(("http://cv.iptc.org/", "https://cv.iptc.org/"))
            code = f"{scheme.rstrip('/')}/{term}" if of_iptc else term
            yield from subjects_of(code, one_line(clean(str(each.get("label") or ""))) or None)
