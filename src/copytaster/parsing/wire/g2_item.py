"""Maps a newsItem of NewsML-G2 to a draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from copytaster.model.article import ArticleStatus, Image, Provenance
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.text_fields import add_dateline, add_text
from copytaster.parsing.release_terms.embargo_fields import add_embargo
from copytaster.parsing.release_terms.opening import add_heading, add_note
from copytaster.parsing.release_terms.status_codes import add_status, signal_among, signal_by_slug
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, first, name_of, text_of
from copytaster.parsing.wire.g2_concepts import Concepts, party_of
from copytaster.parsing.wire.g2_content import add_content
from copytaster.parsing.wire.identifiers import split_version

_THUMBNAIL = ("thumb", "icon", "preview")


@dataclass(slots=True, kw_only=True)
class Context:
    """What all items of a file have in common.

    ``sent`` is the time of the message, ``noise`` a note about text outside the document; both may be empty.
    """

    name: str
    now: datetime
    decoded: Decoded
    format: str
    sent: str = ""
    noise: str = ""

    def item_name(self, item: Element) -> str:
        """Return the name of an item in messages: the file's name, the item's element and its guid."""
        return f"{self.name}: the {name_of(item)} {attribute(item, 'guid') or 'without a guid'}"


def read_news_item(item: Element, context: Context) -> Draft:
    """Return a newsItem's article. Raises ``RefusedError`` (``no_text``) for an item without text.

    The article of an item with pictures, sound or video is its headline and captions. The envelope's time counts only
    if the item has no time.
    """
    builder = DraftBuilder(context.now, prefix=context.format)
    content = first(item, "contentMeta")
    add_management(builder, item, context)
    add_description(builder, item)
    add_content(builder, item)
    add_heading(builder, text_of(first(item, "itemMeta/title")), "itemMeta/title", 0.8)
    if "text" in builder:
        _add_summary(builder, content)
    captions = [text_of(each) for each in children(content, "description")]
    add_text(builder, dict.fromkeys(captions), "contentMeta/description", 0.7)
    builder.add_list("images", _images(item, content), "contentSet/remoteContent")
    return finished(builder, item, context)


def finished(builder: DraftBuilder, item: Element, context: Context) -> Draft:
    """Return the draft; without a version it is the first one, as the standard says.

    A kill or hold is none: whoever writes it by hand leaves out the version and means what was sent before. Raises
    ``RefusedError`` (``no_text``).
    """
    draft = builder.draft(context.decoded, format_=context.format, name=context.item_name(item))
    if item.get("version") or draft.guid_version is not None or draft.status is not ArticleStatus.USABLE:
        return draft
    default = Provenance(from_=f"{context.format}:@version (default)", confidence=0.8)
    return replace(draft, guid_version=1, provenance=draft.provenance | {"guid_version": default})


def add_management(builder: DraftBuilder, item: Element, context: Context) -> None:
    """Add an item's management data: identity, times, status, signals and note."""
    meta = first(item, "itemMeta")
    guid, version = split_version(attribute(item, "guid"), attribute(item, "version"))
    builder.add("guid", guid, "@guid")
    builder.add("guid_version", version or None, "@version")
    _add_times(builder, item, context)
    if context.noise:
        builder.add_note(context.noise)
    code = _code_of(first(meta, "pubStatus"))
    embargo = first(meta, "embargoed")
    add_embargo(builder, text_of(embargo), "itemMeta/embargoed")
    if embargo is not None and not text_of(embargo):
        # The standard: an embargo whose end is not known.
        builder.hold("itemMeta/embargoed", "it is empty")
    add_status(builder, code, "itemMeta/pubStatus")
    builder.add("signal", signal_among(map(_code_of, children(meta, "signal"))), "itemMeta/signal")
    slug = text_of(first(item, "contentMeta/slugline"))
    builder.add("signal", signal_by_slug(slug), "contentMeta/slugline", 0.7)
    notes = [text_of(each) for each in children(meta, "edNote")]
    add_note(builder, "\n".join(filter(None, notes)), "itemMeta/edNote")


def _code_of(concept: Element | None) -> str:
    """Return a code as its sender states it; the standard does not provide for the last place."""
    named = (attribute(concept, name) for name in ("qcode", "uri", "literal"))
    return next(filter(None, named), "") or text_of(concept)


