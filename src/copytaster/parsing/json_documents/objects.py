"""Maps a JSON object to the fields of a draft by a field map."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.dates import Moment
from copytaster.parsing.draft_builder import DraftBuilder, language_of, one_line
from copytaster.parsing.html.fragments import address, plain_paragraphs, read_fragment
from copytaster.parsing.html.metadata import author_names, names_no_article
from copytaster.parsing.json_documents.field_map import FieldMap, folded
from copytaster.parsing.release_terms.embargo_fields import NO_EMBARGO, add_embargo
from copytaster.parsing.release_terms.opening import add_heading, add_note, add_released
from copytaster.parsing.release_terms.status_codes import UNPUBLISHED_BY_FLAG, add_known_status

JsonObject: TypeAlias = dict[str, Any]

_MARKUP_NAMES = ("html", "xhtml")
_MARKUP = re.compile(
    r"\s*<(?:p|div|h[1-6]|ul|ol|article|section|blockquote|figure|table|html|body|!doctype)\b.*</[a-z]\w*>\s*",
    re.IGNORECASE | re.DOTALL,
)
"""Markup that begins with a block and ends with a closing tag; a text that mentions tags does neither."""

_EPOCH = re.compile(r"[0-9]{9,13}(?:\.[0-9]+)?")
_CALENDAR = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]")
"""Year to minute in twelve digits, which are more often that than milliseconds of 1976."""

MILLISECONDS = 100_000_000_000
"""Numbers from here on are milliseconds since 1970: as seconds they would be after the year 5138."""

CONFIDENCE = {"title": 0.95, "text": 0.9, "summary": 0.8, "authors": 0.85, "published_at": 0.9, "publisher": 0.8}
"""Confidence of a field's first path."""

DEFAULT_CONFIDENCE = 0.85
"""Confidence of the first path of the other fields."""

RANK_DISCOUNT = 0.02
"""Subtracted for each further path of a field: its name is less specific."""

_NAME_KEYS = ("name", "value", "@value", "text", "title", "label", "term", "id", "$oid")
"""Keys of an object used in place of a string, in order of precedence."""

_ALL_COUNT = frozenset(["embargoed_until", "status"])
"""Fields of which the strictest value holds: each path is read, also if the headline or the text states one before."""

_URL_KEYS = ("url", "contentUrl", "src", "href", "@id")
_CAPTION_KEYS = ("caption", "description", "alt", "title")
_CREDIT_KEYS = ("credit", "creditText", "byline", "copyrightNotice")


def read_object(item: JsonObject, field_map: FieldMap, now: datetime) -> DraftBuilder:
    """Return the fields of ``item``, each from its first path with a usable value."""
    level = _by_folded_name(item)
    return read_fields(lambda path: list(_values_at(level, path)), field_map, now)


def read_fields(values_at: Callable[[str], list[Any]], field_map: FieldMap, now: datetime) -> DraftBuilder:
    """Return the fields of an item whose values at a path ``values_at`` returns."""
    builder = DraftBuilder(now, prefix=field_map.origin)
    # A headline such as "EMBARGO: …" repeats the embargo of a field, which must have been added before.
    for field, paths in sorted(field_map.paths.items(), key=lambda each: each[0] != "embargoed_until"):
        for rank, path in enumerate(paths):
            confidence = CONFIDENCE.get(field, DEFAULT_CONFIDENCE) - RANK_DISCOUNT * rank
            values = values_at(path) if field in _ALL_COUNT or field not in builder else []
            if field == "embargoed_until":
                for value in values:
                    _add_embargo(builder, value, path, confidence)
            elif field == "status":
                for value in values:
                    _add_status(builder, value, path)
            elif field.endswith("_at"):
                for value in values:
                    builder.add_time(field, time_of(value), path, confidence)
            elif values:
                _add_value(builder, field, _READERS[field](path, values), path, confidence)
    return builder


def _add_value(builder: DraftBuilder, field: str, value: Any, path: str, confidence: float) -> None:
    if field == "text" and isinstance(value, str):
        add_released(builder, field, value, path, confidence)
    elif field == "title" and isinstance(value, str):
        add_heading(builder, value, path, confidence)
    elif field == "note" and isinstance(value, str):
        add_note(builder, value, path, confidence)
    else:
        builder.add(field, value, path, confidence)


def _add_embargo(builder: DraftBuilder, value: Any, path: str, confidence: float) -> None:
    """Add the end of an embargo; true states one without an end, and false or a word for it states none."""
    if value is True:
        builder.hold(path, "it has no time")
    elif str(value or "").strip().lower() not in NO_EMBARGO:
        add_embargo(builder, time_of(value) or str(value), path, confidence)


