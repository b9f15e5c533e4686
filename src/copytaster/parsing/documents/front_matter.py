"""Front matter: what site generators keep above a text, and which of its names mean which field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from copytaster.model.article import ArticleStatus, Image
from copytaster.parsing.documents.document_draft import tell_keywords
from copytaster.parsing.draft_builder import DraftBuilder, one_line
from copytaster.parsing.html.fragments import address

MARKED = re.compile(
    r"(?P<yaml>---)[ \t]*\n(?=(?:[ \t]*(?:#.*)?\n)*[\w\"'][\w \"'.-]{0,60}:(?:\s|$))"
    r"|(?P<toml>\+\+\+)[ \t]*\n(?=\s*(?:#.*\n\s*)*[\w\"'.-]{1,60}\s*=|\s*\[)"
)
"""A mark on a line of its own, and then a name: a line of dashes above a text is no front matter."""

LONGEST = 65_536
"""Characters; what is longer is no front matter, and libraries need not be asked about it."""

_ENDS = {
    "yaml": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "toml": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_LINE = re.compile(r"^([A-Za-z][\w-]{0,60}):[ \t]*(\S.*)$", re.MULTILINE)

_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "summary": ("description", "summary", "excerpt", "standfirst", "dek", "deck", "lead", "abstract", "subtitle"),
    "byline": ("byline",),
    "published_at": ("date", "published", "publishdate", "published_at", "pubdate", "date_published", "created"),
    "modified_at": ("lastmod", "last_modified_at", "modified", "updated", "date_modified", "lastmodified"),
    "source": ("source", "publication", "publisher"),
    "guid": ("guid", "id", "uuid"),
    "slugline": ("slug",),
    "dateline": ("dateline",),
}
"""Of the names on the right, in small letters, the first one that is there is taken: those of Hugo, Jekyll, Eleventy,
Zola, Pelican's YAML and Quarto."""

_AUTHORS = ("author", "authors", "creator", "writer")
_KEYWORDS = ("tags", "keywords", "categories", "category", "topics")
_ADDRESSES = ("canonical", "canonical_url", "canonicalurl", "original_url", "url", "link", "permalink")
_LANGUAGES = ("language", "lang", "locale")
_IMAGES = ("image", "cover", "featured_image", "thumbnail", "images", "hero")
_WITHIN = ("params", "extra", "taxonomies")
"""Mappings in which Hugo and Zola keep further names."""

_NAMED = ("name", "display_name", "title")
"""Names of the value that counts in a mapping: of an author, a tag."""

_ADDRESSED = ("url", "src", "image", "path")
"""The same of a picture."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Front matter: its values by their names in small letters, and how sure they are: less where they were guessed."""

    values: Mapping[str, Any]
    sure: float = 0.95


def split_front_matter(text: str) -> tuple[Matter, str]:
    """Return the front matter and the text below; never raises. A matter that is never closed is text."""
    text = text.lstrip("\ufeff\n ")
    mark = MARKED.match(text)
    kind = mark.lastgroup if mark else None
    end = _ENDS[kind].search(text, mark.end()) if mark and kind else None
    if not (mark and kind and end) or end.start() > LONGEST:
        return Matter({}), text
    return _read(kind, text[mark.end() : end.start()]), text[end.end() :]


def _read(kind: str, text: str) -> Matter:
    try:
        # Every value stays the text that it is, so that "no" is a language and a wrong date breaks nothing; this
        # loader builds nothing but text, lists and mappings.
        found = tomllib.loads(text) if kind == "toml" else yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):  # a colon in a title without quotes, most of the time
        found = None
    if isinstance(found, dict):
        inner = [found[name] for name in _WITHIN if isinstance(found.get(name), dict)]
        return Matter({str(name).lower(): value for each in (*inner, found) for name, value in each.items()})
    told = ((name.lower(), value.strip("\"' ")) for name, value in _LINE.findall(text))
    return Matter(dict(told), sure=0.6)


def tell_front_matter(fields: DraftBuilder, matter: Matter) -> None:
    """Set the fields that the front matter tells; a draft's status is withheld."""
    for field, names in _NAMES.items():
        for name, told in _told(matter, names):
            if field.endswith("_at"):
                fields.add_time(field, told[0], f"front-matter:{name}", matter.sure)
            else:
                fields.add(field, one_line(told[0]), f"front-matter:{name}", matter.sure)
    for name, told in _told(matter, _AUTHORS):
        fields.add("authors", tuple(dict.fromkeys(map(one_line, told))), f"front-matter:{name}", matter.sure)
    if keywords := [each for _, told in _told(matter, _KEYWORDS) for each in told]:
        tell_keywords(fields, keywords if len(keywords) > 1 else keywords[0], "front-matter:tags", matter.sure)
    _tell_addresses(fields, matter)
    if any(told[0].lower() == "true" for _, told in _told(matter, ("draft",))):
        fields.add("status", ArticleStatus.WITHHELD, "front-matter:draft", matter.sure)


def _tell_addresses(fields: DraftBuilder, matter: Matter) -> None:
    for name, told in _told(matter, _ADDRESSES):
        fields.add("url", address(told[0]), f"front-matter:{name}", matter.sure)
    for name, told in _told(matter, _LANGUAGES):
        fields.add_language(told[0], f"front-matter:{name}", matter.sure)
    for name, told in _told(matter, _IMAGES, inner=_ADDRESSED):
        images = tuple(Image(url=url) for each in told if (url := address(each)))
        fields.add("images", images, f"front-matter:{name}", matter.sure)


def _told(
    matter: Matter, names: tuple[str, ...], *, inner: tuple[str, ...] = _NAMED
) -> Iterator[tuple[str, list[str]]]:
    for name in names:
        if texts := list(_texts(matter.values.get(name), inner)):
            yield name, texts


def _texts(value: object, inner: tuple[str, ...]) -> Iterator[str]:
    """Yield the words of a value, of a list each of its own; lists in lists and mappings in mappings are left out."""
    for each in value if isinstance(value, list) else [value]:
        told = next((each[name] for name in inner if name in each), None) if isinstance(each, dict) else each
        # What refers to itself, or a hundred times to the same, is never written out.
        if isinstance(told, list | dict | None):
            continue
        text = str(told).lower() if isinstance(told, bool) else str(told)
        if text.strip():
            yield text