def add_description(builder: DraftBuilder, item: Element) -> None:
    """Add the description of the content in contentMeta, and its authors and source."""
    concepts = Concepts(item)
    content = first(item, "contentMeta")
    language = attribute(first(content, "language"), "tag")
    builder.add_language(language, "contentMeta/language")
    builder.add_language(item.get(XML_LANG), "@xml:lang", 0.9)
    add_heading(builder, text_of(first(content, "headline")), "contentMeta/headline", 1.0)
    builder.add("slugline", text_of(first(content, "slugline")), "contentMeta/slugline")
    add_dateline(builder, text_of(first(content, "dateline")), "contentMeta/dateline")
    builder.add_number("urgency", text_of(first(content, "urgency")), "contentMeta/urgency", highest=9)
    _add_people_and_source(builder, item, content, concepts)
    builder.add_list("located", map(concepts.name_of, children(content, "located")), "contentMeta/located")
    builder.add_list("keywords", map(text_of, children(content, "keyword")), "contentMeta/keyword")
    subjects = (subject for each in children(content, "subject") for subject in concepts.subjects_of(each))
    builder.add_list("subjects", subjects, "contentMeta/subject")


def _add_times(builder: DraftBuilder, item: Element, context: Context) -> None:
    """Add the times of publication and change: the creation of the item and of this version.

    A later version without the item's first creation may have the content's creation, which is not later.
    """
    meta, content = first(item, "itemMeta"), first(item, "contentMeta")
    version = text_of(first(meta, "versionCreated"))
    builder.add_time("published_at", text_of(first(meta, "firstCreated")), "itemMeta/firstCreated")
    if (item.get("version") or "1").strip() != "1":
        builder.add_time("published_at", text_of(first(content, "contentCreated")), "contentMeta/contentCreated", 0.8)
    builder.add_time("published_at", version, "itemMeta/versionCreated", 0.9)
    builder.add_time("published_at", text_of(first(content, "contentCreated")), "contentMeta/contentCreated", 0.7)
    builder.add_time("published_at", context.sent, "newsMessage/header/sent", 0.4)
    builder.add_time("modified_at", version, "itemMeta/versionCreated")
    builder.add_time("modified_at", text_of(first(content, "contentModified")), "contentMeta/contentModified", 0.9)


def _add_people_and_source(builder: DraftBuilder, item: Element, content: Element | None, concepts: Concepts) -> None:
    creators = list(children(content, "creator"))
    organisations = [each for each in creators if "org" in attribute(each, "type").lower()]
    names = [concepts.name_of(each) for each in creators if each not in organisations]
    byline = text_of(first(content, "by"))
    people = [name for name in names if name and names_in(name) and not name.startswith("The ")]
    builder.add("byline", byline, "contentMeta/by")
    builder.add_list("authors", people, "contentMeta/creator", 0.9)
    builder.add("authors", names_in(byline), "contentMeta/by", 0.8)
    for where, party in _sources(item, content, organisations):
        name, confidence = party_of(party, concepts)
        builder.add("publisher", name, where, confidence)


def _sources(item: Element, content: Element | None, organisations: list[Element]) -> Iterator[tuple[str, Element]]:
    yield from (("contentMeta/infoSource", each) for each in children(content, "infoSource"))
    yield from (("itemMeta/provider", each) for each in children(first(item, "itemMeta"), "provider"))
    yield from (("contentMeta/creator", each) for each in organisations)


def _add_summary(builder: DraftBuilder, content: Element | None) -> None:
    """Add the first description with the role of a summary or without a role as summary."""
    for each in children(content, "description"):
        role = attribute(each, "role").rpartition(":")[2].lower()
        if role in {"summary", "abstract", "short", "teaser", ""}:
            builder.add("summary", text_of(each), "contentMeta/description")


def _images(item: Element, content: Element | None) -> Iterator[Image]:
    """Yield the largest rendition of a picture item, with its caption."""
    renditions = [each for each in children(first(item, "contentSet"), "remoteContent") if _is_picture(each)]
    if not renditions:
        return
    best = max(renditions, key=_size)
    caption = text_of(first(content, "description"))
    credit = text_of(first(content, "creditline"))
    yield Image(url=attribute(best, "href") or None, caption=caption or None, credit=credit or None)


def _is_picture(content: Element) -> bool:
    return attribute(content, "contenttype").startswith("image/")


def _size(content: Element) -> tuple[bool, int]:
    digits = attribute(content, "size") or attribute(content, "width")
    size = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 15 else 0  # noqa: PLR2004 - petabytes
    return not any(word in attribute(content, "rendition").lower() for word in _THUMBNAIL), size