def _add_status(builder: DraftBuilder, value: Any, path: str) -> None:
    """Add a status that restricts the article: a word, or true or false under a name that says what it means."""
    word, name = " ".join(strings([str(value).lower() if isinstance(value, bool) else value])), folded(path)
    if word.lower() in UNPUBLISHED_BY_FLAG.get(name.removeprefix("is"), ()):
        builder.withhold(f"{path}: {word[:60]}", 0.9)
    else:
        add_known_status(builder, word, path)


def _by_folded_name(item: Mapping[str, Any]) -> dict[str, Any]:
    return {folded(str(name)): value for name, value in item.items()}


def _values_at(level: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Yield the values at a path; the elements of arrays one by one."""
    first, _, rest = path.partition(".")
    name = folded(first)
    if name not in level:
        return
    value = level[name]
    for each in value if isinstance(value, list) else [value]:
        if not rest:
            yield each
        elif isinstance(each, dict):
            yield from _values_at(_by_folded_name(each), rest)


def strings(values: Iterable[Any]) -> Iterator[str]:
    """Yield each value that is a string, a number, or an object with a name or value; cleaned, without empty ones."""
    for value in values:
        content = value
        if isinstance(value, dict):
            content = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str | int)), None)
        if isinstance(content, str | int) and not isinstance(content, bool) and (text := clean(str(content)).strip()):
            yield text


def text_paragraphs(text: str, *, markup: bool) -> str:
    """Return the paragraphs of a text, which is read as markup if it looks like markup or ``markup`` is true."""
    return read_fragment(text).text if markup or _MARKUP.fullmatch(text) else plain_paragraphs(text)


def time_of(value: Any) -> str | Moment | None:
    """Return a time as printed, or the moment of a number of (milli)seconds since 1970; None for anything else."""
    if isinstance(value, dict):
        value = value.get("$date")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    printed = str(value).strip()
    if _CALENDAR.fullmatch(printed) or not _EPOCH.fullmatch(printed):
        return printed  # a number of eight digits is a day in ISO 8601
    seconds = float(printed)
    return Moment(datetime.fromtimestamp(seconds / 1000 if seconds >= MILLISECONDS else seconds, UTC), zoned=True)


def _line(_path: str, values: list[Any]) -> str | None:
    return next((line for text in strings(values) if (line := one_line(text))), None)


def _title(path: str, values: list[Any]) -> str | None:
    line = _line(path, values)
    return one_line(read_fragment(line).text) if line and _MARKUP.fullmatch(line) else line


def _text(path: str, values: list[Any]) -> str:
    markup = path.lower().endswith(_MARKUP_NAMES)
    texts = strings(value for value in values if isinstance(value, str | dict))
    return "\n\n".join(filter(None, (text_paragraphs(text, markup=markup) for text in texts)))


def _authors(_path: str, values: list[Any]) -> tuple[str, ...]:
    return author_names(strings(values))


def _byline(path: str, values: list[Any]) -> str | None:
    return _line(path, [value for value in values if isinstance(value, str)])


def _url(_path: str, values: list[Any]) -> str | None:
    return next((url for value in values if isinstance(value, str) and (url := address(clean(value)))), None)


def _own_url(path: str, values: list[Any]) -> str | None:
    """Return the article's address; a site's front page identifies no article."""
    url = _url(path, values)
    return None if url is None or names_no_article(url) else url


def _language(_path: str, values: list[Any]) -> str | None:
    return next(filter(None, map(language_of, strings(values))), None)


def _integer(_path: str, values: list[Any]) -> int | None:
    digits = next(strings(values), "")
    return int(digits) if re.fullmatch(r"[0-9]{1,15}", digits) else None


def _keywords(_path: str, values: list[Any]) -> tuple[str, ...]:
    """Return the terms; a single string is a list separated by commas."""
    terms = [one_line(text) for text in strings(values)]
    separate = terms[0].split(",") if len(terms) == 1 else terms
    return tuple(dict.fromkeys(filter(None, (term.strip() for term in separate))))


def _images(_path: str, values: list[Any]) -> tuple[Image, ...]:
    return tuple(filter(None, map(_image, values)))


def _image(value: Any) -> Image | None:
    item = value if isinstance(value, dict) else {"url": value}
    url = _url("", [item.get(name) for name in _URL_KEYS])
    caption, credit = (_line("", [item.get(name) for name in names]) for names in (_CAPTION_KEYS, _CREDIT_KEYS))
    return Image(url=url, caption=caption, credit=credit) if url or caption else None


_Reader: TypeAlias = Callable[[str, list[Any]], Any]

_READERS: dict[str, _Reader] = {
    "title": _title,
    "text": _text,
    "summary": _text,
    "byline": _byline,
    "authors": _authors,
    "dateline": _line,
    "publisher": _line,
    "url": _own_url,
    "language": _language,
    "guid": _line,
    "guid_version": _integer,
    "slugline": _line,
    "urgency": _integer,
    "note": _line,
    "keywords": _keywords,
    "images": _images,
}
"""How the values of each field are read, except times."""
