"""A newsItem of NewsML-G2 mapped to a draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from copytaster.model.article import ArticleStatus, Image, Signal
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.draft_builder import HIGHEST_VERSION, DraftBuilder
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, first, name_of, words_of
from copytaster.parsing.wire.g2_concepts import Concepts, party_of
from copytaster.parsing.wire.g2_content import read_content
from copytaster.parsing.wire.status_codes import signal_by_code, signal_by_slug, status_by_code

_THUMBNAIL = ("thumb", "icon", "preview")


@dataclass(slots=True, kw_only=True)
class Context:
    """What holds for all items of a file; ``sent`` is the message's own time, empty without a message."""

    name: str
    now: datetime
    decoded: Decoded
    format: str
    sent: str = ""

    def item_name(self, item: Element) -> str:
        """Return the name of an item in messages: the file's name, the item's element and its guid."""
        return f"{self.name}: the {name_of(item)} {attribute(item, 'guid') or 'without a guid'}"


def read_news_item(item: Element, context: Context) -> Draft:
    """Return the article that a newsItem is, or None where it has no word.

    An item of pictures, sound or film is the article of its headline and captions. The item's own times, never the
    envelope's, date it, unless it has none.
    """
    builder = DraftBuilder(context.now, prefix=context.format)
    content = first(item, "contentMeta")
    put_management(builder, item, context)
    put_description(builder, item)
    read_content(builder, item)
    builder.add("title", words_of(first(item, "itemMeta/title")), "itemMeta/title", 0.8)
    if "text" in builder:
        _put_summary(builder, content)
    captions = [words_of(each) for each in children(content, "description")]
    add_text(builder, dict.fromkeys(captions), "contentMeta/description", 0.7)
    put_last_resort(builder, item)
    builder.add_list("images", _images(item, content), "contentSet/remoteContent")
    return builder.draft(context.decoded, format_=context.format, name=context.item_name(item))


def put_management(builder: DraftBuilder, item: Element, context: Context) -> None:
    """Set what the envelope of one item says: identity, times, status, signals, note."""
    meta = first(item, "itemMeta")
    builder.add("guid", attribute(item, "guid"), "@guid")
    builder.add_number("guid_version", attribute(item, "version"), "@version", highest=HIGHEST_VERSION)
    if not item.get("version"):
        # The standard: an item without a version is its first.
        builder.add("guid_version", 1, "@version (default)", 0.8)
    _put_times(builder, item, context)
    code = attribute(first(meta, "pubStatus"), "qcode") or attribute(first(meta, "pubStatus"), "uri")
    status = status_by_code(code)
    builder.add("status", status, "itemMeta/pubStatus")
    builder.add_time("embargoed_until", words_of(first(meta, "embargoed")), "itemMeta/embargoed")
    if status is ArticleStatus.CANCELED:
        builder.add("signal", Signal.KILL, "itemMeta/pubStatus")
    for each in children(meta, "signal"):
        stated = attribute(each, "qcode") or attribute(each, "uri") or attribute(each, "literal")
        builder.add("signal", signal_by_code(stated), "itemMeta/signal")
    slug = words_of(first(item, "contentMeta/slugline"))
    builder.add("signal", signal_by_slug(slug), "contentMeta/slugline", 0.7)
    notes = [words_of(each) for each in children(meta, "edNote")]
    builder.add("note", "\n".join(filter(None, notes)), "itemMeta/edNote")


def put_description(builder: DraftBuilder, item: Element) -> None:
    """Set what contentMeta says about the content, and who made it."""
    concepts = Concepts(item)
    content = first(item, "contentMeta")
    language = attribute(first(content, "language"), "tag")
    builder.add_language(language, "contentMeta/language")
    builder.add_language(item.get(XML_LANG), "@xml:lang", 0.9)
    builder.add("title", words_of(first(content, "headline")), "contentMeta/headline")
    builder.add("slugline", words_of(first(content, "slugline")), "contentMeta/slugline")
    builder.add("dateline", words_of(first(content, "dateline")), "contentMeta/dateline")
    builder.add_number("urgency", words_of(first(content, "urgency")), "contentMeta/urgency", highest=9)
    _put_makers(builder, item, content, concepts)
    builder.add_list("located", map(concepts.name_of, children(content, "located")), "contentMeta/located")
    builder.add_list("keywords", map(words_of, children(content, "keyword")), "contentMeta/keyword")
    subjects = (subject for each in children(content, "subject") for subject in concepts.subjects_of(each))
    builder.add_list("subjects", subjects, "contentMeta/subject")


def put_last_resort(builder: DraftBuilder, item: Element) -> None:
    """Give an item that withdraws another some words, for it must not be lost: its note, its slug or its guid."""
    if builder.has_content:
        return
    words = words_of(first(item, "contentMeta/slugline")) or words_of(first(item, "itemMeta/edNote"))
    if attribute(first(item, "itemMeta/pubStatus"), "qcode").lower().endswith(("canceled", "withheld")):
        builder.add("title", words or attribute(item, "guid"), "itemMeta/edNote or @guid", 0.2)


def _put_times(builder: DraftBuilder, item: Element, context: Context) -> None:
    """Set published and modified: the item's first creation and this version's.

    Where a later version does not tell its first creation, the content's own does, for it cannot be after that.
    """
    meta, content = first(item, "itemMeta"), first(item, "contentMeta")
    version = words_of(first(meta, "versionCreated"))
    builder.add_time("published_at", words_of(first(meta, "firstCreated")), "itemMeta/firstCreated")
    if (item.get("version") or "1").strip() != "1":
        builder.add_time("published_at", words_of(first(content, "contentCreated")), "contentMeta/contentCreated", 0.8)
    builder.add_time("published_at", version, "itemMeta/versionCreated", 0.9)
    builder.add_time("published_at", words_of(first(content, "contentCreated")), "contentMeta/contentCreated", 0.7)
    builder.add_time("published_at", context.sent, "newsMessage/header/sent", 0.4)
    builder.add_time("modified_at", version, "itemMeta/versionCreated")
    builder.add_time("modified_at", words_of(first(content, "contentModified")), "contentMeta/contentModified", 0.9)


def _put_makers(builder: DraftBuilder, item: Element, content: Element | None, concepts: Concepts) -> None:
    creators = list(children(content, "creator"))
    houses = [each for each in creators if "org" in attribute(each, "type").lower()]
    names = [concepts.name_of(each) for each in creators if each not in houses]
    byline = words_of(first(content, "by"))
    people = [name for name in names if name and names_in(name) and not name.startswith("The ")]
    builder.add("byline", byline, "contentMeta/by")
    builder.add_list("authors", people, "contentMeta/creator", 0.9)
    builder.add("authors", names_in(byline), "contentMeta/by", 0.8)
    for where, party in _sources(item, content, houses):
        name, sure = party_of(party, concepts)
        builder.add("source", name, where, sure)


def _sources(item: Element, content: Element | None, houses: list[Element]) -> Iterator[tuple[str, Element]]:
    yield from (("contentMeta/infoSource", each) for each in children(content, "infoSource"))
    yield from (("itemMeta/provider", each) for each in children(first(item, "itemMeta"), "provider"))
    yield from (("contentMeta/creator", each) for each in houses)


def _put_summary(builder: DraftBuilder, content: Element | None) -> None:
    """Set the summary, which is the first description that calls itself one, or has no role at all."""
    for each in children(content, "description"):
        role = attribute(each, "role").rpartition(":")[2].lower()
        if role in {"summary", "abstract", "short", "teaser", ""}:
            builder.add("summary", words_of(each), "contentMeta/description")


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
