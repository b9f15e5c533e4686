"""ANPA 1312: the American news wires' transmission format, with a coded header and marked lines of text.

Follows bulletin 1312 of the American Newspaper Publishers Association. A file may contain several messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from copytaster.model.article import Subject
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import Draft, Item, Original
from copytaster.parsing.plain.text_fields import add_byline, add_text
from copytaster.parsing.release_terms.opening import add_heading, add_note, take_from_single_lines
from copytaster.parsing.release_terms.status_codes import signal_by_slug
from copytaster.parsing.wire.subjects import MEDIA_TOPICS, TOPS
from copytaster.parsing.wire.teletype import Message, daily_id, header_of, items_of

_FIRST = re.compile(r"\s*(?P<service>[A-Za-z])(?P<number>\d{3,4})[ \t]*(?P<selector>[\w-]*)[^\n]*(?=\n|$)")
_SECOND = re.compile(
    r"\s*(?P<priority>[A-Za-z])\s+(?P<category>[A-Za-z])\s+(?P<slug>\S[^\n]*?)\s+(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:\s+(?P<words>\d{1,5}))?\s*$"
)
_STRIPPED = re.compile(
    r"^[ \t]*[A-Za-z]\d{3,4} ?[\w-]{0,12}\n"
    r"[ \t]*[A-Za-z] +[A-Za-z] +\S[^\n]*? +\d{1,2}-\d{1,2}(?: +\d{1,5})?[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)
"""Both lines of the header where a gateway has removed the control codes."""

_CYCLE = re.compile(r"(?:AM|PM|BC|AP)-", re.IGNORECASE)
"""The editions for a story (morning, evening, both), before the slug."""

_GROUP = re.compile(
    r"(?P<source>[A-Z]{2,5})-[A-Z]{2,3}-(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d) (?P<hour>\d\d)(?P<minute>\d\d)"
    r"(?P<zone>GMT|UTC|[A-Z]{3})"
)
"""The date-time group at the end of a message: ``AP-WF-11-13-13 1509GMT``."""

_URGENCY = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "a": 6, "s": 6, "z": 6}
"""Flash, bulletin, urgent, regular, deferred and lower priorities, on IPTC's scale from 1."""

_CATEGORIES = {"e": "01000000", "f": "04000000", "p": "11000000", "q": "15000000", "s": "15000000"}
"""Entertainment, financial, political, scores and sports are Media Topics; others are regions and services."""

_LEAD = re.compile(r", ?\d(?:st|nd|rd|th) (?:Ld|Lead|Add)|Writethru", re.IGNORECASE)
_LEAST_SLUG = 12
"""Letters of keywords that a headline does not begin with by chance."""

_NOTE = re.compile(r"\(?(?:Eds?|EDITOR'?S'? NOTE)\b[:_ ]*\s*(.+?)\)?", re.IGNORECASE)
_MEDIA_NUMBERS = re.compile(r"(?:[A-Z]{2,5} )?(?:Photos?|Video|Graphics?)\b.*[A-Z]{2,4}\d{2,}.*", re.IGNORECASE)
_BYLINE = re.compile(r"By [A-Z].*")
_SEPARATOR = re.compile(r"[_*\s.-]*")
_LONGEST_HEADLINE = 150
"""Characters; the wires' systems allowed some 70 for a headline, summaries have at least about 150."""


