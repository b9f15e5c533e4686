"""Maps an entry, as feedparser returns it, to the fields of a draft."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copytaster.model.article import Image, Subject
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.draft_builder import DraftBuilder, one_line
from copytaster.parsing.feeds.media import caption_of, pictures
from copytaster.parsing.feeds.wordpress import Export
from copytaster.parsing.guid_quality import Ambiguous, Entry
from copytaster.parsing.html.fragments import Fragment, address, plain_paragraphs, read_fragment
from copytaster.parsing.html.metadata import author_names
from copytaster.parsing.original import Original
from copytaster.parsing.release_terms.embargo_fields import add_embargo
from copytaster.parsing.release_terms.opening import add_heading, add_released
from copytaster.parsing.wire.subjects import subjects_of

_PLAIN_TYPES = frozenset(["", "text/plain"])
_MEDIA_TYPES = ("image/", "audio/", "video/", "application/pdf")

_ADDRESS_IN_BRACKETS = re.compile(r"\([^()]*@[^()]*\)|<[^<>]*@[^<>]*>")
"""The e-mail address next to an author's name."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed's own values, which apply to all entries: family of formats, title, address, language and authors.

    ``export`` reads the elements of WordPress.
    """

    family: str
    title: str
    link: str
    language: str
    authors: tuple[str, ...]
    now: datetime
    ambiguous: Ambiguous
    export: Export

    @classmethod
    def of(cls, parsed: Mapping[str, Any], original: Original) -> Feed:
        """Return the values in feedparser's result."""
        feed = dict(parsed["feed"])
        version = str(parsed.get("version") or "feed")
        family = next((name for name in ("atom", "cdf") if version.startswith(name)), "rss")
        link = address(str(feed.get("link") or ""), original.hints.url or "") or original.hints.url or ""
        addresses = [str(each.get("href") or "") for each in feed.get("links") or ()]
        entries = (_identifiers(entry, link) for entry in parsed["entries"])
        return cls(
            family=family,
            title=_title(feed, family),
            link=link,
            language=str(feed.get("language") or ""),
            # RFC 4287, 4.2.1: an entry without an author has the feed's; in RSS that is the webmaster.
            authors=_author_names(feed) if family == "atom" else (),
            now=original.now,
            ambiguous=Ambiguous.among(entries, (link, str(feed.get("id") or ""), *addresses)),
            export=Export(parsed.get("namespaces") or {}),
        )


def read_entry(entry: Mapping[str, Any], feed: Feed) -> DraftBuilder:
    """Return the fields of an entry; its content takes precedence over its summary as text."""
    builder = DraftBuilder(feed.now, prefix=feed.family)
    # A title such as "EMBARGO: …" repeats the embargo of a field, which must have been added before.
    _add_terms(builder, entry)
    add_heading(builder, _title(entry, feed.family), "title", 0.95)
    images_in_text = _add_texts(builder, entry, feed)
    identifiers = _identifiers(entry, feed.link)
    if not feed.ambiguous.has_link(identifiers):
        builder.add("url", identifiers.link, "link", 0.95)
    if not feed.ambiguous.has_guid(identifiers):
        builder.add("guid", identifiers.guid, "id" if feed.family == "atom" else "guid", 0.95)
    builder.add("authors", _author_names(entry), "author", 0.9)
    builder.add("byline", one_line(clean(str(entry.get("author") or ""))), "author", 0.8)
    builder.add("authors", feed.authors, "author-of-feed", 0.5)
    _add_times(builder, entry)
    feed.export.add_times(builder, entry)
    feed.export.add_terms(builder, entry)
    builder.add_language(str(entry.get("language") or _language_of_texts(entry) or ""), "entry/language", 0.8)
    # A feed's language is often the default of the software that wrote it.
    builder.add_language(feed.language, "language", 0.7)
    builder.add_list("keywords", _terms(entry), "category", 0.9)
    builder.add("subjects", tuple(_subjects(entry)), "category", 0.9)
    builder.add("images", (*pictures(entry), *images_in_text), "media", 0.8)
    builder.add("publisher", _title(entry.get("source") or {}, feed.family), "source/title", 0.8)
    builder.add("publisher", feed.title, "title-of-feed", 0.7)
    return builder


def _add_terms(builder: DraftBuilder, entry: Mapping[str, Any]) -> None:
    """Add the embargo that PRISM states, and withhold what the Atom Publishing Protocol marks as a draft.

    feedparser names elements of namespaces that it does not know by the prefix in the file.
    """
    for name, value in entry.items():
        if name.endswith("_embargodate"):
            add_embargo(builder, str(value), "prism:embargoDate", 0.95)
        elif name.endswith("_draft") and str(value).strip().lower() == "yes":
            builder.withhold("app:draft", 0.95)


