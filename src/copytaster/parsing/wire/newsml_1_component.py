"""Adds the fields of a story of NewsML 1: lines, metadata, and the parts that make up its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copytaster.model.article import Subject
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.text_fields import add_byline, add_dateline, add_text
from copytaster.parsing.release_terms.opening import add_heading, add_note
from copytaster.parsing.release_terms.status_codes import signal_by_slug
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, first, name_of, raw_text, text_of
from copytaster.parsing.wire.escaped_markup import markup_in, plain_paragraphs_of
from copytaster.parsing.wire.g2_content import add_inline, inline_paragraphs
from copytaster.parsing.wire.newsml_1_pictures import images_of_story
from copytaster.parsing.wire.newsml_1_story import (
    BYLINE,
    DATELINE,
    LEAD,
    NOTE,
    OTHER,
    SUMMARY,
    TITLE,
    Part,
)  # fmt: skip
from copytaster.parsing.wire.subjects import subjects_of


def add_component(builder: DraftBuilder, story: Element, parts: Sequence[Part], item: Element) -> None:
    """Add the fields of one story: those of its own component take precedence over those around it and in its parts."""
    components = [story, *story.iterancestors("{*}NewsComponent", "{*}NewsItem")]
    for component in components:
        _add_lines(builder, first(component, "NewsLines"))
    inner = dict.fromkeys(each for part in parts for each in _components_between(part.content, story))
    for component in [*components, *inner]:
        _add_metadata(builder, component)
    _add_roles(builder, parts)
    for component in inner:
        _add_lines(builder, first(component, "NewsLines"))
    for element in [*(part.content for part in parts), *inner, *components]:
        builder.add_language(element.get(XML_LANG), f"{name_of(element)}/@xml:lang", 0.9)
    _add_text(builder, parts)
    builder.add_list("images", images_of_story(story), "ContentItem")
    if "text" not in builder:
        builder.add("title", text_of(first(item, "Identification/NameLabel")), "Identification/NameLabel", 0.5)


def _components_between(content: Element, story: Element) -> Iterator[Element]:
    for component in content.iterancestors("{*}NewsComponent"):
        if component is story:
            return
        yield component


def _add_roles(builder: DraftBuilder, parts: Sequence[Part]) -> None:
    """Add the parts that are fields: title, teaser, byline, dateline, note."""
    for part in parts:
        role, text = part.role, text_of(first(part.content, "DataContent"))
        if role == TITLE:
            add_heading(builder, text, f"Role/{role}", 0.9)
        elif role == NOTE:
            add_note(builder, text, f"Role/{role}", 0.9)
        elif role == SUMMARY:
            builder.add("summary", text, f"Role/{role}", 0.9)
        elif role == BYLINE:
            add_byline(builder, text, "Role/byline")
        elif role == DATELINE:
            add_dateline(builder, text, "Role/dateline")


def _add_text(builder: DraftBuilder, parts: Sequence[Part]) -> None:
    """Add the text of all parts: leads first, then the others in their order."""
    ordered = [part.content for role in (LEAD, OTHER) for part in parts if part.role == role]
    data = [each for content in ordered if (each := _data_of(content)) is not None]
    paragraphs = [paragraph for each in data for paragraph in _paragraphs_of(each)]
    for each in data:
        if not isinstance(each, str):
            add_inline(builder, each, "DataContent", paragraphs)
    add_text(builder, paragraphs, "DataContent")
    add_text(builder, [text_of(first(content, "DataContent")) for content in ordered], "DataContent", 0.6)


def _data_of(content: Element) -> Element | str | None:
    """Return the XML or markup of a content, or its plain text."""
    data = first(content, "DataContent")
    if data is None or len(data):
        return data
    text = raw_text(data)
    kinds = (attribute(first(content, name), "FormalName").lower() for name in ("MimeType", "Format", "MediaType"))
    markup = markup_in(text, declared=any("html" in kind for kind in kinds))
    return text if markup is None else markup


def _paragraphs_of(data: Element | str) -> list[str]:
    return plain_paragraphs_of(data) if isinstance(data, str) else inline_paragraphs(data)


def _add_lines(builder: DraftBuilder, lines: Element | None) -> None:
    for line in children(lines, "HeadLine"):
        add_heading(builder, text_of(line), "NewsLines/HeadLine", 1.0)
    for line in children(lines, "SlugLine"):
        builder.add("slugline", text_of(line), "NewsLines/SlugLine")
    add_dateline(builder, text_of(first(lines, "DateLine")), "NewsLines/DateLine")
    add_byline(builder, text_of(first(lines, "ByLine")), "NewsLines/ByLine")
    keywords = (
        word.strip() for each in children(lines, "KeywordLine") for word in text_of(each).replace(";", ",").split(",")
    )
    builder.add_list("keywords", keywords, "NewsLines/KeywordLine")
    for line in children(lines, "NewsLine"):
        kind = attribute(first(line, "NewsLineType"), "FormalName").lower()
        if "note" in kind or "advisory" in kind:
            note = text_of(first(line, "NewsLineText"))
            add_note(builder, note, "NewsLines/NewsLine")
            builder.add("signal", signal_by_slug(note), "NewsLines/NewsLine", 0.7)
    builder.add("summary", text_of(first(lines, "SubHeadLine")), "NewsLines/SubHeadLine", 0.7)


def _add_metadata(builder: DraftBuilder, component: Element) -> None:
    administrative, descriptive = (first(component, f"{kind}Metadata") for kind in ("Administrative", "Descriptive"))
    for name in ("Source", "Provider"):
        party = first(administrative, f"{name}/Party")
        builder.add("publisher", attribute(party, "FormalName"), f"AdministrativeMetadata/{name}", 0.9)
    creators = [attribute(each, "FormalName") for each in children(first(administrative, "Creator"), "Party")]
    people = tuple(name for name in creators if names_in(name))
    builder.add("authors", people, "AdministrativeMetadata/Creator", 0.9)
    builder.add_language(attribute(first(descriptive, "Language"), "FormalName"), "DescriptiveMetadata/Language")
    builder.add_list("subjects", _subjects(descriptive), "DescriptiveMetadata/SubjectCode")
    # Places of origin first: others are only mentioned.
    locations = sorted(children(descriptive, "Location"), key=lambda each: attribute(each, "HowPresent") != "Origin")
    places = map(_place, locations)
    builder.add_list("located", places, "DescriptiveMetadata/Location", 0.9)
    keywords = [
        attribute(each, "Value")
        for each in children(descriptive, "Property")
        if attribute(each, "FormalName").lower() == "keyword"
    ]
    builder.add_list("keywords", keywords, "DescriptiveMetadata/Property")


def _place(location: Element) -> str:
    """Return the smallest place in a location."""
    names = {attribute(each, "FormalName").lower(): attribute(each, "Value") for each in children(location, "Property")}
    order = ("city", "countryarea", "area", "country")
    return next((names[kind] for kind in order if names.get(kind)), "")


def _subjects(descriptive: Element | None) -> Iterator[Subject]:
    for code in children(descriptive, "SubjectCode"):
        for each in code:
            if name_of(each).startswith("Subject"):
                number = attribute(each, "FormalName")
                yield from subjects_of(
                    f"subj:{number}" if number.isdigit() else "", None if number.isdigit() else number
                )
