"""Finds the stories among the components of NewsML 1, and adds the fields in their lines, metadata and content."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.model.article import Image, Subject
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.inline_markup import teletype_paragraphs
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.text_fields import add_byline, add_text
from copytaster.parsing.safe_xml import Element, attribute, children, first, name_of, raw_text, text_of
from copytaster.parsing.wire.g2_content import add_html_text, add_inline
from copytaster.parsing.wire.status_codes import signal_by_slug
from copytaster.parsing.wire.subjects import subjects_of

_CAPTION_ROLES = frozenset(["caption", "photo caption", "legend", "thumbnail", "icon", "quicklook"])
"""Roles of components whose text belongs to a picture."""


def stories_of(item: Element) -> list[Element]:
    """Return the components of an item that are stories; its first component, or the item, if none has text.

    A story has text, and its nearest headline belongs to no other story. Of equivalent contents only the first counts.
    """
    stories: dict[Element, None] = {}
    seen: set[Element | None] = set()
    for content in item.iter("{*}ContentItem"):
        holder = content.getparent()
        if holder not in seen and _is_text(content):
            seen.add(holder)
            if not _belongs_to_picture(content):
                stories[_story_of(content, item)] = None
    component = first(item, "NewsComponent")
    return list(stories) or [component if component is not None else item]


def add_component(builder: DraftBuilder, story: Element, item: Element) -> None:
    """Add the fields of one story: those of its own component take precedence over those around it."""
    components = [story, *story.iterancestors("{*}NewsComponent", "{*}NewsItem")]
    for component in components:
        _add_lines(builder, first(component, "NewsLines"))
    for component in components:
        _add_metadata(builder, component)
    for content in story.iter("{*}ContentItem"):
        if "text" in builder:
            break
        if _is_text(content) and not _belongs_to_picture(content):
            _add_content(builder, content)
    builder.add_list("images", _images(story), "ContentItem")
    builder.add("title", text_of(first(item, "Identification/NameLabel")), "Identification/NameLabel", 0.5)


def _story_of(content: Element, item: Element) -> Element:
    """Return the nearest component around the content with a headline, else the outermost one."""
    components = list(content.iterancestors("{*}NewsComponent"))
    with_headline = (each for each in components if text_of(first(each, "NewsLines/HeadLine")))
    return next(with_headline, components[-1] if components else item)


def _is_text(content: Element) -> bool:
    kind = attribute(first(content, "MediaType"), "FormalName").lower()
    return first(content, "DataContent") is not None and kind in {"", "text", "complextext", "html", "nitf"}


def _belongs_to_picture(content: Element) -> bool:
    roles = (attribute(first(each, "Role"), "FormalName") for each in content.iterancestors("{*}NewsComponent"))
    return any(role.lower() in _CAPTION_ROLES for role in roles)


def _add_lines(builder: DraftBuilder, lines: Element | None) -> None:
    for name, field in (("HeadLine", "title"), ("SlugLine", "slugline"), ("DateLine", "dateline")):
        builder.add(field, text_of(first(lines, name)), f"NewsLines/{name}")
    add_byline(builder, text_of(first(lines, "ByLine")), "NewsLines/ByLine")
    keywords = (
        word.strip() for each in children(lines, "KeywordLine") for word in text_of(each).replace(";", ",").split(",")
    )
    builder.add_list("keywords", keywords, "NewsLines/KeywordLine")
    for line in children(lines, "NewsLine"):
        kind = attribute(first(line, "NewsLineType"), "FormalName").lower()
        if "note" in kind or "advisory" in kind:
            note = text_of(first(line, "NewsLineText"))
            builder.add("note", note, "NewsLines/NewsLine")
            builder.add("signal", signal_by_slug(note), "NewsLines/NewsLine", 0.7)
    builder.add("summary", text_of(first(lines, "SubHeadLine")), "NewsLines/SubHeadLine", 0.7)


def _add_metadata(builder: DraftBuilder, component: Element) -> None:
    administrative, descriptive = (first(component, f"{kind}Metadata") for kind in ("Administrative", "Descriptive"))
    for name in ("Source", "Provider"):
        party = first(administrative, f"{name}/Party")
        builder.add("source", attribute(party, "FormalName"), f"AdministrativeMetadata/{name}", 0.9)
    creators = [attribute(each, "FormalName") for each in children(first(administrative, "Creator"), "Party")]
    people = tuple(name for name in creators if names_in(name))
    builder.add("authors", people, "AdministrativeMetadata/Creator", 0.9)
    builder.add_language(attribute(first(descriptive, "Language"), "FormalName"), "DescriptiveMetadata/Language")
    builder.add_list("subjects", _subjects(descriptive), "DescriptiveMetadata/SubjectCode")
    places = map(_place, children(descriptive, "Location"))
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


def _add_content(builder: DraftBuilder, content: Element) -> None:
    data = first(content, "DataContent")
    if data is None:
        return
    if not len(data):
        _add_characters(builder, raw_text(data))
        return
    add_inline(builder, data, "DataContent")
    add_text(builder, [text_of(data)], "DataContent", 0.6)


def _add_characters(builder: DraftBuilder, text: str) -> None:
    if text.lstrip().startswith("<"):
        add_html_text(builder, text, "DataContent")
    else:
        add_text(builder, teletype_paragraphs(text), "DataContent")


def _images(story: Element) -> Iterator[Image]:
    """Yield the pictures of the story's components with the caption in the same component or the one around it."""
    captions = _captions(story)
    for component in story.iter("{*}NewsComponent"):
        picture = next((each for each in children(component, "ContentItem") if _is_picture(each)), None)
        if picture is not None:
            caption = captions.get(component) or captions.get(component.getparent())
            caption = caption or text_of(first(component, "NewsLines/HeadLine"))
            yield Image(url=attribute(picture, "Href") or None, caption=caption or None)


def _is_picture(content: Element) -> bool:
    return attribute(first(content, "MediaType"), "FormalName").lower() in {"photo", "graphic"}


def _captions(story: Element) -> dict[Element | None, str]:
    """Return the first caption in each component that contains one."""
    captions: dict[Element | None, str] = {}
    for component in story.iter("{*}NewsComponent"):
        if attribute(first(component, "Role"), "FormalName").lower() in _CAPTION_ROLES:
            captions.setdefault(component.getparent(), text_of(next(component.iter("{*}DataContent"), None)))
    return captions
