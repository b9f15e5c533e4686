"""Front matter: the metadata above a text in files of site generators, and its mapping to fields of an article."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from copytaster.model.article import Image
from copytaster.parsing.documents.document_draft import add_keywords
from copytaster.parsing.draft_builder import DraftBuilder, one_line
from copytaster.parsing.html.fragments import address
from copytaster.parsing.html.metadata import names_no_article
from copytaster.parsing.release_terms.embargo_fields import NO_EMBARGO, add_embargo, read_stated
from copytaster.parsing.release_terms.opening import add_heading
from copytaster.parsing.release_terms.status_codes import UNPUBLISHED_BY_FLAG, add_status

OPENING_LINE = re.compile(
    r"(?P<yaml>---)[ \t]*\n(?=(?:[ \t]*(?:#.*)?\n)*[\w\"'][\w \"'.-]{0,60}:(?:\s|$))"
    r"|(?P<toml>\+\+\+)[ \t]*\n(?=\s*(?:#.*\n\s*)*[\w\"'.-]{1,60}\s*=|\s*\[)"
)
"""The opening line and the name after it; a line of dashes alone above a text is no front matter."""

LONGEST = 65_536
"""Characters; a longer block is not front matter and is not passed to the YAML and TOML parsers."""

_ENDS = {
    "yaml": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "toml": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_LINES = {
    "yaml": re.compile(r"^([A-Za-z][\w-]{0,60}):[ \t]*(\S.*)$", re.MULTILINE),
    "toml": re.compile(r"^([A-Za-z][\w-]{0,60})[ \t]*=[ \t]*(\S.*)$", re.MULTILINE),
}
_COMMENT = re.compile(r"[ \t]#(?:[ \t].*)?\Z")

_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "summary": ("description", "summary", "excerpt", "standfirst", "dek", "deck", "lead", "abstract", "subtitle"),
    "byline": ("byline",),
    "published_at": ("date", "published", "publishdate", "published_at", "pubdate", "date_published", "created"),
    "modified_at": ("lastmod", "last_modified_at", "modified", "updated", "date_modified", "lastmodified"),
    "publisher": ("source", "publication", "publisher"),
    "guid": ("guid", "id", "uuid"),
    "slugline": ("slug",),
    "dateline": ("dateline",),
}
"""For each field its names in lower case, in order of precedence: those of Hugo, Jekyll, Eleventy, Zola, Pelican's
YAML and Quarto."""

_AUTHORS = ("author", "authors", "creator", "writer")
_KEYWORDS = ("tags", "keywords", "categories", "category", "topics")
_ADDRESSES = ("canonical", "canonical_url", "canonicalurl", "original_url", "url", "link", "permalink")
_LANGUAGES = ("language", "lang", "locale")
_IMAGES = ("image", "cover", "featured_image", "thumbnail", "images", "hero")
_NESTED = ("params", "extra", "taxonomies")
"""Mappings in which Hugo and Zola nest further names."""

_EMBARGOES = (
    *("embargo", "embargoed", "embargo_until", "embargo-until", "embargountil"),
    *("embargoed_until", "embargoed-until", "embargoeduntil"),
)
_SCHEDULES = ("publishdate", "publish_date", "publish-date")
"""Names of the time before which Hugo does not publish a page; its ``date`` may be that of an event."""

_NULL = "~"
_UNTIL_KEYS = ("until", "end", "date")
"""Keys of the value in a mapping that describes an embargo."""

_NAME_KEYS = ("name", "display_name", "title")
"""Keys of the value in a mapping that describes an author or a tag, in order of precedence."""

_URL_KEYS = ("url", "src", "image", "path")
"""The same for a picture."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values of front matter by name in lower case; ``confidence`` is lower if it is not valid YAML or TOML."""

    values: Mapping[str, Any]
    confidence: float = 0.95


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return the front matter and the text below it; never raises. Front matter without a closing line is text."""
    text = text.lstrip("\ufeff\n ")
    mark = OPENING_LINE.match(text)
    kind = mark.lastgroup if mark else None
    end = _ENDS[kind].search(text, mark.end()) if mark and kind else None
    if not (mark and kind and end) or end.start() > LONGEST:
        return FrontMatter({}), text
    return _read(kind, text[mark.end() : end.start()]), text[end.end() :]


def _read(kind: str, text: str) -> FrontMatter:
    try:
        # The base loader creates only strings, lists and mappings: "no" remains a language instead of false, a
        # wrong date raises no error, and no other objects are built.
        found = tomllib.loads(text) if kind == "toml" else yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):  # most often an unquoted title with a colon
        found = None
    if isinstance(found, dict):
        inner = [found[name] for name in _NESTED if isinstance(found.get(name), dict)]
        return FrontMatter({str(name).lower(): value for each in (*inner, found) for name, value in each.items()})
    pairs = ((name.lower(), _unquoted(value)) for name, value in _LINES[kind].findall(text))
    return FrontMatter(dict(pairs), confidence=0.6)


def _unquoted(printed: str) -> str:
    """Return a value without the comment behind it and without quotation marks."""
    end = printed.rfind(printed[0]) if printed[0] in "\"'" else 0
    return printed[1:end] if end else _COMMENT.sub("", printed).strip("\"' ")


def add_front_matter(fields: DraftBuilder, matter: FrontMatter) -> None:
    """Add the fields in the front matter, and apply its embargo, its status, and the marks of an unpublished page."""
    # A title such as "EMBARGO: …" repeats the embargo of a field, which must have been added before.
    _add_embargoes(fields, matter)
    for field, names in _NAMES.items():
        for name, texts in _named_texts(matter, names):
            if field.endswith("_at"):
                fields.add_time(field, texts[0], f"front-matter:{name}", matter.confidence)
            elif field == "title":
                add_heading(fields, one_line(texts[0]), f"front-matter:{name}", matter.confidence)
            else:
                fields.add(field, one_line(texts[0]), f"front-matter:{name}", matter.confidence)
    for name, texts in _named_texts(matter, _AUTHORS):
        fields.add("authors", tuple(dict.fromkeys(map(one_line, texts))), f"front-matter:{name}", matter.confidence)
    if keywords := [keyword for _, texts in _named_texts(matter, _KEYWORDS) for keyword in texts]:
        add_keywords(fields, keywords if len(keywords) > 1 else keywords[0], "front-matter:tags", matter.confidence)
    _add_addresses(fields, matter)
    _add_terms(fields, matter)


def _add_embargoes(fields: DraftBuilder, matter: FrontMatter) -> None:
    for name, texts in _named_texts(matter, _EMBARGOES, keys=_UNTIL_KEYS):
        for stated in texts:
            if stated.strip().lower() not in {_NULL, *NO_EMBARGO}:
                add_embargo(fields, stated, f"front-matter:{name}", matter.confidence)
    for name, texts in _named_texts(matter, _SCHEDULES):
        moment = read_stated(texts[0])
        if moment and moment.at > fields.now:
            add_embargo(fields, texts[0], f"front-matter:{name}", matter.confidence)


def _add_terms(fields: DraftBuilder, matter: FrontMatter) -> None:
    for name, texts in _named_texts(matter, ("status",)):
        for stated in texts:
            add_status(fields, stated, f"front-matter:{name}")
    for name, words in UNPUBLISHED_BY_FLAG.items():
        for _, texts in _named_texts(matter, (name,)):
            if texts[0].strip().lower() in words:
                fields.withhold(f"front-matter:{name}", matter.confidence)


def _add_addresses(fields: DraftBuilder, matter: FrontMatter) -> None:
    for name, texts in _named_texts(matter, _ADDRESSES):
        if (url := address(texts[0])) and not names_no_article(url):
            fields.add("url", url, f"front-matter:{name}", matter.confidence)
    for name, texts in _named_texts(matter, _LANGUAGES):
        fields.add_language(texts[0], f"front-matter:{name}", matter.confidence)
    for name, texts in _named_texts(matter, _IMAGES, keys=_URL_KEYS):
        images = tuple(Image(url=url) for each in texts if (url := address(each)))
        fields.add("images", images, f"front-matter:{name}", matter.confidence)


def _named_texts(
    matter: FrontMatter, names: tuple[str, ...], *, keys: tuple[str, ...] = _NAME_KEYS
) -> Iterator[tuple[str, list[str]]]:
    """Yield the names that have a text, each with its texts; ``keys`` select the text of a mapping."""
    for name in names:
        if texts := list(_texts(matter.values.get(name), keys)):
            yield name, texts


def _texts(value: object, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the text of a value, or of each entry of a list; nested lists and nested mappings are left out."""
    for each in value if isinstance(value, list) else [value]:
        scalar = next((each[key] for key in keys if key in each), None) if isinstance(each, dict) else each
        # YAML aliases may make a structure recursive or exponentially large, so structures are never converted.
        if isinstance(scalar, list | dict | None):
            continue
        text = str(scalar).lower() if isinstance(scalar, bool) else str(scalar)
        if text.strip():
            yield text
