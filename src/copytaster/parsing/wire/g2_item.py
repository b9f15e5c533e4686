"""A newsItem of NewsML-G2 mapped to a draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from copytaster.model.article import ArticleStatus, Image, Signal
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, first, words_of
from copytaster.parsing.wire.g2_concepts import Concepts, party_of
from copytaster.parsing.wire.g2_content import read_content
from copytaster.parsing.wire.status_codes import signal_by_code, signal_by_slug, status_by_code
from copytaster.parsing.wire.wire_draft import Findings, people_in

HIGHEST_VERSION = 2**53 - 1
"""The largest whole number that all readers of JSON agree on (RFC 7493); agencies number versions by time as well."""

_THUMBNAIL = ("thumb", "icon", "preview")


@dataclass(slots=True, kw_only=True)
class Context:
    """What holds for all items of a file; ``sent`` is the message's own time, empty without a message."""

    name: str
    now: datetime
    decoded: Decoded
    format: str
    sent: str = ""


def read_news_item(item: Element, context: Context) -> Draft | None:
    """Return the article that a newsItem is, or None where it has no word.

    An item of pictures, sound or film is the article of its headline and captions. The item's own times, never the
    envelope's, date it, unless it has none.
    """
    found = Findings(context.format, context.now)
    content = first(item, "contentMeta")
    put_management(found, item, context)
    put_description(found, item)
    read_content(found, item)
    found.put("title", words_of(first(item, "itemMeta/title")), "itemMeta/title", 0.8)
    if found.has("text"):
        _put_summary(found, content)
    captions = [words_of(each) for each in children(content, "description")]
    found.put_text(list(dict.fromkeys(filter(None, captions))), "contentMeta/description", 0.7)
    put_last_resort(found, item)
    found.add_images(_images(item, content), "contentSet/remoteContent")
    return found.draft(context.format, context.decoded)


def put_management(found: Findings, item: Element, context: Context) -> None:
    """Set what the envelope of one item says: identity, times, status, signals, note."""
    meta = first(item, "itemMeta")
    found.put("guid", attribute(item, "guid"), "@guid")
    found.put_number("guid_version", attribute(item, "version"), "@version", highest=HIGHEST_VERSION)
    if not item.get("version"):
        # The standard: an item without a version is its first.
        found.put("guid_version", 1, "@version (default)", 0.8)
    _put_times(found, item, context)
    code = attribute(first(meta, "pubStatus"), "qcode") or attribute(first(meta, "pubStatus"), "uri")
    status = status_by_code(code)
    found.put("status", status, "itemMeta/pubStatus")
    found.put_time("embargoed_until", words_of(first(meta, "embargoed")), "itemMeta/embargoed")
    if status is ArticleStatus.CANCELED:
        found.put("signal", Signal.KILL, "itemMeta/pubStatus")
    for each in children(meta, "signal"):
        stated = attribute(each, "qcode") or attribute(each, "uri") or attribute(each, "literal")
        found.put("signal", signal_by_code(stated), "itemMeta/signal")
    slug = words_of(first(item, "contentMeta/slugline"))
    found.put("signal", signal_by_slug(slug), "contentMeta/slugline", 0.7)
    notes = [words_of(each) for each in children(meta, "edNote")]
    found.put("note", "\n".join(filter(None, notes)), "itemMeta/edNote")


def put_description(found: Findings, item: Element) -> None:
    """Set what contentMeta says about the content, and who made it."""
    concepts = Concepts(item)
    content = first(item, "contentMeta")
    language = attribute(first(content, "language"), "tag")
    found.put("language", _primary(language), "contentMeta/language")
    found.put("language", _primary(item.get(XML_LANG) or ""), "@xml:lang", 0.9)
    found.put("title", words_of(first(content, "headline")), "contentMeta/headline")
    found.put("slugline", words_of(first(content, "slugline")), "contentMeta/slugline")
    found.put("dateline", words_of(first(content, "dateline")), "contentMeta/dateline")
    found.put_number("urgency", words_of(first(content, "urgency")), "contentMeta/urgency", highest=9)
    _put_makers(found, item, content, concepts)
    located = dict.fromkeys(filter(None, (concepts.name_of(each) for each in children(content, "located"))))
    found.put("located", tuple(located), "contentMeta/located")
    keywords = dict.fromkeys(filter(None, (words_of(each) for each in children(content, "keyword"))))
    found.put("keywords", tuple(keywords), "contentMeta/keyword")
    subjects = (subject for each in children(content, "subject") for subject in concepts.subjects_of(each))
    found.add_subjects(subjects, "contentMeta/subject")


