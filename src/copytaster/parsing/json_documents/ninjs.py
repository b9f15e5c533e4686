"""IPTC ninjs 1.x, 2.x and 3.x: what its properties are in an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copytaster.model.article import ArticleStatus, Image, Signal, Subject
from copytaster.parsing.draft_builder import Fields, one_line
from copytaster.parsing.html.fragments import address
from copytaster.parsing.html.metadata import author_names
from copytaster.parsing.json_documents.objects import FAR, JsonObject, body, moment_of, strings, subtag
from copytaster.parsing.wire.subjects import subjects_of

_ABOUT = ("subject", "subjects", "event", "events", "object", "objects", "organisation", "organisations", "place",
          "places", "person", "people")  # fmt: skip
"""The properties of 1.x and of 2.x and 3.x that say what an item is about."""

_PICTURES = frozenset(["picture", "graphic"])


@dataclass(frozen=True, slots=True)
class Words:
    """A headline, body or description: its role (in 1.x the end of the property's name), media type and text."""

    role: str
    kind: str
    text: str

    @property
    def is_markup(self) -> bool:
        """Whether it has markup."""
        return bool(re.search(r"html|nitf|xml", self.kind or self.role, re.IGNORECASE))

    @property
    def paragraphs(self) -> str:
        """Its text, paragraph by paragraph."""
        return body(self.text, markup=self.is_markup)


def read_ninjs(item: JsonObject, now: datetime) -> Fields:
    """Return an item's fields. Names are folded: 3.x writes ``versionCreated`` for what 2.x calls ``versioncreated``.

    Among several bodies markup wins over plain text, then the role ``main``, then the longest. An item without a body
    (a picture, an event) has its description as its text.
    """
    told = {name.lower(): value for name, value in item.items()}
    fields = Fields()
    _read_words(fields, told)
    fields.put("guid", _line(told.get("uri")), "ninjs:uri", 1.0)
    version = _line(told.get("version")) or ""
    fields.put("guid_version", int(version) if re.fullmatch(r"[0-9]{1,15}", version) else None, "ninjs:version", 1.0)
    _read_handling(fields, told)
    _read_people(fields, told)
    fields.put_moment("published_at", moment_of(told.get("firstcreated"), now), "ninjs:firstcreated", 0.95)
    fields.put_moment("published_at", moment_of(told.get("versioncreated"), now), "ninjs:versioncreated", 0.8)
    fields.put_moment("modified_at", moment_of(told.get("versioncreated"), now), "ninjs:versioncreated", 0.95)
    fields.put("language", subtag(_line(told.get("language")) or ""), "ninjs:language", 0.95)
    fields.put("located", tuple(strings([told.get("located")])), "ninjs:located", 0.95)
    fields.put("subjects", tuple(dict.fromkeys(_subjects(told))), "ninjs:subject", 0.95)
    fields.put("images", tuple(_images(told)), "ninjs:associations", 0.9)
    if told.get("pubstatus") == ArticleStatus.CANCELED and not ("text" in fields or "title" in fields):
        _put_something(fields, told)
    return fields


def _put_something(fields: Fields, told: JsonObject) -> None:
    """Let a cancellation without a word be an item all the same: it ends what was sent before."""
    for name in ("slugline", "ednote", "uri"):
        fields.put("text", _line(told.get(name)), f"ninjs:{name}", 0.2)


def _read_words(fields: Fields, told: JsonObject) -> None:
    headline = next(iter(sorted(_words(told, "headline"), key=lambda each: each.role not in _MAIN)), None)
    if headline:
        fields.put("title", one_line(headline.paragraphs), "ninjs:headline", 0.95)
    fields.put("title", _line(told.get("title")), "ninjs:title", 0.7)
    bodies = sorted(_words(told, "body", "bodies"), key=_worth)
    text = next(filter(None, (each.paragraphs for each in bodies)), "")
    fields.put("text", text, "ninjs:body", 0.95)
    about = next(filter(None, (each.paragraphs for each in _descriptions(told))), "")
    fields.put("summary", one_line(about) if text else about, "ninjs:description", 0.9)


_MAIN = ("", "main", "headline")


def _worth(words: Words) -> tuple[bool, bool, int]:
    return (not words.is_markup, words.role != "main", -len(words.text))


def _descriptions(told: JsonObject) -> list[Words]:
    """Return the descriptions, captions and summaries first; those that credit or restrict are none."""
    found = [each for each in _words(told, "description") if not re.search(r"credit|copyright|rights", each.role)]
    return sorted(found, key=lambda each: not re.search(r"caption|main|summary|abstract|^text$|^$", each.role))


def _words(told: JsonObject, name: str, plural: str = "") -> Iterator[Words]:
    for each in _objects(told.get(plural or f"{name}s")):
        folded = {key.lower(): value for key, value in each.items()}
        if text := _text(folded.get("value")):
            yield Words(_line(folded.get("role")) or "", _line(folded.get("contenttype")) or "", text)
    for key, value in told.items():
        if (key == name or key.startswith(f"{name}_")) and (text := _text(value)):
            role = key[len(name) + 1 :]
            yield Words(role, "text/plain" if role.endswith("text") else "", text)


def _read_handling(fields: Fields, told: JsonObject) -> None:
    status = _line(told.get("pubstatus"))
    if status in list(ArticleStatus):
        fields.put("status", ArticleStatus(status), "ninjs:pubstatus", 1.0)
    if status == ArticleStatus.CANCELED:
        fields.put("signal", Signal.KILL, "ninjs:pubstatus", 0.9)
    urgency = told.get("urgency")
    fields.put("urgency", urgency if isinstance(urgency, int) else None, "ninjs:urgency", 1.0)
    embargo = moment_of(told.get("embargoed") or told.get("embargoeduntil"), FAR)
    fields.put_moment("embargoed_until", embargo, "ninjs:embargoed", 1.0)
    fields.put("note", _text(told.get("ednote")), "ninjs:ednote", 1.0)
    fields.put("slugline", _line(told.get("slugline")), "ninjs:slugline", 1.0)


def _read_people(fields: Fields, told: JsonObject) -> None:
    byline = _line(told.get("byline")) or _line(told.get("by"))
    fields.put("byline", byline, "ninjs:byline", 0.95)
    fields.put("authors", author_names([byline] if byline else []), "ninjs:byline", 0.8)
    fields.put("source", _line(told.get("copyrightholder")), "ninjs:copyrightholder", 0.7)
    sources = _objects(told.get("infosources")) or _objects(told.get("infosource"))
    fields.put("source", next(strings(sources), None), "ninjs:infosource", 0.7)


def _subjects(told: JsonObject) -> Iterator[Subject]:
    for name in _ABOUT:
        for each in _objects(told.get(name)):
            yield from subjects_of(_code(each), _line(each.get("name")))


def _code(concept: JsonObject) -> str:
    """Return a concept's address, else its code with its scheme, else its literal; empty where it has none.

    1.x has scheme and code, 2.x and 3.x an address or a literal.
    """
    if uri := _line(concept.get("uri")):
        return uri
    scheme, code = _line(concept.get("scheme")) or "", _line(concept.get("code")) or ""
    parted = scheme and "://" in scheme and not scheme.endswith(("/", "#", "="))
    return f"{scheme}{'/' if parted else ''}{code}" if code else _line(concept.get("literal")) or ""


def _images(told: JsonObject) -> Iterator[Image]:
    """Yield the item itself where it is a picture, then its pictures, in their order."""
    for each in (told, *_objects(told.get("associations"))):
        item = {name.lower(): value for name, value in each.items()}
        if item.get("type") in _PICTURES:
            words = [*_descriptions(item), *_words(item, "headline")]
            caption = next((one_line(each.paragraphs) for each in words), None) or _line(item.get("title"))
            credit = _line(item.get("byline")) or _line(item.get("by")) or _line(item.get("copyrightholder"))
            url = _rendition(item)
            if url or caption:
                yield Image(url=url, caption=caption or None, credit=credit)


def _rendition(item: JsonObject) -> str | None:
    """Return the address of the widest rendition."""
    found = sorted(_objects(item.get("renditions")), key=_width, reverse=True)
    return next((url for each in found if (url := address(_line(each.get("href"))))), None)


def _width(rendition: JsonObject) -> float:
    width = rendition.get("width")
    return width if isinstance(width, int | float) else 0


def _objects(told: Any) -> list[JsonObject]:
    """Return the objects of an array, or of an object that names each of them, as 1.x has them."""
    values = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    return [value for value in values if isinstance(value, dict)]


def _line(told: Any) -> str | None:
    return next((one_line(each) for each in strings([told]) if not isinstance(told, dict)), None)


def _text(told: Any) -> str | None:
    return told.strip() or None if isinstance(told, str) else None