class AnpaParser:
    """Reads ANPA 1312; each message is an article."""

    format = "anpa"

    def score(self, original: Original) -> float:
        """Return .95 if both header lines have the fields of the bulletin, .7 if only the first has them."""
        header = header_of(original, _STRIPPED)
        first = _FIRST.match(header) if header is not None else None
        if first is None or header is None:
            return 0.0
        return 0.95 if _SECOND.match(header, first.end()) else 0.7

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. Raises ``RefusedError`` (``no_text``) for a single message without text."""
        return items_of(original, _STRIPPED, lambda message: _draft(message, original))


def _draft(message: Message, original: Original) -> Draft:
    builder = DraftBuilder(original.now, prefix=AnpaParser.format)
    _add_time(builder, message)
    _add_header(builder, message)
    marked, paragraphs = _lines(message.text)
    _add_marked(builder, marked, builder.get("slugline") or "")
    add_text(builder, paragraphs, "text")
    return builder.draft(message.decoded, format_=AnpaParser.format, name=original.name)


def _add_time(builder: DraftBuilder, message: Message) -> None:
    group = _GROUP.search(message.trailer) or _GROUP.search(message.text)
    if group is None:
        return
    zone = "Z" if group["zone"] in {"GMT", "UTC"} else ""
    printed = f"20{group['year']}-{group['month']}-{group['day']}T{group['hour']}:{group['minute']}{zone}"
    builder.add_time("published_at", printed, "date-time group")
    builder.add("publisher", group["source"], "date-time group", 0.8)


def _stated_day(header: re.Match[str], sent: date) -> date | None:
    """Return the day in the header, by which the service counts; None if it is not that of the transmission.

    It is the service's own day, while the group at the end is in GMT: an American evening is on the next day there. It
    has no year; that of ``sent``, the day of the group, or one beside it fits.
    """
    for year in (sent.year - 1, sent.year, sent.year + 1):
        with suppress(ValueError):  # no such day, in this year or at all
            stated = date(year, int(header["month"]), int(header["day"]))
            if abs(stated - sent) <= timedelta(days=1):
                return stated
    return None


def _add_header(builder: DraftBuilder, message: Message) -> None:
    first = _FIRST.match(message.header)
    if first is None:
        return
    second = _SECOND.match(message.header, first.end())
    sent = builder.get("published_at")
    day = _stated_day(second, sent.date()) if second and sent else None
    builder.add("guid", daily_id(builder, f"anpa:{first['service']}", first["number"], day), "header/number", 0.6)
    if second is None:
        return
    builder.add("urgency", _URGENCY.get(second["priority"].lower()), "header/priority", 0.9)
    category = second["category"].lower()
    topic = _CATEGORIES.get(category)
    subject = (
        Subject(code=f"{MEDIA_TOPICS}:{topic}", name=TOPS[topic]) if topic else Subject(code=f"category:{category}")
    )
    builder.add_list("subjects", [subject], "header/category")
    slug = " ".join(_CYCLE.sub("", second["slug"], count=1).split())
    builder.add("slugline", slug, "header/keyword")
    builder.add("signal", signal_by_slug(slug), "header/keyword", 0.9)


def _lines(text: str) -> tuple[list[str], list[str]]:
    """Return the marked lines, which precede the story, and the story's paragraphs."""
    marked: list[str] = []
    paragraphs: list[str] = []
    carets = "^" in text
    for line in _GROUP.sub("", text).split("\n"):
        content = _typeset(line.lstrip("^").strip(" \t<\r"))
        if not content or _SEPARATOR.fullmatch(content):
            continue
        if line.startswith("^") or not (carets or paragraphs or line.startswith(("\t", "   "))):
            marked.append(content)
        elif line.startswith(("\t", "   ")) or not paragraphs:
            paragraphs.append(content)
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {content}"
    return marked, paragraphs


def _add_marked(builder: DraftBuilder, marked: list[str], slug: str) -> None:
    """Add release terms, slug, headline, note, byline and summary from the marked lines, which are in this order."""
    marked = take_from_single_lines(builder, marked, "text/marked")
    while marked and _is_slug(marked[0], slug):
        builder.add("signal", signal_by_slug(marked[0]), "text/slug", 0.9)
        marked = marked[1:]
    for line in marked:
        content = line.rstrip("= ")
        if _BYLINE.fullmatch(content):
            add_byline(builder, content, "text/byline")
        elif note := _NOTE.fullmatch(content):
            add_note(builder, note.group(1), "text/note")
        elif line.endswith("=") or _MEDIA_NUMBERS.fullmatch(content):
            continue
        elif len(content) <= _LONGEST_HEADLINE and "title" not in builder:
            add_heading(builder, content, "text/headline", 1.0)
        else:
            builder.add("summary", content, "text/summary", 0.8)


def _is_slug(line: str, slug: str) -> bool:
    """Say whether a marked line repeats the keywords, which the header cuts off after 24 characters."""
    if line.endswith(tuple("0123456789")) or _CYCLE.match(line) or _LEAD.search(line):
        return True
    line, slug = (re.sub(r"[\W_]", "", each.lower()) for each in (_CYCLE.sub("", line), slug))
    return bool(slug) and (line == slug or (len(slug) >= _LEAST_SLUG and line.startswith(slug)))


def _typeset(text: str) -> str:
    """Return a line with typographic quotes and dashes, for which the wires' character set has substitutes."""
    quoted = text.replace("``", "\u201c").replace("''", "\u201d")
    return " ".join(quoted.replace(" _ ", " \u2014 ").split())
