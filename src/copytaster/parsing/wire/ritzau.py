"""RBNews: the XML of the Danish agency Ritzau, one item in each ``RBNews`` element; times are those of Copenhagen."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Signal, Subject
from copytaster.parsing.dates import read_moment
from copytaster.parsing.draft_builder import LATEST_EMBARGO, DraftBuilder
from copytaster.parsing.parser import BadItem, Draft, Item, Original
from copytaster.parsing.plain.text_fields import add_byline, add_dateline, add_text
from copytaster.parsing.release_terms.embargo_fields import add_embargo, read_stated
from copytaster.parsing.release_terms.opening import add_heading, add_note
from copytaster.parsing.safe_xml import (
    Document,
    Element,
    children,
    first,
    name_of,
    raw_text,
    read_xml,
    root_of,
    text_of,
)
from copytaster.parsing.wire.escaped_markup import markup_in, plain_paragraphs_of
from copytaster.parsing.wire.g2_content import add_inline, inline_paragraphs
from copytaster.parsing.wire.local_times import in_zone
from copytaster.parsing.wire.subjects import subjects_of

_ZONE = "Europe/Copenhagen"
_FLAGS = {"NyVersion": Signal.UPDATE, "Korrektion": Signal.CORRECTION}


class RitzauParser:
    """Reads RBNews, alone or several in an envelope."""

    format = "rbnews"

    def score(self, original: Original) -> float:
        """Return .95 for the root element ``RBNews`` or ``ArrayOfRBNews``."""
        root = root_of(original)
        return 0.95 if root is not None and root.name in {"RBNews", "ArrayOfRBNews"} else 0.0

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. Raises ``RefusedError`` (``no_text``) without text, and the errors of ``read_xml``."""
        document = read_xml(original)
        items = list(document.root.iter("{*}RBNews"))
        for number, item in enumerate(items, start=1):
            try:
                yield _draft(item, document, original)
            except RefusedError as error:
                if len(items) == 1:
                    raise
                yield BadItem.of(text_of(first(item, "NewsID")) or f"item {number}", error)


def _draft(item: Element, document: Document, original: Original) -> Draft:
    fields = {name_of(each): text_of(each) for each in item}
    builder = DraftBuilder(original.now, prefix=RitzauParser.format)
    _add_management(builder, item, fields)
    add_heading(builder, fields.get("headline", ""), "headline", 1.0)
    builder.add("summary", fields.get("subtitle"), "subtitle")
    add_byline(builder, fields.get("byLine", ""), "byLine")
    add_dateline(builder, fields.get("town", ""), "town")
    builder.add_list("located", [fields.get("town")], "town", 0.9)
    builder.add("publisher", fields.get("origin", "").strip("/ "), "origin", 0.9)
    strapline = fields.get("strapline", "")
    builder.add("slugline", strapline, "strapline")
    builder.add_list("keywords", [each.strip() for each in strapline.split("/")], "strapline", 0.8)
    builder.add_list("subjects", _subjects(item, fields.get("section", "")), "IPTCList")
    _add_content(builder, first(item, "content"))
    builder.add_language("da", "RBNews", 0.6)
    if document.noise:
        builder.add_note(document.noise)
    return builder.draft(document.decoded, format_=RitzauParser.format, name=original.name)


def _subjects(item: Element, section: str) -> Iterator[Subject]:
    """Yield IPTC's Subject Codes, which are printed as numbers without leading zeros, and the section."""
    for code in children(first(item, "IPTCList"), "int"):
        yield from subjects_of(f"subj:{text_of(code).zfill(8)}", None)
    if section:
        yield Subject(code=None, name=section)


def _add_management(builder: DraftBuilder, item: Element, fields: dict[str, str]) -> None:
    builder.add("guid", fields.get("NewsID"), "NewsID")
    builder.add_number("guid_version", fields.get("version"), "version", highest=999_999_999)
    builder.add_number("urgency", fields.get("Priority"), "Priority", highest=9)
    published = read_moment(fields.get("PublishDate", ""), now=LATEST_EMBARGO)
    builder.add_time("published_at", in_zone(published, _ZONE), "PublishDate")
    for each in item:
        if "embargo" in name_of(each).lower():
            stated = read_stated(text_of(each))
            add_embargo(builder, in_zone(stated, _ZONE) or text_of(each), name_of(each))
    if _is_set(fields, "Annuleret"):
        builder.restrict(ArticleStatus.CANCELED, "Annuleret")
        builder.add("signal", Signal.KILL, "Annuleret")
    for name, signal in _FLAGS.items():
        builder.add("signal", signal if _is_set(fields, name) else None, name)
    for note in children(item, "TilRedaktionen"):
        markup = markup_in(raw_text(note))
        lines = [text_of(note)] if markup is None else inline_paragraphs(markup)
        add_note(builder, "\n".join(lines), "TilRedaktionen")


def _is_set(fields: dict[str, str], name: str) -> bool:
    """Say whether a flag is true in a form of XML Schema, or in the usual one of other libraries."""
    return fields.get(name, "").lower() in {"true", "1"}


def _add_content(builder: DraftBuilder, content: Element | None) -> None:
    if content is None:
        return
    markup = content if len(content) else markup_in(raw_text(content))
    if markup is None:
        add_text(builder, plain_paragraphs_of(raw_text(content)), "content")
    else:
        add_inline(builder, markup, "content")
