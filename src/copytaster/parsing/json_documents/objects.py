"""An object's fields through a field map."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.dates import Moment
from copytaster.parsing.draft_builder import AHEAD, Fields, one_line, published
from copytaster.parsing.html.fragments import address, plain_paragraphs, read_fragment
from copytaster.parsing.html.metadata import author_names
from copytaster.parsing.json_documents.field_map import FieldMap, folded

JsonObject: TypeAlias = dict[str, Any]

_MARKUP_NAMES = ("html", "xhtml")
_MARKUP = re.compile(
    r"\s*<(?:p|div|h[1-6]|ul|ol|article|section|blockquote|figure|table|html|body|!doctype)\b.*</[a-z]\w*>\s*",
    re.IGNORECASE | re.DOTALL,
)
"""Markup that begins with a block and ends with a closing tag: text that merely mentions tags does neither."""

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_EPOCH = re.compile(r"\d{9,13}")

MILLISECONDS = 100_000_000_000
"""Numbers from here on are milliseconds since 1970: as seconds they would lie beyond the year 5138."""

FAR = datetime(9000, 1, 1, tzinfo=UTC)
"""An embargo may end in the future."""

SURE = {"title": 0.95, "text": 0.9, "summary": 0.8, "authors": 0.85, "published_at": 0.9, "source": 0.8}
"""How far a name that is usual is to be trusted (0 to 1); .85 for other fields. Further paths lose .02 each."""


def read_object(item: JsonObject, fields_map: FieldMap, now: datetime) -> Fields:
    """Return what ``item`` says, each field from its first path that holds something of its kind."""
    fields, level = Fields(), _level(item)
    for name, paths in fields_map.paths.items():
        read = _READERS[name]
        for rank, path in enumerate(paths):
            found = list(_found(level, path))
            value = read(path, found, now) if found else None
            if value not in (None, "", ()):
                sure = SURE.get(name, 0.85) - 0.02 * rank
                _put(fields, name, value, f"{fields_map.origin}:{path}", sure)
                break
    return fields


def _put(fields: Fields, name: str, value: Any, origin: str, sure: float) -> None:
    if isinstance(value, Moment):
        fields.put_moment(name, value, origin, sure)
    else:
        fields.put(name, value, origin, sure)


def _level(item: Mapping[str, Any]) -> dict[str, Any]:
    return {folded(str(name)): value for name, value in item.items()}


def _found(level: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Yield what stands at a path, the elements of arrays one by one."""
    first, _, rest = path.partition(".")
    name = folded(first)
    if name not in level:
        return
    value = level[name]
    for each in value if isinstance(value, list) else [value]:
        if not rest:
            yield each
        elif isinstance(each, dict):
            yield from _found(_level(each), rest)


def strings(values: Iterable[Any]) -> Iterator[str]:
    """Yield what is a string, a number, or an object with a name or a value, cleaned and not empty."""
    for value in values:
        told = value
        if isinstance(value, dict):
            told = next((value[key] for key in _NAMES if isinstance(value.get(key), str | int)), None)
        if isinstance(told, str | int) and not isinstance(told, bool) and (text := clean(str(told)).strip()):
            yield text


_NAMES = ("name", "value", "@value", "text", "title", "label", "term", "id", "$oid")


def subtag(language: str) -> str | None:
    """Return a language's primary subtag in small letters, None where there is none."""
    match = _LANGUAGE.fullmatch(language.strip())
    return match.group(1).lower() if match else None


def body(text: str, *, markup: bool) -> str:
    """Return the paragraphs of a text that is markup, or that may be."""
    return read_fragment(text).text if markup or _MARKUP.fullmatch(text) else plain_paragraphs(text)


def _line(_path: str, values: list[Any], _now: datetime) -> str | None:
    return next((line for told in strings(values) if (line := one_line(told))), None)


def _title(path: str, values: list[Any], now: datetime) -> str | None:
    told = _line(path, values, now)
    return one_line(read_fragment(told).text) if told and _MARKUP.fullmatch(told) else told


def _text(path: str, values: list[Any], _now: datetime) -> str:
    markup = path.lower().endswith(_MARKUP_NAMES)
    told = (value for value in values if isinstance(value, str | dict))
    return "\n\n".join(filter(None, (body(each, markup=markup) for each in strings(told))))


def _summary(path: str, values: list[Any], now: datetime) -> str:
    return one_line(_text(path, values, now))


def _people(_path: str, values: list[Any], _now: datetime) -> tuple[str, ...]:
    return author_names(strings(values))


def _byline(path: str, values: list[Any], now: datetime) -> str | None:
    return _line(path, [value for value in values if isinstance(value, str)], now)


def _url(_path: str, values: list[Any], _now: datetime) -> str | None:
    return next((url for each in values if isinstance(each, str) and (url := address(clean(each)))), None)


def _language(_path: str, values: list[Any], _now: datetime) -> str | None:
    return next((tag for each in strings(values) if (tag := subtag(each))), None)


def _moment(_path: str, values: list[Any], now: datetime) -> Moment | None:
    return next((moment for each in values if (moment := moment_of(each, now))), None)


def _embargo(_path: str, values: list[Any], _now: datetime) -> Moment | None:
    return next((moment for each in values if (moment := moment_of(each, FAR))), None)


def moment_of(told: Any, now: datetime) -> Moment | None:
    """Return the moment that a string or a number of (milli)seconds since 1970 states, if it is plausible."""
    if isinstance(told, dict):
        told = told.get("$date")
    if type(told) in {str, int} and not _EPOCH.fullmatch(str(told).strip()):
        return published(str(told), now)
    try:
        seconds = float(told)
        at = datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= MILLISECONDS else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):  # nothing, or no number of this era
        return None
    return Moment(at, zoned=True) if seconds > 0 and at <= now + AHEAD else None


def _integer(_path: str, values: list[Any], _now: datetime) -> int | None:
    told = next(strings(values), "")
    return int(told) if re.fullmatch(r"[0-9]{1,15}", told) else None


def _keywords(_path: str, values: list[Any], _now: datetime) -> tuple[str, ...]:
    """Return the terms; a single string is parted at its commas."""
    told = [one_line(each) for each in strings(values)]
    parted = told[0].split(",") if len(told) == 1 else told
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in parted))))


def _images(_path: str, values: list[Any], _now: datetime) -> tuple[Image, ...]:
    found = (_image(value) for value in values)
    return tuple(image for image in found if image)


def _image(value: Any) -> Image | None:
    told = value if isinstance(value, dict) else {"url": value}
    url = _url("", [told.get(name) for name in ("url", "contentUrl", "src", "href", "@id")], FAR)
    caption, credit = (_line("", [told.get(name) for name in names], FAR) for names in (_CAPTIONS, _CREDITS))
    return Image(url=url, caption=caption, credit=credit) if url or caption else None


_CAPTIONS = ("caption", "description", "alt", "title")
_CREDITS = ("credit", "creditText", "byline", "copyrightNotice")

_Reader: TypeAlias = Callable[[str, list[Any], datetime], Any]

_READERS: dict[str, _Reader] = {
    "title": _title,
    "text": _text,
    "summary": _summary,
    "byline": _byline,
    "authors": _people,
    "dateline": _line,
    "source": _line,
    "url": _url,
    "language": _language,
    "published_at": _moment,
    "modified_at": _moment,
    "guid": _line,
    "guid_version": _integer,
    "embargoed_until": _embargo,
    "slugline": _line,
    "urgency": _integer,
    "note": _line,
    "keywords": _keywords,
    "images": _images,
}
