"""Maps an item of IPTC ninjs 1.x, 2.x or 3.x to the fields of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copytaster.model.article import Image, Subject
from copytaster.parsing.draft_builder import DraftBuilder, one_line
from copytaster.parsing.html.fragments import address
from copytaster.parsing.html.metadata import author_names
from copytaster.parsing.json_documents.ninjs_rules import own_identifier
from copytaster.parsing.json_documents.objects import JsonObject, strings, text_paragraphs, time_of
from copytaster.parsing.release_terms.embargo_fields import add_embargo
from copytaster.parsing.release_terms.opening import add_heading, add_note, add_released
from copytaster.parsing.release_terms.status_codes import add_status, signal_among
from copytaster.parsing.wire.identifiers import split_version
from copytaster.parsing.wire.subjects import subjects_of

_SUBJECT_PROPERTIES = ("subject", "subjects", "event", "events", "object", "objects", "organisation", "organisations",
                       "place", "places", "person", "people")  # fmt: skip
"""The properties that state an item's subjects, in the singular of 1.x and the plural of 2.x and 3.x."""

_EMBARGOES = ("embargoed", "embargoeduntil", "embargo", "embargo_until", "embargo_date", "embargodate", "release_date",
              "releasedatetime")  # fmt: skip
"""Properties with the end of an embargo: those of the standard, then those of agencies and content systems."""

_PICTURE_TYPES = frozenset(["picture", "graphic"])

_MAIN_ROLES = ("", "main", "headline")


@dataclass(frozen=True, slots=True)
class RoleText:
    """A headline, body or description with its role (in 1.x the suffix of the property's name) and media type."""

    role: str
    media_type: str
    text: str

    @property
    def is_markup(self) -> bool:
        """Whether it has markup."""
        return bool(re.search(r"html|nitf|xml", self.media_type or self.role, re.IGNORECASE))

    @property
    def paragraphs(self) -> str:
        """The text's paragraphs."""
        return text_paragraphs(self.text, markup=self.is_markup)


def read_ninjs(item: JsonObject, now: datetime) -> DraftBuilder:
    """Return an item's fields. Names are compared in lower case: 3.x has ``versionCreated`` for ``versioncreated``.

    Of several bodies markup takes precedence over plain text, then the role ``main``, then the longest. An item without
    a body (a picture, an event) has its description as text.
    """
    properties = {name.lower(): value for name, value in item.items()}
    builder = DraftBuilder(now, prefix="ninjs")
    # A headline such as "EMBARGO: …" repeats the embargo of a field, which must have been added before.
    for name in _EMBARGOES:
        _add_embargo(builder, properties.get(name), name)
    _add_texts(builder, properties)
    _add_identity(builder, properties)
    _add_management(builder, properties)
    _add_people(builder, properties)
    builder.add_time("published_at", time_of(properties.get("firstcreated")), "firstcreated", 0.95)
    builder.add_time("published_at", time_of(properties.get("versioncreated")), "versioncreated", 0.8)
    builder.add_time("modified_at", time_of(properties.get("versioncreated")), "versioncreated", 0.95)
    builder.add_language(_line(properties.get("language")), "language", 0.95)
    builder.add("located", tuple(strings([properties.get("located")])), "located", 0.95)
    builder.add_list("subjects", _subjects(properties), "subject", 0.95)
    builder.add_list("keywords", strings(_listed(properties.get("keywords"))), "keywords", 0.95)
    builder.add("images", tuple(_images(properties)), "associations", 0.9)
    return builder


def _add_identity(builder: DraftBuilder, properties: JsonObject) -> None:
    """Add id and version. Superdesk repeats its ``guid`` as ``uri``, or has an address of its server there."""
    own, place = own_identifier(properties)
    candidates = [(place, own), ("uri", properties.get("uri"))]
    for name, value in candidates if place == "guid" else reversed(candidates):
        if identifier := _line(value):
            version = _line(properties.get("version")) or _line(properties.get("rev")) or ""
            guid, number = split_version(identifier, version)
            builder.add("guid", guid, name)
            builder.add("guid_version", number, "version")


def _add_texts(builder: DraftBuilder, properties: JsonObject) -> None:
    headlines = sorted(_role_texts(properties, "headline"), key=lambda each: each.role not in _MAIN_ROLES)
    if headlines:
        add_heading(builder, one_line(headlines[0].paragraphs), "headline", 0.95)
    builder.add("title", _line(properties.get("title")), "title", 0.7)
    for body in sorted(_role_texts(properties, "body", "bodies"), key=_body_order):
        add_released(builder, "text", body.paragraphs, "body", 0.95)
    for description in _descriptions(properties):
        builder.add("summary", description.paragraphs, "description", 0.9)


def _body_order(body: RoleText) -> tuple[bool, bool, int]:
    return (not body.is_markup, body.role != "main", -len(body.text))


