"""IPTC 7901: text messages with a header of source, number, priority, category and word count.

Follows IPTC recommendation 7901. A file may contain several messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copytaster.model.article import Subject
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.inline_markup import teletype_paragraphs
from copytaster.parsing.parser import Draft, Item, Original
from copytaster.parsing.plain.months import iso_day
from copytaster.parsing.plain.text_fields import add_byline, add_text
from copytaster.parsing.release_terms.opening import (
    add_heading,
    add_note,
    take_from_single_lines,
    take_release_terms,
)
from copytaster.parsing.release_terms.status_codes import signal_by_slug
from copytaster.parsing.wire.teletype import Message, daily_id, header_of, items_of

_HEADER = re.compile(
    r"\s*(?P<source>[A-Za-z]{2,4})(?P<number>\d{3,5})\s+(?P<priority>\d)\s+(?P<category>[A-Za-z]{1,4})"
    r"(?:\s+(?P<words>\d{1,5})(?!\S))?(?P<info>[^\n]*)(?:\n(?P<slug>(?s:.*)))?"
)
_KEYWORDS = r"\s*\n?[^\n/]*/[^\n]*(?:\n|\Z)"
_STRIPPED = re.compile(
    rf"^[ \t]*[A-Za-z]{{2,4}}\d{{3,5}} +\d +[A-Za-z]{{1,4}} +\d{{1,5}}"
    rf"(?: +[A-Za-z]{{2,4}} +\d[^\n]*\n(?:{_KEYWORDS})?|[ \t]*\n{_KEYWORDS})",
    re.MULTILINE,
)
"""The header where a gateway has removed the control codes: with all fields, and with the sender's
own number or keywords with slashes."""

_GROUP = re.compile(
    r"\b(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)\s*(?P<zone>GMT|UTC|Z|[A-Z]{3,4}(?=\s+[^\W\d_]))?\s*"
    r"(?P<month>[^\W\d_]{3,10})\.?\s*(?P<year>\d{4}|\d\d)\b",
    re.IGNORECASE,
)
"""The date-time group after the text: ``212101 GMT Nov 18``. Agencies print the month in their own language."""

_FLAG = re.compile(r"\(?[A-Z0-9][A-Z0-9 /.:-]{2,30}\)?|\(.+\)|\d(?:st|nd|rd|th) (?:lead|ld)", re.IGNORECASE)
_BYLINE = re.compile(r"(?:By|Von|Par|Por|Di) \S.{2,80}", re.IGNORECASE)
_NOT_FOR_PUBLICATION = re.compile(
    r"^[*\s]*(?:the following information is not (?:intended )?for publication"
    r"|die folgenden informationen sind nicht zur ver\S+ffentlichung bestimmt|#+ ?(?:notebook|notizblock))\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(r"\(?[a-z]{2,6}(?:[ /]+[a-z]{2,4}){1,6}\)?")
"""The initials of desk and editors below a story."""

_CENTURY = 2000
"""Century of two-digit years: the recommendation is of 1979, but messages read today were sent after 2000."""


class Iptc7901Parser:
    """Reads IPTC 7901; each message is an article."""

    format = "iptc7901"

    def score(self, original: Original) -> float:
        """Return .95 if the header has the fields of the recommendation."""
        header = header_of(original, _STRIPPED)
        return 0.95 if header is not None and _HEADER.match(header) else 0.0

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. Raises ``RefusedError`` (``no_text``) for a single message without text."""
        return items_of(original, _STRIPPED, lambda message: _draft(message, original))


def _draft(message: Message, original: Original) -> Draft:
    builder = DraftBuilder(original.now, prefix=Iptc7901Parser.format)
    _add_time(builder, message)
    header = _HEADER.match(message.header)
    if header:
        _add_header(builder, header)
    _add_story(builder, message.text)
    return builder.draft(message.decoded, format_=Iptc7901Parser.format, name=original.name)