def _add_texts(builder: DraftBuilder, entry: Mapping[str, Any], feed: Feed) -> tuple[Image, ...]:
    """Add text and summary, and return the images in them."""
    details = entry.get("content") or ()
    shown = [{**detail, "value": feed.export.markup(entry, str(detail.get("value") or ""))} for detail in details]
    contents = [_fragment(detail, feed) for detail in shown if _is_text(detail)]
    # For an entry without a summary, feedparser returns its content as summary, without the type.
    is_copy = entry.get("summary") in [detail.get("value") for detail in details]
    summary_detail = entry.get("summary_detail") or {"value": entry.get("summary")}
    summary = Fragment("") if is_copy else _fragment(summary_detail, feed)
    body = max(contents, key=lambda content: len(content.text), default=Fragment(""))
    add_released(builder, "text", body.text, "content", 0.9)
    if summary.text != body.text:
        # Most feeds have a teaser here, many the whole article; there is no way to distinguish them.
        add_released(builder, "summary", summary.text, "description" if feed.family == "rss" else "summary", 0.7)
    # Exports of WordPress have an empty description.
    builder.add("summary", read_fragment(str(entry.get("excerpt_encoded") or "")).text, "excerpt", 0.8)
    # Feeds of videos and pictures have no other text.
    builder.add("summary", caption_of(entry), "media:description", 0.6)
    return tuple({image.url: image for image in (*body.images, *summary.images)}.values())


def _is_text(detail: Mapping[str, Any]) -> bool:
    return not str(detail.get("type") or "").startswith(_MEDIA_TYPES)


def _fragment(detail: Mapping[str, Any], feed: Feed) -> Fragment:
    value = str(detail.get("value") or "")
    if str(detail.get("type") or "") not in _PLAIN_TYPES:
        return read_fragment(value, str(detail.get("base") or feed.link))
    return Fragment(plain_paragraphs(value))


def _title(element: Mapping[str, Any], family: str) -> str:
    """Return a title on one line. RSS may escape titles once or twice, and does not declare it."""
    detail = element.get("title_detail") or {}
    value = str(detail.get("value") or element.get("title") or "")
    if str(detail.get("type") or "") not in _PLAIN_TYPES:
        return one_line(read_fragment(value).text)
    return one_line(clean(value if family == "atom" else html.unescape(value)))


def _identifiers(entry: Mapping[str, Any], front_page: str) -> Entry:
    """Return the identifiers; the link is that of the article, not of a tracking service or of the front page."""
    link = address(str(entry.get("feedburner_origlink") or entry.get("link") or ""), front_page)
    guid = clean(str(entry.get("id") or "")).strip()
    return Entry(guid, "" if link is None or link == front_page else link, str(entry.get("title") or ""))


def _author_names(element: Mapping[str, Any]) -> tuple[str, ...]:
    names = (clean(str(author.get("name") or "")) for author in element.get("authors") or ())
    return author_names(_ADDRESS_IN_BRACKETS.sub("", name) for name in names)


def _add_times(builder: DraftBuilder, entry: Mapping[str, Any]) -> None:
    for name, confidence in (("published", 0.95), ("created", 0.8), ("updated", 0.6)):
        builder.add_time("published_at", str(entry.get(name) or ""), name, confidence)
    builder.add_time("modified_at", str(entry.get("updated") or ""), "updated", 0.9)


def _language_of_texts(entry: Mapping[str, Any]) -> str | None:
    details = [*(entry.get("content") or ()), entry.get("summary_detail") or {}, entry.get("title_detail") or {}]
    return next((str(detail["language"]) for detail in details if detail.get("language")), None)


def _terms(entry: Mapping[str, Any]) -> Iterator[str]:
    for tag in entry.get("tags") or ():
        yield one_line(clean(str(tag.get("label") or tag.get("term") or "")))


def _subjects(entry: Mapping[str, Any]) -> Iterator[Subject]:
    """Yield the categories that belong to a vocabulary; those of IPTC have its usual prefixes."""
    for tag in entry.get("tags") or ():
        scheme, term = str(tag.get("scheme") or ""), one_line(clean(str(tag.get("term") or "")))
        if scheme and term:
            is_iptc = scheme.startswith(("http://cv.iptc.org/", "https://cv.iptc.org/"))
            code = f"{scheme.rstrip('/')}/{term}" if is_iptc else term
            yield from subjects_of(code, one_line(clean(str(tag.get("label") or ""))) or None)