def _descriptions(properties: JsonObject) -> list[RoleText]:
    """Return the descriptions, captions and summaries first, without those for credits and rights."""
    found = [
        each for each in _role_texts(properties, "description") if not re.search(r"credit|copyright|rights", each.role)
    ]
    return sorted(found, key=lambda each: not re.search(r"caption|main|summary|abstract|^text$|^$", each.role))


def _role_texts(properties: JsonObject, name: str, plural: str = "") -> Iterator[RoleText]:
    for each in _objects(properties.get(plural or f"{name}s")):
        item = {key.lower(): value for key, value in each.items()}
        if text := _text(item.get("value")):
            yield RoleText(_line(item.get("role")) or "", _line(item.get("contenttype")) or "", text)
    for key, value in properties.items():
        if (key == name or key.startswith(f"{name}_")) and (text := _text(value)):
            role = key[len(name) + 1 :]
            yield RoleText(role, "text/plain" if role.endswith("text") else "", text)


def _add_management(builder: DraftBuilder, properties: JsonObject) -> None:
    """Add status, signal, urgency, note and slugline."""
    urgency = properties.get("urgency")
    builder.add("urgency", urgency if isinstance(urgency, int) else None, "urgency")
    status = properties.get("pubstatus")
    add_status(builder, next(_codes(status), str(status) if status else ""), "pubstatus")
    builder.add("signal", signal_among(_codes(properties.get("signal"))), "signal", 0.9)
    add_note(builder, _text(properties.get("ednote")), "ednote")
    builder.add("slugline", _line(properties.get("slugline")), "slugline")


def _codes(value: Any) -> Iterator[str]:
    """Yield the codes in a string, an object, or a list of them."""
    for each in _listed(value):
        if code := (_code(each) or _line(each.get("name"))) if isinstance(each, dict) else _line(each):
            yield code


def _add_embargo(builder: DraftBuilder, value: Any, name: str) -> None:
    """Add an embargo: a time, or true for one without an end."""
    if value is True:
        builder.hold(name, "it has no time")
    elif value not in (None, False, "", 0):
        add_embargo(builder, time_of(value) or str(value), name)


def _add_people(builder: DraftBuilder, properties: JsonObject) -> None:
    # AP has a list of bylines.
    printed = [line for each in _objects(properties.get("bylines")) if (line := _line(each.get("by")))]
    byline = _line(properties.get("byline")) or _line(properties.get("by")) or ", ".join(printed)
    builder.add("byline", byline, "byline", 0.95)
    builder.add("authors", author_names([byline] if byline else []), "byline", 0.8)
    builder.add("publisher", _line(properties.get("copyrightholder")), "copyrightholder", 0.7)
    sources = _objects(properties.get("infosources")) or _objects(properties.get("infosource"))
    builder.add("publisher", next(strings(sources), None), "infosource", 0.7)


def _subjects(properties: JsonObject) -> Iterator[Subject]:
    for name in _SUBJECT_PROPERTIES:
        for concept in _objects(properties.get(name)):
            yield from subjects_of(_code(concept), _line(concept.get("name")))


def _code(concept: JsonObject) -> str:
    """Return a concept's address, else its code with its scheme, else its literal; empty without any of them.

    1.x has scheme and code, 2.x and 3.x have an address or a literal.
    """
    if uri := _line(concept.get("uri")) or _line(concept.get("qcode")):
        return uri
    scheme, code = _line(concept.get("scheme")) or "", _line(concept.get("code")) or ""
    needs_slash = scheme and "://" in scheme and not scheme.endswith(("/", "#", "="))
    return f"{scheme}{'/' if needs_slash else ''}{code}" if code else _line(concept.get("literal")) or ""


def _images(properties: JsonObject) -> Iterator[Image]:
    """Yield the item itself if it is a picture, then its associated pictures in their order."""
    for each in (properties, *_objects(properties.get("associations"))):
        item = {name.lower(): value for name, value in each.items()}
        if item.get("type") in _PICTURE_TYPES:
            captions = [*_descriptions(item), *_role_texts(item, "headline")]
            caption = next((one_line(text.paragraphs) for text in captions), None) or _line(item.get("title"))
            credit = _line(item.get("byline")) or _line(item.get("by")) or _line(item.get("copyrightholder"))
            url = _widest_rendition(item)
            if url or caption:
                yield Image(url=url, caption=caption or None, credit=credit)


def _widest_rendition(item: JsonObject) -> str | None:
    renditions = sorted(_objects(item.get("renditions")), key=_width, reverse=True)
    return next((url for each in renditions if (url := address(_line(each.get("href"))))), None)


def _width(rendition: JsonObject) -> float:
    width = rendition.get("width")
    return width if isinstance(width, int | float) else 0


def _objects(value: Any) -> list[JsonObject]:
    """Return the objects in an array or, as 1.x has them, in an object whose keys are their names."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in values if isinstance(each, dict)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _line(value: Any) -> str | None:
    return next((one_line(text) for text in strings([value]) if not isinstance(value, dict)), None)


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