def put_last_resort(found: Findings, item: Element) -> None:
    """Give an item that withdraws another some words, for it must not be lost: its note, its slug or its guid."""
    if found.has("text") or found.has("title"):
        return
    words = words_of(first(item, "contentMeta/slugline")) or words_of(first(item, "itemMeta/edNote"))
    if attribute(first(item, "itemMeta/pubStatus"), "qcode").lower().endswith(("canceled", "withheld")):
        found.put("title", words or attribute(item, "guid"), "itemMeta/edNote or @guid", 0.2)


def _put_times(found: Findings, item: Element, context: Context) -> None:
    """Set published and modified: the item's first creation and this version's.

    Where a later version does not tell its first creation, the content's own does, for it cannot be after that.
    """
    meta, content = first(item, "itemMeta"), first(item, "contentMeta")
    version = words_of(first(meta, "versionCreated"))
    found.put_time("published_at", words_of(first(meta, "firstCreated")), "itemMeta/firstCreated")
    if (item.get("version") or "1").strip() != "1":
        found.put_time("published_at", words_of(first(content, "contentCreated")), "contentMeta/contentCreated", 0.8)
    found.put_time("published_at", version, "itemMeta/versionCreated", 0.9)
    found.put_time("published_at", words_of(first(content, "contentCreated")), "contentMeta/contentCreated", 0.7)
    found.put_time("published_at", context.sent, "newsMessage/header/sent", 0.4)
    found.put_time("modified_at", version, "itemMeta/versionCreated")
    found.put_time("modified_at", words_of(first(content, "contentModified")), "contentMeta/contentModified", 0.9)


def _put_makers(found: Findings, item: Element, content: Element | None, concepts: Concepts) -> None:
    creators = list(children(content, "creator"))
    houses = [each for each in creators if "org" in attribute(each, "type").lower()]
    names = [concepts.name_of(each) for each in creators if each not in houses]
    byline = words_of(first(content, "by"))
    people = [name for name in names if name and names_in(name) and not name.startswith("The ")]
    found.put("byline", byline, "contentMeta/by")
    found.put("authors", tuple(dict.fromkeys(people)), "contentMeta/creator", 0.9)
    found.put("authors", people_in(byline), "contentMeta/by", 0.8)
    for where, party in _sources(item, content, houses):
        name, sure = party_of(party, concepts)
        found.put("source", name, where, sure)


def _sources(item: Element, content: Element | None, houses: list[Element]) -> Iterator[tuple[str, Element]]:
    yield from (("contentMeta/infoSource", each) for each in children(content, "infoSource"))
    yield from (("itemMeta/provider", each) for each in children(first(item, "itemMeta"), "provider"))
    yield from (("contentMeta/creator", each) for each in houses)


def _put_summary(found: Findings, content: Element | None) -> None:
    """Set the summary, which is the first description that calls itself one, or has no role at all."""
    for each in children(content, "description"):
        role = attribute(each, "role").rpartition(":")[2].lower()
        if role in {"summary", "abstract", "short", "teaser", ""}:
            found.put("summary", words_of(each), "contentMeta/description")


def _images(item: Element, content: Element | None) -> Iterator[Image]:
    """Yield the largest rendition of a picture item, with its caption."""
    renditions = [each for each in children(first(item, "contentSet"), "remoteContent") if _is_picture(each)]
    if not renditions:
        return
    best = max(renditions, key=_size)
    caption = words_of(first(content, "description"))
    credit = words_of(first(content, "creditline"))
    yield Image(url=attribute(best, "href") or None, caption=caption or None, credit=credit or None)


def _is_picture(content: Element) -> bool:
    return attribute(content, "contenttype").startswith("image/")


def _size(content: Element) -> tuple[bool, int]:
    digits = attribute(content, "size") or attribute(content, "width")
    size = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 15 else 0  # noqa: PLR2004 - petabytes
    return not any(word in attribute(content, "rendition").lower() for word in _THUMBNAIL), size


def _primary(tag: str) -> str:
    """Return a language tag's primary subtag in small letters (``en``); empty where it is none."""
    subtag = tag.strip().replace("_", "-").partition("-")[0].lower()
    return subtag if subtag.isascii() and subtag.isalpha() and len(subtag) in {2, 3} else ""