def _add_time(builder: DraftBuilder, message: Message) -> None:
    """Add the time in the date-time group at the end of a message."""
    group = next(filter(_day_of, _GROUP.finditer(message.trailer)), None) or _last_group(message.text)
    if group is None or (day := _day_of(group)) is None:
        return
    zone = "Z" if (group["zone"] or "").upper() in {"GMT", "UTC", "Z"} else ""
    builder.add_time("published_at", f"{day}T{group['hour']}:{group['minute']}{zone}", "date-time group")


def _day_of(group: re.Match[str]) -> str | None:
    """Return the day of a date-time group in ISO 8601; None if its word is no month, or one of two months."""
    year = int(group["year"]) + (_CENTURY if len(group["year"]) == 2 else 0)  # noqa: PLR2004 - two digits
    return iso_day(f"{int(group['day'])} {group['month']} {year}")


def _last_group(text: str) -> re.Match[str] | None:
    last = text.rstrip().rpartition("\n")[2]
    return _GROUP.fullmatch(last.strip())


def _add_header(builder: DraftBuilder, header: re.Match[str]) -> None:
    # The letters name a service of the agency, not the agency: the file's folder is the better source.
    builder.add("guid", daily_id(builder, header["source"], header["number"]), "header/number", 0.7)
    builder.add_number("urgency", header["priority"], "header/priority", highest=9)
    builder.add_list("subjects", [Subject(code=f"category:{header['category'].lower()}")], "header/category")
    lines = [line.strip() for line in (header["slug"] or "").split("\n") if line.strip()]
    slug = " ".join(line.rstrip("/") for line in lines)
    builder.add("slugline", slug, "header/keywords")
    builder.add("signal", signal_by_slug(slug), "header/keywords", 0.9)
    keywords = [keyword.strip() for keyword in slug.split("/")]
    builder.add_list("keywords", keywords if len(keywords) > 1 else (), "header/keywords", 0.8)


def _add_story(builder: DraftBuilder, text: str) -> None:
    """Add headline, byline and text; the lines up to the first blank one precede the story."""
    text, note = _without_notes(text.strip("\n"))
    add_note(builder, note, "note")
    top, blank_line, rest = text.partition("\n\n")
    lines = [line.strip() for line in top.split("\n") if line.strip()]
    if not blank_line or not rest.strip():
        lines = take_release_terms(builder, lines, "text")
        rest = "\n".join(lines[1:])
        lines = lines[:1]
    else:
        lines = take_from_single_lines(builder, lines, "text")
    _add_top(builder, lines)
    paragraphs = teletype_paragraphs(rest)
    if len(paragraphs) > 1 and _SIGNATURE.fullmatch(paragraphs[-1]):
        paragraphs.pop()
    add_text(builder, paragraphs, "text")


def _add_top(builder: DraftBuilder, lines: list[str]) -> None:
    flags = []
    while len(lines) > 1 and _is_flag(lines[0]):
        flags.append(lines.pop(0))
    builder.add("signal", signal_by_slug(" / ".join(flags)), "text/flag", 0.9)
    if len(lines) > 1 and _BYLINE.fullmatch(lines[-1].rstrip("= ")):
        byline = lines.pop().rstrip("= ")
        add_byline(builder, byline, "text/byline")
    add_heading(builder, " ".join(lines).rstrip("= "), "text/headline", 0.9)


def _is_flag(line: str) -> bool:
    return bool(_FLAG.fullmatch(line)) and (line.isupper() or line.startswith("(") or line[:1].isdigit())


def _without_notes(text: str) -> tuple[str, str]:
    """Return the story without the notes for editors, and these notes."""
    cut = _NOT_FOR_PUBLICATION.search(text)
    if cut is None:
        return text, ""
    note = _GROUP.sub(lambda group: "" if _day_of(group) else group.group(), text[cut.end() :])
    lines = (line.strip("#* ").strip() for line in note.split("\n"))
    return text[: cut.start()].rstrip(" *\n"), "\n".join(filter(None, lines))
