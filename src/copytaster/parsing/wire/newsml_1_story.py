"""Finds the stories among the components of NewsML 1, and the contents that make up the text of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copytaster.parsing.safe_xml import Element, attribute, first, text_of

TITLE, LEAD, SUMMARY, BYLINE, DATELINE, NOTE, PICTURE, OTHER = (
    "title", "lead", "summary", "byline", "dateline", "note", "picture", "other",
)  # fmt: skip

_ROLES = {
    TITLE: "title headline heading hedline kop titre titel titolo titulo",
    LEAD: "lead intro introduction lede ingress chapeau vorspann",
    SUMMARY: "teaser summary abstract standfirst subtitle subheadline description resume synopsis",
    BYLINE: "byline author signature",
    DATELINE: "dateline",
    NOTE: "note editornote editorsnote ednote advisory",
    PICTURE: "caption photocaption legend thumbnail icon quicklook",
    OTHER: "body bodytext text maintext",
}
_ROLE_NAMES = {name: role for role, names in _ROLES.items() for name in names.split()}
"""Roles of the parts of one story, by their formal names in lower case, without spaces and punctuation."""

_NO_LETTER = re.compile(r"[\W_]+")

_WITHOUT_TEXT = frozenset(["photo", "picture", "image", "graphic", "audio", "video", "animation"])
"""Media types whose data is no text."""


@dataclass(frozen=True, slots=True)
class Part:
    """A content with text, and its role in the story."""

    content: Element
    role: str


class _Roles:
    """The roles of the components of an item, found once: to search thousands of parts for each of them is slow."""

    def __init__(self, item: Element) -> None:
        self.of = {parent: _role(each) for each in item.iter("{*}Role") if (parent := each.getparent()) is not None}
        self._inside: dict[Element | None, set[str]] = {}
        for component, role in self.of.items():
            self._inside.setdefault(component.getparent(), set()).add(role)

    def is_one_of_several(self, component: Element) -> bool:
        """Say whether a component is a part, such as a lead, beside parts with other roles."""
        role = self.of.get(component)
        return bool(role) and bool(self._inside[component.getparent()] - {"", PICTURE, role})


def stories_of(item: Element) -> list[tuple[Element, list[Part]]]:
    """Return the stories of an item, each with its parts; its first component, or the item, if none has text.

    A story has text, and its nearest headline belongs to no other story. Of equivalent contents only the first counts.
    Items inside the item have stories of their own.
    """
    roles = _Roles(item)
    stories: dict[Element, list[Part]] = {}
    headlines: dict[Element, bool] = {}
    for part in _chosen_parts(item, roles):
        stories.setdefault(_story_of(part.content, item, roles, headlines), []).append(part)
    texts = {story: parts for story, parts in stories.items() if any(each.role != PICTURE for each in parts)}
    component = first(item, "NewsComponent")
    return list(texts.items()) or [(component if component is not None else item, [])]


def is_picture_role(component: Element) -> bool:
    """Say whether a component's text belongs to a picture."""
    return _role(first(component, "Role")) == PICTURE


def is_equivalents_list(component: Element | None) -> bool:
    """Say whether the parts of a component are alternatives: formats, sizes or languages of the same thing."""
    return component is not None and attribute(component, "EquivalentsList").lower() == "yes"


def _role(element: Element | None) -> str:
    """Return the role of a part that a ``Role`` element names; empty for other roles."""
    return _ROLE_NAMES.get(_NO_LETTER.sub("", attribute(element, "FormalName").lower()), "")


def _is_text(content: Element) -> bool:
    kind = attribute(first(content, "MediaType"), "FormalName").lower()
    mime = attribute(first(content, "MimeType"), "FormalName").lower()
    data = first(content, "DataContent")
    has_text_type = not mime or mime.startswith("text/") or "xml" in mime or "html" in mime
    return kind not in _WITHOUT_TEXT and has_text_type and data is not None and bool(text_of(data))


def _chosen_parts(item: Element, roles: _Roles) -> Iterator[Part]:
    """Yield the contents with text; of alternative formats, sizes and languages of a content only the first.

    Contents of one component in different formats are alternatives, even if the component does not say so.
    """
    formats: dict[Element, str] = {}
    parts: dict[tuple[Element, str], Element] = {}
    for content in item.iter("{*}ContentItem"):
        holder = content.getparent()
        if holder is None or next(content.iterancestors("{*}NewsItem"), item) is not item or not _is_text(content):
            continue
        is_first = holder not in formats
        if formats.setdefault(holder, _format_of(content)) != _format_of(content):
            continue
        part = Part(content, _role_around(content, roles))
        if (is_first or not is_equivalents_list(holder)) and _is_first_alternative(part, parts):
            yield part


def _role_around(content: Element, roles: _Roles) -> str:
    """Return the nearest role of a part around a content, or that of a picture anywhere around it."""
    around = [roles.of.get(each, "") for each in content.iterancestors("{*}NewsComponent")]
    return PICTURE if PICTURE in around else next(filter(None, around), OTHER)


def _is_first_alternative(chosen: Part, parts: dict[tuple[Element, str], Element]) -> bool:
    """Say whether no earlier component of an equivalents list has text with the role of the content.

    ``parts`` has the first component of each list for each role, and receives that of this content.
    """
    inner = chosen.content
    for around in chosen.content.iterancestors("{*}NewsComponent"):
        is_list = inner is not chosen.content and is_equivalents_list(around)
        if is_list and parts.setdefault((around, chosen.role), inner) is not inner:
            return False
        inner = around
    return True


def _format_of(content: Element) -> str:
    names = (attribute(first(content, name), "FormalName").lower() for name in ("Format", "MimeType"))
    return next(filter(None, names), "")


def _story_of(content: Element, item: Element, roles: _Roles, headlines: dict[Element, bool]) -> Element:
    """Return the nearest component around the content with a headline, else the outermost one.

    The headline of a part, such as a lead, does not make it a story beside the other parts of the same component.
    ``headlines`` has the components whose headline makes them a story, and receives those around the content.
    """
    outermost = item
    for component in content.iterancestors("{*}NewsComponent", "{*}NewsItem"):
        if component is item:
            break
        outermost = component
        if component not in headlines:
            has_headline = bool(text_of(first(component, "NewsLines/HeadLine")))
            headlines[component] = has_headline and not roles.is_one_of_several(component)
        if headlines[component]:
            return component
    return outermost
